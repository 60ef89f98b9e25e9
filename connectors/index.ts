import type { Registry } from '../core/config/config.ts';

/** Every connector by the `type` that names it in connectors.config.yaml; loaded when a configuration uses it. */
export const registry: Registry = {
  sources: {
    salesforce: async () => (await import('./salesforce/index.ts')).salesforce,
    snowflake: async () => (await import('./snowflake/index.ts')).snowflake,
  },
  destinations: {
    'azure-ai-search': async () => (await import('./azure-ai-search/index.ts')).azureAiSearch,
    'bedrock-knowledge-base': async () =>
      (await import('./bedrock-knowledge-base/index.ts')).bedrockKnowledgeBase,
  },
};
