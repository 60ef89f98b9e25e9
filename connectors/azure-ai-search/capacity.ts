import type { Log } from '../../core/contract/context.ts';
import type { Outcome } from '../../core/contract/destination.ts';
import { ConfigError } from '../../core/contract/errors.ts';
import type { AzureAiSearchConfig } from './config.ts';
import type { AzureServiceClient } from './service-client.ts';
import { quotaHint, ServiceError } from './service-error.ts';

export interface Usage {
  readonly what: string;
  readonly used: number;
  readonly limit: number;
  readonly bytes: boolean;
}

/** Looks at the limits of the service before much is written, and stops before one of them does. */
export interface CapacityGuard {
  /** Undefined while there is room; else what to answer for every document. */
  before(searchDocuments: number): Promise<Outcome | undefined>;
  /** Throws when the service cannot hold such an index. */
  beforeIndex(index: { readonly fields: number; readonly isNew: boolean }): Promise<void>;
}

export function createCapacityGuard(
  config: AzureAiSearchConfig,
  service: Pick<AzureServiceClient, 'serviceStatistics' | 'indexStatistics'>,
  log: Log,
): CapacityGuard {
  const { warnAtPercent, stopAtPercent, everyDocuments } = config.capacity;
  const told = new Set<string>();
  let sinceLook = 0;
  let full = false;

  const tell = (usage: Usage): void => {
    if (told.has(usage.what)) return;
    told.add(usage.what);
    const message = `The search service is filling up: ${describeUsage(usage)}.`;
    log.warn(message, { limit: usage.what, percent: percentOf(usage) });
  };
  const unreadable = (error: unknown): void => {
    if (!(error instanceof ServiceError)) throw error;
    if (!told.has('unreadable'))
      log.warn('The statistics of the search service cannot be read; its limits are not watched.', {
        status: error.status,
      });
    told.add('unreadable');
  };

  const look = async (): Promise<Outcome | undefined> => {
    const usages = await usagesOf(service, config.index);
    let stop: Outcome | undefined;
    for (const usage of usages) {
      const percent = percentOf(usage);
      if (percent < warnAtPercent) continue;
      tell(usage);
      if (percent >= stopAtPercent) {
        stop ??= {
          status: 'halted',
          reason: `The search service is nearly full: ${describeUsage(usage)}; writing stops at ${stopAtPercent} %.`,
          hint: quotaHint,
        };
      }
    }
    return stop;
  };

  return {
    async before(searchDocuments) {
      sinceLook += searchDocuments;
      if (searchDocuments === 0 || (!full && sinceLook < everyDocuments)) return undefined;
      sinceLook = 0;
      try {
        const stop = await look();
        full = stop !== undefined;
        return stop;
      } catch (error) {
        unreadable(error);
        return undefined;
      }
    },
    async beforeIndex({ fields, isNew }) {
      const statistics = await service.serviceStatistics().catch(unreadable);
      if (!statistics) return;
      const { counters, limits } = statistics;
      const { usage, quota } = counters.indexCounter ?? {};
      const usages: Usage[] = [
        ...(limits.maxFieldsPerIndex
          ? [{ what: `fields of the index '${config.index}'`, used: fields, limit: limits.maxFieldsPerIndex }]
          : []),
        ...(isNew && quota && usage !== undefined
          ? [{ what: 'indexes of the service', used: usage + 1, limit: quota }]
          : []),
      ].map((one) => ({ ...one, bytes: false }));
      for (const one of usages) {
        if (one.used > one.limit)
          throw new ConfigError(
            'AZURE_SEARCH_QUOTA',
            `The search service cannot hold the index: ${describeUsage(one)}.`,
            {
              where: `index ${config.index}`,
              hint: 'Declare fewer fields below metadata.fields, delete an index that nobody needs, or raise the tier.',
            },
          );
        if (percentOf(one) >= warnAtPercent) tell(one);
      }
    },
  };
}

/** https://learn.microsoft.com/azure/search/search-limits-quotas-capacity */
export async function usagesOf(
  service: Pick<AzureServiceClient, 'serviceStatistics' | 'indexStatistics'>,
  index?: string,
): Promise<readonly Usage[]> {
  const { counters, limits } = await service.serviceStatistics();
  const most = limits.maxStoragePerIndexInBytes;
  const own = index === undefined || !most ? undefined : await service.indexStatistics(index);
  const of = (
    what: string,
    counter: { usage: number; quota?: number } | undefined,
    bytes: boolean,
  ): Usage[] => (counter?.quota ? [{ what, used: counter.usage, limit: counter.quota, bytes }] : []);
  return [
    ...of('documents of the service', counters.documentCounter, false),
    ...of('storage of the service', counters.storageSizeCounter, true),
    ...of('vector memory of the service', counters.vectorIndexSizeCounter, true),
    ...(own && most
      ? [{ what: `storage of the index '${index}'`, used: own.storageSize, limit: most, bytes: true }]
      : []),
  ];
}

export const percentOf = ({ used, limit }: Usage): number => Math.floor((used / limit) * 100);

export function describeUsage(usage: Usage): string {
  const { what, used, limit, bytes } = usage;
  const gigabytes = (value: number): string => `${(value / 1024 ** 3).toFixed(2)} GB`;
  const [now, most] = bytes ? [gigabytes(used), gigabytes(limit)] : [String(used), String(limit)];
  return `${what}, ${now} of ${most} (${percentOf(usage)} %)`;
}
