import type { DataSource } from '@aws-sdk/client-bedrock-agent';
import type { Finding } from '../../core/contract/survey.ts';
import { readyStatuses } from './check-place.ts';
import type { BedrockConfig } from './config.ts';

/** https://docs.aws.amazon.com/general/latest/gr/bedrock.html and https://docs.aws.amazon.com/bedrock/latest/userguide/kb-managed-quotas.html */
const maxSources = { VECTOR: 5, MANAGED: 200 };

/** How the data source cuts and keeps documents, as far as the service tells. */
export function ofSource(source: DataSource, config: BedrockConfig): Finding {
  const ingestion = source.vectorIngestionConfiguration;
  const chunking = ingestion?.chunkingConfiguration?.chunkingStrategy;
  const parsing = ingestion?.parsingConfiguration?.parsingStrategy;
  const wanted = config.dataSource?.create.chunking;
  return {
    what: `data source ${source.dataSourceId}`,
    status: !readyStatuses.includes(source.status ?? '')
      ? 'problem'
      : chunking === undefined && wanted !== undefined
        ? 'unseen'
        : 'fine',
    detail: [
      `"${source.name}" is ${source.status}`,
      chunking === undefined
        ? 'the service does not tell how it cuts documents'
        : `cuts documents by ${chunking}`,
      ...(parsing === undefined ? [] : [`parses by ${parsing}`]),
      `deleting it would ${source.dataDeletionPolicy ?? 'DELETE'} its vectors`,
    ].join('; '),
    ...(config.dataSource === undefined
      ? {}
      : {
          hint: `it is found by its name, so the configuration stays as it is; \`dataSourceId: ${source.dataSourceId}\` in place of dataSource would write all documents again`,
        }),
  };
}

/** Which other data sources of the knowledge base answer beside it, and whether there is room for one more. */
export function besides(
  all: readonly { readonly id: string; readonly name: string }[] | undefined,
  source: DataSource | undefined,
  config: BedrockConfig,
): readonly Finding[] {
  if (all === undefined) return [];
  const own = [source?.dataSourceId, config.bulk?.dataSourceId];
  const others = all.filter(({ id }) => !own.includes(id));
  const limit = maxSources[config.knowledgeBaseType];
  if (source === undefined && all.length >= limit)
    return [
      {
        what: 'room for the data source',
        status: 'problem',
        detail: `the knowledge base has ${all.length} data sources, and takes ${limit}`,
        hint: 'delete one that is not needed, or use another knowledge base',
      },
    ];
  if (others.length === 0) return [];
  const names = others.map(({ name }) => `"${name}"`).join(', ');
  return [
    {
      what: 'other data sources',
      status: 'advice',
      detail: `${names} ${others.length === 1 ? 'answers' : 'answer'} in the same knowledge base`,
      hint: 'so does what an earlier data source of Tributary still holds: delete it when this one is filled',
    },
  ];
}

/** https://docs.aws.amazon.com/bedrock/latest/userguide/kb-gateway-target.html */
export const agentFinding = ({ knowledgeBaseType, knowledgeBaseId, region }: BedrockConfig): Finding => ({
  what: 'how agents reach it',
  status: 'fine',
  detail:
    knowledgeBaseType === 'MANAGED'
      ? `as a target of an AgentCore gateway, or by Retrieve of bedrock-agent-runtime on ${knowledgeBaseId} in ${region}`
      : `by Retrieve of bedrock-agent-runtime on ${knowledgeBaseId} in ${region}, with the filter on access; an AgentCore gateway takes MANAGED knowledge bases only`,
});
