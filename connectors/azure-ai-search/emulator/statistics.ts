import type { LoopbackReply } from '../../../core/testing/loopback-server.ts';
import type { IndexRegistry, SearchIndex } from './search-index.ts';

/** What a service may hold; absent ones are those of an S1 service with one partition. */
export interface Quotas {
  readonly documents?: number;
  readonly storageBytes?: number;
  readonly vectorBytes?: number;
  readonly storageBytesPerIndex?: number;
  readonly indexes?: number;
  readonly fieldsPerIndex?: number;
}

interface Size {
  readonly documents: number;
  readonly storage: number;
  readonly vectors: number;
}

function sizeOf({ store }: SearchIndex): Size {
  store.settle();
  const one = (sql: string): Record<string, unknown> => store.database.prepare(sql).get() ?? {};
  const bodies = one('SELECT count(*) AS n, coalesce(sum(length(body)), 0) AS bytes FROM document');
  const vectors = one('SELECT coalesce(sum(length(data)), 0) AS bytes FROM vector');
  return {
    documents: Number(bodies['n']),
    storage: Number(bodies['bytes']) + Number(vectors['bytes']),
    vectors: Number(vectors['bytes']),
  };
}

/** https://learn.microsoft.com/rest/api/searchservice/indexes/get-statistics */
export function indexStatistics(index: SearchIndex): LoopbackReply {
  const { documents, storage, vectors } = sizeOf(index);
  return {
    status: 200,
    body: {
      '@odata.context': 'https://emulator/$metadata#Microsoft.Azure.Search.V2026_04_01.IndexStatistics',
      documentCount: documents,
      storageSize: storage,
      vectorIndexSize: vectors,
    },
  };
}

/** https://learn.microsoft.com/rest/api/searchservice/get-service-statistics/get-service-statistics */
export function serviceStatistics(registry: IndexRegistry, quotas: Quotas): LoopbackReply {
  const sizes = registry.list().map(sizeOf);
  const sum = (of: (size: Size) => number): number => sizes.reduce((total, size) => total + of(size), 0);
  const counter = (usage: number, quota: number | null): object => ({ usage, quota });
  return {
    status: 200,
    body: {
      '@odata.context': 'https://emulator/$metadata#Microsoft.Azure.Search.V2026_04_01.ServiceStatistics',
      counters: {
        aliasesCount: counter(registry.aliases.size, 100),
        documentCount: counter(
          sum((size) => size.documents),
          quotas.documents ?? null,
        ),
        indexesCount: counter(sizes.length, quotas.indexes ?? 50),
        indexersCount: counter(0, 50),
        dataSourcesCount: counter(0, 50),
        storageSize: counter(
          sum((size) => size.storage),
          quotas.storageBytes ?? 171_798_691_840,
        ),
        synonymMaps: counter(0, 5),
        skillsetCount: counter(0, 50),
        vectorIndexSize: counter(
          sum((size) => size.vectors),
          quotas.vectorBytes ?? 37_580_963_840,
        ),
      },
      limits: {
        maxStoragePerIndex: quotas.storageBytesPerIndex ?? 171_798_691_840,
        maxFieldsPerIndex: quotas.fieldsPerIndex ?? 1000,
        maxFieldNestingDepthPerIndex: 10,
        maxComplexCollectionFieldsPerIndex: 40,
        maxComplexObjectsInCollectionsPerDocument: 3000,
      },
    },
  };
}
