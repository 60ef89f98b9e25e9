import type { DataSource } from '@aws-sdk/client-bedrock-agent';
import type { Context } from '../../core/contract/context.ts';
import type { Plan, PlanStep } from '../../core/contract/destination.ts';
import { ConfigError } from '../../core/contract/errors.ts';
import type { Ask } from './ask.ts';
import { checkBase, checkSource } from './check-place.ts';
import type { BedrockClient } from './client.ts';
import type { BedrockConfig } from './config.ts';
import type { LeftOut } from './left-out.ts';
import { describedWithOwner, ownerOf } from './owner-mark.ts';
import { cutsOtherwise, parsingChange, sourceRequest } from './source-request.ts';

export interface Slot {
  check(): Promise<void>;
  plan(): Promise<Plan>;
  apply(options: { readonly adopt?: boolean }): Promise<void>;
}

const maxReads = 120;

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
  const { dataSource: create } = config;
  const name = create ? `data source "${create.create.name}"` : `data source ${config.dataSourceId}`;
  const named = `D${name.slice(1)}`;
  const where = `destinations.${context.name}`;
  const refuse = (code: string, message: string, hint: string): never => {
    throw new ConfigError(code, message, { where, hint });
  };
  const found = async <T>(call: () => Promise<T>, message: string, hint: string): Promise<T> => {
    try {
      return await call();
    } catch (error) {
      if (error instanceof ConfigError && isNotFound(error.cause))
        return refuse('BEDROCK_NOT_FOUND', message, hint);
      throw error;
    }
  };
  /** The data source as it is, or undefined when it is Tributary's to create and not there yet. */
  const inspect = async (): Promise<DataSource | undefined> => {
    const base = await found(
      () => ask(client.knowledgeBase),
      `Knowledge base ${config.knowledgeBaseId} does not exist in ${config.region}.`,
      'Check knowledgeBaseId and region, or create a knowledge base first.',
    );
    checkBase(base, config, refuse);
    if (create && !(await ask(client.findDataSource))) return undefined;
    const source = await found(
      () => ask(client.dataSource),
      `${named} does not exist in knowledge base ${config.knowledgeBaseId}.`,
      'Create a data source of type CUSTOM in the knowledge base and give its id as dataSourceId, or let Tributary create it with dataSource.create.',
    );
    checkSource(source, config, refuse);
    if (create && cutsOtherwise(source, create.create))
      refuse(
        'BEDROCK_CHUNKING',
        `${named} cuts documents otherwise than dataSource.create.chunking says, and a data source never changes that.`,
        'Give dataSource.create another name: a new data source is made and filled. Then delete the old one, or both will answer.',
      );
    return source;
  };
  const changes = (source: DataSource): PlanStep[] => [
    ...(source.status === 'CREATING'
      ? [{ action: 'update' as const, what: name, detail: 'is being created: is waited for' }]
      : []),
    ...(create && otherPolicy(source, create.create.deletionPolicy)
      ? [
          {
            action: 'update' as const,
            what: name,
            detail: `gets the deletion policy ${create.create.deletionPolicy}`,
          },
        ]
      : []),
    ...(create && parsingChange(source, create.create)
      ? [
          {
            action: 'update' as const,
            what: name,
            detail: `gets the parsing ${create.create.parsing?.strategy}`,
          },
        ]
      : []),
    ...(ownerOf(source) === context.installation
      ? []
      : [
          {
            action: 'update' as const,
            what: name,
            detail: 'leaves the id of this installation in its description',
          },
        ]),
  ];
  const untilAvailable = async (what: string): Promise<void> => {
    for (let read = 1; read <= maxReads; read++) {
      const source = await ask(client.dataSource);
      checkSource(source, config, refuse);
      if (source.status === 'AVAILABLE' && ownerOf(source) === context.installation) return;
      await context.sleep(1000);
    }
    refuse(
      'BEDROCK_NOT_AVAILABLE',
      `${named} did not become AVAILABLE after ${what}.`,
      'Look at the data source in the AWS console and run the command again.',
    );
  };
  return {
    check: async () => void (await inspect()),
    async plan() {
      const source = await inspect();
      const metadata = await parts.leftOut.step();
      const more = metadata === undefined ? [] : [metadata];
      if (!source && create) {
        const { chunking, parsing, deletionPolicy } = create.create;
        const parsed = parsing === undefined ? '' : `parsing ${parsing.strategy}, `;
        const detail = `for documents sent directly, chunking ${chunking?.strategy ?? 'as Bedrock presets it'}, ${parsed}deletion policy ${deletionPolicy}${config.accessControlList ? ', with access lists' : ''}`;
        return { steps: [{ action: 'create', what: name, detail }, ...more], missing: true };
      }
      const steps = source ? changes(source) : [];
      const owner = source && ownerOf(source);
      return {
        steps: [
          ...(steps.length > 0
            ? steps
            : [
                {
                  action: 'none' as const,
                  what: name,
                  detail: 'is in place and belongs to this installation',
                },
              ]),
          ...more,
        ],
        ...(owner === undefined ? {} : { owner }),
      };
    },
    async apply({ adopt }) {
      const source = await inspect();
      if (!source && create) {
        const description = describedWithOwner({}, context.installation);
        await ask(client.createDataSource({ ...sourceRequest(create.create, config), description }));
        return untilAvailable('it was created');
      }
      if (!source || changes(source).length === 0) return;
      const owner = ownerOf(source);
      if (owner !== undefined && owner !== context.installation && !adopt)
        refuse(
          'SLOT_OWNED',
          `${named} belongs to another installation (${owner}).`,
          'Use a data source of its own for this installation, or take it over with --adopt.',
        );
      if (owner === undefined && !adopt && (await parts.holdsDocuments()))
        refuse(
          'SLOT_NOT_EMPTY',
          `${named} holds documents and bears no mark of an owner.`,
          'Use an empty data source for this installation, or take this one over with --adopt.',
        );
      if (source.status === 'CREATING' && owner === context.installation)
        return untilAvailable('it was created');
      const parsing = create && parsingChange(source, create.create);
      await ask(() =>
        client.updateDataSource(source, {
          description: describedWithOwner(source, context.installation),
          ...(create ? { dataDeletionPolicy: create.create.deletionPolicy } : {}),
          ...(parsing ? { vectorIngestionConfiguration: parsing } : {}),
        }),
      );
      await untilAvailable('its description was changed');
    },
  };
}

const otherPolicy = ({ dataDeletionPolicy }: DataSource, wanted: string): boolean =>
  dataDeletionPolicy !== undefined && dataDeletionPolicy !== wanted;

const isNotFound = (cause: unknown): boolean =>
  cause instanceof Error && cause.name === 'ResourceNotFoundException';
