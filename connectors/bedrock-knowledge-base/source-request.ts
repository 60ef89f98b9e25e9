import type {
  ChunkingConfiguration,
  CreateDataSourceRequest,
  DataSource,
  DataSourceConfiguration,
  ParsingConfiguration,
  VectorIngestionConfiguration,
} from '@aws-sdk/client-bedrock-agent';
import type { BedrockConfig } from './config.ts';
import type { SourceConfig } from './source-config.ts';

/** What CreateDataSource is asked for: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_CreateDataSource.html */
export function sourceRequest(
  create: SourceConfig,
  config: BedrockConfig,
): Omit<CreateDataSourceRequest, 'knowledgeBaseId'> {
  return {
    name: create.name,
    dataSourceConfiguration: configurationOf(config),
    dataDeletionPolicy: create.deletionPolicy,
    ...(create.chunking === undefined && create.parsing === undefined
      ? {}
      : { vectorIngestionConfiguration: ingestionOf(create) }),
  };
}

/** https://docs.aws.amazon.com/bedrock/latest/userguide/kb-managed-ds-custom.html */
const configurationOf = (config: BedrockConfig): DataSourceConfiguration =>
  config.knowledgeBaseType === 'VECTOR'
    ? { type: 'CUSTOM' }
    : {
        type: 'MANAGED_KNOWLEDGE_BASE_CONNECTOR',
        managedKnowledgeBaseConnectorConfiguration: {
          connectorParameters: {
            type: 'CUSTOM',
            version: '1',
            aclEnabled: config.accessControlList !== undefined,
          },
        },
      };

const ingestionOf = ({ chunking, parsing }: SourceConfig): VectorIngestionConfiguration => ({
  ...(chunking === undefined ? {} : { chunkingConfiguration: chunkingOf(chunking) }),
  ...(parsing === undefined ? {} : { parsingConfiguration: parsingOf(parsing) }),
});

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_ParsingConfiguration.html */
function parsingOf(parsing: NonNullable<SourceConfig['parsing']>): ParsingConfiguration {
  const modality = parsing.images ? { parsingModality: 'MULTIMODAL' as const } : {};
  if (parsing.strategy === 'data-automation')
    return {
      parsingStrategy: 'BEDROCK_DATA_AUTOMATION',
      ...(parsing.images ? { bedrockDataAutomationConfiguration: modality } : {}),
    };
  return {
    parsingStrategy: 'BEDROCK_FOUNDATION_MODEL',
    bedrockFoundationModelConfiguration: {
      modelArn: parsing.modelArn,
      ...(parsing.prompt === undefined ? {} : { parsingPrompt: { parsingPromptText: parsing.prompt } }),
      ...modality,
    },
  };
}

/** What a data source is to be told so that it parses as it is set to; undefined when it does. Its chunking stays. */
export function parsingChange(
  { vectorIngestionConfiguration: found }: DataSource,
  { parsing }: SourceConfig,
): VectorIngestionConfiguration | undefined {
  const wanted = parsing && parsingOf(parsing);
  const now = found?.parsingConfiguration;
  if (wanted === undefined || (now !== undefined && parsesAlike(now, wanted))) return undefined;
  return { ...found, parsingConfiguration: wanted };
}

/** The service may tell its own prompt where none was given. */
function parsesAlike(now: ParsingConfiguration, wanted: ParsingConfiguration): boolean {
  const model = (one: ParsingConfiguration) => one.bedrockFoundationModelConfiguration;
  const images = (one: ParsingConfiguration) =>
    (model(one) ?? one.bedrockDataAutomationConfiguration)?.parsingModality === 'MULTIMODAL';
  const prompt = model(wanted)?.parsingPrompt?.parsingPromptText;
  return (
    now.parsingStrategy === wanted.parsingStrategy &&
    model(now)?.modelArn === model(wanted)?.modelArn &&
    images(now) === images(wanted) &&
    (prompt === undefined || model(now)?.parsingPrompt?.parsingPromptText === prompt)
  );
}

function chunkingOf(chunking: NonNullable<SourceConfig['chunking']>): ChunkingConfiguration {
  switch (chunking.strategy) {
    case 'none':
      return { chunkingStrategy: 'NONE' };
    case 'fixed-size':
      return {
        chunkingStrategy: 'FIXED_SIZE',
        fixedSizeChunkingConfiguration: {
          maxTokens: chunking.maxTokens,
          overlapPercentage: chunking.overlapPercentage,
        },
      };
    case 'hierarchical':
      return {
        chunkingStrategy: 'HIERARCHICAL',
        hierarchicalChunkingConfiguration: {
          levelConfigurations: [{ maxTokens: chunking.parentTokens }, { maxTokens: chunking.childTokens }],
          overlapTokens: chunking.overlapTokens,
        },
      };
    case 'semantic':
      return {
        chunkingStrategy: 'SEMANTIC',
        semanticChunkingConfiguration: {
          maxTokens: chunking.maxTokens,
          bufferSize: chunking.bufferSize,
          breakpointPercentileThreshold: chunking.breakpointPercentile,
        },
      };
  }
}

/** Whether the data source cuts documents otherwise than it is set to; the service may not say how it cuts them. */
export function cutsOtherwise(source: DataSource, { chunking }: SourceConfig): boolean {
  const found = source.vectorIngestionConfiguration?.chunkingConfiguration;
  if (found === undefined || chunking === undefined) return false;
  const wanted = chunkingOf(chunking);
  return Object.entries(wanted).some(
    ([name, value]) => canonical(found[name as keyof ChunkingConfiguration]) !== canonical(value),
  );
}

/** The same text for the same settings, in whatever order the service names them. */
export const canonical = (value: unknown): string =>
  JSON.stringify(value, (_name, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  ) ?? '';
