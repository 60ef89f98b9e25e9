import type { Log } from '../../core/contract/context.ts';
import type { Outcome } from '../../core/contract/destination.ts';
import type { AzureAiSearchConfig } from './config.ts';
import type { AzureServiceClient } from './service-client.ts';
import { quotaHint, ServiceError } from './service-error.ts';

interface Usage {
  readonly what: string;
  readonly used: number;
  readonly limit: number;
  readonly bytes: boolean;
}

/** Looks at the limits of the service before much is written, and stops before one of them does. */
export interface CapacityGuard {
  /** Undefined while there is room; else what to answer for every document. */
  before(documents: number): Promise<Outcome | undefined>;
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

  const look = async (): Promise<Outcome | undefined> => {
    const usages = await usagesOf(service, config.index);
    let stop: Outcome | undefined;
    for (const usage of usages) {
      const percent = Math.floor((usage.used / usage.limit) * 100);
      if (percent < warnAtPercent) continue;
      if (!told.has(usage.what)) {
        log.warn(`The search service is filling up: ${describe(usage, percent)}.`, {
          limit: usage.what,
          percent,
        });
        told.add(usage.what);
      }
      if (percent >= stopAtPercent) {
        stop ??= {
          status: 'halted',
          reason: `The search service is nearly full: ${describe(usage, percent)}; writing stops at ${stopAtPercent} %.`,
          hint: quotaHint,
        };
      }
    }
    return stop;
  };

  return {
    async before(documents) {
      sinceLook += documents;
      if (documents === 0 || (!full && sinceLook < everyDocuments)) return undefined;
      sinceLook = 0;
      try {
        const stop = await look();
        full = stop !== undefined;
        return stop;
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        if (!told.has('unreadable'))
          log.warn('The statistics of the search service cannot be read; its limits are not watched.', {
            status: error.status,
          });
        told.add('unreadable');
        return undefined;
      }
    },
  };
}

/** https://learn.microsoft.com/azure/search/search-limits-quotas-capacity */
async function usagesOf(
  service: Pick<AzureServiceClient, 'serviceStatistics' | 'indexStatistics'>,
  index: string,
): Promise<readonly Usage[]> {
  const { counters, limits } = await service.serviceStatistics();
  const most = limits.maxStoragePerIndexInBytes;
  const own = most === undefined || most === null ? undefined : await service.indexStatistics(index);
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

function describe({ what, used, limit, bytes }: Usage, percent: number): string {
  const gigabytes = (value: number): string => `${(value / 1024 ** 3).toFixed(2)} GB`;
  const [now, most] = bytes ? [gigabytes(used), gigabytes(limit)] : [String(used), String(limit)];
  return `${what}, ${now} of ${most} (${percent} %)`;
}
