import { afterEach, describe, expect, test } from 'vitest';
import type { Bench, SnowflakeSource } from './bench.ts';
import {
  instant,
  keysOf,
  lastCursor,
  openBench,
  readAll,
  statementsWith,
  streamOf,
  usageRow,
  usageTable,
} from './bench.ts';

const TABLE = 'SALES.MART.USAGE';
let bench: Bench;
let source: SnowflakeSource;
afterEach(() => bench.close());

const open = async (
  count: number,
  settings: Readonly<Record<string, unknown>> = {},
  tracked = true,
): Promise<void> => {
  const rows = Array.from({ length: count }, (_, index) => ({ id: index + 1, minutesAgo: 60 }));
  bench = await openBench([usageTable(rows)], { changeTracking: tracked ? [TABLE] : [] });
  source = await bench.connect(settings);
};
const stream = (options: Readonly<Record<string, unknown>> = {}) =>
  streamOf('usage', ['ID', 'USERS'], { table: TABLE, key: ['ID'], buckets: 16, ...options });
const later = (): void => bench.clock.advance(5000);
const usersOf = (pages: Awaited<ReturnType<typeof readAll>>): Record<string, unknown> =>
  Object.fromEntries(
    pages.flatMap((page) => page.records.map((record) => [record.key, record.data['USERS']])),
  );
const deletedIn = (pages: Awaited<ReturnType<typeof readAll>>): string[] =>
  pages.flatMap((page) => page.deleted ?? []);
const noticesOf = (pages: Awaited<ReturnType<typeof readAll>>): string[] =>
  pages.flatMap((page) => page.notices ?? []);

describe('a Snowflake table that tracks its changes', () => {
  test('is loaded once, and then only its changes are read: added, changed and gone, each once', async () => {
    await open(50);
    const first = await readAll(source, stream());
    expect(keysOf(first)).toHaveLength(50);
    later();
    const { warehouse } = bench.emulator;
    warehouse.update(TABLE, 7, { USERS: 70 });
    warehouse.update(TABLE, 7, { USERS: 71 });
    warehouse.remove(TABLE, 8);
    warehouse.insert(TABLE, usageRow(51, 0));
    warehouse.insert(TABLE, usageRow(52, 0));
    warehouse.remove(TABLE, 52);
    later();
    const second = await readAll(source, stream(), lastCursor(first));
    expect(usersOf(second)).toEqual({ 7: 71, 51: 10 });
    expect(deletedIn(second)).toEqual(['8']);
    later();
    const third = await readAll(source, stream(), lastCursor(second));
    expect([keysOf(third), deletedIn(third)]).toEqual([[], []]);
    expect(noticesOf([...first, ...second, ...third])).toEqual([]);
  });

  test('what changes while it is loaded is read by the first read of changes', async () => {
    await open(40, { statementRows: 10, pageSize: 10 });
    const reading = source.read({ stream: stream(), from: undefined, signal: new AbortController().signal });
    const pages = [];
    for await (const page of reading) {
      if (pages.length === 0) {
        later();
        bench.emulator.warehouse.update(TABLE, Number(page.records[0]!.key), { USERS: 99 });
        bench.emulator.warehouse.remove(TABLE, Number(page.records[1]!.key));
      }
      pages.push(page);
    }
    later();
    const next = await readAll(source, stream(), lastCursor(pages));
    expect(usersOf(next)).toEqual({ [pages[0]!.records[0]!.key]: 99 });
    expect(deletedIn(next)).toEqual([pages[0]!.records[1]!.key]);
  });

  test('intervals join without a gap: a change in the last second waits for the next read', async () => {
    await open(5);
    const first = await readAll(source, stream());
    later();
    bench.emulator.warehouse.update(TABLE, 1, { USERS: 1 });
    const second = await readAll(source, stream(), lastCursor(first));
    bench.emulator.warehouse.update(TABLE, 2, { USERS: 2 });
    later();
    const third = await readAll(source, stream(), lastCursor(second));
    expect(usersOf([...second, ...third])).toEqual({ 1: 1, 2: 2 });
  });

  test('a row whose key changes is gone under the old one and there under the new one', async () => {
    await open(5);
    const first = await readAll(source, stream());
    later();
    bench.emulator.warehouse.update(TABLE, 3, { ID: 30 });
    later();
    const pages = await readAll(source, stream(), lastCursor(first));
    expect([keysOf(pages), deletedIn(pages)]).toEqual([['30'], ['3']]);
  });

  test('of two rows with one key that the table let in, one may go and the key stays', async () => {
    const table = usageTable([
      { id: 3, minutesAgo: 60, month: '2026-01-01' },
      { id: 3, minutesAgo: 60, month: '2026-02-01' },
      { id: 4, minutesAgo: 60, month: '2026-01-01' },
    ]);
    bench = await openBench([{ ...table, key: ['ID', 'MONTH'] }], { changeTracking: [TABLE] });
    source = await bench.connect();
    const first = await readAll(source, stream());
    later();
    bench.emulator.warehouse.remove(TABLE, [3, '2026-01-01']);
    bench.emulator.warehouse.remove(TABLE, [4, '2026-01-01']);
    later();
    const pages = await readAll(source, stream(), lastCursor(first));
    expect([usersOf(pages), deletedIn(pages)]).toEqual([{ 3: 10 }, ['4']]);
  });

  test('a row that leaves the part that `where` names counts as gone', async () => {
    await open(5);
    const part = stream({ where: 'USERS < 50 -- small ones' });
    const first = await readAll(source, part);
    later();
    bench.emulator.warehouse.update(TABLE, 4, { USERS: 60 });
    later();
    const pages = await readAll(source, part, lastCursor(first));
    expect([keysOf(pages), deletedIn(pages)]).toEqual([[], ['4']]);
  });

  test('an interval with many changes is read in pages, and goes on after each of them', async () => {
    await open(30, { pageSize: 4 });
    const first = await readAll(source, stream());
    later();
    for (let id = 1; id <= 30; id++) {
      if (id % 3 === 0) bench.emulator.warehouse.remove(TABLE, id);
      else bench.emulator.warehouse.update(TABLE, id, { USERS: id + 100 });
    }
    later();
    const pages = await readAll(source, stream(), lastCursor(first));
    expect(pages.length).toBeGreaterThan(5);
    for (const [at, page] of pages.entries()) {
      const rest = await readAll(source, stream(), page.cursor);
      const all = [...pages.slice(0, at + 1), ...rest];
      expect(Object.keys(usersOf(all))).toHaveLength(20);
      expect(new Set(deletedIn(all)).size).toBe(10);
    }
  });
});

describe('when the change history of a Snowflake table is lost', () => {
  test('a table created anew is read as a whole, and the report says why', async () => {
    await open(5);
    const first = await readAll(source, stream());
    later();
    bench.emulator.warehouse.replace(TABLE, [usageRow(1, 0), usageRow(9, 0)], { changeTracking: true });
    later();
    const second = await readAll(source, stream(), lastCursor(first));
    expect(keysOf(second).sort()).toEqual(['1', '9']);
    expect(noticesOf(second)).toEqual([
      expect.stringMatching(/change history of usage since .* whole table is read again.*reconcile/),
    ]);
    later();
    bench.emulator.warehouse.remove(TABLE, 9);
    later();
    expect(deletedIn(await readAll(source, stream(), lastCursor(second)))).toEqual(['9']);
  });

  test('a history beyond its retention is noticed in the same way', async () => {
    await open(5);
    const first = await readAll(source, stream());
    bench.clock.advance(25 * 3_600_000);
    const second = await readAll(source, stream(), lastCursor(first));
    expect(keysOf(second)).toHaveLength(5);
    expect(noticesOf(second)).toHaveLength(1);
  });

  test('a change of `auto` to another way reads once from the start, and says so', async () => {
    await open(5, {}, false);
    const byCursor = stream({ cursor: 'UPDATED_AT' });
    const first = await readAll(source, byCursor);
    expect(lastCursor(first)).toMatchObject({ state: 'reached' });
    bench.emulator.warehouse.setChangeTracking(TABLE, true);
    const second = await readAll(source, byCursor, lastCursor(first));
    expect(lastCursor(second)).toMatchObject({ state: 'changes' });
    expect(keysOf(second)).toHaveLength(5);
    expect(noticesOf(second)).toEqual([expect.stringContaining('is read by `changes` now')]);
    bench.emulator.warehouse.setChangeTracking(TABLE, false);
    const third = await readAll(source, byCursor, lastCursor(second));
    expect(lastCursor(third)).toMatchObject({ state: 'reached' });
    expect(noticesOf(third)).toEqual([expect.stringContaining('is read by `cursor` now')]);
  });
});

describe('how changes are found is chosen per table', () => {
  test('`auto` takes the history where there is one, else the cursor, else the comparison of buckets', async () => {
    await open(3, {}, false);
    const stateOf = async (options: Readonly<Record<string, unknown>>) =>
      lastCursor(await readAll(source, stream(options))).state;
    expect(await stateOf({ cursor: 'UPDATED_AT' })).toBe('reached');
    expect(await stateOf({})).toBe('buckets');
    bench.emulator.warehouse.setChangeTracking(TABLE, true);
    expect(await stateOf({})).toBe('changes');
    expect(await stateOf({ cursor: 'UPDATED_AT' })).toBe('changes');
    expect(await stateOf({ cursor: 'UPDATED_AT', changes: 'cursor' })).toBe('reached');
    expect(await stateOf({ changes: 'reconcile' })).toBe('buckets');
  });

  test('a name with wildcards of LIKE is not taken for another table', async () => {
    const other = { ...usageTable([{ id: 1, minutesAgo: 5 }]), name: 'SALES.MART.US_GE' };
    bench = await openBench([usageTable([]), other], { changeTracking: [TABLE] });
    source = await bench.connect();
    const pages = await readAll(
      source,
      streamOf('usage', ['ID'], { table: 'SALES.MART.US_GE', key: ['ID'] }),
    );
    expect(lastCursor(pages)).toMatchObject({ state: 'buckets' });
    expect(statementsWith(bench, 'SHOW TABLES LIKE')).toHaveLength(1);
  });

  test.each([
    [{ changes: 'cursor' }, 'needs a `cursor`'],
    [{ query: 'SELECT 1', changes: 'changes', table: undefined }, 'no change history'],
    [{ query: 'SELECT 1' }, 'give one of them'],
    [{ query: 'DROP TABLE X', table: undefined }, 'must be one SELECT'],
    [{ buckets: 100 }, 'power of two'],
  ])('%j is refused: %s', async (options, message) => {
    await open(1);
    expect(() => stream(options)).toThrow(message);
    expect(instant(0)).toContain('2026');
  });
});
