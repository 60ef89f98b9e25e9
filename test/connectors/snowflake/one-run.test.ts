import { afterEach, describe, expect, test } from 'vitest';
import type { Bench, SnowflakeSource } from './bench.ts';
import {
  collect,
  keysOf,
  lastCursor,
  openBench,
  readAll,
  statementsWith,
  streamOf,
  usageRow,
  usageTable,
} from './bench.ts';

const USAGE = 'SALES.MART.USAGE';
const OTHER = 'SALES.MART.OTHER';
const minutes = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: index + 1, minutesAgo: 600 - index }));
const streamOn = (table: string, options: Readonly<Record<string, unknown>> = {}) =>
  streamOf(table.split('.').at(-1)!.toLowerCase(), ['ID', 'USERS'], {
    table,
    key: ['ID'],
    buckets: 4,
    ...options,
  });

let bench: Bench;
let source: SnowflakeSource;
const open = async (settings: Readonly<Record<string, unknown>> = {}): Promise<void> => {
  bench = await openBench([usageTable(minutes(40)), { ...usageTable(minutes(40)), name: OTHER }]);
  source = await bench.connect(settings);
};
afterEach(() => bench.close());

describe('one run over a Snowflake account', () => {
  test('shows all its streams as they stood at one moment; what changes meanwhile is read by the next run', async () => {
    await open();
    source.startRun!();
    const first = await readAll(source, streamOn(USAGE));
    bench.clock.advance(60_000);
    bench.emulator.warehouse.insert(USAGE, usageRow(41, 0));
    bench.emulator.warehouse.insert(OTHER, usageRow(41, 0));
    const other = await readAll(source, streamOn(OTHER));
    expect(keysOf(first)).toHaveLength(40);
    expect(keysOf(other)).toHaveLength(40);
    const instants = bench.emulator.statements.flatMap(
      ({ sqlText }) => /AT\(TIMESTAMP => ('[^']+')/.exec(sqlText)?.[1] ?? [],
    );
    expect(instants.length).toBeGreaterThan(3);
    expect(new Set(instants).size).toBe(1);
    source.startRun!();
    expect(keysOf(await readAll(source, streamOn(OTHER), lastCursor(other)))).toContain('41');
  });

  test('reads every part of a first load in that state, too', async () => {
    await open({ statementRows: 10 });
    source.startRun!();
    const of = streamOn(USAGE, { cursor: 'UPDATED_AT', changes: 'cursor' });
    const load = (await source.partitions!(of))!;
    const keys: string[] = [];
    for (const partition of load.partitions) {
      bench.clock.advance(60_000);
      bench.emulator.warehouse.remove(USAGE, 40 - keys.length);
      const { signal } = new AbortController();
      keys.push(...keysOf(await collect(source.read({ stream: of, from: undefined, partition, signal }))));
    }
    expect(load.partitions.length).toBeGreaterThan(2);
    expect(new Set(keys).size).toBe(40);
  });

  test('never notes a hash that is newer than the rows it has read: a change in the middle of a run is not lost', async () => {
    await open();
    source.startRun!();
    const before = await readAll(source, streamOn(USAGE));
    bench.clock.advance(1000);
    bench.emulator.warehouse.update(USAGE, 7, { USERS: 77 });
    // Older than a comparison may be: the scopes are compared anew, and the read after them goes by it.
    bench.clock.advance(600_000);
    await collect(source.scopes!(streamOn(USAGE)));
    const again = await readAll(source, streamOn(USAGE), lastCursor(before));
    source.startRun!();
    const next = await readAll(source, streamOn(USAGE), lastCursor(again));
    const seen = [...again, ...next].flatMap((page) => page.records).filter((one) => one.key === '7');
    expect(seen.at(-1)?.data['USERS']).toBe(77);
  });

  test('ends its windows by that moment, so that none passes a row that is committed while the run goes on', async () => {
    await open({ lookback: '0s' });
    // A stamp in the future draws the window on.
    bench.emulator.warehouse.insert(USAGE, usageRow(41, -5));
    bench.clock.advance(1000);
    source.startRun!();
    await readAll(source, streamOn(OTHER));
    bench.clock.advance(600_000);
    bench.emulator.warehouse.insert(USAGE, usageRow(42, -1));
    const of = streamOn(USAGE, { cursor: 'UPDATED_AT', changes: 'cursor' });
    const first = await readAll(source, of);
    bench.clock.advance(1_200_000);
    source.startRun!();
    const next = await readAll(source, of, lastCursor(first));
    expect([...keysOf(first), ...keysOf(next)]).toEqual(expect.arrayContaining(['41', '42']));
  });

  test('lists keys in the state that it reads, too: a hash noted before a first load is not newer than the row', async () => {
    await open();
    source.startRun!();
    const of = streamOn(USAGE);
    const list = async (): Promise<ReadonlyMap<string, string | undefined>> => {
      const etags = new Map<string, string | undefined>();
      for (const { scope } of await collect(source.scopes!(of)))
        for (const page of await collect(source.enumerate!(of, scope)))
          for (const { key, etag } of page.keys) etags.set(key, etag);
      return etags;
    };
    const before = await list();
    bench.clock.advance(1000);
    bench.emulator.warehouse.update(USAGE, 7, { USERS: 77 });
    bench.emulator.warehouse.remove(USAGE, 8);
    expect(await list()).toEqual(before);
    source.startRun!();
    const after = await list();
    expect(
      [...before]
        .filter(([key, etag]) => after.get(key) !== etag)
        .map(([key]) => key)
        .sort(),
    ).toEqual(['7', '8']);
  });

  test('looks at the policies of a table once, and refuses a masked key before it reads a row', async () => {
    bench = await openBench([usageTable(minutes(3))], {
      policies: { [USAGE]: [{ kind: 'MASKING_POLICY', column: 'ID' }] },
    });
    source = await bench.connect();
    source.startRun!();
    for (let time = 0; time < 2; time++)
      await expect(readAll(source, streamOn(USAGE))).rejects.toMatchObject({ code: 'SNOWFLAKE_KEY_MASKED' });
    expect(statementsWith(bench, 'SELECT TO_VARCHAR("ID")')).toEqual([]);
    const open = await bench.connect();
    open.startRun!();
    const byMonth = streamOf('usage', ['ID', 'USERS'], { table: USAGE, key: ['MONTH'], buckets: 4 });
    const before = statementsWith(bench, 'POLICY_REFERENCES').length;
    const pages = await readAll(open, byMonth);
    await readAll(open, byMonth, lastCursor(pages));
    expect(statementsWith(bench, 'POLICY_REFERENCES')).toHaveLength(before + 1);
    expect(pages.flatMap((page) => page.notices ?? [])).toEqual([
      'Column ID has a masking policy: documents may hold the mask in place of the value.',
      'The key is not unique. Rows read that share it ("MONTH") with another one of their page, of which only the latest is kept: 2.',
    ]);
  });

  test('a policy that could not be asked about for a moment is asked about again', async () => {
    await open();
    source.startRun!();
    const end = bench.emulator.faults.refusedStatement('POLICY_REFERENCES', '000604', '57014');
    await expect(readAll(source, streamOn(USAGE))).rejects.toMatchObject({ name: 'TransientError' });
    end();
    expect(keysOf(await readAll(source, streamOn(USAGE)))).toHaveLength(40);
  });

  test('has two results open at once, however many streams and parts are read side by side', async () => {
    await open({ pageSize: 5 });
    source.startRun!();
    const { signal } = new AbortController();
    const reads = [USAGE, OTHER, USAGE, OTHER].map((table, at) =>
      source
        .read({ stream: { ...streamOn(table), name: `s${at}` }, from: undefined, signal })
        [Symbol.asyncIterator](),
    );
    const started = reads.map((one) => one.next());
    let arrived = 0;
    await new Promise<void>((resolve) => {
      for (const one of started) void one.then(() => ++arrived === 2 && resolve());
    });
    const rows = (): number =>
      statementsWith(bench, 'IN (').filter((one) => one.sqlText.startsWith('SELECT TO_')).length;
    expect(rows()).toBe(2);
    const rest = reads.map(async (one, at) => {
      const keys: string[] = [];
      for (let step = await started[at]!; !step.done; step = await one.next())
        keys.push(...step.value.records.map((record) => record.key));
      return keys.length;
    });
    expect(await Promise.all(rest)).toEqual([40, 40, 40, 40]);
  });
});
