import type { Context } from '../../core/contract/context.ts';
import { createOfflineEmbeddings, offlineModel } from '../../core/retrieval/offline-embeddings.ts';
import type { AzureAiSearchConfig } from './config.ts';
import { createEmbedder, type Embedder } from './embedder.ts';

/** The embedder that the configuration asks for, or undefined when the index has no vectors. */
export async function embedderOf(
  config: AzureAiSearchConfig,
  context: Context,
): Promise<Embedder | undefined> {
  const { vector } = config;
  if (vector === undefined) return undefined;
  const { dimensions, batchSize, requestsPerSecond, tokensPerMinute } = vector;
  const pace = { dimensions, batchSize, requestsPerSecond, tokensPerMinute };
  if (vector.provider === 'offline')
    return createEmbedder(
      { ...pace, embeddings: createOfflineEmbeddings(dimensions), model: offlineModel },
      context,
    );
  const { createAzureOpenAiEmbeddings } = await import('./azure-openai-embeddings.ts');
  const embeddings = await createAzureOpenAiEmbeddings(vector, {
    timeoutMs: config.requestTimeout,
    signal: context.signal,
    now: context.now,
  });
  return createEmbedder({ ...pace, embeddings, model: vector.model }, context);
}
