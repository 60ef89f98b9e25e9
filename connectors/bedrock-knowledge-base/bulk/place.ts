import type { DataSource } from '@aws-sdk/client-bedrock-agent';
import type { Context } from '../../../core/contract/context.ts';
import type { Plan, PlanStep } from '../../../core/contract/destination.ts';
import { ConfigError, isConfigError } from '../../../core/contract/errors.ts';
import type { Ask } from '../ask.ts';
import { createBedrockClient } from '../client.ts';
import type { BedrockConfig } from '../config.ts';
import type { Pace } from '../pace.ts';
import { describedWithOwner, ownerOf } from '../owner-mark.ts';
import type { BulkConfig } from './bulk-config.ts';
import type { SourceClient } from './source-client.ts';

/** The bucket and the S3 data source, which bears the mark of its owner as the other one does. */
export interface Place {
  /** Throws what a person must do before the road can be used. */
  inspect(): Promise<DataSource>;
  check(): Promise<void>;
  plan(): Promise<Plan>;
  apply(options: { readonly adopt?: boolean }): Promise<void>;
  close(): void;
}

const maxReads = 120;

export function createPlace(parts: {
  readonly config: BedrockConfig;
  readonly bulk: BulkConfig;
  readonly context: Context;
  readonly ask: Ask;
  readonly client: SourceClient;
  readonly listObjects: (token: string | undefined) => Promise<{ readonly keys: readonly string[] }>;
  readonly pace: Pace;
}): Place {
  const { bulk, context, ask } = parts;
  const { dataSource: _, ...config } = parts.config;
  const source = createBedrockClient({ ...config, dataSourceId: bulk.dataSourceId });
  const name = `data source ${bulk.dataSourceId}`;
  const refuse = (code: string, message: string, hint: string): never => {
    throw new ConfigError(code, message, { where: `destinations.${context.name}.bulk`, hint });
  };
  const inspect = async (): Promise<DataSource> => {
    try {
      const found = await ask(source.dataSource);
      checkObjectSource(found, bulk, refuse);
      return found;
    } catch (error) {
      if (isConfigError(error) && (error.cause as Error | undefined)?.name === 'ResourceNotFoundException')
        return refuse(
          'BEDROCK_NOT_FOUND',
          `D${name.slice(1)} does not exist in knowledge base ${config.knowledgeBaseId}.`,
          'Create a data source of type S3 over the bucket and prefix, and give its id as bulk.dataSourceId.',
        );
      throw error;
    }
  };
  const steps = (found: DataSource): PlanStep[] =>
    ownerOf(found) === context.installation
      ? [{ action: 'none', what: name, detail: 'is in place and belongs to this installation' }]
      : [{ action: 'update', what: name, detail: 'leaves the id of this installation in its description' }];
  const holdsAnything = async (): Promise<boolean> => {
    await parts.pace.take();
    const documents = await ask(() => parts.client.list(undefined));
    return documents.page.length > 0 || (await parts.listObjects(undefined)).keys.length > 0;
  };
  return {
    inspect,
    async check() {
      await inspect();
      await parts.listObjects(undefined);
    },
    async plan() {
      const found = await inspect();
      const owner = ownerOf(found);
      return { steps: steps(found), ...(owner === undefined ? {} : { owner }) };
    },
    async apply({ adopt }) {
      const found = await inspect();
      const owner = ownerOf(found);
      if (owner === context.installation) return;
      if (owner !== undefined && !adopt)
        refuse(
          'SLOT_OWNED',
          `D${name.slice(1)} belongs to another installation (${owner}).`,
          'Use a data source and a prefix of their own for this installation, or take them over with --adopt.',
        );
      if (owner === undefined && !adopt && (await holdsAnything()))
        refuse(
          'SLOT_NOT_EMPTY',
          `s3://${bulk.bucket}/${bulk.prefix} or its data source holds something and bears no mark of an owner.`,
          'Use an empty prefix for this installation, or take this one over with --adopt.',
        );
      await ask(() =>
        source.updateDataSource(found, { description: describedWithOwner(found, context.installation) }),
      );
      for (let read = 1; read <= maxReads; read++) {
        const after = await inspect();
        if (after.status === 'AVAILABLE' && ownerOf(after) === context.installation) return;
        await context.sleep(1000);
      }
      refuse(
        'BEDROCK_NOT_AVAILABLE',
        `D${name.slice(1)} did not become AVAILABLE after its description was changed.`,
        'Look at the data source in the AWS console and run the command again.',
      );
    },
    close: () => source.close(),
  };
}

function checkObjectSource(
  { dataSourceId, dataSourceConfiguration, status }: DataSource,
  bulk: BulkConfig,
  refuse: (code: string, message: string, hint: string) => never,
): void {
  const { type, s3Configuration } = dataSourceConfiguration ?? {};
  if (type !== 'S3')
    refuse(
      'BEDROCK_WRONG_TYPE',
      `Data source ${dataSourceId} is of type ${type}; the S3 road needs one of type S3.`,
      'Create a data source of type S3 over the bucket and prefix, and give its id as bulk.dataSourceId.',
    );
  const bucket = s3Configuration?.bucketArn?.split(':').at(-1);
  const prefixes = s3Configuration?.inclusionPrefixes ?? [];
  if (bucket !== bulk.bucket || prefixes.length !== 1 || prefixes[0] !== bulk.prefix)
    refuse(
      'BEDROCK_OTHER_PLACE',
      `Data source ${dataSourceId} reads s3://${bucket}/${prefixes.join(' and ')}, and bulk names s3://${bulk.bucket}/${bulk.prefix}.`,
      'Give both the same bucket and prefix: what the data source does not read is never found, and what it reads beyond the prefix is not ours.',
    );
  if (!['AVAILABLE', 'UPDATING'].includes(status ?? ''))
    refuse(
      'BEDROCK_NOT_AVAILABLE',
      `Data source ${dataSourceId} is ${status}, not AVAILABLE.`,
      'Wait until it is AVAILABLE, or repair it in the AWS console.',
    );
}
