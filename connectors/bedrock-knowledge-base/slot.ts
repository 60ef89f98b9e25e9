import type { DataSource } from '@aws-sdk/client-bedrock-agent';
import type { Context } from '../../core/contract/context.ts';
import type { Plan } from '../../core/contract/destination.ts';
import { ConfigError } from '../../core/contract/errors.ts';
import type { Ask } from './ask.ts';
import { checkBase, checkSource } from './check-place.ts';
import type { BedrockClient } from './client.ts';
import type { BedrockConfig } from './config.ts';
import type { LeftOut } from './left-out.ts';

export interface Slot {
  check(): Promise<void>;
  plan(): Promise<Plan>;
  apply(options: { readonly adopt?: boolean }): Promise<void>;
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_DataSource.html */
const maxDescription = 200;
const ownerMark = /\s*\[tributary owner: ([^\]]+)\]/;
const maxReads = 30;

/** The data source as a slot: its description holds the id of the installation that writes to it. */
export function createSlot(parts: {
  readonly client: BedrockClient;
  readonly config: BedrockConfig;
  readonly context: Context;
  readonly ask: Ask;
  /** Whether the data source holds any document. */
  readonly holdsDocuments: () => Promise<boolean>;
  readonly leftOut: LeftOut;
}): Slot {
  const { client, config, context, ask } = parts;
  const where = `destinations.${context.name}`;
  const refuse = (code: string, message: string, hint: string): never => {
    throw new ConfigError(code, message, { where, hint });
  };
  const inspect = async (): Promise<DataSource> => {
    const base = await missing(
      () => ask(client.knowledgeBase),
      `Knowledge base ${config.knowledgeBaseId} does not exist in ${config.region}.`,
      'Check knowledgeBaseId and region, or create a knowledge base first.',
    );
    checkBase(base, config, refuse);
    const source = await missing(
      () => ask(client.dataSource),
      `Data source ${config.dataSourceId} does not exist in knowledge base ${config.knowledgeBaseId}.`,
      'Create a data source of type CUSTOM in the knowledge base and give its id as dataSourceId.',
    );
    checkSource(source, config, refuse);
    return source;
  };
  const missing = async <T>(call: () => Promise<T>, message: string, hint: string): Promise<T> => {
    try {
      return await call();
    } catch (error) {
      if (error instanceof ConfigError && isNotFound(error.cause))
        return refuse('BEDROCK_NOT_FOUND', message, hint);
      throw error;
    }
  };
  return {
    check: async () => void (await inspect()),
    async plan() {
      const source = await inspect();
      const owner = ownerOf(source);
      const what = `data source ${config.dataSourceId}`;
      const metadata = await parts.leftOut.step();
      return {
        steps: [
          owner === context.installation
            ? { action: 'none', what, detail: 'is in place and belongs to this installation' }
            : { action: 'update', what, detail: 'leaves the id of this installation in its description' },
          ...(metadata === undefined ? [] : [metadata]),
        ],
        ...(owner === undefined ? {} : { owner }),
      };
    },
    async apply({ adopt }) {
      const source = await inspect();
      const owner = ownerOf(source);
      if (owner === context.installation) return;
      if (owner !== undefined && !adopt)
        refuse(
          'SLOT_OWNED',
          `Data source ${config.dataSourceId} belongs to another installation (${owner}).`,
          'Use a data source of its own for this installation, or take it over with --adopt.',
        );
      if (owner === undefined && !adopt && (await parts.holdsDocuments()))
        refuse(
          'SLOT_NOT_EMPTY',
          `Data source ${config.dataSourceId} holds documents and bears no mark of an owner.`,
          'Use an empty data source for this installation, or take this one over with --adopt.',
        );
      await ask(() => client.describeDataSource(source, described(source, context.installation)));
      for (let read = 1; read <= maxReads; read++) {
        const now = await ask(client.dataSource);
        if (now.status === 'AVAILABLE' && ownerOf(now) === context.installation) return;
        await context.sleep(1000);
      }
      refuse(
        'BEDROCK_NOT_AVAILABLE',
        `Data source ${config.dataSourceId} did not become AVAILABLE after its description was changed.`,
        'Look at the data source in the AWS console and run the command again.',
      );
    },
  };
}

const ownerOf = (source: DataSource): string | undefined => ownerMark.exec(source.description ?? '')?.[1];

/** What people wrote in the description stays, as far as there is room. */
function described(source: DataSource, installation: string): string {
  const mark = `[tributary owner: ${installation}]`;
  const text = (source.description ?? '').replace(ownerMark, '').trim();
  return `${text.slice(0, Math.max(0, maxDescription - mark.length - 1))} ${mark}`.trim();
}

const isNotFound = (cause: unknown): boolean =>
  cause instanceof Error && cause.name === 'ResourceNotFoundException';
