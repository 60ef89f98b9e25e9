import { z } from 'zod';
import { bulkConfig } from './bulk/bulk-config.ts';
import { slotConfig } from './slot-config.ts';
import { sourceConfig } from './source-config.ts';
import { duration, endpoint, secret } from '../../core/config/fields.ts';

const resourceId = () => z.string().regex(/^[0-9a-zA-Z]{10}$/, 'must be 10 letters and digits');

/** What a person sets below `destinations.<name>` for a knowledge base whose data source takes documents directly. */
export const bedrockConfig = z
  .strictObject({
    region: z
      .string()
      .regex(/^[a-z]{2,3}(-[a-z]+)+-\d+$/, 'must be a region such as us-east-1')
      .describe('The AWS region of the knowledge base.'),
    knowledgeBaseId: resourceId().describe('The id of the knowledge base.'),
    knowledgeBaseType: z
      .enum(['VECTOR', 'MANAGED'])
      .default('VECTOR')
      .describe('Whether you own the vector store (VECTOR) or Bedrock does (MANAGED).'),
    dataSourceId: resourceId()
      .optional()
      .describe('The id of a data source of type CUSTOM in that knowledge base. Either it or dataSource.'),
    dataSource: z
      .strictObject({ create: sourceConfig })
      .optional()
      .describe('A data source that Tributary creates if it is not there.'),
    bulk: bulkConfig
      .optional()
      .describe('A second road for large loads and large documents: a bucket and an S3 data source.'),
    slots: z
      .array(slotConfig(resourceId()))
      .max(4)
      .default([])
      .describe('More knowledge bases of the same type, for a reindex without downtime.'),
    endpoint: endpoint().optional().describe('Another address of bedrock-agent, for example a VPC endpoint.'),
    runtimeEndpoint: endpoint().optional().describe('Another address of bedrock-agent-runtime.'),
    credentials: z
      .strictObject({
        accessKeyId: secret(),
        secretAccessKey: secret(),
        sessionToken: secret().optional(),
      })
      .optional()
      .describe('Absent: the default chain of the AWS SDK (environment, profile, role).'),
    accessControlList: z
      .strictObject({
        users: z
          .record(z.string().min(1), z.array(z.string().min(1).max(256)).min(1))
          .default({})
          .describe('The users behind a principal that is not a user: `group:sales`, or `everyone`.'),
      })
      .optional()
      .describe('Sends an access list with each document, to a MANAGED data source with `aclEnabled`.'),
    vectorStore: z
      .enum([
        'OPENSEARCH_SERVERLESS',
        'OPENSEARCH_MANAGED_CLUSTER',
        'PINECONE',
        'REDIS_ENTERPRISE_CLOUD',
        'RDS',
        'MONGO_DB_ATLAS',
        'NEPTUNE_ANALYTICS',
        'S3_VECTORS',
      ])
      .optional()
      .describe('VECTOR: where the vectors are. Sets how much metadata a document may carry.'),
    metadataBytes: z
      .number()
      .int()
      .min(256)
      .max(65_536)
      .optional()
      .describe('Bytes of metadata a document may carry. Absent: what vectorStore takes, else 900.'),
    metadataKeys: z
      .number()
      .int()
      .min(10)
      .max(50)
      .optional()
      .describe('Metadata attributes a document may carry. Absent: what vectorStore takes, else 30.'),
    metadataPriority: z
      .array(z.string().min(1))
      .default([])
      .describe('Declared metadata that is placed first; the rest follows in the order of the kind.'),
    batchSize: z.number().int().min(1).max(25).default(10).describe('Documents in one request at first.'),
    maxBatchSize: z
      .number()
      .int()
      .min(1)
      .max(25)
      .default(25)
      .describe('After some full requests, one of this size is tried; what the service takes is remembered.'),
    requestsPerSecond: z
      .number()
      .positive()
      .default(4.8)
      .describe('Requests a second of each document operation. The service allows 5.'),
    inFlight: z
      .number()
      .int()
      .min(1)
      .max(100)
      .default(8)
      .describe('Requests under way at most; fewer while the account is full. The service allows 10.'),
    rerankingModelArn: z
      .string()
      .regex(/^arn:aws[a-z-]*:bedrock:/, 'must be the ARN of a model in Bedrock')
      .optional()
      .describe('The model that ranks results once more when a retriever asks for it.'),
    requestTimeout: duration().prefault('60s').describe('After it, an unanswered request counts as unknown.'),
    doubtWindow: duration()
      .prefault('5s')
      .describe('How long a request whose outcome is unknown may still take effect.'),
  })
  .refine(({ dataSourceId, dataSource }) => (dataSourceId === undefined) !== (dataSource === undefined), {
    path: ['dataSourceId'],
    message: 'must be given, or dataSource.create in its place',
  })
  .refine(
    ({ knowledgeBaseType, dataSource }) =>
      knowledgeBaseType === 'VECTOR' || dataSource?.create.deletionPolicy !== 'RETAIN',
    {
      path: ['dataSource', 'create', 'deletionPolicy'],
      message: 'must be DELETE for a MANAGED knowledge base',
    },
  )
  .refine(
    ({ knowledgeBaseType, dataSource }) =>
      knowledgeBaseType === 'VECTOR' || dataSource?.create.parsing === undefined,
    {
      path: ['dataSource', 'create', 'parsing'],
      message: 'must be left out for a MANAGED knowledge base, which parses by itself',
    },
  )
  .refine(
    ({ knowledgeBaseId, slots }) =>
      new Set([knowledgeBaseId, ...slots.map((slot) => slot.knowledgeBaseId)]).size === slots.length + 1,
    { path: ['slots'], message: 'must each be another knowledge base: two data sources of one answer twice' },
  )
  .refine(
    ({ dataSource, slots }) =>
      dataSource !== undefined || slots.every((slot) => slot.dataSourceId !== undefined),
    { path: ['slots'], message: 'need dataSourceId each, or dataSource.create' },
  )
  .refine(({ knowledgeBaseType, bulk }) => bulk === undefined || knowledgeBaseType === 'VECTOR', {
    path: ['bulk'],
    message: 'needs a knowledge base of type VECTOR',
  })
  .refine(({ dataSourceId, bulk }) => bulk === undefined || bulk.dataSourceId !== dataSourceId, {
    path: ['bulk', 'dataSourceId'],
    message: 'must be another data source than dataSourceId: one of type S3',
  })
  .refine(({ bulk, slots }) => bulk !== undefined || slots.every((slot) => slot.bulk === undefined), {
    path: ['slots'],
    message: 'name the S3 road of another knowledge base, and `bulk` is not set',
  })
  .refine(({ bulk, slots }) => areApart([bulk, ...slots.map((slot) => slot.bulk)]), {
    path: ['slots'],
    message: 'must have prefixes of their own: what lies below one is read into its knowledge base',
  });

export type BedrockConfig = z.output<typeof bedrockConfig>;

const areApart = (places: readonly ({ readonly prefix: string } | undefined)[]): boolean => {
  const prefixes = places.flatMap((place) => place?.prefix ?? []);
  return prefixes.every((one, at) =>
    prefixes.every((other, index) => at === index || !one.startsWith(other)),
  );
};
