import { afterEach, describe, expect, it } from 'vitest';
import { openHotels, type HotelService } from './hotels.ts';

let service: HotelService;
afterEach(async () => service.emulator.close());

/**
 * A recorded answer of the service, 2024-01-09:
 * https://github.com/Azure/azure-sdk-assets, net/sdk/search/Azure.Search.Documents/tests/SessionRecords/SearchIndexClientTests/GetServiceStatistics.json
 */
const recorded = {
  '@odata.context': 'https://…/$metadata#Microsoft.Azure.Search.V2023_10_01_Preview.ServiceStatistics',
  counters: {
    documentCount: { usage: 4509, quota: null },
    indexesCount: { usage: 10, quota: 50 },
    indexersCount: { usage: 7, quota: 50 },
    dataSourcesCount: { usage: 8, quota: 50 },
    storageSize: { usage: 153304222, quota: 26843545600 },
    synonymMaps: { usage: 0, quota: 5 },
    skillsetCount: { usage: 16, quota: 50 },
    aliasesCount: { usage: 0, quota: 100 },
    vectorIndexSize: { usage: 27844332, quota: 3221225472 },
  },
  limits: {
    maxFieldsPerIndex: 3000,
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
