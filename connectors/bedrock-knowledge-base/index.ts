import { defineDestination } from '../../core/contract/define.ts';
import { bedrockConfig } from './config.ts';

export const bedrockKnowledgeBase = defineDestination({
  type: 'bedrock-knowledge-base',
  title: 'Amazon Bedrock knowledge base',
  config: bedrockConfig,
  create: async (config, context) =>
    (await import('./destination.ts')).createBedrockDestination(config, context),
});
