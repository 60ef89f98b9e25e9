import { AzureKeyCredential, SearchClient } from '@azure/search-documents';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  startAzureAiSearchEmulator,
  type AzureAiSearchEmulator,
} from '../../../connectors/azure-ai-search/emulator/index.ts';
import { collect } from './support.ts';

let emulator: AzureAiSearchEmulator;
const call = (path: string, body: object): Promise<Response> =>
  fetch(`${emulator.url}${path}?api-version=2026-04-01`, {
    method: 'POST',
    headers: { 'api-key': 'emulator-key', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
type Answer = { value: Record<string, unknown>[] } & Record<string, unknown>;
const search = async (body: object, index = 'hotels'): Promise<Answer> => {
  const response = await call(`/indexes('${index}')/docs/search.post.search`, body);
  const answer = (await response.json()) as Answer & { error?: { message: string } };
  if (!response.ok) throw new Error(`${response.status} ${answer.error?.message}`);
  return answer;
};
const ids = async (body: object): Promise<unknown[]> =>
  (await search({ search: '*', orderby: 'id', ...body })).value.map((hit) => hit['id']);

beforeAll(async () => {
  emulator = await startAzureAiSearchEmulator();
  await call('/indexes', {
    name: 'hotels',
    fields: [
      { name: 'id', type: 'Edm.String', key: true, searchable: false },
      { name: 'name', type: 'Edm.String' },
      { name: 'story', type: 'Edm.String', filterable: false, sortable: false, facetable: false },
      { name: 'rooms', type: 'Edm.Int32' },
      { name: 'rating', type: 'Edm.Double' },
      { name: 'open', type: 'Edm.Boolean' },
      { name: 'since', type: 'Edm.DateTimeOffset' },
      { name: 'tags', type: 'Collection(Edm.String)', searchable: false },
      { name: 'scores', type: 'Collection(Edm.Int32)' },
      {
        name: 'v',
        type: 'Collection(Edm.Single)',
        dimensions: 2,
        vectorSearchProfile: 'p',
        stored: false,
        retrievable: false,
      },
    ],
    vectorSearch: { profiles: [{ name: 'p', algorithm: 'a' }], algorithms: [{ name: 'a', kind: 'hnsw' }] },
  });
  await call("/indexes('hotels')/docs/search.index", {
    value: [
      {
        id: '1',
        name: 'Harbour',
        story: 'A quiet house by the harbour, the harbour of all harbours.',
        rooms: 10,
        rating: 4.5,
        open: true,
        since: '2020-01-01T00:00:00Z',
        tags: ['sea', 'north, sea'],
        scores: [1, 5],
        v: [1, 0],
      },
      {
        id: '2',
        name: 'Alp',
        story: 'A loud house in the mountains, far from any harbour.',
        rooms: 20,
        rating: 3,
        open: false,
        since: '2021-06-01T12:00:00.5Z',
        tags: ['snow'],
        scores: [2],
        v: [0, 1],
      },
      { id: '3', name: "Fisher's", story: 'Fish and chips.', tags: [], v: [1, 1] },
    ],
  });
  await call('/indexes', {
    name: 'many',
    fields: [
      { name: 'id', type: 'Edm.String', key: true },
      { name: 'note', type: 'Edm.String' },
    ],
  });
  await call("/indexes('many')/docs/search.index", {
    value: Array.from({ length: 120 }, (_, at) => ({ id: `d${at}` })),
  });
});
afterAll(() => emulator.close());

describe('a filter of the Azure AI Search emulator', () => {
  it.each([
    ["name eq 'Alp'", ['2']],
    ["name eq 'Fisher''s'", ['3']],
    ["name ne 'Alp'", ['1', '3']],
    ['rooms gt 10', ['2']],
    ['10 lt rooms', ['2']],
    ['rooms ge 10 and rating lt 4', ['2']],
    ['rooms eq null', ['3']],
    ['rooms ne null and not (rating gt 4)', ['2']],
    ['not (rooms gt 10)', ['1', '3']],
    ["name eq 'Alp' or rooms eq 10 and open", ['1', '2']],
    ["(name eq 'Alp' or rooms eq 10) and open", ['1']],
    ['open', ['1']],
    ['not open', ['2', '3']],
    ['open eq false', ['2']],
    ['since gt 2021-06-01T12:00:00Z', ['2']],
    ['since eq 2021-06-01T14:00:00.5+02:00', ['2']],
    ["id gt '1' and id le '3'", ['2', '3']],
    ["search.in(name, 'Alp,Harbour')", ['1', '2']],
    ["search.in(name, 'Alp Harbour')", ['1', '2']],
    ["search.in(name, 'Alp|Harbour', '|')", ['1', '2']],
    ["search.in(name, 'Alp|Harbour')", []],
    ["tags/any(t: t eq 'sea')", ['1']],
    ["tags/any(t: search.in(t, 'north, sea|x', '|'))", ['1']],
    ["tags/any(t: search.in(t, 'north, sea'))", ['1']],
    ["not tags/any(t: search.in(t, 'sea|snow', '|'))", ['3']],
    ["tags/all(t: t ne 'snow')", ['1', '3']],
    ['tags/any()', ['1', '2']],
    ['scores/any(s: s gt 3)', ['1']],
    ['scores/all(s: s gt 1)', ['2', '3']],
  ])('%s', async (filter, expected) => {
    expect(await ids({ filter })).toEqual(expected);
  });

  it.each([
    ["story eq 'x'", /'story' is not a filterable field/],
    ["colour eq 'red'", /Could not find a property named 'colour'/],
    ['not rooms gt 5', /unary operator/],
    ["rooms eq 'ten'", /incompatible types/],
    ["tags eq 'sea'", /collection/],
    ["name/any(t: t eq 'x')", /not a collection/],
    ["tags/any(t: t ne 'sea')", /inside 'any'/],
    ["name eq 'Alp' and", /literal was expected|expected/],
    ["name eq 'Alp", /Syntax error/],
    ["startswith(name, 'A')", /Unknown function/],
    ["search.in(rooms, '1')", /needs a string/],
  ])('refuses %s', async (filter, message) => {
    await expect(ids({ filter })).rejects.toThrow(message);
    await expect(ids({ filter })).rejects.toThrow(/^400/);
  });
});

describe('a search of the Azure AI Search emulator', () => {
  it('ranks by the words of the question, rare and frequent ones first', async () => {
    const { value } = await search({ search: 'the harbour house', count: true });
    expect(value.map((hit) => hit['id'])).toEqual(['1', '2']);
    expect(value[0]!['@search.score']).toBeGreaterThan(value[1]!['@search.score'] as number);
  });

  it('knows required, excluded, quoted and begun words', async () => {
    const found = async (text: string, more: object = {}) => ids({ search: text, ...more });
    expect(await found('house +quiet')).toEqual(['1']);
    expect(await found('house -quiet')).toEqual(['2']);
    expect(await found('"far from any"')).toEqual(['2']);
    expect(await found('mount*')).toEqual(['2']);
    expect(await found('mount')).toEqual([]);
    expect(await found('quiet mountains', { searchMode: 'all' })).toEqual([]);
    expect(await found('harbour', { searchFields: 'name' })).toEqual(['1']);
    expect(await found('???')).toEqual([]);
  });

  it('sees changed and deleted words in the next search', async () => {
    const write = (...value: object[]) => call("/indexes('many')/docs/search.index", { value });
    await write({ id: 'fresh' });
    await write({ id: 'moved', note: 'early' });
    expect((await search({ search: 'early' }, 'many')).value).toHaveLength(1);
    await write({ id: 'moved', note: 'late' });
    expect((await search({ search: 'early' }, 'many')).value).toEqual([]);
    expect((await search({ search: 'late' }, 'many')).value).toHaveLength(1);
    await write({ id: 'moved', '@search.action': 'delete' });
    expect((await search({ search: 'fresh' }, 'many')).value).toHaveLength(1);
    await write({ id: 'fresh', '@search.action': 'delete' });
    expect((await search({ search: 'fresh' }, 'many')).value).toEqual([]);
  });

  it('filters before it counts, facets and cuts', async () => {
    const answer = await search({
      search: '*',
      filter: 'rooms ge 10',
      count: true,
      facets: ['tags,count:2', 'open'],
      top: 1,
      orderby: 'rooms desc',
      select: 'id,rooms',
    });
    expect(answer).toEqual({
      '@odata.count': 2,
      '@search.facets': {
        tags: [
          { count: 1, value: 'north, sea' },
          { count: 1, value: 'sea' },
        ],
        open: [
          { count: 1, value: false },
          { count: 1, value: true },
        ],
      },
      value: [{ '@search.score': 1, id: '2', rooms: 20 }],
    });
  });

  it('orders by fields, nulls first when ascending, and skips', async () => {
    expect(await ids({ orderby: 'rooms asc, id' })).toEqual(['3', '1', '2']);
    expect(await ids({ orderby: 'rooms desc' })).toEqual(['2', '1', '3']);
    expect(await ids({ skip: 1, top: 1 })).toEqual(['2']);
    await expect(ids({ orderby: 'story' })).rejects.toThrow(/'story' is not a sortable field/);
    await expect(ids({ skip: 100_001 })).rejects.toThrow(/100000/);
    await expect(ids({ select: 'v' })).rejects.toThrow(/not a retrievable field/);
    await expect(ids({ colour: 1 })).rejects.toThrow(/'colour' does not exist/);
  });

  it('hands out pages that the SDK follows to the end', async () => {
    const client = new SearchClient<{ id: string }>(
      emulator.url,
      'many',
      new AzureKeyCredential('emulator-key'),
      { allowInsecureConnection: true },
    );
    const found = await client.search('*', { includeTotalCount: true });
    expect(found.count).toBe(120);
    const all = await collect(found.results);
    expect(new Set(all.map((one) => one.document.id)).size).toBe(120);
    expect(await collect((await client.search('*', { top: 70 })).results)).toHaveLength(70);
  });

  it('ranks vectors by cosine, after the filter', async () => {
    const vectorQueries = [{ kind: 'vector', vector: [1, 0], fields: 'v', k: 2 }];
    const { value } = await search({ vectorQueries, select: 'id' });
    expect(value.map((hit) => hit['id'])).toEqual(['1', '3']);
    expect(value[0]!['@search.score']).toBeCloseTo(1);
    expect(value[1]!['@search.score']).toBeCloseTo(1 / (2 - Math.SQRT1_2));
    expect((await search({ vectorQueries, filter: "id ne '1'" })).value.map((hit) => hit['id'])).toEqual([
      '3',
      '2',
    ]);
    await expect(search({ vectorQueries: [{ kind: 'vector', vector: [1], fields: 'v' }] })).rejects.toThrow(
      /dimension '2'/,
    );
    await expect(search({ vectorQueries: [{ kind: 'text', text: 'x', fields: 'v' }] })).rejects.toThrow(
      /vectorizer/,
    );
  });

  it('fuses words and vectors by reciprocal rank', async () => {
    const { value } = await search({
      search: 'quiet',
      vectorQueries: [{ kind: 'vector', vector: [1, 0], fields: 'v', k: 2 }],
    });
    expect(value.map((hit) => hit['id'])).toEqual(['1', '3']);
    expect(value[0]!['@search.score']).toBeCloseTo(2 / 61, 10);
    expect(value[1]!['@search.score']).toBeCloseTo(1 / 62, 10);
  });

  it('drops a vector that the index does not store when a merge does not bring it again', async () => {
    await call("/indexes('hotels')/docs/search.index", {
      value: [{ id: '3', name: "Fisher's", '@search.action': 'merge' }],
    });
    const { value } = await search({ vectorQueries: [{ kind: 'vector', vector: [1, 0], fields: 'v' }] });
    expect(value.map((hit) => hit['id'])).toEqual(['1', '2']);
  });
});
