import { afterEach, describe, expect, it } from 'vitest';
import type { Filter } from '../../../core/retrieval/filter.ts';
import { collect, createDocument, createRig, deleteOf, writeOf, writesOf, type Rig } from './support.ts';

let rig: Rig;
afterEach(async () => rig.emulator.close());

const ids = async (text: string, more: object = {}): Promise<string[]> =>
  (await rig.destination.search!({ text, limit: 10, ...more })).map((hit) => hit.id.split(':00').at(-1)!);

describe('a question to Azure AI Search', () => {
  it('returns passages with everything that a citation needs', async () => {
    rig = await createRig();
    await rig.destination.write(writesOf(3));
    const document = createDocument(2, { body: 'The heliotrope programme renews in spring.' });
    await rig.destination.write([writeOf(document)]);
    expect(await rig.destination.search!({ text: 'when does heliotrope renew?', limit: 5 })).toEqual([
      {
        id: document.id,
        title: 'Account 2',
        url: document.url,
        version: document.version,
        text: document.body,
        score: expect.any(Number),
      },
    ]);
  });

  it('takes the question for words, never for query syntax', async () => {
    rig = await createRig();
    await rig.destination.write([writeOf(createDocument(1, { body: 'price-sensitive (renewal) risk' }))]);
    expect(await ids('-risk +missing "renewal')).toEqual(['1']);
    expect(await ids('(renewal')).toEqual(['1']);
    expect(await ids('ren*')).toEqual([]);
    for (const nothing of ['', '  ', '*', '?!']) expect(await ids(nothing)).toEqual([]);
  });

  it('shows only what the asker may read; a principal keeps its spaces, commas, quotes and bars', async () => {
    rig = await createRig();
    const access = (allow: string[], deny: string[] = []) => ({ access: { allow, deny } });
    await rig.destination.write([
      writeOf(createDocument(1)),
      writeOf(createDocument(2, access(['sales emea, north']))),
      writeOf(createDocument(3, access(['sales']))),
      writeOf(createDocument(4, access(["o'hara|x"]))),
      writeOf(createDocument(5, access(['sales'], ['interns']))),
      writeOf(createDocument(6, access([]))),
    ]);
    const seen = async (principals?: string[]) =>
      (await ids('renews', principals ? { principals } : {})).sort();
    expect(await seen()).toEqual(['1']);
    expect(await seen([])).toEqual(['1']);
    expect(await seen(['sales emea, north'])).toEqual(['1', '2']);
    expect(await seen(['sales'])).toEqual(['1', '3', '5']);
    expect(await seen(['sales', 'interns'])).toEqual(['1', '3']);
    expect(await seen(["o'hara|x"])).toEqual(['1', '4']);
  });

  it('filters by declared metadata of every type', async () => {
    const fields = {
      industry: {},
      seats: { type: 'number' },
      live: { type: 'boolean' },
      renews: { type: 'instant' },
      tags: { type: 'list' },
    };
    rig = await createRig({ metadata: { fields } });
    const metadata = {
      industry: "Fisher's",
      seats: 12,
      live: true,
      renews: '2026-03-01T01:00:00+01:00',
      tags: ['gold', 'eu'],
    };
    await rig.destination.write([writeOf(createDocument(1, { metadata })), writeOf(createDocument(2))]);
    for (const filter of [
      { industry: "Fisher's" },
      { seats: 12 },
      { live: true },
      { renews: '2026-03-01T00:00:00Z' },
      { tags: 'eu' },
      { kind: 'account', origin_key: '001' },
    ]) {
      expect(await ids('renews', { filter }), JSON.stringify(filter)).toEqual(['1']);
    }
    expect(await ids('renews', { filter: { kind: 'contact' } })).toEqual([]);
  });

  it('answers a portable filter, and tells a person what the index cannot be asked', async () => {
    rig = await createRig({
      metadata: { fields: { industry: {}, renews: { type: 'instant' }, tags: { type: 'list' } } },
    });
    const metadata = { industry: 'Energy', renews: '2026-03-01T00:00:00.500Z', tags: ['gold'] };
    await rig.destination.write([writeOf(createDocument(1, { metadata })), writeOf(createDocument(2))]);
    const where = (filter: Filter): Promise<string[]> => ids('renews', { where: filter });
    expect(await where({ op: 'has', field: 'tags', value: 'gold' })).toEqual(['1']);
    expect(await where({ op: 'range', field: 'renews_epoch', from: 1772323200, to: 1772323200 })).toEqual([
      '1',
    ]);
    const refused: [Filter, string][] = [
      [{ op: 'eq', field: 'unheard', value: 'x' }, 'AZURE_SEARCH_NOT_FILTERABLE'],
      [{ op: 'eq', field: 'access_everyone', value: false }, 'AZURE_SEARCH_NOT_FILTERABLE'],
      [{ op: 'eq', field: 'tags', value: 'gold' }, 'AZURE_SEARCH_FILTER_TYPE'],
      [{ op: 'has', field: 'industry', value: 'x' }, 'AZURE_SEARCH_FILTER_TYPE'],
      [{ op: 'in', field: 'industry', values: [1] }, 'AZURE_SEARCH_FILTER_TYPE'],
      [{ op: 'range', field: 'industry', from: 1 }, 'AZURE_SEARCH_FILTER_TYPE'],
      [{ op: 'range', field: 'renews', from: 1 }, 'AZURE_SEARCH_FILTER_TYPE'],
      [{ op: 'range', field: 'renews_epoch', from: '2026-01-01' }, 'AZURE_SEARCH_FILTER_TYPE'],
    ];
    for (const [filter, code] of refused) await expect(where(filter)).rejects.toMatchObject({ code });
  });

  it('tells a person about a field that cannot be filtered', async () => {
    rig = await createRig();
    for (const filter of [{ industry: 'Energy' }, { content: 'x' }]) {
      await expect(ids('x', { filter })).rejects.toMatchObject({ code: 'AZURE_SEARCH_NOT_FILTERABLE' });
    }
    await expect(ids('x', { filter: { modified_at_epoch: 'yesterday' } })).rejects.toMatchObject({
      code: 'AZURE_SEARCH_FILTER_TYPE',
    });
  });
});

describe('the inventory of Azure AI Search', () => {
  it('lists every document once, over many pages, without touching documents of others', async () => {
    rig = await createRig();
    for (let from = 0; from < 2500; from += 500) {
      await rig.destination.write(
        Array.from({ length: 500 }, (_, at) => writeOf(createDocument(from + at + 1))),
      );
    }
    await rig.destination.write([deleteOf(createDocument(42).id)]);
    await fetch(`${rig.emulator.url}/indexes/context/docs/index?api-version=2026-04-01`, {
      method: 'POST',
      headers: { 'api-key': 'emulator-key' },
      body: JSON.stringify({ value: [{ key: 'hotel-1', title: 'A hotel' }] }),
    });
    const items = await collect(rig.destination.inventory!());
    expect(items).toHaveLength(2499);
    expect(new Set(items.map((item) => item.id)).size).toBe(2499);
    expect(items.find((item) => item.id === createDocument(7).id)).toMatchObject({
      status: 'present',
      fingerprint: 'f-v00000000007',
      version: 'v00000000007',
    });
  });

  it('counts pieces of one document together', async () => {
    rig = await createRig();
    const change = writeOf(createDocument(1));
    await rig.destination.write([change, writeOf(createDocument(2))]);
    const [key] = rig.destination.encode(change).addresses;
    await fetch(`${rig.emulator.url}/indexes/context/docs/index?api-version=2026-04-01`, {
      method: 'POST',
      headers: { 'api-key': 'emulator-key' },
      body: JSON.stringify({ value: [{ key: key!.replace(/=0$/, '=1'), doc_id: change.id }] }),
    });
    const items = await collect(rig.destination.inventory!());
    expect(items.map((item) => item.addresses.length)).toEqual([2, 1]);
  });
});
