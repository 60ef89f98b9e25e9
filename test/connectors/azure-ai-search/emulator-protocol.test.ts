import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestClock, type TestClock } from '../../../core/testing/clock.ts';
import {
  startAzureAiSearchEmulator,
  type AzureAiSearchEmulator,
} from '../../../connectors/azure-ai-search/emulator/index.ts';

let emulator: AzureAiSearchEmulator;
let clock: TestClock;
const open = async (options: object = {}): Promise<void> => {
  clock = createTestClock();
  emulator = await startAzureAiSearchEmulator({ now: clock.now, ...options });
  await send('POST', '/indexes', hotels);
};
beforeEach(() => open());
afterEach(() => emulator.close());

const hotels = {
  name: 'hotels',
  fields: [
    { name: 'id', type: 'Edm.String', key: true },
    { name: 'name', type: 'Edm.String' },
    { name: 'rooms', type: 'Edm.Int32' },
    { name: 'opened', type: 'Edm.DateTimeOffset' },
    { name: 'tags', type: 'Collection(Edm.String)' },
    { name: 'secret', type: 'Edm.String', retrievable: false },
    { name: 'story', type: 'Edm.String', filterable: false, sortable: false, facetable: false },
  ],
};
const send = (
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Response> =>
  fetch(`${emulator.url}${path}?api-version=2026-04-01`, {
    method,
    headers: { 'api-key': 'emulator-key', 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
const index = (...value: object[]): Promise<Response> =>
  send('POST', "/indexes('hotels')/docs/search.index", { value });
const errorOf = async (response: Response) => {
  const { error } = (await response.json()) as {
    error: { code: string; message: string; details?: { code: string; message: string }[] };
  };
  return { status: response.status, ...error };
};
const count = async (): Promise<string> => (await send('GET', "/indexes('hotels')/docs/$count")).text();

describe('the Azure AI Search emulator, taking documents', () => {
  it('answers a partial success with the bytes of the service', async () => {
    const response = await index({ id: '1' }, { id: '2', '@search.action': 'merge' });
    expect(response.status).toBe(207);
    expect(await response.text()).toBe(
      '{"value":[{"key":"1","status":true,"errorMessage":null,"statusCode":201},{"key":"2","status":false,"errorMessage":"Document not found.","statusCode":404}]}',
    );
    expect(response.headers.get('content-type')).toBe(
      'application/json; odata.metadata=none; odata.streaming=true; charset=utf-8',
    );
    expect(response.headers.get('odata-version')).toBe('4.0');
    expect(response.headers.get('preference-applied')).toBe('odata.include-annotations="*"');
  });

  it('refuses a batch with a missing key with the bytes of the service', async () => {
    const response = await index({ name: 'nameless' });
    expect(response.status).toBe(400);
    expect(await response.text()).toBe(
      '{"error":{"code":"OperationNotAllowed","message":"The request is invalid. Details: actions : 0: Document key cannot be missing or empty.","details":[{"code":"MissingKeyField","message":"0: Document key cannot be missing or empty. Parameters: actions"}]}}',
    );
    expect(response.headers.get('cache-control')).toBe('no-store, no-cache');
  });

  it.each([
    [
      'a key with a leading underscore',
      [{ id: 'ok' }, { id: '_b64_x' }],
      /actions : 1: Invalid document key: '_b64_x'. Keys cannot start with a leading underscore/,
    ],
    ['a key with other characters', [{ id: 'a:b' }], /letters, digits, underscore/],
    ['a key of more than 1024 characters', [{ id: 'x'.repeat(1025) }], /1024 characters/],
    [
      'an unknown property',
      [{ id: '1', colour: 'red' }],
      /property 'colour' does not exist on type 'search.documentFields'/,
    ],
    ['an annotation of a search answer', [{ id: '1', '@search.score': 1 }], /annotation/],
    [
      'a text where a number belongs',
      [{ id: '1', rooms: 'many' }],
      /Cannot convert the literal 'many' to the expected type 'Edm.Int32'/,
    ],
    ['a fraction where a whole number belongs', [{ id: '1', rooms: 1.5 }], /Edm.Int32/],
    ['a local time', [{ id: '1', opened: '2026-01-01T00:00:00' }], /Edm.DateTimeOffset/],
    ['a list where a text belongs', [{ id: '1', name: ['a'] }], /StartArray/],
    ['a text where a list belongs', [{ id: '1', tags: 'a' }], /StartArray/],
    ['an unknown action', [{ id: '1', '@search.action': 'replace' }], /'replace'/],
    ['no document at all', [], /from 1 to 1000/],
    [
      'more than 1000 documents',
      Array.from({ length: 1001 }, (_, at) => ({ id: `${at}` })),
      /from 1 to 1000/,
    ],
  ])('refuses the whole batch for %s', async (_, documents, message) => {
    const error = await errorOf(await index(...documents));
    expect(error.status).toBe(400);
    expect(error.message).toMatch(message);
    expect(await count()).toBe('0');
  });

  it('names every bad key of a batch', async () => {
    const error = await errorOf(await index({ id: '_a' }, { id: 'b' }, { id: 'c/' }));
    expect(error.details!.map((detail) => detail.message.slice(0, 3))).toEqual(['0: ', '2: ']);
  });

  it('refuses one document for a term above 32,766 bytes, and takes the others', async () => {
    const response = await index(
      { id: '1', name: 'é'.repeat(16_384) },
      { id: '2', story: 'é'.repeat(16_384) },
      { id: '3', tags: ['x'.repeat(32_767)] },
    );
    const { value } = (await response.json()) as { value: { statusCode: number; errorMessage: string }[] };
    expect(value.map((item) => item.statusCode)).toEqual([400, 201, 400]);
    expect(value[0]!.errorMessage).toMatch(
      /'name' contains a term that is too large to process. The max length for UTF-8 encoded terms is 32766 bytes/,
    );
  });

  it('refuses a request above 16 MB, unless its limits are off', async () => {
    const large = { value: [{ id: '1', story: 'x'.repeat(17_000_000) }] };
    expect((await send('POST', "/indexes('hotels')/docs/search.index", large)).status).toBe(413);
    await emulator.close();
    await open({ limits: false });
    expect((await send('POST', "/indexes('hotels')/docs/search.index", large)).status).toBe(200);
  });

  it('replaces on upload, patches on merge, and deletes what is not there', async () => {
    await index({ id: '1', name: 'One', rooms: 1, tags: ['a', 'b'] });
    await index({ id: '1', rooms: 2, tags: ['c'], '@search.action': 'mergeOrUpload' });
    expect(emulator.documents('hotels')).toEqual([{ id: '1', name: 'One', rooms: 2, tags: ['c'] }]);
    await index({ id: '1', rooms: 3, '@search.action': 'upload' });
    expect(emulator.documents('hotels')).toEqual([{ id: '1', rooms: 3 }]);
    expect(
      (await index({ id: '1', '@search.action': 'delete' }, { id: 'nobody', '@search.action': 'delete' }))
        .status,
    ).toBe(200);
    expect(await count()).toBe('0');
  });

  it('notices a key that stands twice in one request', async () => {
    const response = await index({ id: '1', name: 'a' }, { id: '1', name: 'b' });
    expect(response.status).toBe(207);
    expect(emulator.duplicateKeys).toEqual(['1']);
  });

  it('shows a document only after the visibility delay, but merges with it at once', async () => {
    await emulator.close();
    await open({ visibilityDelayMs: 4000 });
    await index({ id: '1', name: 'One' });
    expect(await count()).toBe('0');
    const again = (await (await index({ id: '1', rooms: 1, '@search.action': 'merge' })).json()) as {
      value: object[];
    };
    expect(again.value).toMatchObject([{ statusCode: 200 }]);
    clock.advance(3999);
    expect(await count()).toBe('0');
    clock.advance(1);
    expect(await count()).toBe('1');
    expect(emulator.documents('hotels')).toEqual([{ id: '1', name: 'One', rooms: 1 }]);
  });
});

describe('the Azure AI Search emulator, giving documents back', () => {
  it('returns every retrievable field, absent ones as null or an empty list, instants in UTC', async () => {
    await index({ id: 'a=1', opened: '2026-01-01T02:00:00+02:00', secret: 'x' });
    for (const path of ["/indexes('hotels')/docs('a%3D1')", '/indexes/hotels/docs/a=1']) {
      expect(await (await send('GET', path)).json()).toEqual({
        id: 'a=1',
        name: null,
        rooms: null,
        opened: '2026-01-01T00:00:00Z',
        tags: [],
        story: null,
      });
    }
  });

  it('answers a missing document with 404, no body and no content type', async () => {
    const response = await send('GET', "/indexes('hotels')/docs('nobody')");
    expect([response.status, await response.text(), response.headers.get('content-type')]).toEqual([
      404,
      '',
      null,
    ]);
  });

  it('counts in plain text', async () => {
    await index({ id: '1' }, { id: '2' });
    const response = await send('GET', '/indexes/hotels/docs/$count');
    expect([await response.text(), response.headers.get('content-type')]).toEqual([
      '2',
      'text/plain; charset=utf-8',
    ]);
  });
});

describe('the Azure AI Search emulator, keeping indexes', () => {
  it('refuses a wrong key with 403 and a request without an api-version', async () => {
    expect((await send('GET', '/indexes', undefined, { 'api-key': 'wrong' })).status).toBe(403);
    const response = await fetch(`${emulator.url}/indexes`, { headers: { 'api-key': 'emulator-key' } });
    expect(response.status).toBe(400);
  });

  it('answers for a missing index as the service does', async () => {
    expect(await errorOf(await send('GET', "/indexes('garbxyz')"))).toEqual({
      status: 404,
      code: '',
      message: "No index with the name 'garbxyz' was found in the service 'emulator'.",
    });
  });

  it('returns a created index whole, with the defaults of the service, its etag and its place', async () => {
    const response = await send('POST', '/indexes', { ...hotels, name: 'more' });
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
    expect((await send('POST', '/indexes', { ...hotels, name: 'other', ...broken })).status).toBe(400);
  });

  it('refuses a second index of the same name', async () => {
    expect(await errorOf(await send('POST', '/indexes', hotels))).toMatchObject({
      status: 409,
      code: 'ResourceNameAlreadyInUse',
    });
  });

  it('adds a field in place, and never changes or drops one', async () => {
    await index({ id: '1' });
    const more = { ...hotels, fields: [...hotels.fields, { name: 'stars', type: 'Edm.Double' }] };
    expect((await send('PUT', "/indexes('hotels')", more)).status).toBe(200);
    const changed = hotels.fields.map((field) =>
      field.name === 'name' ? { ...field, facetable: false } : field,
    );
    expect(
      await errorOf(await send('PUT', "/indexes('hotels')", { ...hotels, fields: changed })),
    ).toMatchObject({
      status: 400,
      code: 'OperationNotAllowed',
      message: expect.stringContaining("Existing field 'name' cannot be changed."),
      details: [{ code: 'CannotChangeExistingField' }, { code: 'CannotChangeExistingField' }],
    });
    expect(await count()).toBe('1');
  });

  it('refuses a change or deletion of an index that is not the one that was read', async () => {
    const etag = (await send('GET', "/indexes('hotels')")).headers.get('etag')!;
    expect((await send('PUT', "/indexes('hotels')", hotels, { 'if-match': etag })).status).toBe(200);
    expect(await errorOf(await send('PUT', "/indexes('hotels')", hotels, { 'if-match': etag }))).toEqual({
      status: 412,
      code: '',
      message:
        'The precondition given in one of the request headers evaluated to false. No change was made to the resource from this request.',
    });
    expect((await send('DELETE', "/indexes('hotels')", undefined, { 'if-match': etag })).status).toBe(412);
    expect((await send('DELETE', "/indexes('hotels')")).status).toBe(204);
    expect((await send('DELETE', "/indexes('hotels')")).status).toBe(404);
  });

  it('reads and writes through an alias, which keeps its index from being deleted', async () => {
    const alias = { name: 'stays', indexes: ['hotels'] };
    expect((await send('POST', '/aliases', alias)).status).toBe(201);
    expect((await send('PUT', "/aliases('stays')", alias)).status).toBe(200);
    await send('POST', "/indexes('stays')/docs/search.index", { value: [{ id: '1' }] });
    expect(await count()).toBe('1');
    expect((await send('DELETE', "/indexes('hotels')")).status).toBe(400);
    expect((await send('DELETE', "/aliases('stays')")).status).toBe(204);
    expect(await errorOf(await send('GET', "/aliases('stays')"))).toMatchObject({
      status: 404,
      code: 'OperationNotAllowed',
    });
  });
});
