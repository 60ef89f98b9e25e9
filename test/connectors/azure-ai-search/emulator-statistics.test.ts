import { afterEach, describe, expect, it } from 'vitest';
import { openHotels, type HotelService } from './hotels.ts';

let service: HotelService;
afterEach(async () => service.emulator.close());

/**
 * A recorded answer of the service, 2026-02-06, without what only previews have: https://github.com/Azure/azure-sdk-assets,
 * python/sdk/search/azure-search-documents/tests/recordings/async_tests/test_search_index_client_live_async…test_search_index_client.json
 */
const recorded = {
  '@odata.context': 'https://…/$metadata#Microsoft.Azure.Search.V2025_11_01_Preview.ServiceStatistics',
  counters: {
    documentCount: { usage: 0, quota: null },
    indexesCount: { usage: 0, quota: 15 },
    indexersCount: { usage: 0, quota: 15 },
    dataSourcesCount: { usage: 0, quota: 15 },
    storageSize: { usage: 0, quota: 16106127360 },
    synonymMaps: { usage: 0, quota: 3 },
    skillsetCount: { usage: 0, quota: 15 },
    aliasesCount: { usage: 0, quota: 30 },
    vectorIndexSize: { usage: 0, quota: 5368709120 },
  },
  limits: {
    maxStoragePerIndex: 16106127360,
    maxFieldsPerIndex: 1000,
    maxFieldNestingDepthPerIndex: 10,
    maxComplexCollectionFieldsPerIndex: 40,
    maxComplexObjectsInCollectionsPerDocument: 3000,
  },
};
type Statistics = typeof recorded;
const get = async <Answer>(path: string): Promise<Answer> =>
  (await (await service.send('GET', path)).json()) as Answer;

describe('the statistics of the emulated service', () => {
  it('have the properties that were recorded of the service', async () => {
    service = await openHotels();
    const answer = await get<Statistics>('/servicestats');
    expect(Object.keys(answer).sort()).toEqual(Object.keys(recorded).sort());
    expect(Object.keys(answer.counters).sort()).toEqual(Object.keys(recorded.counters).sort());
    expect(Object.keys(answer.limits)).toEqual(Object.keys(recorded.limits));
    for (const counter of Object.values(answer.counters))
      expect(Object.keys(counter)).toEqual(['usage', 'quota']);
  });

  it('count what the service holds, against what it may hold', async () => {
    service = await openHotels({ quotas: { documents: 10, storageBytes: 5000 } });
    await service.index({ id: '1', name: 'Alder' }, { id: '2', name: 'Birch' });
    const { counters } = await get<Statistics>('/servicestats');
    expect(counters.documentCount).toEqual({ usage: 2, quota: 10 });
    expect(counters.indexesCount).toEqual({ usage: 1, quota: 50 });
    expect(counters.storageSize).toEqual({ usage: expect.any(Number), quota: 5000 });
    const own = await get<{ documentCount: number; storageSize: number }>("/indexes('hotels')/search.stats");
    expect(own).toMatchObject({ documentCount: 2, storageSize: counters.storageSize.usage });
  });
});
