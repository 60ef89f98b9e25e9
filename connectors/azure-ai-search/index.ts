import { defineDestination } from '../../core/contract/define.ts';
import { configSchema, type AzureAiSearchConfig } from './config.ts';

export type { AzureAiSearchConfig } from './config.ts';

/** Publishes business-context documents to an Azure AI Search index. */
export const azureAiSearch = defineDestination<AzureAiSearchConfig>({
  type: 'azure-ai-search',
  title: 'Azure AI Search',
  config: configSchema,
  create: async (config, context) =>
    (await import('./destination.ts')).createAzureAiSearchDestination(config, context),
});
