import type { BaseRetriever, BaseRetrieverInput } from '@langchain/core/retrievers';
import { readFilter } from './filter.ts';
import { toLangChainPassage, type PassageMetadata, type RetrievedPassage } from './passage.ts';
import type { RetrievalRequest } from './retrieval-request.ts';

/** A plane that can be asked, whichever service is behind it. */
export interface PlaneToAsk<Request extends RetrievalRequest = RetrievalRequest> {
  /** The destination, as the configuration names it. */
  readonly destination: string;
  now(): number;
  retrieve(request: Request): Promise<readonly RetrievedPassage[]>;
}

/** How one asker's retriever asks: everything of a request but the question. */
export type RetrieverOptions<Request extends RetrievalRequest = RetrievalRequest> = BaseRetrieverInput &
  Omit<Request, 'text' | 'limit'> & { readonly limit?: number };

const presetLimit = 5;

/** Makes LangChain retrievers over a plane, one for each asker; loads `@langchain/core` when it is called. */
export async function createRetrieverFactory<Request extends RetrievalRequest>(
  plane: PlaneToAsk<Request>,
): Promise<(options?: RetrieverOptions<Request>) => BaseRetriever<PassageMetadata>> {
  const { BaseRetriever } = await import('@langchain/core/retrievers');
  class TributaryRetriever extends BaseRetriever<PassageMetadata> {
    override lc_namespace = ['tributary', 'retrievers'];
    readonly asks: Omit<Request, 'text'>;

    constructor({ callbacks, tags, metadata, verbose, ...asks }: RetrieverOptions<Request>) {
      super({
        ...(callbacks === undefined ? {} : { callbacks }),
        ...(tags === undefined ? {} : { tags }),
        ...(metadata === undefined ? {} : { metadata }),
        ...(verbose === undefined ? {} : { verbose }),
      });
      this.asks = { limit: presetLimit, ...asks } as unknown as Omit<Request, 'text'>;
    }
    static override lc_name(): string {
      return 'TributaryRetriever';
    }
    override async _getRelevantDocuments(text: string) {
      const passages = await plane.retrieve({ ...this.asks, text } as Request);
      const asked = { destination: plane.destination, now: plane.now() };
      return passages.map((passage) => toLangChainPassage(passage, asked));
    }
  }
  return (options = {} as RetrieverOptions<Request>) => {
    const where = options.where === undefined ? {} : { where: readFilter(options.where) };
    return new TributaryRetriever({ ...options, ...where });
  };
}
