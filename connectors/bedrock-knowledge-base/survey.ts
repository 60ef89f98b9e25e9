import type { KnowledgeBase } from '@aws-sdk/client-bedrock-agent';
import type { Finding, SuggestedSetting, Survey } from '../../core/contract/survey.ts';
import { findAllowed } from './allowed.ts';
import type { Ask } from './ask.ts';
import { attempt } from './attempt.ts';
import type { BedrockClient } from './client.ts';
import type { BedrockConfig } from './config.ts';
import { grants } from './grants.ts';
import { metadataBudget } from './metadata-budget.ts';
import type { RuntimeClient } from './runtime-client.ts';
import { agentFinding, besides, ofSource } from './survey-source.ts';

export interface SurveyParts {
  readonly client: BedrockClient;
  readonly runtime: RuntimeClient;
  readonly config: BedrockConfig;
  readonly ask: Ask;
  readonly pace: (operation: 'ingest' | 'remove' | 'get' | 'list' | 'retrieve') => Promise<void>;
}

/** The knowledge base, its vector store and role, the data source, and what the caller may do. What is out of order is told by the plan. */
export async function survey(parts: SurveyParts): Promise<Survey> {
  const { client, config, ask } = parts;
  const base = await attempt(() => ask(client.knowledgeBase));
  if (base === undefined) return { findings: [] };
  const listed = config.dataSource && (await attempt(() => ask(client.dataSources)));
  const known = config.dataSourceId !== undefined || (await attempt(() => ask(client.findDataSource)));
  const source = known ? await attempt(() => ask(client.dataSource)) : undefined;
  return {
    findings: [
      ...ofBase(base, config),
      ...(source ? [ofSource(source, config)] : []),
      ...besides(listed, source, config),
      ...(await findAllowed({
        ...parts,
        hasSource: source !== undefined,
        proved: [
          'GetKnowledgeBase',
          ...(listed ? ['ListDataSources'] : []),
          ...(source ? ['GetDataSource'] : []),
        ],
      })),
      agentFinding(config),
    ],
    settings: suggested(base, config),
    grants: grants(config, base),
  };
}

function ofBase(base: KnowledgeBase, config: BedrockConfig): readonly Finding[] {
  const { knowledgeBaseConfiguration: configuration, storageConfiguration, roleArn } = base;
  const model = configuration?.vectorKnowledgeBaseConfiguration?.embeddingModelArn?.split('/').at(-1);
  const store = storageConfiguration?.type;
  const { bytes, keys } = metadataBudget(config);
  return [
    {
      what: `knowledge base ${base.knowledgeBaseId}`,
      status:
        (base.status === 'ACTIVE' || base.status === 'UPDATING') &&
        configuration?.type === config.knowledgeBaseType
          ? 'fine'
          : 'problem',
      detail: `"${base.name}" is ${base.status}, of type ${configuration?.type}${model === undefined ? '' : `, and embeds with ${model}`}`,
    },
    ...(store === undefined
      ? []
      : [
          {
            what: `vector store ${store}`,
            status: 'fine' as const,
            detail: `a document carries at most ${figure(bytes)} bytes of metadata in ${keys} attributes`,
          },
        ]),
    ...(store === 'S3_VECTORS' ? [indexKeys] : []),
    ...(roleArn === undefined
      ? []
      : [
          {
            what: `role ${roleArn.split('/').at(-1)}`,
            status: 'unseen' as const,
            detail:
              'the knowledge base embeds and stores under it; what it may do cannot be seen without IAM permissions: the first documents tell',
          },
        ]),
  ];
}

/** https://docs.aws.amazon.com/bedrock/latest/userguide/knowledge-base-setup.html */
const indexKeys: Finding = {
  what: 'keys of the vector index',
  status: 'unseen',
  detail:
    'AMAZON_BEDROCK_TEXT and AMAZON_BEDROCK_METADATA must be non-filterable, or documents with more than 2,048 bytes of text fail; aws s3vectors get-index tells',
};

function suggested(base: KnowledgeBase, config: BedrockConfig): readonly SuggestedSetting[] {
  const store = base.storageConfiguration?.type as BedrockConfig['vectorStore'];
  if (store === undefined || config.vectorStore !== undefined) return [];
  const [now, then] = [metadataBudget(config), metadataBudget({ ...config, vectorStore: store })];
  if (then.bytes <= now.bytes && then.keys <= now.keys) return [];
  return [
    {
      line: `vectorStore: ${store}`,
      why: `documents may then carry ${figure(then.bytes)} bytes of metadata in ${then.keys} attributes; all are written again once`,
    },
  ];
}

const figure = (count: number): string => count.toLocaleString('en-US');
