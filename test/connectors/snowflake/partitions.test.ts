import { afterEach, describe, expect, test } from 'vitest';
import type { FirstLoad, Stream } from '../../../core/contract/source.ts';
import type { SnowflakeStream } from '../../../connectors/snowflake/config.ts';
import type { SnowflakeCursor } from '../../../connectors/snowflake/cursor.ts';
import type { Bench, SnowflakePage, SnowflakeSource } from './bench.ts';
import { collect, keysOf, openBench, readAll, streamOf, usageRow, usageTable } from './bench.ts';

const TABLE = 'SALES.MART.USAGE';
let bench: Bench;
let source: SnowflakeSource;
afterEach(() => bench.close());

const open = async (
  count: number,
  settings: Readonly<Record<string, unknown>>,
  type = 'TIMESTAMP_TZ(9)',
): Promise<void> => {
  const rows = Array.from({ length: count }, (_, index) => ({
    id: index + 1,
    minutesAgo: 6000 - 10 * index,
    month: `2025-0${1 + (index % 9)}-01`,
  }));
  bench = await openBench([usageTable(rows)], { types: { [TABLE]: { UPDATED_AT: type } } });
  source = await bench.connect(settings);
};
const stream = (options: Readonly<Record<string, unknown>>) =>
  streamOf('usage', ['ID', 'USERS'], { table: TABLE, key: ['ID'], buckets: 64, ...options });
const readPart = (
  of: Stream<SnowflakeStream>,
  partition: FirstLoad<SnowflakeCursor>['partitions'][number],
  from?: SnowflakeCursor,
): Promise<SnowflakePage[]> =>
  collect(source.read({ stream: of, from, partition, signal: new AbortController().signal }));

const ways: readonly { how: string; options: Readonly<Record<string, unknown>>; type?: string }[] = [
  { how: 'ranges of a timestamp', options: { cursor: 'UPDATED_AT' } },
  {
    how: 'ranges of a timestamp without a zone',
    options: { cursor: 'UPDATED_AT' },
    type: 'TIMESTAMP_NTZ(6)',
  },
  { how: 'ranges of a date', options: { cursor: 'MONTH', changes: 'cursor' } },
  { how: 'ranges of a number', options: { cursor: 'ID' } },
  { how: 'the hash of its keys', options: { changes: 'reconcile' } },
  { how: 'the hash of its keys, before its changes are read', options: { changes: 'changes' } },
];

describe('the first load of a large Snowflake table', () => {
  test.each(ways)('is cut into $how that cover it once', async ({ options, type }) => {
    await open(100, { statementRows: 20, pageSize: 7 }, type);
    const of = stream(options);
    const load = (await source.partitions!(of))!;
    expect(load.partitions.length).toBeGreaterThanOrEqual(3);
    expect(load.partitions.length).toBeLessThanOrEqual(5);
    const parts = await Promise.all(load.partitions.map((partition) => readPart(of, partition)));
    for (const pages of parts) expect(keysOf(pages).length).toBeGreaterThan(5);
    const shown = parts.flatMap((pages) => keysOf(pages));
    expect(new Set(shown).size).toBe(100);
    // A value that lies on a cut is in both parts.
    expect(shown.length).toBeLessThanOrEqual(options['cursor'] === 'MONTH' ? 150 : 103);
  });

  test.each(ways)(
    'goes on inside a part ($how) after each page that has a cursor',
    async ({ options, type }) => {
      await open(100, { statementRows: 8, pageSize: 3 }, type);
      const of = stream(options);
      const { partitions } = (await source.partitions!(of))!;
      const pages = await readPart(of, partitions[1]!);
      const all = new Set(keysOf(pages));
      const resumable = pages.filter((page) => page.cursor !== undefined);
      expect(resumable.length).toBeGreaterThan(2);
      for (const page of resumable) {
        const before = keysOf(pages.slice(0, pages.indexOf(page) + 1));
        const rest = keysOf(
          await readPart(of, partitions[1]!, JSON.parse(JSON.stringify(page.cursor)) as SnowflakeCursor),
        );
        expect(new Set([...before, ...rest])).toEqual(all);
      }
    },
  );

  test.each(ways)(
    'is followed by an ordinary read ($how) that shows what came meanwhile',
    async ({ options, type }) => {
      await open(100, { statementRows: 20 }, type);
      if (options['changes'] === 'changes') bench.emulator.warehouse.setChangeTracking(TABLE, true);
      bench.clock.advance(60_000);
      const of = stream(options);
      const load = (await source.partitions!(of))!;
      for (const partition of load.partitions) await readPart(of, partition);
      bench.clock.advance(5000);
      bench.emulator.warehouse.insert(TABLE, { ...usageRow(500, -1, '2026-01-15'), MONTH: '2026-01-15' });
      bench.clock.advance(10 * 60_000);
      const pages = await readAll(source, of, load.cursor);
      expect(keysOf(pages)).toContain('500');
      expect(keysOf(pages).length).toBeLessThan(60);
      expect(pages.flatMap((page) => page.notices ?? [])).toEqual([]);
    },
  );

  test('a table that two statements read is not cut', async () => {
    await open(30, { statementRows: 20 });
    expect(await source.partitions!(stream({ cursor: 'UPDATED_AT' }))).toBeUndefined();
    expect(await source.partitions!(stream({ changes: 'reconcile' }))).toBeUndefined();
  });

  test('says in its report that a key is not unique, or missing in rows', async () => {
    bench = await openBench([
      usageTable([
        { id: 1, minutesAgo: 50 },
        { id: 1, minutesAgo: 40 },
        { id: null, minutesAgo: 30 },
      ]),
    ]);
    source = await bench.connect();
    const of = stream({ cursor: 'UPDATED_AT' });
    expect(await source.partitions!(of)).toBeUndefined();
    const first = await readAll(source, of);
    expect(first.at(-1)!.notices).toEqual([
      'Rows without a key ("ID"), which cannot be read: 1.',
      'The key is not unique. Rows that share it ("ID") with another one, of which only the latest is kept: 1.',
    ]);
    expect((await readAll(source, of)).flatMap((page) => page.notices ?? [])).toEqual([
      'The key is not unique. Rows read that share it ("ID") with another one of their page, of which only the latest is kept: 1.',
    ]);
  });

  test('a part is named without a value of the table', async () => {
    await open(100, { statementRows: 20 });
    const { partitions } = (await source.partitions!(stream({ cursor: 'UPDATED_AT' })))!;
    expect(partitions.map((one) => one.name)).toEqual([
      'range 1 of 4',
      'range 2 of 4',
      'range 3 of 4',
      'range 4 of 4',
    ]);
  });
});
