import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { faultOf, openHotels, type HotelService } from './hotels.ts';

let service: HotelService;
beforeEach(async () => {
  service = await openHotels();
});
afterEach(() => service.emulator.close());

describe('the Azure AI Search emulator, taking documents', () => {
  it('answers a partial success with the bytes of the service', async () => {
    const response = await service.index({ id: '1' }, { id: '2', '@search.action': 'merge' });
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
    const response = await service.index({ name: 'nameless' });
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
    const error = await faultOf(await service.index(...documents));
    expect(error.status).toBe(400);
    expect(error.message).toMatch(message);
    expect(await service.count()).toBe('0');
  });

  it('names every bad key of a batch', async () => {
    const error = await faultOf(await service.index({ id: '_a' }, { id: 'b' }, { id: 'c/' }));
    expect(error.details!.map((detail) => detail.message.slice(0, 3))).toEqual(['0: ', '2: ']);
  });

  it('refuses one document for a term above 32,766 bytes, and takes the others', async () => {
    const response = await service.index(
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
    expect((await service.send('POST', "/indexes('hotels')/docs/search.index", large)).status).toBe(413);
    await service.emulator.close();
    service = await openHotels({ limits: false });
    expect((await service.send('POST', "/indexes('hotels')/docs/search.index", large)).status).toBe(200);
  });

  it('takes the documents of a request that it does not refuse, each by its own status', async () => {
    service.emulator.refuse((key) => ({ a: 503, b: 409, c: 422, d: 429 })[key] as 503 | undefined);
    const ids = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id }));
    const response = await service.index(...ids);
    expect(response.status).toBe(207);
    const { value } = (await response.json()) as { value: { statusCode: number }[] };
    expect(value.map((item) => item.statusCode)).toEqual([503, 409, 422, 429, 201]);
    service.emulator.refuse(() => undefined);
    expect(await service.count()).toBe('1');
    expect((await service.index(...ids)).status).toBe(200);
  });

  it('keeps complex values as they are, and refuses what their fields do not name', async () => {
    const text = { type: 'Edm.String' };
    const fields = [
      { name: 'id', ...text, key: true },
      { name: 'place', type: 'Edm.ComplexType', fields: [{ name: 'town', ...text }] },
      { name: 'notes', type: 'Collection(Edm.ComplexType)', fields: [{ name: 'key', ...text }] },
    ];
    expect((await service.send('POST', '/indexes', { name: 'stays', fields })).status).toBe(201);
    const { fields: shown } = service.emulator.definition('stays') as { fields: object[] };
    expect(shown[1]).toMatchObject({ name: 'place', fields: [{ name: 'town' }] });
    const send = (document: object) =>
      service.send('POST', "/indexes('stays')/docs/search.index", { value: [document] });
    const stay = { id: '1', place: { town: 'Ghent' }, notes: [{ key: 'a' }, { key: 'b' }] };
    expect((await send(stay)).status).toBe(200);
    expect(await (await service.send('GET', "/indexes('stays')/docs('1')")).json()).toEqual(stay);
    for (const wrong of [
      { id: '2', place: 'Ghent' },
      { id: '2', place: { country: 'BE' } },
    ])
      expect((await send(wrong)).status).toBe(400);
  });

  it('replaces on upload, patches on merge, and deletes what is not there', async () => {
    await service.index({ id: '1', name: 'One', rooms: 1, tags: ['a', 'b'] });
    await service.index({ id: '1', rooms: 2, tags: ['c'], '@search.action': 'mergeOrUpload' });
    expect(service.emulator.documents('hotels')).toEqual([{ id: '1', name: 'One', rooms: 2, tags: ['c'] }]);
    await service.index({ id: '1', rooms: 3, '@search.action': 'upload' });
    expect(service.emulator.documents('hotels')).toEqual([{ id: '1', rooms: 3 }]);
    expect(
      (
        await service.index(
          { id: '1', '@search.action': 'delete' },
          { id: 'nobody', '@search.action': 'delete' },
        )
      ).status,
    ).toBe(200);
    expect(await service.count()).toBe('0');
  });

  it('notices a key that stands twice in one request', async () => {
    const response = await service.index({ id: '1', name: 'a' }, { id: '1', name: 'b' });
    expect(response.status).toBe(207);
    expect(service.emulator.duplicateKeys).toEqual(['1']);
  });

  it('shows a document only after the visibility delay, but merges with it at once', async () => {
    await service.emulator.close();
    service = await openHotels({ visibilityDelayMs: 4000 });
    await service.index({ id: '1', name: 'One' });
    expect(await service.count()).toBe('0');
    const again = (await (await service.index({ id: '1', rooms: 1, '@search.action': 'merge' })).json()) as {
      value: object[];
    };
    expect(again.value).toMatchObject([{ statusCode: 200 }]);
    service.clock.advance(3999);
    expect(await service.count()).toBe('0');
    service.clock.advance(1);
    expect(await service.count()).toBe('1');
    expect(service.emulator.documents('hotels')).toEqual([{ id: '1', name: 'One', rooms: 1 }]);
  });
});

describe('the Azure AI Search emulator, giving documents back', () => {
  it('returns every retrievable field, absent ones as null or an empty list, instants in UTC', async () => {
    await service.index({ id: 'a=1', opened: '2026-01-01T02:00:00+02:00', secret: 'x' });
    for (const path of ["/indexes('hotels')/docs('a%3D1')", '/indexes/hotels/docs/a=1']) {
      expect(await (await service.send('GET', path)).json()).toEqual({
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
    const response = await service.send('GET', "/indexes('hotels')/docs('nobody')");
    expect([response.status, await response.text(), response.headers.get('content-type')]).toEqual([
      404,
      '',
      null,
    ]);
  });

  it('counts in plain text', async () => {
    await service.index({ id: '1' }, { id: '2' });
    const response = await service.send('GET', '/indexes/hotels/docs/$count');
    expect([await response.text(), response.headers.get('content-type')]).toEqual([
      '2',
      'text/plain; charset=utf-8',
    ]);
  });
});
