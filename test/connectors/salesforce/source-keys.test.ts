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
async function enumerate(onPage: (page: KeyPage) => void = () => undefined): Promise<KeyPage[]> {
  const pages: KeyPage[] = [];
  for await (const page of (await bench.connect({ pageSize: 10 })).enumerate!(accounts)) {
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
