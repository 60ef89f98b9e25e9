import { afterEach, expect, test } from 'vitest';
import type { KeyPage, LookupPage } from '../../../core/contract/source.ts';
import { accountId, accounts, accountsTable, isQuery, openOrg, streamOf, type OrgBench } from './bench.ts';

let bench: OrgBench;
afterEach(() => bench.emulator.close());

async function lookup(keys: readonly string[], stream = accounts): Promise<LookupPage[]> {
  const pages: LookupPage[] = [];
  for await (const page of (await bench.connect()).lookup!(stream, keys)) pages.push(page);
  return pages;
}
async function enumerate(
  onPage: (page: KeyPage) => void = () => undefined,
  stream = accounts,
  settings: Record<string, unknown> = {},
): Promise<KeyPage[]> {
  const pages: KeyPage[] = [];
  for await (const page of (await bench.connect({ pageSize: 10, ...settings })).enumerate!(stream)) {
    pages.push(page);
    onPage(page);
  }
  return pages;
}

test('five hundred keys are looked up in batches of two hundred, each answered once', async () => {
  bench = await openOrg([accountsTable(500)]);
  const keys = Array.from({ length: 500 }, (_, index) => accountId(index + 1));
  const pages = await lookup(keys);
  expect(pages.map((page) => page.found.length)).toEqual([200, 200, 100]);
  expect(new Set(pages.flatMap((page) => page.found.map((one) => one.key)))).toEqual(new Set(keys));
});

test('records in the bin, destroyed ones and keys that are no ids are gone', async () => {
  bench = await openOrg([accountsTable(4)]);
  bench.emulator.org.remove('Account', accountId(1));
  bench.emulator.org.hardDelete('Account', accountId(2));
  const [page] = await lookup([accountId(1), accountId(2), accountId(3), "x' OR Name != '"]);
  expect(page!.gone).toEqual([accountId(1), accountId(2), "x' OR Name != '"]);
  expect(page!.found.map((one) => one.key)).toEqual([accountId(3)]);
});

test('a query too long for an address goes through a composite request', async () => {
  const table = accountsTable(250);
  const extra = Array.from({ length: 200 }, (_, index) => ({
    name: `A_Rather_Long_Field_Name_Number_${index}__c`,
    type: 'text' as const,
  }));
  bench = await openOrg([{ ...table, columns: [...table.columns, ...extra] }]);
  const wide = streamOf('Account', ['Name', ...extra.map((one) => one.name)]);
  const keys = Array.from({ length: 200 }, (_, index) => accountId(index + 1));
  const [page] = await lookup(keys, wide);
  expect(page!.found).toHaveLength(200);
  expect(Object.keys(page!.found[0]!.data)).toHaveLength(201);
  const paths = bench.emulator.server.requests.map((one) => one.path);
  expect(paths.filter((path) => path.endsWith('/composite'))).toHaveLength(1);
  expect(paths.filter((path) => isQuery({ path }))).toHaveLength(0);
});

test('every id is enumerated once, archived by no one, and proved by the count', async () => {
  bench = await openOrg([accountsTable(25)]);
  bench.emulator.org.remove('Account', accountId(3));
  const pages = await enumerate();
  const keys = pages.flatMap((page) => page.keys.map((one) => one.key));
  expect(keys).toHaveLength(24);
  expect(new Set(keys).size).toBe(24);
  expect(pages.filter((page) => page.complete)).toEqual([pages.at(-1)]);
  expect(pages.at(-1)!.complete).toEqual({ count: 24, asOf: '2026-01-15T12:00:00.000Z' });
});

test('records that come and go while the ids are enumerated do not break the proof', async () => {
  bench = await openOrg([accountsTable(25)]);
  let once = true;
  const pages = await enumerate((page) => {
    if (!once || page.keys.length === 0) return;
    once = false;
    bench.emulator.org.remove('Account', accountId(20));
    bench.clock.advance(5000);
    bench.emulator.org.insert('Account', { Name: 'New' });
  });
  expect(pages.at(-1)!.complete?.count).toBe(24);
});

test('ids that never add up give no proof, after three passes', async () => {
  bench = await openOrg([accountsTable(25)]);
  bench.emulator.server.fault({
    when: (request) => isQuery(request) && (request.query.get('q') ?? '').includes('SELECT Id FROM'),
    effect: {
      kind: 'change',
      change: (reply) => {
        const body = JSON.parse(String(reply.body));
        return { ...reply, body: JSON.stringify({ ...body, records: body.records.slice(1) }) };
      },
    },
  });
  const pages = await enumerate();
  expect(pages.some((page) => page.complete)).toBe(false);
  expect(bench.log.lines.filter((line) => line.message.includes('add up'))).toHaveLength(3);
});

const etagsOf = (pages: readonly KeyPage[]): Map<string, string | undefined> =>
  new Map(pages.flatMap((page) => page.keys.map((one) => [one.key, one.etag])));

test('a formula that changes without a stamp changes the etag of its record alone', async () => {
  bench = await openOrg([accountsTable(25)]);
  const stream = streamOf('Account', ['Name', 'Score__c']);
  const before = etagsOf(await enumerate(undefined, stream));
  bench.emulator.org.updateSilently('Account', accountId(7), { Score__c: 99 });
  bench.emulator.org.update('Account', accountId(8), { Name: 'Another name' });
  const after = etagsOf(await enumerate(undefined, stream));
  expect([...after].filter(([key, etag]) => before.get(key) !== etag).map(([key]) => key)).toEqual([
    accountId(7),
  ]);
  expect(after.get(accountId(1))).toMatch(/^[0-9a-f]{20}$/);
});

test('a picklist value that is given another label changes the etags of the records that have it', async () => {
  bench = await openOrg([accountsTable(3)]);
  bench.emulator.org.update('Account', accountId(2), { Industry: 'FARM' });
  const stream = streamOf('Account', ['Industry__label']);
  const before = etagsOf(await enumerate(undefined, stream));
  bench.emulator.org.setField('Account', 'Industry', { values: [{ value: 'BANK', label: 'Finance' }] });
  const after = etagsOf(await enumerate(undefined, stream));
  expect([...after].filter(([key, etag]) => before.get(key) !== etag).map(([key]) => key)).toEqual([
    accountId(1),
    accountId(3),
  ]);
});

test('keys have no etag when no listed field changes without a stamp, or while one of them is missing', async () => {
  bench = await openOrg([accountsTable(3)]);
  expect(new Set(etagsOf(await enumerate()).values())).toEqual(new Set([undefined]));
  const stream = streamOf('Account', ['Name', 'Score__c', 'Industry__label']);
  const source = await bench.connect();
  for await (const page of source.read({ stream, from: undefined, signal: bench.signal })) void page;
  bench.emulator.org.setField('Account', 'Score__c', { hidden: true });
  expect(new Set(etagsOf(await enumerate(undefined, stream)).values())).toEqual(new Set([undefined]));
});

test('many ids are listed by a job, with the same keys and etags as by REST', async () => {
  bench = await openOrg([accountsTable(35)], { bulkPartRows: 8 });
  const stream = streamOf('Account', ['Score__c', 'Industry__label']);
  bench.emulator.org.remove('Account', accountId(3));
  bench.emulator.org.updateSilently('Account', accountId(4), { Score__c: 1.5 });
  const rest = await enumerate(undefined, stream);
  const jobs = (): number =>
    bench.emulator.server.requests.filter((one) => one.path.endsWith('/jobs/query')).length;
  expect(jobs()).toBe(0);
  const bulk = await enumerate(undefined, stream, { bulkFrom: 20 });
  expect(jobs()).toBe(1);
  expect(etagsOf(bulk)).toEqual(etagsOf(rest));
  expect(bulk.at(-1)!.complete).toMatchObject({ count: 34 });
});

test('when the job of a listing fails, the next pass is by REST, and proves the whole', async () => {
  bench = await openOrg([accountsTable(35)]);
  bench.emulator.bulk.failNext('no');
  const pages = await enumerate(undefined, accounts, { bulkFrom: 20 });
  const jobs = bench.emulator.server.requests.filter((one) => one.path.endsWith('/jobs/query'));
  expect(jobs).toHaveLength(1);
  expect(pages.at(-1)!.complete).toMatchObject({ count: 35 });
  expect(new Set(pages.flatMap((page) => page.keys.map((one) => one.key))).size).toBe(35);
});

test('a listing whose locator has expired goes on from its last id', async () => {
  bench = await openOrg([accountsTable(35)], { pageSize: 4 });
  let moved = false;
  const pages = await enumerate(() => {
    if (!moved) bench.clock.advance(49 * 3_600_000);
    moved = true;
  });
  expect(pages.flatMap((page) => page.keys)).toHaveLength(35);
  expect(pages.at(-1)!.complete).toMatchObject({ count: 35 });
});
