import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTestClock, type TestClock } from '../../../core/testing/clock.ts';
import {
  startSnowflakeEmulator,
  type SnowflakeEmulator,
} from '../../../connectors/snowflake/emulator/index.ts';
import { createSqlSession, type SqlSession } from './sql-session.ts';

let emulator: SnowflakeEmulator;
let clock: TestClock;
let session: SqlSession;
beforeEach(async () => {
  clock = createTestClock();
  emulator = await startSnowflakeEmulator({
    now: clock.now,
    types: { ORDERS: { AMOUNT: 'NUMBER(10,2)', PLACED: 'DATE', DETAIL: 'VARIANT', WEIGHT: 'FLOAT' } },
    changeTracking: ['ORDERS'],
    tables: [
      {
        name: 'ACCOUNTS',
        key: ['ID'],
        columns: [
          { name: 'ID', type: 'text' },
          { name: 'NAME', type: 'text' },
          { name: 'REGION', type: 'text' },
        ],
        rows: [
          { ID: 'a', NAME: 'Acme', REGION: 'EMEA' },
          { ID: 'b', NAME: 'Bolt', REGION: 'EMEA' },
          { ID: 'c', NAME: 'Cern', REGION: null },
        ],
      },
      {
        name: 'ORDERS',
        key: ['ID'],
        columns: [
          { name: 'ID', type: 'integer' },
          { name: 'ACCOUNT', type: 'text' },
          { name: 'AMOUNT', type: 'text' },
          { name: 'PLACED', type: 'date' },
          { name: 'DETAIL', type: 'json' },
          { name: 'WEIGHT', type: 'number' },
        ],
        rows: [
          order(1, 'a', '10.50', '2026-01-03', 1.5),
          order(2, 'a', '0.10', '2026-01-31', 2),
          order(3, 'b', '99.99', '2026-02-01', 0.25),
          order(4, 'x', null, '2025-12-31', null),
        ],
      },
    ],
  });
  session = await createSqlSession(emulator);
});
afterEach(() => emulator.close());

const order = (
  id: number,
  account: string,
  amount: string | null,
  placed: string,
  weight: number | null,
) => ({
  ID: id,
  ACCOUNT: account,
  AMOUNT: amount,
  PLACED: placed,
  DETAIL: { plan: { name: 'Pro', seats: [3, id] }, paid: id > 1, none: null },
  WEIGHT: weight,
});

describe('the Snowflake emulator answers ordinary SQL', () => {
  test.each<[string, (string | null)[][]]>([
    [
      'SELECT COUNT(*), COUNT(AMOUNT), SUM(AMOUNT), MIN(ID), MAX(PLACED)::VARCHAR FROM ORDERS',
      [['4', '3', '110.59', '1', '2026-02-01']],
    ],
    ['SELECT AVG(AMOUNT), AVG(ID), SUM(WEIGHT) FROM ORDERS', [['36.86333333', '2.500000', '3.75']]],
    [
      'SELECT REGION, COUNT(*) AS N FROM ACCOUNTS GROUP BY REGION ORDER BY N DESC',
      [
        ['EMEA', '2'],
        [null, '1'],
      ],
    ],
    [
      `SELECT a.NAME, SUM(o.AMOUNT) total FROM ACCOUNTS a LEFT JOIN ORDERS o ON o.ACCOUNT = a.ID
       GROUP BY 1 HAVING COUNT(o.ID) <> 1 ORDER BY total NULLS FIRST, 1`,
      [
        ['Cern', null],
        ['Acme', '10.60'],
      ],
    ],
    [
      "SELECT TO_CHAR(PLACED, 'YYYY-MM') AS MONTH, SUM(AMOUNT) FROM ORDERS WHERE AMOUNT IS NOT NULL GROUP BY MONTH ORDER BY 1",
      [
        ['2026-01', '10.60'],
        ['2026-02', '99.99'],
      ],
    ],
    [
      "SELECT DATE_TRUNC('QUARTER', PLACED)::VARCHAR, LAST_DAY(PLACED)::VARCHAR FROM ORDERS WHERE ID = 3",
      [['2026-01-01', '2026-02-28']],
    ],
    [
      "SELECT DATEDIFF(MONTH, '2025-12-31'::DATE, PLACED), DATEADD(MONTH, 1, PLACED)::VARCHAR, PLACED + 1 - PLACED FROM ORDERS WHERE ID = 2",
      [['1', '2026-02-28', '1']],
    ],
    [
      'SELECT AMOUNT * 3, AMOUNT / 3, ID + 0.5, -ID, ID % 2 FROM ORDERS WHERE ID = 1',
      [['31.50', '3.50000000', '1.5', '-1', '1']],
    ],
    [
      'SELECT ROUND(AMOUNT, 1), FLOOR(AMOUNT), CEIL(AMOUNT), ROUND(WEIGHT) FROM ORDERS WHERE ID = 1',
      [['10.5', '10', '11', '2']],
    ],
    [
      "SELECT CASE WHEN AMOUNT > 10 THEN 'big' WHEN AMOUNT IS NULL THEN 'none' ELSE 'small' END FROM ORDERS ORDER BY ID",
      [['big'], ['small'], ['big'], ['none']],
    ],
    [
      "SELECT COALESCE(REGION, 'none'), IFF(REGION = 'EMEA', 1, 0), NULLIF(NAME, 'Cern') FROM ACCOUNTS WHERE ID = 'c'",
      [['none', '0', null]],
    ],
    [
      "SELECT UPPER(NAME) || '-' || LENGTH(NAME), LEFT(NAME, 2), SPLIT_PART('x|y', '|', 2) FROM ACCOUNTS WHERE NAME ILIKE 'a%'",
      [['ACME-4', 'Ac', 'y']],
    ],
    [
      'SELECT NAME FROM ACCOUNTS WHERE ID IN (SELECT ACCOUNT FROM ORDERS WHERE AMOUNT BETWEEN 50 AND 100)',
      [['Bolt']],
    ],
    [
      'SELECT NAME FROM ACCOUNTS a WHERE NOT EXISTS (SELECT 1 FROM ORDERS o WHERE o.ACCOUNT = a.ID)',
      [['Cern']],
    ],
    ['SELECT (SELECT MAX(ID) FROM ORDERS) - 1', [['3']]],
    [
      'SELECT DETAIL:plan.name::STRING, DETAIL:plan.seats[1]::NUMBER, DETAIL:none::STRING, DETAIL:paid::BOOLEAN, DETAIL:plan.seats[9] FROM ORDERS WHERE ID = 2',
      [['Pro', '2', null, '1', null]],
    ],
    ["SELECT LISTAGG(NAME, ', ') WITHIN GROUP (ORDER BY NAME DESC) FROM ACCOUNTS", [['Cern, Bolt, Acme']]],
    [
      'SELECT ID, ROW_NUMBER() OVER (PARTITION BY ACCOUNT ORDER BY PLACED DESC) n FROM ORDERS QUALIFY n = 1 ORDER BY ID',
      [
        ['2', '1'],
        ['3', '1'],
        ['4', '1'],
      ],
    ],
    [
      'SELECT ACCOUNT, COUNT(*) OVER () FROM ORDERS GROUP BY ACCOUNT ORDER BY 1',
      [
        ['a', '3'],
        ['b', '3'],
        ['x', '3'],
      ],
    ],
    [
      'WITH big AS (SELECT * FROM ORDERS WHERE AMOUNT > 5) SELECT b.ID, a.NAME FROM big b JOIN ACCOUNTS a ON a.ID = b.ACCOUNT ORDER BY b.ID',
      [
        ['1', 'Acme'],
        ['3', 'Bolt'],
      ],
    ],
    [
      "SELECT ID FROM ACCOUNTS WHERE ID = 'a' UNION ALL SELECT ACCOUNT FROM ORDERS ORDER BY 1 LIMIT 2 OFFSET 2",
      [['a'], ['b']],
    ],
    ['SELECT q.X FROM (SELECT ID AS X FROM ORDERS) q WHERE q.X = 1.0', [['1']]],
    [
      "SELECT NAME FROM ACCOUNTS JOIN (SELECT ACCOUNT AS ID FROM ORDERS) USING (ID) WHERE ID = 'b'",
      [['Bolt']],
    ],
    ['SELECT DISTINCT ACCOUNT FROM ORDERS ORDER BY ACCOUNT DESC', [['x'], ['b'], ['a']]],
  ])('%s', async (sql, rows) => {
    expect(await session.rows(sql)).toEqual(rows);
  });

  test('a statement that is not waited for is run, monitored and fetched later', async () => {
    const started = await session.ask('SELECT COUNT(*) FROM ORDERS', { asyncExec: true });
    expect(started).toMatchObject({ code: '333334', success: true });
    const { queryId } = started.data as unknown as { queryId: string };
    expect(await session.get(`/monitoring/queries/${queryId}`)).toMatchObject({
      data: { queries: [{ id: queryId, status: 'SUCCESS', errorMessage: null }] },
    });
    expect(await session.get(`/queries/${queryId}/result`)).toMatchObject({ data: { rowset: [['4']] } });
    const wrong = await session.ask('SELECT NO_SUCH FROM ORDERS', { asyncExec: true });
    const { queryId: other } = wrong.data as unknown as { queryId: string };
    expect(await session.get(`/monitoring/queries/${other}`)).toMatchObject({
      data: { queries: [{ status: 'FAILED_WITH_ERROR', errorMessage: expect.stringContaining('NO_SUCH') }] },
    });
  });

  test('a query can be described without being run', async () => {
    const answer = await session.ask('SELECT ID, SUM(AMOUNT) S FROM ORDERS GROUP BY 1', {
      describeOnly: true,
    });
    expect(answer.data.rowset).toEqual([]);
    expect(answer.data.rowtype.map(({ name, type, scale }) => [name, type, scale])).toEqual([
      ['ID', 'fixed', 0],
      ['S', 'fixed', 2],
    ]);
  });
});

describe('HASH and HASH_AGG in the Snowflake emulator', () => {
  const hash = async (list: string, from = ''): Promise<string> =>
    (await session.rows(`SELECT ${list} ${from}`))[0]!.join(' ');

  test('equal numbers hash equal whatever their scale, and a number is not its text', async () => {
    expect(await hash('HASH(10)')).toBe(await hash('HASH(10.00)'));
    expect(await hash('HASH(10)')).not.toBe(await hash("HASH('10')"));
    expect(await hash('HASH(1005)')).not.toBe(await hash('HASH(5)'));
    expect(await hash('HASH(NULL)')).not.toBe('');
  });

  test('an aggregate hash does not depend on the order of rows, but on that of columns and on every value', async () => {
    const whole = await hash('HASH_AGG(ID, ACCOUNT, AMOUNT)', 'FROM ORDERS');
    expect(await hash('HASH_AGG(ID, ACCOUNT, AMOUNT)', 'FROM (SELECT * FROM ORDERS ORDER BY ID DESC)')).toBe(
      whole,
    );
    expect(await hash('HASH_AGG(ACCOUNT, ID, AMOUNT)', 'FROM ORDERS')).not.toBe(whole);
    expect(await hash('HASH_AGG(ID)', 'FROM ORDERS WHERE ID < 0')).toBe('0');
    emulator.warehouse.update('ORDERS', 4, { AMOUNT: '0.01' });
    expect(await hash('HASH_AGG(ID, ACCOUNT, AMOUNT)', 'FROM ORDERS')).not.toBe(whole);
  });

  test('buckets part the rows: the hash of a bucket moves only with its rows', async () => {
    const buckets = () =>
      session.rows(
        'SELECT BITAND(HASH(ID), 3) AS B, COUNT(*), HASH_AGG(ID, AMOUNT) FROM ORDERS GROUP BY 1 ORDER BY 1',
      );
    const before = await buckets();
    expect(before.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(4);
    emulator.warehouse.update('ORDERS', 2, { AMOUNT: '7.00' });
    const moved = (await buckets()).filter((row, at) => JSON.stringify(row) !== JSON.stringify(before[at]));
    expect(moved).toHaveLength(1);
  });
});

describe('CHANGES in the Snowflake emulator', () => {
  const at = (): string => new Date(clock.now()).toISOString();
  const changes = (from: string, to: string, kind = 'DEFAULT') =>
    session.rows(
      `SELECT ID, METADATA$ACTION, METADATA$ISUPDATE, AMOUNT FROM ORDERS CHANGES(INFORMATION => ${kind}) AT(TIMESTAMP => '${from}'::TIMESTAMP_TZ) END(TIMESTAMP => '${to}'::TIMESTAMP_TZ) ORDER BY 1, 2`,
    );

  test('an interval shows net inserts, updates as pairs, and deletes; its end belongs to it', async () => {
    const start = at();
    clock.advance(1000);
    emulator.warehouse.update('ORDERS', 1, { AMOUNT: '1.00' });
    emulator.warehouse.update('ORDERS', 1, { AMOUNT: '2.00' });
    emulator.warehouse.remove('ORDERS', 2);
    emulator.warehouse.insert('ORDERS', order(5, 'c', '5.00', '2026-01-01', 1));
    emulator.warehouse.insert('ORDERS', order(6, 'c', '6.00', '2026-01-01', 1));
    emulator.warehouse.remove('ORDERS', 6);
    const end = at();
    clock.advance(1000);
    emulator.warehouse.remove('ORDERS', 3);
    expect(await changes(start, end)).toEqual([
      ['1', 'DELETE', '1', '10.50'],
      ['1', 'INSERT', '1', '2.00'],
      ['2', 'DELETE', '0', '0.10'],
      ['5', 'INSERT', '0', '5.00'],
    ]);
    expect(await changes(end, at())).toEqual([['3', 'DELETE', '0', '99.99']]);
    expect(await changes(start, end, 'APPEND_ONLY')).toEqual([['5', 'INSERT', '0', '5.00']]);
  });

  test('a table without tracking, one created anew and an interval beyond retention are refused', async () => {
    const start = at();
    const refusal = async (table: string, from: string): Promise<string | null> =>
      (
        await session.ask(
          `SELECT ID FROM ${table} CHANGES(INFORMATION => DEFAULT) AT(TIMESTAMP => '${from}'::TIMESTAMP_TZ)`,
        )
      ).code;
    expect(await refusal('ACCOUNTS', start)).toBe('091930');
    clock.advance(1000);
    emulator.warehouse.replace('ORDERS', [], { changeTracking: true });
    expect(await refusal('ORDERS', start)).toBe('091930');
    const after = at();
    expect(await refusal('ORDERS', after)).toBeNull();
    clock.advance(25 * 3_600_000);
    session = await createSqlSession(emulator);
    expect(await refusal('ORDERS', after)).toBe('000707');
  });

  test('a row that takes the key of one that went is another row', async () => {
    const start = at();
    clock.advance(1000);
    emulator.warehouse.remove('ORDERS', 4);
    emulator.warehouse.insert('ORDERS', order(4, 'c', '4.00', '2026-01-01', 1));
    expect(await changes(start, at())).toEqual([
      ['4', 'DELETE', '0', null],
      ['4', 'INSERT', '0', '4.00'],
    ]);
  });
});
