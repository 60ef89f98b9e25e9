import { afterEach, beforeEach, describe, expect, test } from 'vitest';
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
} from './bench.ts';

let bench: Bench;
let source: SnowflakeSource;
beforeEach(async () => {
  bench = await openBench(
    [
      {
        name: 'SALES.MART.ACCOUNTS',
        key: ['ID'],
        columns: [
          { name: 'ID', type: 'text' },
          { name: 'NAME', type: 'text' },
        ],
        rows: [
          { ID: 'a', NAME: 'Acme' },
          { ID: 'b', NAME: 'Bolt' },
        ],
      },
      {
        name: 'SALES.MART.INVOICES',
        key: ['ID'],
        columns: [
          { name: 'ID', type: 'integer' },
          { name: 'ACCOUNT', type: 'text' },
          { name: 'AMOUNT', type: 'number', scale: 2 },
          { name: 'ISSUED', type: 'date' },
          { name: 'CHANGED', type: 'timestamp' },
        ],
        rows: [
          invoice(1, 'a', '10.50', '2026-01-03', 60),
          invoice(2, 'a', '1.25', '2026-01-20', 50),
          invoice(3, 'a', '7.00', '2026-02-01', 40),
          invoice(4, 'b', '3.00', '2026-02-02', 30),
        ],
      },
    ],
    { types: { 'SALES.MART.INVOICES': { CHANGED: 'TIMESTAMP_NTZ(9)' } } },
  );
  source = await bench.connect();
});
afterEach(() => bench.close());

const invoice = (id: number, account: string, amount: string, issued: string, minutesAgo: number) => ({
  ID: id,
  ACCOUNT: account,
  AMOUNT: amount,
  ISSUED: issued,
  CHANGED: instant(-minutesAgo * 60).replace('Z', ''),
});
const MONTHLY = `
  SELECT a.ID AS ACCOUNT, a.NAME, TO_CHAR(i.ISSUED, 'YYYY-MM') AS MONTH,
         SUM(i.AMOUNT) AS REVENUE, COUNT(*) AS INVOICES, MAX(i.CHANGED) AS CHANGED
  FROM ACCOUNTS a JOIN INVOICES i ON i.ACCOUNT = a.ID
  GROUP BY 1, 2, 3 -- a row per account and month`;
const monthly = (options: Readonly<Record<string, unknown>> = {}) =>
  streamOf('revenue', ['NAME', 'MONTH', 'REVENUE', 'INVOICES'], {
    query: MONTHLY,
    key: ['ACCOUNT', 'MONTH'],
    ...options,
  });

describe('a Snowflake stream that is a query', () => {
  test('is joined and aggregated in the warehouse, and read like a table with exact values', async () => {
    await source.check([monthly()]);
    const records = (await readAll(source, monthly())).flatMap((page) => page.records);
    expect(
      records.toSorted((left, right) => (left.key < right.key ? -1 : 1)).map(({ key, data }) => [key, data]),
    ).toEqual([
      ['a|2026-01', { NAME: 'Acme', MONTH: '2026-01', REVENUE: 11.75, INVOICES: 2 }],
      ['a|2026-02', { NAME: 'Acme', MONTH: '2026-02', REVENUE: 7, INVOICES: 1 }],
      ['b|2026-02', { NAME: 'Bolt', MONTH: '2026-02', REVENUE: 3, INVOICES: 1 }],
    ]);
  });

  test('shows a slice again when what it is made of changes, by hash or by a cursor of its own', async () => {
    for (const options of [{}, { cursor: 'CHANGED' }]) {
      const first = await readAll(source, monthly(options));
      expect(keysOf(first)).toHaveLength(3);
      bench.emulator.warehouse.update('SALES.MART.INVOICES', 2, {
        AMOUNT: '2.00',
        CHANGED: instant(-120).replace('Z', ''),
      });
      const pages = await readAll(source, monthly(options), lastCursor(first));
      expect(
        pages.flatMap((page) => page.records).find((one) => one.key === 'a|2026-01')!.data['REVENUE'],
      ).toBe(12.5);
      bench.emulator.warehouse.update('SALES.MART.INVOICES', 2, { AMOUNT: '1.25' });
    }
  });

  test('is looked up, listed with proof and compared by buckets like a table', async () => {
    const [found] = await collect(source.lookup!(monthly(), ['a|2026-01', 'a|1999-01']));
    expect([found!.found.map((one) => one.key), found!.gone]).toEqual([['a|2026-01'], ['a|1999-01']]);
    const pages = await collect(source.enumerate!(monthly()));
    expect(pages.at(-1)!.complete).toMatchObject({ count: 3 });
    const scopes = await collect(source.scopes!(monthly()));
    expect(scopes.reduce((sum, one) => sum + one.count, 0)).toBe(3);
    const [page] = await collect(source.enumerate!(monthly(), scopes[0]!.scope));
    expect(page!.complete).toMatchObject({ count: scopes[0]!.count });
  });

  test('may end with a semicolon, as in a worksheet', async () => {
    const stream = streamOf('accounts', ['NAME'], { query: 'SELECT ID, NAME FROM ACCOUNTS;\n', key: ['ID'] });
    expect(keysOf(await readAll(source, stream)).sort()).toEqual(['a', 'b']);
  });

  test('takes a condition of its own, and is never asked for an earlier state', async () => {
    const part = monthly({ where: "MONTH > '2026-01'" });
    expect(keysOf(await readAll(source, part)).sort()).toEqual(['a|2026-02', 'b|2026-02']);
    expect(statementsWith(bench, ' AT(')).toEqual([]);
  });

  test.each([
    ['a column that is not there', 'SELECT NO_SUCH FROM ACCOUNTS', 'SNOWFLAKE_COLUMN'],
    ['a table that is not there', 'SELECT * FROM NO_SUCH', 'SNOWFLAKE_OBJECT'],
    ['text that is no SQL', 'SELECT FROM WHERE', 'SNOWFLAKE_QUERY'],
    ['two statements', 'SELECT 1 AS ID; SELECT 2 AS ID', 'SNOWFLAKE_QUERY'],
    ['a bracket too many', 'SELECT ID FROM ACCOUNTS) AS X --', 'SNOWFLAKE_QUERY'],
    ['a key that it does not select', 'SELECT NAME FROM ACCOUNTS', 'SNOWFLAKE_COLUMN'],
  ])('%s is told at the check, at its place in the configuration', async (_what, query, code) => {
    const stream = streamOf('broken', ['ID'], { query, key: ['ID'] });
    await expect(source.check([stream])).rejects.toMatchObject({
      name: 'ConfigError',
      code,
      where: expect.stringContaining('sources.warehouse.streams.broken'),
    });
  });

  test('a condition on a table that is no SQL is told at the check', async () => {
    const stream = streamOf('accounts', ['ID'], { table: 'ACCOUNTS', key: ['ID'], where: 'NAME ===' });
    await expect(source.check([stream])).rejects.toMatchObject({
      code: 'SNOWFLAKE_QUERY',
      where: 'sources.warehouse.streams.accounts.where',
    });
  });
});
