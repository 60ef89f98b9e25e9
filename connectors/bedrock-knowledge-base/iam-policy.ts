import type { BedrockConfig } from './config.ts';

export interface IamPolicy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly {
    readonly Effect: 'Allow';
    readonly Action: readonly string[];
    readonly Resource: string;
    readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  }[];
}

/**
 * What the configured destination may do and nothing else; for `retrieve`, what an application that only asks may do.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html
 */
export function iamPolicy(
  config: BedrockConfig,
  options: { readonly accountId?: string; readonly use?: 'publish' | 'retrieve' } = {},
): IamPolicy {
  const { region, knowledgeBaseId, slots, rerankingModelArn, bulk } = config;
  const partition = region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
  const arnOf = (id: string): string =>
    `arn:${partition}:bedrock:${region}:${options.accountId ?? '*'}:knowledge-base/${id}`;
  const pointer = slots.length === 0 ? [] : ['bedrock:ListTagsForResource'];
  const publish = [
    'bedrock:GetKnowledgeBase',
    ...(config.dataSource === undefined ? [] : ['bedrock:CreateDataSource', 'bedrock:ListDataSources']),
    'bedrock:GetDataSource',
    'bedrock:UpdateDataSource',
    'bedrock:IngestKnowledgeBaseDocuments',
    'bedrock:StartIngestionJob',
    'bedrock:DeleteKnowledgeBaseDocuments',
    'bedrock:GetKnowledgeBaseDocuments',
    'bedrock:ListKnowledgeBaseDocuments',
    ...(bulk === undefined ? [] : ['bedrock:GetIngestionJob', 'bedrock:ListIngestionJobs']),
    ...(slots.length === 0 ? [] : ['bedrock:TagResource']),
  ];
  const ask = slots.length === 0 ? [] : ['bedrock:GetKnowledgeBase'];
  const Action = [...(options.use === 'retrieve' ? ask : publish), ...pointer, 'bedrock:Retrieve'];
  return {
    Version: '2012-10-17',
    Statement: [
      ...[knowledgeBaseId, ...slots.map((slot) => slot.knowledgeBaseId)].map((id) => ({
        Effect: 'Allow' as const,
        Action,
        Resource: arnOf(id),
      })),
      ...(bulk === undefined || options.use === 'retrieve'
        ? []
        : bucketStatements(
            bulk.bucket,
            [bulk.prefix, ...slots.flatMap((slot) => slot.bulk?.prefix ?? [])],
            partition,
          )),
      ...(rerankingModelArn === undefined
        ? []
        : [
            { Effect: 'Allow' as const, Action: ['bedrock:Rerank'], Resource: '*' },
            { Effect: 'Allow' as const, Action: ['bedrock:InvokeModel'], Resource: rerankingModelArn },
          ]),
    ],
  };
}

/** Objects below the prefixes, and the list of them; nothing else of the bucket. */
const bucketStatements = (
  bucket: string,
  prefixes: readonly string[],
  partition: string,
): IamPolicy['Statement'] =>
  prefixes.flatMap((prefix) => [
    {
      Effect: 'Allow',
      Action: ['s3:PutObject', 's3:DeleteObject'],
      Resource: `arn:${partition}:s3:::${bucket}/${prefix}*`,
    },
    {
      Effect: 'Allow',
      Action: ['s3:ListBucket'],
      Resource: `arn:${partition}:s3:::${bucket}`,
      Condition: { StringLike: { 's3:prefix': `${prefix}*` } },
    },
  ]);
