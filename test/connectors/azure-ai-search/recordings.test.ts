import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openHotels, type HotelService } from './hotels.ts';

/**
 * Requests that were put to the service, with what it answered, from https://github.com/Azure/azure-sdk-assets:
 * python/sdk/search/azure-search-documents/tests/recordings/async_tests/test_search_index_client_live_async…test_search_index_client.json
 * and …test_search_index_client_alias_live_async…test_alias.json (2026-02-06),
 * net/sdk/search/Azure.Search.Documents/tests/SessionRecords/SearchTests/{ThrowsWhenRequestIsMalformed,ValueFacets}.json and
 * …/IndexingTests/ThrowsWhenMergingWithNewKey.json (2025-10-31). What only previews have is left out.
 */
const definition = {
  name: 'hotels-del-unchanged',
  fields: [
    { name: 'hotelId', type: 'Edm.String', key: true, searchable: false },
    { name: 'baseRate', type: 'Edm.Double' },
  ],
  scoringProfiles: [{ name: 'MyProfile' }],
  corsOptions: { allowedOrigins: ['*'], maxAgeInSeconds: 60 },
};
const plainField = {
  searchable: false,
  filterable: true,
  retrievable: true,
  stored: true,
  sortable: true,
  facetable: true,
  key: false,
  indexAnalyzer: null,
  searchAnalyzer: null,
  analyzer: null,
  normalizer: null,
  dimensions: null,
  vectorSearchProfile: null,
  vectorEncoding: null,
  synonymMaps: [],
};
const created = {
  name: 'hotels-del-unchanged',
  description: null,
  defaultScoringProfile: null,
  fields: [
    { name: 'hotelId', type: 'Edm.String', ...plainField, key: true },
    { name: 'baseRate', type: 'Edm.Double', ...plainField },
  ],
  scoringProfiles: [{ name: 'MyProfile', functionAggregation: null, text: null, functions: [] }],
  corsOptions: { allowedOrigins: ['*'], maxAgeInSeconds: 60 },
  suggesters: [],
  analyzers: [],
  normalizers: [],
  tokenizers: [],
  tokenFilters: [],
  charFilters: [],
  encryptionKey: null,
  similarity: { '@odata.type': '#Microsoft.Azure.Search.BM25Similarity', k1: null, b: null },
  semantic: null,
  vectorSearch: null,
};
const ofPreviews = new Set([
  'permissionFilterOption',
  'purviewEnabled',
  'permissionFilter',
  'sensitivityLabel',
]);

let service: HotelService;
beforeEach(async () => {
  service = await openHotels();
});
afterEach(async () => service.emulator.close());

const post = (path: string, body: object) => service.send('POST', path, body);
/** Without what differs from service to service: the address and the etag. */
async function bodyOf(response: Response): Promise<Record<string, unknown>> {
  const text = await response.text();
  const body = JSON.parse(text, (name, value: unknown) =>
    ofPreviews.has(name) ? undefined : value,
  ) as Record<string, unknown>;
  const { '@odata.context': context, '@odata.etag': etag, ...rest } = body;
  if (context !== undefined) expect(context).toMatch(/^https:\/\/[^/]+\/\$metadata#/);
  if (etag !== undefined && response.headers.has('etag')) expect(etag).toBe(response.headers.get('etag'));
  return rest;
}
const headersOf = (response: Response, ...names: string[]): Record<string, string | null> =>
  Object.fromEntries(names.map((name) => [name, response.headers.get(name)]));

describe('an answer of the emulator is the recorded one of the service', () => {
  it('for an index that is made, read, listed and changed', async () => {
    const made = await post('/indexes', definition);
    expect([made.status, await bodyOf(made)]).toEqual([201, created]);
    expect(headersOf(made, 'content-type', 'odata-version', 'preference-applied')).toEqual({
      'content-type': 'application/json; odata.metadata=minimal; odata.streaming=true; charset=utf-8',
      'odata-version': '4.0',
      'preference-applied': 'odata.include-annotations="*"',
    });
    expect(made.headers.get('etag')).toMatch(/^"0x8D[0-9A-F]+"$/);
    const read = await service.send('GET', "/indexes('hotels-del-unchanged')");
    expect([read.status, await bodyOf(read)]).toEqual([200, created]);
    const listed = await bodyOf(await service.send('GET', '/indexes'));
    expect((listed['value'] as { name: string }[])[1]).toMatchObject({
      ...created,
      '@odata.etag': made.headers.get('etag'),
    });
    const changed = await service.send('PUT', "/indexes('hotels-del-unchanged')", {
      ...definition,
      scoringProfiles: [],
    });
    expect([changed.status, await bodyOf(changed)]).toEqual([200, { ...created, scoringProfiles: [] }]);
    expect(changed.headers.get('etag')).not.toBe(made.headers.get('etag'));
  });

  it('for the deletion of an index that has changed since', async () => {
    const made = await post('/indexes', definition);
    await service.send('PUT', "/indexes('hotels-del-unchanged')", { ...definition, scoringProfiles: [] });
    const refused = await service.send('DELETE', "/indexes('hotels-del-unchanged')", undefined, {
      'if-match': made.headers.get('etag')!,
    });
    expect([refused.status, await refused.json()]).toEqual([
      412,
      {
        error: {
          code: '',
          message:
            'The precondition given in one of the request headers evaluated to false. No change was made to the resource from this request.',
        },
      },
    ]);
    expect(
      headersOf(refused, 'cache-control', 'content-language', 'content-type', 'expires', 'pragma'),
    ).toEqual({
      'cache-control': 'no-store, no-cache',
      'content-language': 'en',
      'content-type': 'application/json; charset=utf-8',
      expires: '-1',
      pragma: 'no-cache',
    });
  });

  it('for the statistics of an index', async () => {
    await post('/indexes', definition);
    expect(await bodyOf(await service.send('GET', "/indexes('hotels-del-unchanged')/search.stats"))).toEqual({
      documentCount: 0,
      storageSize: 0,
      vectorIndexSize: 0,
    });
  });

  it('for an alias that is made, moved, read, listed, deleted and missing', async () => {
    await post('/indexes', definition);
    const motel = { name: 'motel', indexes: ['hotels'] };
    expect((await post('/aliases', { ...motel, name: 'resort' })).status).toBe(201);
    expect((await service.send('PUT', "/aliases('motel')", motel)).status).toBe(201);
    const moved = { name: 'motel', indexes: ['hotels-del-unchanged'] };
    const put = await service.send('PUT', "/aliases('motel')", moved);
    expect([put.status, put.headers.get('etag'), await bodyOf(put)]).toEqual([200, null, moved]);
    expect(await bodyOf(await service.send('GET', "/aliases('motel')"))).toEqual(moved);
    expect(await bodyOf(await service.send('GET', '/aliases'))).toEqual({
      value: [moved, { name: 'resort', indexes: ['hotels'] }],
    });
    const gone = await service.send('DELETE', "/aliases('motel')");
    expect([gone.status, await gone.text()]).toEqual([204, '']);
    const missing = await service.send('GET', "/aliases('motel')");
    const message =
      "The index alias needs to be a valid alias. Alias – 'motel' cannot be found within the search service – 'emulator'. Learn more at https://aka.ms/azurecognitivesearchgetalias";
    expect([missing.status, await missing.json()]).toEqual([
      404,
      {
        error: {
          code: 'OperationNotAllowed',
          message,
          details: [{ code: 'IndexAliasNotFoundInService', message }],
        },
      },
    ]);
  });

  it('for a merge into a document that is not there', async () => {
    const response = await service.index({ '@search.action': 'merge', id: '42' });
    expect([response.status, await response.json()]).toEqual([
      207,
      { value: [{ key: '42', status: false, errorMessage: 'Document not found.', statusCode: 404 }] },
    ]);
    expect(headersOf(response, 'content-type', 'odata-version')).toEqual({
      'content-type': 'application/json; odata.metadata=none; odata.streaming=true; charset=utf-8',
      'odata-version': '4.0',
    });
  });

  it('for a filter that is none', async () => {
    const response = await post("/indexes('hotels')/docs/search.post.search", {
      filter: 'This is not a valid filter.',
      search: '*',
    });
    expect([response.status, await response.json()]).toEqual([
      400,
      {
        error: {
          code: '',
          message:
            "Invalid expression: Syntax error at position 7 in 'This is not a valid filter.'.\r\nParameter name: $filter",
        },
      },
    ]);
  });

  it('for facets, the most frequent first, or in the order that is asked for', async () => {
    const tags = ['wifi', 'budget', 'pool', 'view'];
    await service.index(
      ...Array.from({ length: 7 }, (_, at) => ({
        id: `h${at}`,
        name: at < 5 ? 'Budget' : at === 5 ? 'Luxury' : 'Boutique',
        rooms: at === 0 ? 5 : at < 5 ? 4 : 1,
        tags: tags.slice(0, 1 + (at % 4)),
      })),
    );
    const response = await post("/indexes('hotels')/docs/search.post.search", {
      facets: ['rooms,count:2,sort:-value', 'name', 'tags,sort:value'],
      search: '*',
      top: 0,
    });
    expect(await response.json()).toEqual({
      '@search.facets': {
        rooms: [
          { value: 5, count: 1 },
          { value: 4, count: 4 },
        ],
        name: [
          { value: 'Budget', count: 5 },
          { value: 'Boutique', count: 1 },
          { value: 'Luxury', count: 1 },
        ],
        tags: [
          { value: 'budget', count: 5 },
          { value: 'pool', count: 3 },
          { value: 'view', count: 1 },
          { value: 'wifi', count: 7 },
        ],
      },
      value: [],
    });
  });
});
