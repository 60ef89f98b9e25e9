import type { LoopbackReply } from '../../../core/testing/loopback-server.ts';
import type { Generation } from './knowledge-base.ts';
import { invalid, okReply } from './replies.ts';
import { checkIngestion } from './source-configuration.ts';
import { isFields, text, type Fields } from './validation.ts';

/** The resources as the service answers them; a test changes a member to see how the caller takes it. */
export interface Resources {
  knowledgeBase: Record<string, unknown>;
  dataSource: Record<string, unknown>;
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_KnowledgeBase.html and API_agent_DataSource.html */
export function createResources(options: {
  readonly region: string;
  readonly knowledgeBaseId: string;
  readonly dataSourceId: string;
  readonly type: Generation;
  readonly vectorStore: 'OPENSEARCH_SERVERLESS' | 'S3_VECTORS';
  readonly accessLists: boolean;
  readonly now: () => number;
}): Resources {
  const { region, knowledgeBaseId, dataSourceId, type } = options;
  const at = new Date(options.now()).toISOString();
  const account = '123456789012';
  return {
    knowledgeBase: {
      knowledgeBaseId,
      name: 'tributary',
      knowledgeBaseArn: `arn:aws:bedrock:${region}:${account}:knowledge-base/${knowledgeBaseId}`,
      roleArn: `arn:aws:iam::${account}:role/knowledge-base`,
      ...(type === 'MANAGED' ? managed : vector(region, account)),
      ...(type === 'VECTOR' && options.vectorStore === 'S3_VECTORS' ? s3Vectors(region, account) : {}),
      status: 'ACTIVE',
      createdAt: at,
      updatedAt: at,
    },
    dataSource: {
      knowledgeBaseId,
      dataSourceId,
      name: 'tributary',
      status: 'AVAILABLE',
      dataSourceConfiguration:
        type === 'VECTOR'
          ? { type: 'CUSTOM' }
          : {
              type: 'MANAGED_KNOWLEDGE_BASE_CONNECTOR',
              managedKnowledgeBaseConnectorConfiguration: {
                connectorParameters: { type: 'CUSTOM', version: '1', aclEnabled: options.accessLists },
              },
            },
      dataDeletionPolicy: 'DELETE',
      vectorIngestionConfiguration: {
        chunkingConfiguration: {
          chunkingStrategy: 'FIXED_SIZE',
          fixedSizeChunkingConfiguration: { maxTokens: 300, overlapPercentage: 20 },
        },
      },
      createdAt: at,
      updatedAt: at,
    },
  };
}

const managed = {
  knowledgeBaseConfiguration: {
    type: 'MANAGED',
    managedKnowledgeBaseConfiguration: { embeddingModelType: 'MANAGED' },
  },
};

const s3Vectors = (region: string, account: string) => ({
  storageConfiguration: {
    type: 'S3_VECTORS',
    s3VectorsConfiguration: {
      vectorBucketArn: `arn:aws:s3vectors:${region}:${account}:bucket/tributary`,
      indexName: 'tributary',
    },
  },
});

const vector = (region: string, account: string) => ({
  knowledgeBaseConfiguration: {
    type: 'VECTOR',
    vectorKnowledgeBaseConfiguration: {
      embeddingModelArn: `arn:aws:bedrock:${region}::foundation-model/amazon.titan-embed-text-v2:0`,
    },
  },
  storageConfiguration: {
    type: 'OPENSEARCH_SERVERLESS',
    opensearchServerlessConfiguration: {
      collectionArn: `arn:aws:aoss:${region}:${account}:collection/abcdefghijklmnopqrst`,
      vectorIndexName: 'tributary',
      fieldMapping: { vectorField: 'vector', textField: 'text', metadataField: 'metadata' },
    },
  },
});

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_UpdateDataSource.html */
export function updateDataSource(
  source: { resource: Record<string, unknown> },
  body: Fields,
  generation: Generation,
  now: number,
): LoopbackReply {
  const current = source.resource;
  const name = text(body['name'], 'name', 1, 100, /^([0-9a-zA-Z][_-]?){1,100}$/);
  const configuration = body['dataSourceConfiguration'];
  if (!isFields(configuration)) throw invalid('dataSourceConfiguration must not be null');
  if (configuration['type'] !== (current['dataSourceConfiguration'] as Fields)['type'])
    throw invalid('The type of a data source cannot be changed.');
  const ingestion = checkIngestion(body['vectorIngestionConfiguration'], generation);
  if (!same(chunkingOf(ingestion), chunkingOf(current['vectorIngestionConfiguration'])))
    throw invalid("You can't change the chunkingConfiguration after you create the data source connector.");
  const {
    description: _description,
    serverSideEncryptionConfiguration: _encryption,
    vectorIngestionConfiguration: _ingestion,
    ...kept
  } = current;
  source.resource = {
    ...kept,
    name,
    ...(body['description'] === undefined
      ? {}
      : { description: text(body['description'], 'description', 1, 200) }),
    ...(body['serverSideEncryptionConfiguration'] === undefined
      ? {}
      : { serverSideEncryptionConfiguration: body['serverSideEncryptionConfiguration'] }),
    ...(ingestion === undefined ? {} : { vectorIngestionConfiguration: ingestion }),
    dataSourceConfiguration: configuration,
    dataDeletionPolicy: body['dataDeletionPolicy'] ?? 'DELETE',
    updatedAt: new Date(now).toISOString(),
  };
  return okReply(200, { dataSource: source.resource });
}

const chunkingOf = (ingestion: unknown): unknown =>
  isFields(ingestion) ? ingestion['chunkingConfiguration'] : undefined;

/** Equal whatever the order of the keys. */
function same(one: unknown, other: unknown): boolean {
  const sorted = (value: unknown): unknown =>
    isFields(value)
      ? Object.fromEntries(
          Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, inner]) => [key, sorted(inner)]),
        )
      : value;
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}
