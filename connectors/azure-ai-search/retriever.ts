import type { BaseRetriever } from '@langchain/core/retrievers';
import type { Context } from '../../core/contract/context.ts';
import { createRetrieverFactory, type RetrieverOptions } from '../../core/retrieval/langchain-retriever.ts';
import type { PassageMetadata, RetrievedPassage } from '../../core/retrieval/passage.ts';
import { createAzureSearchClient } from './client.ts';
import type { AzureAiSearchConfig } from './config.ts';
import { connect } from './connection.ts';
import { embedderOf, type OwnEmbeddings } from './create-embedder.ts';
import { createSearcher, type AzureSearchRequest } from './search.ts';
import { engineError } from './service-error.ts';

export interface AzureAiSearchRetrieval {
  /** The best passage of each document, best first, within what the asker may read. */
  retrieve(request: AzureSearchRequest): Promise<readonly RetrievedPassage[]>;
  /** A LangChain retriever for one asker: without `principals` it finds what everyone may read. */
  retriever(options?: RetrieverOptions<AzureSearchRequest>): BaseRetriever<PassageMetadata>;
}

/** Opens an index for questions alone: no engine, no catalog, and a query key is enough. */
export async function openAzureAiSearchRetrieval(
  config: AzureAiSearchConfig,
  context: Context,
  own?: OwnEmbeddings,
): Promise<AzureAiSearchRetrieval> {
  // Documents are found through an alias as through its index: https://learn.microsoft.com/azure/search/search-how-to-alias
  const index = config.alias ?? config.index;
  const client = createAzureSearchClient({ ...config, index }, await connect(config, context));
  const search = createSearcher(config, client, await embedderOf(config, context, own));
  const retrieve = async (request: AzureSearchRequest): Promise<readonly RetrievedPassage[]> => {
    try {
      return await search(request);
    } catch (error) {
      throw engineError(error, config.index);
    }
  };
  const retriever = await createRetrieverFactory<AzureSearchRequest>({
    destination: context.name,
    now: context.now,
    retrieve,
  });
  return { retrieve, retriever };
}
