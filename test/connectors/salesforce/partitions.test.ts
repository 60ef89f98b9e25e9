import { afterEach, beforeEach, expect, test } from 'vitest';
import { lastId, middleId, recordId18 } from '../../../connectors/salesforce/record-id.ts';
import type { FirstLoad, Partition } from '../../../core/contract/source.ts';
import type { SalesforceCursor } from '../../../connectors/salesforce/cursor.ts';
import {
  accountId,
  accountsTable,
  keysOf,
  openOrg,
  readAll,
  recordsOf,
  streamOf,
  type OrgBench,
  type SalesforcePage,
  type SalesforceSource,
} from './bench.ts';

let bench: OrgBench;
const accounts = streamOf('Account', ['Name', 'AnnualRevenue']);
const everyKey = Array.from({ length: 100 }, (_, index) => accountId(index + 1));
const settings = { partitionRecords: 20, pageSize: 7, bulkFrom: 10_000, lookback: '0s' };
let source: SalesforceSource;
beforeEach(async () => {
  bench = await openOrg([accountsTable(100)]);
  source = await bench.connect(settings);
});
afterEach(() => bench.emulator.close());

const plan = async (): Promise<FirstLoad<SalesforceCursor>> => (await source.partitions!(accounts))!;
async function readPart(
  partition: Partition,
  from?: SalesforceCursor,
  by: SalesforceSource = source,
  stream = accounts,
): Promise<SalesforcePage[]> {
  const pages: SalesforcePage[] = [];
  for await (const page of by.read({ stream, from, partition, signal: bench.signal })) pages.push(page);
  return pages;
}
const readParts = async ({ partitions }: FirstLoad<SalesforceCursor>): Promise<SalesforcePage[]> =>
  (await Promise.all(partitions.map((one) => readPart(one)))).flat();

test('a large object is cut into ranges of about the wanted size, which together are the whole, each record once', async () => {
  const load = await plan();
  expect(load.partitions.length).toBeGreaterThanOrEqual(4);
  expect(load.partitions.length).toBeLessThanOrEqual(8);
  expect(JSON.parse(JSON.stringify(load))).toEqual(load);
  const keys = keysOf(await readParts(load));
  expect(keys.toSorted()).toEqual(everyKey);
});

test('a small object, and one without a stamp, is read in one', async () => {
  expect(await (await bench.connect({ partitionRecords: 51 })).partitions!(accounts)).toBeUndefined();
  for (const name of ['SystemModstamp', 'LastModifiedDate', 'CreatedDate']) {
    bench.emulator.org.setField('Account', name, { filterable: false });
  }
  expect(await source.partitions!(accounts)).toBeUndefined();
});

test('what is created, changed and deleted while the ranges are read comes with the read after them', async () => {
  const load = await plan();
  const { org } = bench.emulator;
  const seen = new Map<string, unknown>();
  const apply = (pages: readonly SalesforcePage[]): void => {
    for (const page of pages) {
      for (const { key, data } of page.records) seen.set(key, data['AnnualRevenue']);
      for (const key of page.deleted ?? []) seen.delete(key);
    }
  };
  for (const [index, partition] of load.partitions.entries()) {
    apply(await readPart(partition));
    bench.clock.advance(90_000);
    org.update('Account', everyKey[index]!, { AnnualRevenue: 1_000_000 + index });
    org.remove('Account', everyKey[50 + index]!);
    org.insert('Account', { Name: 'New', AnnualRevenue: index });
  }
  bench.clock.advance(5 * 60_000);
  apply(await readAll(source, accounts, load.cursor));
  const alive = org.rows('Account').filter((row) => row['IsDeleted'] === false);
  expect(seen).toEqual(new Map(alive.map((row) => [String(row['Id']), row['AnnualRevenue']])));
});

test('a range goes on from any of its pages in another process, and is empty behind its last', async () => {
  const { partitions } = await plan();
  for (const partition of [partitions[0]!, partitions.at(-1)!]) {
    const pages = await readPart(partition);
    expect(pages.length).toBeGreaterThan(2);
    for (const [index, page] of pages.entries()) {
      const rest = await readPart(partition, page.cursor, await bench.connect(settings));
      expect(keysOf(rest)).toEqual(keysOf(pages.slice(index + 1)));
    }
  }
});

test('ranges of many records are read by jobs, side by side', async () => {
  source = await bench.connect({ ...settings, bulkFrom: 5 });
  const load = await plan();
  expect(keysOf(await readParts(load)).toSorted()).toEqual(everyKey);
  const made = bench.emulator.server.requests.filter((one) => /\/jobs\/query$/.test(one.path)).length;
  expect(made).toBe(load.partitions.length);
  const [first] = load.partitions;
  const pages = await readPart(first!);
  const rest = await readPart(first!, pages[1]!.cursor, await bench.connect({ ...settings, bulkFrom: 5 }));
  expect(new Set([...keysOf(pages.slice(0, 2)), ...keysOf(rest)])).toEqual(new Set(keysOf(pages)));
  expect(keysOf(await readPart(first!, pages.at(-1)!.cursor))).toEqual([]);
});

test('ids bunched together in distant places are cut where the records are', async () => {
  await bench.emulator.close();
  const table = accountsTable(100);
  const rows = table.rows.map((row, index) => ({
    ...row,
    Id: recordId18(
      `001${index < 50 ? 'A' : 'z'}x00000${index < 25 ? 'A' : 'b'}${String(index).padStart(4, '0')}`,
    ),
  }));
  bench = await openOrg([{ ...table, rows }]);
  source = await bench.connect(settings);
  const load = await plan();
  expect(bench.emulator.server.requests.length).toBeLessThan(25);
  const sizes = await Promise.all(load.partitions.map(async (one) => keysOf(await readPart(one)).length));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(100);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(30);
});

test('a record that commits late into a range already read comes with the read after', async () => {
  const { org } = bench.emulator;
  source = await bench.connect({ ...settings, lookback: '10m' });
  const late = org.insert('Account', { Name: 'Late' }, { commitAfterMs: 5 * 60_000 });
  bench.clock.advance(2 * 60_000);
  const load = await plan();
  expect(keysOf(await readParts(load))).not.toContain(late);
  bench.clock.advance(5 * 60_000);
  expect(keysOf(await readAll(source, accounts, load.cursor))).toContain(late);
});

test('a field that goes while the ranges are read stops them for a person', async () => {
  const load = await plan();
  bench.emulator.org.setField('Account', 'AnnualRevenue', { hidden: true });
  await expect(readPart(load.partitions[0]!)).rejects.toMatchObject({ code: 'SALESFORCE_FIELD_UNKNOWN' });
  bench.emulator.org.setField('Account', 'AnnualRevenue', { hidden: false });
  expect(recordsOf(await readParts(load))).toHaveLength(100);
});

test('the id between two ids lies between them, up to neighbours', () => {
  const [low, high] = [recordId18('001000000000000'), recordId18('001zzzzzzzzzzzz')];
  const middle = middleId(low, high)!;
  expect(middle > low && middle < high).toBe(true);
  expect(middleId('001000000000001AAA', '001000000000002AAA')).toBeUndefined();
  expect(middleId('001000000000001AAA', '001000000000001AAA')).toBeUndefined();
  expect(middleId(recordId18('00100000000000Z'), recordId18('00100000000000b'))!.slice(0, 15)).toBe(
    '00100000000000a',
  );
  expect(lastId('001000000000001AAA').slice(0, 15)).toBe('001zzzzzzzzzzzz');
});
