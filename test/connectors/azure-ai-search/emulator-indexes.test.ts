import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { faultOf, hotels, openHotels, type HotelService } from './hotels.ts';

let service: HotelService;
beforeEach(async () => {
  service = await openHotels();
});
afterEach(() => service.emulator.close());

describe('the Azure AI Search emulator, keeping indexes', () => {
  it('refuses a wrong key with 403, and a request without an api-version or with one it does not know', async () => {
    expect((await service.send('GET', '/indexes', undefined, { 'api-key': 'wrong' })).status).toBe(403);
    const ask = (version: string) =>
      fetch(`${service.emulator.url}/indexes${version}`, { headers: { 'api-key': 'emulator-key' } });
    for (const version of ['', '?api-version=', '?api-version=2019-01-01', '?api-version=2026-04-01-preview'])
      expect((await ask(version)).status).toBe(400);
    for (const version of ['2026-04-01', '2025-09-01'])
      expect((await ask(`?api-version=${version}`)).status).toBe(200);
  });

  it('answers for a missing index as the service does', async () => {
    expect(await faultOf(await service.send('GET', "/indexes('garbxyz')"))).toEqual({
      status: 404,
      code: '',
      message: "No index with the name 'garbxyz' was found in the service 'emulator'.",
    });
  });

  it('returns a created index whole, with the defaults of the service, its etag and its place', async () => {
    const response = await service.send('POST', '/indexes', { ...hotels, name: 'more' });
    expect(response.status).toBe(201);
    expect(response.headers.get('location')).toContain("/indexes('more')?api-version=2026-04-01");
    const body = (await response.json()) as { '@odata.etag': string; fields: object[] };
    expect(body['@odata.etag']).toBe(response.headers.get('etag'));
    expect(body.fields[2]).toEqual({
      name: 'rooms',
      type: 'Edm.Int32',
      searchable: false,
      filterable: true,
      retrievable: true,
      stored: true,
      sortable: true,
      facetable: true,
      key: false,
      analyzer: null,
      searchAnalyzer: null,
      indexAnalyzer: null,
      normalizer: null,
      dimensions: null,
      vectorSearchProfile: null,
      vectorEncoding: null,
      synonymMaps: [],
    });
    expect(body).toMatchObject({ similarity: { k1: null, b: null }, suggesters: [], semantic: null });
  });

  it.each([
    ['a name with capitals', { name: 'Hotels' }],
    ['a name with two dashes', { name: 'a--b' }],
    ['no key', { fields: [{ name: 'id', type: 'Edm.String' }] }],
    [
      'two keys',
      {
        fields: [
          { name: 'id', type: 'Edm.String', key: true },
          { name: 'b', type: 'Edm.String', key: true },
        ],
      },
    ],
    ['a key that is no text', { fields: [{ name: 'id', type: 'Edm.Int32', key: true }] }],
    ['a field with a dollar sign', { fields: [...hotels.fields, { name: 'a$', type: 'Edm.String' }] }],
    ['a reserved field name', { fields: [...hotels.fields, { name: 'azureSearchX', type: 'Edm.String' }] }],
    [
      'a sortable list',
      { fields: [...hotels.fields, { name: 'l', type: 'Collection(Edm.String)', sortable: true }] },
    ],
    [
      'a searchable number',
      { fields: [...hotels.fields, { name: 'n', type: 'Edm.Int32', searchable: true }] },
    ],
    [
      'a vector without a profile',
      { fields: [...hotels.fields, { name: 'v', type: 'Collection(Edm.Single)', dimensions: 3 }] },
    ],
    [
      'a semantic configuration over no field',
      {
        semantic: {
          configurations: [{ name: 's', prioritizedFields: { titleField: { fieldName: 'nothing' } } }],
        },
      },
    ],
  ])('refuses an index with %s', async (_, broken) => {
    expect((await service.send('POST', '/indexes', { ...hotels, name: 'other', ...broken })).status).toBe(
      400,
    );
  });

  it('refuses a second index of the same name', async () => {
    expect(await faultOf(await service.send('POST', '/indexes', hotels))).toMatchObject({
      status: 409,
      code: 'ResourceNameAlreadyInUse',
    });
  });

  it('adds a field in place, and never changes or drops one', async () => {
    await service.index({ id: '1' });
    const more = { ...hotels, fields: [...hotels.fields, { name: 'stars', type: 'Edm.Double' }] };
    expect((await service.send('PUT', "/indexes('hotels')", more)).status).toBe(200);
    const changed = hotels.fields.map((field) =>
      field.name === 'name' ? { ...field, facetable: false } : field,
    );
    expect(
      await faultOf(await service.send('PUT', "/indexes('hotels')", { ...hotels, fields: changed })),
    ).toMatchObject({
      status: 400,
      code: 'OperationNotAllowed',
      message: expect.stringContaining("Existing field 'name' cannot be changed."),
      details: [{ code: 'CannotChangeExistingField' }, { code: 'CannotChangeExistingField' }],
    });
    expect(await service.count()).toBe('1');
  });

  it('refuses a change or deletion of an index that is not the one that was read', async () => {
    const etag = (await service.send('GET', "/indexes('hotels')")).headers.get('etag')!;
    expect((await service.send('PUT', "/indexes('hotels')", hotels, { 'if-match': etag })).status).toBe(200);
    expect(
      await faultOf(await service.send('PUT', "/indexes('hotels')", hotels, { 'if-match': etag })),
    ).toEqual({
      status: 412,
      code: '',
      message:
        'The precondition given in one of the request headers evaluated to false. No change was made to the resource from this request.',
    });
    expect((await service.send('DELETE', "/indexes('hotels')", undefined, { 'if-match': etag })).status).toBe(
      412,
    );
    expect((await service.send('DELETE', "/indexes('hotels')")).status).toBe(204);
    expect((await service.send('DELETE', "/indexes('hotels')")).status).toBe(404);
  });

  it('reads and writes through an alias, which keeps its index from being deleted', async () => {
    const alias = { name: 'stays', indexes: ['hotels'] };
    expect((await service.send('POST', '/aliases', alias)).status).toBe(201);
    expect((await service.send('PUT', "/aliases('stays')", alias)).status).toBe(200);
    await service.send('POST', "/indexes('stays')/docs/search.index", { value: [{ id: '1' }] });
    expect(await service.count()).toBe('1');
    expect((await service.send('DELETE', "/indexes('hotels')")).status).toBe(400);
    expect((await service.send('DELETE', "/aliases('stays')")).status).toBe(204);
    expect(await faultOf(await service.send('GET', "/aliases('stays')"))).toMatchObject({
      status: 404,
      code: 'OperationNotAllowed',
    });
  });
});
