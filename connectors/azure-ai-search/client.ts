import {
  IndexDocumentsBatch,
  SearchClient,
  SearchIndexClient,
  type IndexingResult,
  type SearchIndex,
} from '@azure/search-documents';
import type { AzureAiSearchConfig } from './config.ts';
import type { Connection } from './connection.ts';
import { ServiceError } from './service-error.ts';
import type { Action, SearchDocument } from './search-document.ts';

/** An index definition with the etag that the next change must still find. */
export interface ReadIndex {
  readonly definition: SearchIndex;
  readonly etag: string | undefined;
}
export interface SearchQuery {
  readonly text: string;
  readonly filter?: string;
  readonly select: readonly string[];
  readonly orderBy?: readonly string[];
  readonly top: number;
  /** Also finds what lies nearest to it; with a text, both rankings are fused. */
  readonly vector?: { readonly field: string; readonly values: readonly number[]; readonly nearest: number };
  /** A scoring profile of the index. */
  readonly scoringProfile?: string;
  /** Ranks the best once more by meaning, and marks the part that answers best. */
  readonly semantic?: { readonly configuration: string; readonly question: string };
}
export interface FoundDocument {
  readonly score: number;
  readonly rerankerScore?: number;
  readonly caption?: string;
  readonly document: Readonly<Record<string, unknown>>;
}

/** The calls this destination makes. Every failure is a `ServiceError`; nothing is retried here. */
export interface AzureSearchClient {
  getIndex(): Promise<ReadIndex | undefined>;
  createIndex(definition: SearchIndex): Promise<void>;
  /** Changes the index only if it is still the one that was read. */
  updateIndex(definition: SearchIndex, etag: string | undefined): Promise<void>;
  countDocuments(): Promise<number>;
  /** Business documents, however many passages they have. */
  countWhole(): Promise<number>;
  indexDocuments(actions: readonly Action[]): Promise<readonly IndexingResult[]>;
  search(query: SearchQuery): AsyncIterable<FoundDocument>;
}

export function createAzureSearchClient(
  config: AzureAiSearchConfig,
  { credential, clientOptions, call }: Connection,
): AzureSearchClient {
  const documents = new SearchClient<SearchDocument>(
    config.endpoint,
    config.index,
    credential,
    clientOptions,
  );
  const indexes = new SearchIndexClient(config.endpoint, credential, clientOptions);

  return {
    // https://learn.microsoft.com/rest/api/searchservice/indexes/get
    async getIndex() {
      try {
        const definition = await call((callOptions) => indexes.getIndex(config.index, callOptions));
        // The SDK returns the etag as `eTag`, its type says `etag`, and it compares `etag` only.
        const { eTag, etag, ...rest } = definition as SearchIndex & { eTag?: string };
        return { definition: rest as SearchIndex, etag: eTag ?? etag };
      } catch (error) {
        if (error instanceof ServiceError && error.status === 404) return undefined;
        throw error;
      }
    },
    // https://learn.microsoft.com/rest/api/searchservice/indexes/create
    async createIndex(definition) {
      await call((callOptions) => indexes.createIndex(definition, callOptions));
    },
    // https://learn.microsoft.com/rest/api/searchservice/indexes/create-or-update
    async updateIndex(definition, etag) {
      if (etag === undefined)
        throw new ServiceError({ message: 'the service returned an index without an etag' });
      await call((callOptions) =>
        indexes.createOrUpdateIndex({ ...definition, etag }, { ...callOptions, onlyIfUnchanged: true }),
      );
    },
    // https://learn.microsoft.com/rest/api/searchservice/documents/count
    countDocuments: () => call((callOptions) => documents.getDocumentsCount(callOptions)),
    // https://learn.microsoft.com/rest/api/searchservice/documents/search-post
    async countWhole() {
      const found = await call((callOptions) =>
        documents.search('*', { ...callOptions, filter: 'chunk eq 0', top: 0, includeTotalCount: true }),
      );
      return found.count ?? 0;
    },
    // https://learn.microsoft.com/rest/api/searchservice/documents/
    async indexDocuments(actions) {
      const batch = new IndexDocumentsBatch<SearchDocument>([...actions]);
      const result = await call((callOptions) => documents.indexDocuments(batch, callOptions));
      return result.results;
    },
    // https://learn.microsoft.com/rest/api/searchservice/documents/search-post
    async *search({ text, filter, select, orderBy, top, vector, semantic, scoringProfile }) {
      const noted = {};
      const plain = {
        ...(filter === undefined ? {} : { filter }),
        ...(orderBy === undefined ? {} : { orderBy: [...orderBy] }),
        ...(scoringProfile === undefined ? {} : { scoringProfile }),
        ...(vector === undefined ? {} : { vectorSearchOptions: nearest(vector) }),
        select: [...select],
        top,
      };
      const found = await call(
        (callOptions) =>
          semantic === undefined
            ? documents.search(text, { ...callOptions, ...plain })
            : documents.search(text, {
                ...callOptions,
                ...plain,
                queryType: 'semantic',
                semanticSearchOptions: {
                  configurationName: semantic.configuration,
                  captions: { captionType: 'extractive', highlight: false },
                  semanticQuery: semantic.question,
                },
              }),
        noted,
      );
      for (;;) {
        const step = await call(() => found.results.next(), noted);
        if (step.done) return;
        const { score, rerankerScore, captions, document } = step.value;
        const caption = captions?.[0]?.text;
        yield {
          score,
          document: withoutAnnotations(document),
          ...(typeof rerankerScore === 'number' ? { rerankerScore } : {}),
          ...(caption ? { caption } : {}),
        };
      }
    },
  };
}

const nearest = ({ field, values, nearest: most }: NonNullable<SearchQuery['vector']>) => ({
  queries: [{ kind: 'vector' as const, vector: [...values], fields: [field], kNearestNeighborsCount: most }],
});

/** The SDK leaves `@search.score` and its like among the fields. */
const withoutAnnotations = (document: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(document).filter(([name]) => !name.startsWith('@search.')));
