import {
  SearchIndexClient,
  type SearchIndex,
  type SearchIndexKnowledgeSource,
  type SearchIndexStatistics,
  type SearchServiceStatistics,
} from '@azure/search-documents';
import type { AzureAiSearchConfig } from './config.ts';
import type { Connection } from './connection.ts';
import { ServiceError } from './service-error.ts';

export interface Tagged<T> {
  readonly value: T;
  /** What the next change must still find; aliases have none. */
  readonly etag: string | undefined;
}

/** The calls about a whole service: its indexes, aliases, knowledge and capacity. Every failure is a `ServiceError`. */
export interface AzureServiceClient {
  listIndexes(): Promise<readonly SearchIndex[]>;
  deleteIndex(name: string): Promise<void>;
  /** The index behind an alias, or undefined when there is no such alias. */
  getAlias(name: string): Promise<string | undefined>;
  putAlias(name: string, index: string): Promise<void>;
  getKnowledgeSource(name: string): Promise<Tagged<SearchIndexKnowledgeSource> | undefined>;
  /** Changes the source only if it is still the one that was read; creates it when none was. */
  putKnowledgeSource(source: SearchIndexKnowledgeSource, etag: string | undefined): Promise<void>;
  getKnowledgeBase(name: string): Promise<readonly string[] | undefined>;
  createKnowledgeBase(name: string, source: string, description: string): Promise<void>;
  serviceStatistics(): Promise<SearchServiceStatistics>;
  indexStatistics(name: string): Promise<SearchIndexStatistics>;
}

export function createServiceClient(
  config: AzureAiSearchConfig,
  { credential, clientOptions, call }: Connection,
): AzureServiceClient {
  const client = new SearchIndexClient(config.endpoint, credential, clientOptions);
  const found = async <T>(work: Promise<T>): Promise<T | undefined> => {
    try {
      return await work;
    } catch (error) {
      if (error instanceof ServiceError && error.status === 404) return undefined;
      throw error;
    }
  };

  return {
    // https://learn.microsoft.com/rest/api/searchservice/indexes/list
    listIndexes: () =>
      call(async (callOptions) => {
        const indexes: SearchIndex[] = [];
        for await (const index of client.listIndexes(callOptions)) indexes.push(index);
        return indexes;
      }),
    // https://learn.microsoft.com/rest/api/searchservice/indexes/delete
    deleteIndex: (name) => call((callOptions) => client.deleteIndex(name, callOptions)),
    // https://learn.microsoft.com/azure/search/search-how-to-alias
    async getAlias(name) {
      const alias = await found(call((callOptions) => client.getAlias(name, callOptions)));
      return alias?.indexes[0];
    },
    async putAlias(name, index) {
      await call((callOptions) => client.createOrUpdateAlias({ name, indexes: [index] }, callOptions));
    },
    // https://learn.microsoft.com/azure/search/agentic-knowledge-source-how-to-search-index
    async getKnowledgeSource(name) {
      const source = await found(call((callOptions) => client.getKnowledgeSource(name, callOptions)));
      if (source === undefined) return undefined;
      // The SDK returns the etag as `eTag`, its type says `etag`, and it compares `etag` only.
      const { eTag, etag, ...value } = source as SearchIndexKnowledgeSource & { eTag?: string };
      return { value, etag: eTag ?? etag };
    },
    async putKnowledgeSource(source, etag) {
      await call((callOptions) =>
        client.createOrUpdateKnowledgeSource(
          { ...source, ...(etag === undefined ? {} : { etag }) },
          { ...callOptions, ...(etag === undefined ? {} : { onlyIfUnchanged: true }) },
        ),
      );
    },
    // https://learn.microsoft.com/azure/search/agentic-retrieval-how-to-create-knowledge-base
    async getKnowledgeBase(name) {
      const base = await found(call((callOptions) => client.getKnowledgeBase(name, callOptions)));
      return base?.knowledgeSources.map((source) => source.name);
    },
    async createKnowledgeBase(name, source, description) {
      await call((callOptions) =>
        client.createKnowledgeBase({ name, description, knowledgeSources: [{ name: source }] }, callOptions),
      );
    },
    // https://learn.microsoft.com/rest/api/searchservice/get-service-statistics/get-service-statistics
    serviceStatistics: () => call((callOptions) => client.getServiceStatistics(callOptions)),
    // https://learn.microsoft.com/rest/api/searchservice/indexes/get-statistics
    indexStatistics: (name) => call((callOptions) => client.getIndexStatistics(name, callOptions)),
  };
}
