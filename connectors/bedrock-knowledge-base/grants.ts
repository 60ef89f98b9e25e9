import type { KnowledgeBase } from '@aws-sdk/client-bedrock-agent';
import type { Json } from '../../core/contract/json.ts';
import type { Grant } from '../../core/contract/survey.ts';
import type { BedrockConfig } from './config.ts';
import { iamPolicy } from './iam-policy.ts';
import { rolePolicy } from './role-policy.ts';

/** Who needs which permission. Once the service has told of the knowledge base: for its account alone, and for its own role too. */
export function grants(config: BedrockConfig, base?: KnowledgeBase): readonly Grant[] {
  const accountId = base?.knowledgeBaseArn?.split(':')[4];
  const account = accountId === undefined ? {} : { accountId };
  const policy = (use: 'publish' | 'retrieve'): Json =>
    JSON.parse(JSON.stringify(iamPolicy(config, { ...account, use }))) as Json;
  return [
    { name: 'tributary', to: 'the role or user that Tributary runs as', policy: policy('publish') },
    { name: 'agents', to: 'the agents that ask', policy: policy('retrieve') },
    ...(base === undefined
      ? []
      : [
          {
            name: 'knowledge-base',
            to: 'the knowledge base’s own role',
            policy: rolePolicy(base, config.bulk, parserOf(config)),
          },
        ]),
  ];
}

function parserOf({ dataSource }: BedrockConfig): string | undefined {
  const parsing = dataSource?.create.parsing;
  return parsing?.strategy === 'foundation-model' ? parsing.modelArn : undefined;
}
