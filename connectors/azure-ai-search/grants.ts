import type { Grant } from '../../core/contract/survey.ts';
import type { Json } from '../../core/contract/json.ts';
import type { AzureAiSearchConfig } from './config.ts';
import { titanModel } from './titan-model.ts';

/** Ids that are the same in every subscription: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/ai-machine-learning */
const roles = {
  'Search Service Contributor': '7ca78c08-252a-4471-8644-bb5ff32d4ba0',
  'Search Index Data Contributor': '8ebe5a00-799e-43f5-93ac-243d3dce84a7',
  'Search Index Data Reader': '1407120a-92aa-4202-b7e9-c0e197c71c8f',
  'Cognitive Services OpenAI User': '5e0bd9bd-7b93-4f28-af87-19fc36ad61bd',
};

/**
 * Role assignments, each on the one resource that is named: https://learn.microsoft.com/azure/search/search-security-rbac .
 * With `apiKey`, Tributary itself needs none.
 */
export function grants(config: AzureAiSearchConfig): readonly Grant[] {
  const { endpoint, vector } = config;
  const search = `search service ${nameOf(endpoint)}`;
  const models = vector?.provider === 'azure-openai' ? vector : undefined;
  const model = `Azure OpenAI resource ${nameOf(models?.endpoint ?? '')}`;
  const assign = (role: keyof typeof roles, scope: string, why: string) => ({
    role,
    roleDefinitionId: roles[role],
    scope,
    why,
  });
  const mayUseModel = 'makes the vectors of what is asked';
  return [
    {
      name: 'tributary',
      to: 'the identity that Tributary runs as',
      policy: {
        roleAssignments: [
          assign('Search Service Contributor', search, 'the index, the alias, knowledge, statistics'),
          assign('Search Index Data Contributor', search, 'writes, deletes, counts and searches documents'),
          ...(models && models.apiKey === undefined
            ? [assign('Cognitive Services OpenAI User', model, 'makes the vectors of what is written')]
            : []),
        ],
      },
    },
    {
      name: 'agents',
      to: 'the agents that ask',
      policy: {
        roleAssignments: [
          assign('Search Index Data Reader', search, 'asks the index and its knowledge base'),
        ],
      },
    },
    ...(models && models.apiKey === undefined
      ? [
          {
            name: 'search-service',
            to: 'the managed identity of the search service',
            policy: { roleAssignments: [assign('Cognitive Services OpenAI User', model, mayUseModel)] },
          },
        ]
      : []),
    ...(vector?.provider === 'bedrock-titan'
      ? [{ name: 'titan', to: 'the AWS identity that makes the vectors', policy: mayInvoke(vector.region) }]
      : []),
  ];
}

/** `acme` of https://acme.search.windows.net; of any other address, its host. */
function nameOf(endpoint: string): string {
  const host = /^https?:\/\/([^/]+)/.exec(endpoint)?.[1] ?? endpoint;
  return (
    /^([^.]+)\.(?:search\.windows|openai\.azure|search\.azure|cognitiveservices\.azure)\./.exec(host)?.[1] ??
    host
  );
}

/** https://docs.aws.amazon.com/bedrock/latest/userguide/security_iam_id-based-policy-examples.html */
const mayInvoke = (region: string | undefined): Json => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: ['bedrock:InvokeModel'],
      Resource: `arn:${partitionOf(region)}:bedrock:${region ?? '*'}::foundation-model/${titanModel}`,
    },
  ],
});

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
const partitionOf = (region = ''): string =>
  region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
