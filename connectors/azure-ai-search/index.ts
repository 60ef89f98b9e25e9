import { defineDestination } from '../../core/contract/define.ts';
import type { Context } from '../../core/contract/context.ts';
import type { DestinationConnector } from '../../core/contract/destination.ts';
import type { OwnEmbeddings } from './create-embedder.ts';
import { configSchema, type AzureAiSearchConfig } from './config.ts';
import { grants } from './grants.ts';
import { slotSettings } from './slot-settings.ts';

import type { AzureAiSearchRetrieval } from './retriever.ts';
import type { AzureAiSearchSlots } from './slots.ts';

export type { AzureAiSearchConfig } from './config.ts';
export type { OwnEmbeddings } from './create-embedder.ts';
export type { AzureAiSearchRetrieval } from './retriever.ts';
export type { AzureAiSearchSlots, Activation, Slot } from './slots.ts';

/** Opens an index for questions: passages, and LangChain retrievers over them. Loads the SDK and `@langchain/core`. */
export const openAzureAiSearchRetrieval = async (
  config: AzureAiSearchConfig,
  context: Context,
  own?: OwnEmbeddings,
): Promise<AzureAiSearchRetrieval> =>
  (await import('./retriever.ts')).openAzureAiSearchRetrieval(config, context, own);

/** Opens the slots of a destination: indexes side by side, of which the alias leads to one. Loads the SDK. */
export const openAzureAiSearchSlots = async (
  config: AzureAiSearchConfig,
  context: Context,
): Promise<AzureAiSearchSlots> => (await import('./slots.ts')).createAzureAiSearchSlots(config, context);

/** Publishes business-context documents to an Azure AI Search index. */
export const azureAiSearch = defineDestination<AzureAiSearchConfig>({
  type: 'azure-ai-search',
  title: 'Azure AI Search',
  config: configSchema,
  create: async (config, context, slot) =>
    (await import('./destination.ts')).createAzureAiSearchDestination(config, context, { slot }),
  grants,
  slotSettings,
});

/** The same destination with LangChain embeddings of one's own, for `vector.provider: program`. */
export const azureAiSearchWith = (own: OwnEmbeddings): DestinationConnector<AzureAiSearchConfig> => ({
  ...azureAiSearch,
  create: async (config, context, slot) =>
    (await import('./destination.ts')).createAzureAiSearchDestination(config, context, { own, slot }),
});
