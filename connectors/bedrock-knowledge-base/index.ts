import { defineDestination } from '../../core/contract/define.ts';
import type { Context } from '../../core/contract/context.ts';
import { refuseStranded } from './bulk/stranded.ts';
import { bedrockConfig, type BedrockConfig } from './config.ts';
import { grants } from './grants.ts';
import type { BedrockRetrieval } from './retriever.ts';
import { configOfSlot, slotSettings } from './slot-config.ts';

export { iamPolicy } from './iam-policy.ts';
export type { IamPolicy } from './iam-policy.ts';
export type { BedrockConfig } from './config.ts';
export type { BedrockRetrieval } from './retriever.ts';
export type { BedrockSearchRequest } from './search.ts';

/** Opens a knowledge base for questions: passages, and LangChain retrievers over them. Loads the SDK and `@langchain/core`. */
export const openBedrockRetrieval = async (
  config: BedrockConfig,
  context: Context,
): Promise<BedrockRetrieval> => (await import('./retriever.ts')).openBedrockRetrieval(config, context);

export const bedrockKnowledgeBase = defineDestination({
  type: 'bedrock-knowledge-base',
  title: 'Amazon Bedrock knowledge base',
  config: bedrockConfig,
  async create(configured, context, slot) {
    const config = configOfSlot(configured, slot);
    const { withSlots } = await import('./destination-slots.ts');
    const { createBedrockDestination } = await import('./destination.ts');
    const destination = config.bulk
      ? (await import('./bulk/two-roads.ts')).createTwoRoads(config, config.bulk, context)
      : refuseStranded(createBedrockDestination(config, context));
    return withSlots(destination, configured, config, context);
  },
  slotSettings,
  grants,
});
