import { afterEach, describe, expect, test } from 'vitest';
import type { KeyPage } from '../../../core/contract/source.ts';
import type { Bench, SnowflakeSource } from './bench.ts';
import {
  collect,
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

const open = async (count: number, settings: Readonly<Record<string, unknown>> = {}): Promise<void> => {
  const rows = Array.from({ length: count }, (_, index) => ({ id: index + 1, minutesAgo: 60 }));
  bench = await openBench([usageTable(rows)]);
  source = await bench.connect(settings);
};
const stream = (options: Readonly<Record<string, unknown>> = {}) =>
  streamOf('usage', ['ID', 'USERS', 'UPDATED_AT'], { table: TABLE, key: ['ID'], buckets: 16, ...options });
const list = async (scope: string, of = stream()): Promise<KeyPage> => {
  const [page, ...others] = await collect(source.enumerate!(of, scope));
  expect(others).toEqual([]);
  return page!;
};

describe('a Snowflake table without a cursor is read by comparing buckets', () => {
  test('a first read shows every row, the next one nothing, for one aggregate over the table', async () => {
    await open(200);
    const first = await readAll(source, stream());
    expect(
      keysOf(first)
        .map(Number)
        .sort((left, right) => left - right),
    ).toEqual(Array.from({ length: 200 }, (_, at) => at + 1));
    const before = bench.emulator.statements.length;
    expect(keysOf(await readAll(source, stream(), lastCursor(first)))).toEqual([]);
    const sent = bench.emulator.statements.slice(before).map((one) => one.sqlText);
    expect(sent.filter((sql) => sql.includes('"USAGE"') && !/INFORMATION_SCHEMA|^SHOW/.test(sql))).toEqual([
      expect.stringContaining('HASH_AGG('),
    ]);
  });

  test('a changed, an added and a removed row each bring the rows of their bucket and no others', async () => {
    await open(200);
    let cursor = lastCursor(await readAll(source, stream()));
    const read = async (): Promise<string[]> => {
      const pages = await readAll(source, stream(), cursor);
      cursor = lastCursor(pages);
      return keysOf(pages);
    };
    bench.emulator.warehouse.update(TABLE, 7, { USERS: 11 });
    const changed = await read();
    expect(changed).toContain('7');
    expect(changed.length).toBeLessThan(40);
    bench.emulator.warehouse.insert(TABLE, usageRow(500, 5));
    expect(await read()).toContain('500');
    bench.emulator.warehouse.remove(TABLE, 500);
    expect(await read()).not.toContain('500');
    expect(await read()).toEqual([]);
  });

  test('columns that change without meaning are left out of the comparison, but are still read', async () => {
    await open(50);
    const calm = stream({ ignore: ['UPDATED_AT'] });
    const first = await readAll(source, calm);
    expect(first.flatMap((page) => page.records)[0]!.data).toHaveProperty('UPDATED_AT');
    for (let id = 1; id <= 50; id++) bench.emulator.warehouse.update(TABLE, id, { UPDATED_AT: instant(1) });
    expect(keysOf(await readAll(source, calm, lastCursor(first)))).toEqual([]);
    bench.emulator.warehouse.update(TABLE, 3, { USERS: 4 });
    expect(keysOf(await readAll(source, calm, lastCursor(first)))).toContain('3');
  });

  test('columns that no document uses do not count', async () => {
    await open(20);
    const first = await readAll(source, stream());
    bench.emulator.warehouse.update(TABLE, 3, { MONTH: '2026-09-01' });
    expect(keysOf(await readAll(source, stream(), lastCursor(first)))).toEqual([]);
  });

  test('a load that was broken off goes on behind the buckets that were read', async () => {
    await open(100, { pageSize: 10, statementRows: 30 });
    const pages = await readAll(source, stream());
    const at = pages.findIndex((page) => page.cursor !== undefined);
    const rest = await readAll(source, stream(), pages[at]!.cursor);
    const shown = keysOf(pages.slice(0, at + 1));
    expect(shown.length).toBeGreaterThan(10);
    expect(keysOf(rest).some((key) => shown.includes(key))).toBe(false);
    expect(new Set([...shown, ...keysOf(rest)]).size).toBe(100);
  });

  test('more buckets than a list may name are read in several statements', async () => {
    await open(12_000);
    const many = stream({ buckets: 16_384 });
    expect(new Set(keysOf(await readAll(source, many))).size).toBe(12_000);
    expect(statementsWith(bench, ') IN (')).toHaveLength(1);
    bench.emulator.warehouse.replace(
      TABLE,
      Array.from({ length: 40_000 }, (_, id) => usageRow(id + 1, 60)),
    );
    expect(new Set(keysOf(await readAll(source, many))).size).toBe(40_000);
    expect(statementsWith(bench, ') IN (')).toHaveLength(3);
  });

  test('another number of buckets reads everything once more', async () => {
    await open(20);
    const cursor = lastCursor(await readAll(source, stream()));
    expect(keysOf(await readAll(source, stream({ buckets: 4 }), cursor))).toHaveLength(20);
  });

  test('every statement of a read shows one state of the table, by Time Travel', async () => {
    await open(40, { statementRows: 10 });
    const before = bench.emulator.statements.length;
    await readAll(source, stream());
    const sent = bench.emulator.statements.slice(before).map((one) => one.sqlText);
    const snapshots = sent.flatMap((sql) => /AT\(TIMESTAMP => '([^']+)'/.exec(sql)?.[1] ?? []);
    expect(snapshots.length).toBeGreaterThan(4);
    expect(new Set(snapshots).size).toBe(1);
  });
});

describe('scopes of a Snowflake stream', () => {
  test('each bucket is told by its count and an etag, in one statement', async () => {
    await open(200);
    const before = statementsWith(bench, 'HASH_AGG').length;
    const scopes = await collect(source.scopes!(stream()));
    expect(scopes.reduce((sum, scope) => sum + scope.count, 0)).toBe(200);
    expect(scopes.every((scope) => /^\d+\/16$/.test(scope.scope))).toBe(true);
    expect(statementsWith(bench, 'HASH_AGG')).toHaveLength(before + 1);
    expect(await collect(source.scopes!(stream()))).toEqual(scopes);
  });

  test('one comparison serves a read, the scopes that follow and the read after them, if nothing differs', async () => {
    await open(50);
    const aggregates = () => statementsWith(bench, 'HASH_AGG').length;
    const first = await readAll(source, stream());
    const [scope] = await collect(source.scopes!(stream()));
    const second = await readAll(source, stream(), lastCursor(first));
    expect(aggregates()).toBe(1);
    bench.emulator.warehouse.update(TABLE, 3, { USERS: 5 });
    const third = await readAll(source, stream(), lastCursor(second));
    expect(keysOf(third)).toContain('3');
    expect(aggregates()).toBe(2);
    await collect(source.scopes!(stream()));
    await list(scope!.scope);
    bench.emulator.warehouse.update(TABLE, 4, { USERS: 5 });
    expect(keysOf(await readAll(source, stream(), lastCursor(third)))).toContain('4');
  });

  test('only the etag of the bucket with the change moves, and in it only that of the row', async () => {
    await open(200);
    const scopes = await collect(source.scopes!(stream()));
    const before = new Map(scopes.map((one) => [one.scope, one.etag]));
    const pages = new Map<string, KeyPage>();
    for (const { scope } of scopes) pages.set(scope, await list(scope));
    bench.emulator.warehouse.update(TABLE, 42, { USERS: 12 });
    const moved = (await collect(source.scopes!(stream()))).filter(
      (one) => before.get(one.scope) !== one.etag,
    );
    expect(moved).toHaveLength(1);
    const etags = new Map(pages.get(moved[0]!.scope)!.keys.map((one) => [one.key, one.etag]));
    const page = await list(moved[0]!.scope);
    expect(page.keys.filter((one) => etags.get(one.key) !== one.etag).map((one) => one.key)).toEqual(['42']);
  });

  test('together they list every key once, each scope with the proof that it is complete', async () => {
    await open(300);
    const keys: string[] = [];
    for (const { scope, count } of await collect(source.scopes!(stream()))) {
      const page = await list(scope);
      expect(page.complete).toEqual({ count, asOf: page.asOf });
      expect(page.keys).toHaveLength(count);
      keys.push(...page.keys.map((one) => one.key));
    }
    expect(new Set(keys).size).toBe(300);
    expect(keys).toHaveLength(300);
  });

  test('a scope whose last row went is no longer told, and lists nothing with proof', async () => {
    await open(1);
    const [scope] = await collect(source.scopes!(stream()));
    bench.emulator.warehouse.remove(TABLE, 1);
    expect(await collect(source.scopes!(stream()))).toEqual([]);
    expect(await list(scope!.scope)).toMatchObject({ keys: [], complete: { count: 0 } });
  });

  test('a scope that is empty in the middle of a list proves nothing: its rows may be on their way; at the end it does', async () => {
    await open(60);
    const of = stream({ buckets: 64 });
    const scopes = await collect(source.scopes!(of));
    const alone = scopes.filter((one) => one.count === 1).slice(10);
    const [middle, last] = [alone[0]!.scope, scopes.at(-1)!];
    const keyIn = async (scope: string): Promise<number> => Number((await list(scope, of)).keys[0]!.key);
    const gone = [await keyIn(middle), ...(await list(last.scope, of)).keys.map((one) => Number(one.key))];
    await collect(source.scopes!(of));
    for (const key of gone) bench.emulator.warehouse.remove(TABLE, key);
    const pages = new Map<string, KeyPage>();
    for (const { scope } of scopes) pages.set(scope, await list(scope, of));
    expect(pages.get(middle)).toMatchObject({ keys: [] });
    expect(pages.get(middle)!.complete).toBeUndefined();
    expect(pages.get(last.scope)).toMatchObject({ keys: [], complete: { count: 0 } });
    expect([...pages.values()].filter((page) => !page.complete)).toHaveLength(1);
  });

  test('scopes that are listed one after the other cost few statements; a single one costs its own keys alone', async () => {
    await open(400);
    const of = stream({ buckets: 128 });
    const scopes = await collect(source.scopes!(of));
    expect(scopes.length).toBeGreaterThan(100);
    const listings = () => statementsWith(bench, 'OVER (PARTITION BY').length;
    for (const { scope } of scopes) await list(scope, of);
    expect(listings()).toBeLessThan(10);
    await collect(source.scopes!(of));
    const before = listings();
    expect((await list(scopes[9]!.scope, of)).keys).toHaveLength(scopes[9]!.count);
    expect((await list(scopes[50]!.scope, of)).keys).toHaveLength(scopes[50]!.count);
    expect(listings()).toBe(before + 2);
  });

  test('rows that share a key are one key, whose etag moves with any of them', async () => {
    await open(1);
    bench.emulator.warehouse.insert(TABLE, { ...usageRow(1, 5), USERS: 20 });
    const [scope] = await collect(source.scopes!(stream()));
    const page = await list(scope!.scope);
    expect(page.keys).toHaveLength(1);
    expect(page.complete).toMatchObject({ count: 1 });
    bench.emulator.warehouse.update(TABLE, 1, { USERS: 21 });
    expect((await list(scope!.scope)).keys[0]!.etag).not.toBe(page.keys[0]!.etag);
  });
});
