import type { BaseRetriever } from '@langchain/core/retrievers';
import type { Context } from '../../core/contract/context.ts';
import { createRetrieverFactory, type RetrieverOptions } from '../../core/retrieval/langchain-retriever.ts';
import type { PassageMetadata, RetrievedPassage } from '../../core/retrieval/passage.ts';
import { createAsk } from './ask.ts';
import type { BedrockConfig } from './config.ts';
import { followPointer } from './follow-pointer.ts';
import { createTurns, paceOf, retrievesPerSecond } from './pace.ts';
import { createRuntimeClient } from './runtime-client.ts';
import { createSearcher, type BedrockSearchRequest } from './search.ts';

export interface BedrockRetrieval {
  /** The best passage of each document, best first, within what the asker may read. */
  retrieve(request: BedrockSearchRequest): Promise<readonly RetrievedPassage[]>;
  /** A LangChain retriever for one asker: without `principals` it finds what everyone may read. */
  retriever(options?: RetrieverOptions<BedrockSearchRequest>): BaseRetriever<PassageMetadata>;
  close(): void;
}

/** Opens a knowledge base for questions alone: no engine, no catalog. `bedrock:Retrieve` is all it needs; with `slots`, it follows where agents are led. */
export async function openBedrockRetrieval(
  config: BedrockConfig,
  context: Context,
): Promise<BedrockRetrieval> {
  const client = createRuntimeClient(config);
  const ask = createAsk(context);
  const pointer = followPointer(config, ask, context);
  const pace = paceOf(createTurns({ perSecond: retrievesPerSecond, now: context.now }), context.sleep);
  const searcher = createSearcher(async (question) => {
    await pace.take();
    const knowledgeBaseId = await pointer.current();
    return ask(() => client.retrieve({ ...question, knowledgeBaseId }));
  }, config);
  const retriever = await createRetrieverFactory<BedrockSearchRequest>({
    destination: context.name,
    now: context.now,
    retrieve: searcher.search,
  });
  const close = (): void => {
    pointer.close();
    client.close();
  };
  return { retrieve: searcher.search, retriever, close };
}
