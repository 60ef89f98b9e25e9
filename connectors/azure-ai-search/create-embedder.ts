import type { EmbeddingsInterface } from '@langchain/core/embeddings';
import type { Context } from '../../core/contract/context.ts';
import { ConfigError } from '../../core/contract/errors.ts';
import { createOfflineEmbeddings, offlineModel } from '../../core/retrieval/offline-embeddings.ts';
import type { AzureAiSearchConfig } from './config.ts';
import { createEmbedder, type Embedder } from './embedder.ts';
import { titanModel } from './titan-model.ts';
import type { VectorConfig } from './vector-config.ts';

/** Titan reads one text a request, so several go at once. */
const titanInFlight = 8;

/** LangChain embeddings that a program brings along, for `vector.provider: program`. */
export interface OwnEmbeddings {
  readonly embeddings: EmbeddingsInterface;
  /** Names the model: another name makes every vector anew. */
  readonly model: string;
}

/** What makes two vectors comparable; part of the profile. */
export function modelOf(vector: VectorConfig, own: OwnEmbeddings | undefined): string {
  switch (vector.provider) {
    case 'offline':
      return offlineModel;
    case 'azure-openai':
      return vector.model;
    case 'bedrock-titan':
      return titanModel;
    case 'program':
      if (own !== undefined) return own.model;
      throw new ConfigError(
        'AZURE_SEARCH_NO_EMBEDDINGS',
        'The configuration leaves the vectors to a program, and this one brings no embeddings.',
        {
          where: 'vector.provider',
          hint: 'Open the destination with azureAiSearchWith({ embeddings, model }), or choose another provider.',
        },
      );
  }
}

/** The embedder that the configuration asks for, or undefined when the index has no vectors. */
export async function embedderOf(
  config: AzureAiSearchConfig,
  context: Context,
  own: OwnEmbeddings | undefined,
): Promise<Embedder | undefined> {
  const { vector } = config;
  if (vector === undefined) return undefined;
  const { provider, dimensions, batchSize, requestsPerSecond, tokensPerMinute } = vector;
  const titan = provider === 'bedrock-titan';
  const model = modelOf(vector, own);
  return createEmbedder(
    {
      dimensions,
      batchSize: titan ? 1 : batchSize,
      inFlight: titan ? titanInFlight : 1,
      requestsPerSecond,
      tokensPerMinute,
      model,
      deployment: JSON.stringify([provider, vector.endpoint, vector.region, vector.deployment, model]),
      cacheBytes: vector.cacheMegabytes * 1024 * 1024,
      embeddings: await embeddingsOf(vector, config, context, own),
    },
    context,
  );
}

async function embeddingsOf(
  vector: VectorConfig,
  config: AzureAiSearchConfig,
  context: Context,
  own: OwnEmbeddings | undefined,
): Promise<EmbeddingsInterface> {
  if (vector.provider === 'program' && own !== undefined) return own.embeddings;
  if (vector.provider === 'offline') return createOfflineEmbeddings(vector.dimensions);
  const asking = { timeoutMs: config.requestTimeout, signal: context.signal, now: context.now };
  if (vector.provider === 'bedrock-titan') {
    const { createTitanEmbeddings } = await import('./titan-embeddings.ts');
    return createTitanEmbeddings(vector, asking);
  }
  const { createAzureOpenAiEmbeddings } = await import('./azure-openai-embeddings.ts');
  return createAzureOpenAiEmbeddings(vector, asking);
}
