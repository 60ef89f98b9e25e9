import type { KnowledgeBase, StorageConfiguration } from '@aws-sdk/client-bedrock-agent';
import type { Json } from '../../core/contract/json.ts';
import type { BulkConfig } from './bulk/bulk-config.ts';

/** One statement of an IAM policy, as far as it is needed here. */
interface Allowed {
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
}

/**
 * What the knowledge base's own role needs to embed text and to keep vectors, and who may take the role on. Told from
 * what the service says of the knowledge base: https://docs.aws.amazon.com/bedrock/latest/userguide/kb-permissions.html
 */
export function rolePolicy(
  base: KnowledgeBase,
  bulk?: Pick<BulkConfig, 'bucket' | 'prefix'>,
  /** Reads files with a layout before they are cut. */
  parser?: string,
): Json {
  const arn = base.knowledgeBaseArn ?? '';
  const account = arn.split(':')[4] ?? '';
  const vectors = base.knowledgeBaseConfiguration?.vectorKnowledgeBaseConfiguration;
  const managed = base.knowledgeBaseConfiguration?.managedKnowledgeBaseConfiguration;
  const model = vectors?.embeddingModelArn ?? managed?.embeddingModelArn;
  const statements = [
    ...[model, parser].flatMap((one) => (one === undefined ? [] : [allow(['bedrock:InvokeModel'], one)])),
    ...storeStatements(base.storageConfiguration),
    ...(bulk === undefined ? [] : objectStatements(bulk, arn.split(':')[1] ?? 'aws')),
  ];
  return {
    trust: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'bedrock.amazonaws.com' },
          Action: 'sts:AssumeRole',
          Condition: {
            StringEquals: { 'aws:SourceAccount': account },
            ArnLike: { 'aws:SourceArn': arn },
          },
        },
      ],
    },
    permissions: {
      Version: '2012-10-17',
      Statement: statements.map(({ Effect, Action, Resource }) => ({
        Effect,
        Action: [...Action],
        Resource: typeof Resource === 'string' ? Resource : [...Resource],
      })),
    },
  };
}

const allow = (Action: readonly string[], Resource: string | readonly string[]): Allowed => ({
  Effect: 'Allow',
  Action,
  Resource,
});

/** https://docs.aws.amazon.com/bedrock/latest/userguide/kb-permissions.html : an S3 data source is read under it. */
const objectStatements = (
  { bucket, prefix }: Pick<BulkConfig, 'bucket' | 'prefix'>,
  partition: string,
): readonly Allowed[] => [
  allow(['s3:ListBucket'], `arn:${partition}:s3:::${bucket}`),
  allow(['s3:GetObject'], `arn:${partition}:s3:::${bucket}/${prefix}*`),
];

function storeStatements(store: StorageConfiguration | undefined): readonly Allowed[] {
  if (store === undefined) return [];
  const secret = (arn: string | undefined): readonly Allowed[] =>
    arn === undefined ? [] : [allow(['secretsmanager:GetSecretValue'], arn)];
  switch (store.type) {
    case 'OPENSEARCH_SERVERLESS':
      return arnStatements(store.opensearchServerlessConfiguration?.collectionArn, (arn) => [
        allow(['aoss:APIAccessAll'], arn),
      ]);
    case 'OPENSEARCH_MANAGED_CLUSTER':
      return arnStatements(store.opensearchManagedClusterConfiguration?.domainArn, (arn) => [
        allow(['es:ESHttpGet', 'es:ESHttpPost', 'es:ESHttpPut', 'es:ESHttpDelete'], `${arn}/*`),
        allow(['es:DescribeDomain'], arn),
      ]);
    case 'S3_VECTORS':
      return arnStatements(indexOf(store), (arn) => [
        allow(
          [
            's3vectors:GetIndex',
            's3vectors:PutVectors',
            's3vectors:GetVectors',
            's3vectors:DeleteVectors',
            's3vectors:QueryVectors',
          ],
          arn,
        ),
      ]);
    case 'RDS':
      return [
        ...arnStatements(store.rdsConfiguration?.resourceArn, (arn) => [
          allow(
            ['rds-data:ExecuteStatement', 'rds-data:BatchExecuteStatement', 'rds:DescribeDBClusters'],
            arn,
          ),
        ]),
        ...secret(store.rdsConfiguration?.credentialsSecretArn),
      ];
    case 'NEPTUNE_ANALYTICS':
      return arnStatements(store.neptuneAnalyticsConfiguration?.graphArn, (arn) => [
        allow(
          [
            'neptune-graph:GetGraph',
            'neptune-graph:ReadDataViaQuery',
            'neptune-graph:WriteDataViaQuery',
            'neptune-graph:DeleteDataViaQuery',
          ],
          arn,
        ),
      ]);
    default:
      return secret(
        store.pineconeConfiguration?.credentialsSecretArn ??
          store.redisEnterpriseCloudConfiguration?.credentialsSecretArn ??
          store.mongoDbAtlasConfiguration?.credentialsSecretArn,
      );
  }
}

const arnStatements = (
  arn: string | undefined,
  make: (arn: string) => readonly Allowed[],
): readonly Allowed[] => (arn === undefined ? [] : make(arn));

const indexOf = ({ s3VectorsConfiguration: found }: StorageConfiguration): string | undefined =>
  found?.indexArn ??
  (found?.vectorBucketArn === undefined || found.indexName === undefined
    ? undefined
    : `${found.vectorBucketArn}/index/${found.indexName}`);
