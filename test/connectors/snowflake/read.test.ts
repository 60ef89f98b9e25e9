import { afterEach, describe, expect, test } from 'vitest';
import type { Bench } from './bench.ts';
import {
  instant,
  keysOf,
  lastCursor,
  openBench,
  readAll,
  streamOf,
  usage,
  usageRow,
  usageTable,
} from './bench.ts';

const TABLE = 'SALES.MART.USAGE';
let bench: Bench;
afterEach(() => bench.close());

const minutes = (count: number): number => count * 60_000;
const open = async (rows: Parameters<typeof usageTable>[0], nullable?: string): Promise<void> => {
  const table = usageTable(rows);
  const columns = table.columns.map((column) => ({
    ...column,
    nullable: column.name !== 'ID' || nullable === 'ID',
  }));
  bench = await openBench([{ ...table, columns }]);
};

describe('a Snowflake table with a timestamp cursor', () => {
  test('rows with one and the same cursor value all arrive, however small the pages and statements', async () => {
    await open(Array.from({ length: 7 }, (_, index) => ({ id: index + 1, minutesAgo: 30 })));
    const source = await bench.connect({ pageSize: 2, statementRows: 3 });
    const pages = await readAll(source, usage);
    expect(keysOf(pages)).toEqual(['1', '2', '3', '4', '5', '6', '7']);
  });

  test('a row that ties with the last one and is committed later arrives with the next read, without any lookback', async () => {
    await open([{ id: 1, minutesAgo: 30 }]);
    const source = await bench.connect({ lookback: '0s' });
    const first = await readAll(source, usage);
    bench.emulator.warehouse.insert(TABLE, usageRow(2, 30));
    expect(keysOf(await readAll(source, usage, lastCursor(first)))).toContain('2');
  });

  test('a row committed late with an older stamp arrives within the lookback and not beyond it', async () => {
    await open([{ id: 1, minutesAgo: 30 }]);
    const source = await bench.connect({ lookback: '10m' });
    const first = await readAll(source, usage);
    bench.emulator.warehouse.insert(TABLE, usageRow(2, 39));
    bench.emulator.warehouse.insert(TABLE, usageRow(3, 41));
    expect(keysOf(await readAll(source, usage, lastCursor(first)))).toEqual(['2', '1']);
  });

  test('a row younger than the lag waits for the next read', async () => {
    await open([
      { id: 1, minutesAgo: 30 },
      { id: 2, minutesAgo: 0.5 },
    ]);
    const source = await bench.connect({ lag: '60s' });
    const first = await readAll(source, usage);
    expect(keysOf(first)).toEqual(['1']);
    bench.clock.advance(minutes(1));
    expect(keysOf(await readAll(source, usage, lastCursor(first)))).toContain('2');
  });

  test('a read that was broken off finishes its own window and then reads what came since', async () => {
    await open([1, 2, 3, 4].map((id) => ({ id, minutesAgo: 100 - id })));
    const source = await bench.connect({ pageSize: 1, lookback: '0s' });
    const first = await readAll(source, usage);
    expect(first[1]!.cursor).toMatchObject({ state: 'window', high: '2026-01-15T10:24:00.000000000Z' });
    bench.emulator.warehouse.insert(TABLE, usageRow(5, 2));
    const rest = await readAll(source, usage, first[1]!.cursor);
    expect(keysOf(rest)).toEqual(['3', '4', '4', '5']);
    expect(lastCursor(rest)).toEqual({
      version: 1,
      state: 'reached',
      high: '2026-01-15T11:58:00.000000000Z',
    });
  });

  test('rows without a cursor value are counted and told, and future ones too', async () => {
    await open([
      { id: 1, minutesAgo: 30 },
      { id: 2, minutesAgo: null },
      { id: 3, minutesAgo: -60 },
    ]);
    const source = await bench.connect();
    const pages = await readAll(source, usage);
    expect(keysOf(pages)).toEqual(['1']);
    expect(pages.at(-1)!.notices).toEqual([
      'Rows without a value in the cursor column UPDATED_AT, which a read of changes never shows: 1.',
      'Rows with a value in the future in the cursor column UPDATED_AT, which are read when that time has come: 1.',
    ]);
  });

  test('rows without a key are unreadable, one by one, and never stop the others', async () => {
    await open(
      [
        { id: 1, minutesAgo: 30 },
        { id: null, minutesAgo: 30 },
        { id: null, minutesAgo: 29 },
        { id: 2, minutesAgo: 28 },
      ],
      'ID',
    );
    const source = await bench.connect({ pageSize: 1, statementRows: 1 });
    const pages = await readAll(source, usage);
    expect(keysOf(pages)).toEqual(['1', '2']);
    expect(pages.flatMap((page) => page.unreadable ?? [])).toEqual([
      { reason: 'A key column (ID) is NULL.' },
      { reason: 'A key column (ID) is NULL.' },
    ]);
  });

  test('of rows with one key a page shows the latest', async () => {
    await open([
      { id: 1, minutesAgo: 30 },
      { id: 1, minutesAgo: 20 },
    ]);
    const [page] = await readAll(await bench.connect(), usage);
    expect(page!.records).toHaveLength(1);
    expect(page!.records[0]!.modifiedAt).toBe(instant(-20 * 60));
  });

  test('an empty table gives a cursor from which later rows are found', async () => {
    await open([]);
    const source = await bench.connect();
    const first = await readAll(source, usage);
    expect(lastCursor(first)).toEqual({ version: 1, state: 'reached', high: null });
    bench.emulator.warehouse.insert(TABLE, usageRow(1, 5));
    expect(keysOf(await readAll(source, usage, lastCursor(first)))).toEqual(['1']);
  });

  test('a record carries its stamp as version of fixed width and as the instant of its change', async () => {
    await open([{ id: 1, minutesAgo: 30 }]);
    const [page] = await readAll(await bench.connect(), usage);
    expect(page!.records).toEqual([
      {
        key: '1',
        data: { ID: 1, USERS: 10 },
        version: '2026-01-15T11:30:00.000000000Z',
        modifiedAt: '2026-01-15T11:30:00.000Z',
      },
    ]);
    expect(page!.asOf).toBe(instant(0));
  });

  test('the stored cursor of another shape is refused with advice', async () => {
    await open([{ id: 1, minutesAgo: 30 }]);
    const source = await bench.connect();
    const other = { version: 1, state: 'page', number: 7 } as never;
    await expect(readAll(source, usage, other)).rejects.toMatchObject({ code: 'SNOWFLAKE_CURSOR' });
  });
});

describe('a Snowflake table with another cursor or none', () => {
  test('numbers serve as a cursor in numeric order, negative ones included', async () => {
    await open([5, -3, -20, 100, 9].map((id) => ({ id, minutesAgo: 5 })));
    const source = await bench.connect({ pageSize: 1 });
    const byNumber = streamOf('usage', ['ID'], { table: TABLE, key: ['ID'], cursor: 'ID' });
    const pages = await readAll(source, byNumber);
    expect(keysOf(pages)).toEqual(['-20', '-3', '5', '9', '100']);
    const versions = pages.flatMap((page) => page.records.map((record) => record.version!));
    expect(versions).toEqual(versions.toSorted());
    bench.emulator.warehouse.insert(TABLE, usageRow(101, 1));
    expect(keysOf(await readAll(source, byNumber, lastCursor(pages)))).toEqual(['100', '101']);
  });

  test('the parts of a composite key never run into each other', async () => {
    bench = await openBench([
      {
        name: TABLE,
        key: ['A', 'B'],
        columns: [
          { name: 'A', type: 'text' },
          { name: 'B', type: 'text' },
        ],
        rows: [
          { A: 'x|y', B: 'z' },
          { A: 'x', B: 'y|z' },
          { A: 'ä', B: '' },
        ],
      },
    ]);
    const source = await bench.connect({ pageSize: 1, statementRows: 1 });
    const pairs = streamOf('pairs', ['A'], { table: TABLE, key: ['A', 'B'] });
    const keys = keysOf(await readAll(source, pairs));
    expect(keys.sort()).toEqual(['%C3%A4|', 'x%7Cy|z', 'x|y%7Cz']);
    const found = [];
    for await (const page of source.lookup!(pairs, [...keys, 'x|y|z', 'x'])) found.push(page);
    expect(found[0]!.found.map((record) => record.key).sort()).toEqual(keys);
    expect(found[0]!.gone).toEqual(['x|y|z', 'x']);
  });
});
