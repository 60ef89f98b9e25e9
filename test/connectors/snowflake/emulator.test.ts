import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTestClock, type TestClock } from '../../../core/testing/clock.ts';
import {
  startSnowflakeEmulator,
  type SnowflakeEmulator,
} from '../../../connectors/snowflake/emulator/index.ts';
import { usageRow, usageTable } from './bench.ts';

interface Answer {
  success: boolean;
  code: string | null;
  message: string | null;
  data: {
    token: string;
    masterToken: string;
    sessionToken: string;
    rowset: (string | null)[][];
    rowtype: { name: string; type: string; scale: number | null }[];
    chunks?: { url: string; rowCount: number }[];
    chunkHeaders: Record<string, string>;
    sqlState: string;
    returned: number;
    getResultUrl: string;
    queryId: string;
  };
}

let emulator: SnowflakeEmulator;
let clock: TestClock;
let token: string;
let masterToken: string;
beforeEach(async () => {
  clock = createTestClock();
  emulator = await startSnowflakeEmulator({
    now: clock.now,
    tables: [usageTable(Array.from({ length: 3000 }, (_, index) => ({ id: index + 1, minutesAgo: 5 })))],
  });
  const answer = await login();
  ({ token, masterToken } = answer.data);
});
afterEach(() => emulator.close());

async function post(path: string, body: unknown, authorization?: string): Promise<Answer> {
  const separator = path.includes('?') ? '&' : '?';
  const response = await fetch(
    `${emulator.url}${path}${separator}requestId=${randomUUID()}&request_guid=${randomUUID()}`,
    {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) },
    },
  );
  expect(response.headers.get('content-type')).toBe('application/json');
  return (await response.json()) as Answer;
}
const login = (
  data: Record<string, string> = {},
  query = 'warehouse=TRIBUTARY_XS&databaseName=SALES&schemaName=MART',
) =>
  post(`/session/v1/login-request?${query}`, {
    data: {
      ACCOUNT_NAME: 'tributary_demo',
      AUTHENTICATOR: 'PROGRAMMATIC_ACCESS_TOKEN',
      TOKEN: emulator.env['SNOWFLAKE_TOKEN']!,
      ...data,
    },
  });
const query = (
  sqlText: string,
  binds: (string | null)[] = [],
  parameters: Record<string, unknown> = { TIMEZONE: 'UTC' },
) =>
  post(
    '/queries/v1/query-request',
    {
      sqlText,
      parameters,
      bindings: Object.fromEntries(binds.map((value, index) => [String(index + 1), { type: 'TEXT', value }])),
    },
    `Snowflake Token="${token}"`,
  );
const valueOf = async (expression: string, parameters?: Record<string, unknown>): Promise<string | null> => {
  const answer = await query(`SELECT ${expression}`, [], parameters);
  expect(answer.message).toBeNull();
  return answer.data.rowset[0]![0]!;
};

describe('the Snowflake emulator speaks the protocol', () => {
  test('raw values stand in the forms of the JSON result format', async () => {
    const raw = await query(
      'SELECT ID, MONTH, UPDATED_AT, TRUE, NULL FROM SALES.MART.USAGE ORDER BY ID LIMIT 1',
    );
    expect(raw.data.rowset).toEqual([['1', '20454', '1768478100.000000000 1440', '1', null]]);
    expect(raw.data.rowtype.map(({ name, type, scale }) => [name, type, scale])).toEqual([
      ['ID', 'fixed', 0],
      ['MONTH', 'date', null],
      ['UPDATED_AT', 'timestamp_tz', 9],
      ['TRUE', 'boolean', null],
      ['NULL', 'text', null],
    ]);
  });

  test('a large result has its first rows inline and the rest in gzipped chunks, given only for their key', async () => {
    const answer = await query('SELECT TO_VARCHAR(ID) FROM USAGE ORDER BY ID');
    const { chunks, chunkHeaders, rowset, returned } = answer.data;
    expect(returned).toBe(3000);
    expect(rowset.length + chunks!.reduce((sum, chunk) => sum + chunk.rowCount, 0)).toBe(3000);
    expect((await fetch(chunks![0]!.url)).status).toBe(403);
    const raw = await new Promise<{ type: string; body: Buffer }>((resolve) => {
      request(chunks![0]!.url, { headers: chunkHeaders }, async (response) => {
        const parts: Buffer[] = [];
        for await (const part of response) parts.push(part as Buffer);
        resolve({ type: response.headers['content-type']!, body: Buffer.concat(parts) });
      }).end();
    });
    expect(raw.type).not.toMatch(/json|xml/);
    expect(gunzipSync(raw.body).toString()).toMatch(/^\["501"\],\["502"\],/);
  });

  test('an expired session is told as 390112 with status 200, and its master token renews it', async () => {
    clock.advance(3_600_001);
    expect((await query('SELECT 1')).code).toBe('390112');
    const renewed = await post(
      '/session/token-request',
      { requestType: 'RENEW', oldSessionToken: token },
      `Snowflake Token="${masterToken}"`,
    );
    token = renewed.data.sessionToken;
    expect(await valueOf('CURRENT_DATABASE()')).toBe('SALES');
    token = 'another';
    expect((await query('SELECT 1')).code).toBe('390104');
  });

  test('a login without an existing warehouse succeeds, and tables then cannot be read', async () => {
    const answer = await login({}, 'warehouse=OTHER&databaseName=SALES');
    ({ token } = answer.data);
    expect(await valueOf('CURRENT_WAREHOUSE()')).toBeNull();
    const refused = await query('SELECT ID FROM SALES.MART.USAGE');
    expect([refused.code, refused.data.sqlState]).toEqual(['000606', '57P03']);
  });

  test('wrong credentials are refused as 390100, a wrong token of a key pair as 390144', async () => {
    expect((await login({ TOKEN: 'wrong' })).code).toBe('390100');
    expect((await login({ AUTHENTICATOR: 'SNOWFLAKE', PASSWORD: 'x' })).code).toBe('390100');
    const jwt = { AUTHENTICATOR: 'SNOWFLAKE_JWT', LOGIN_NAME: 'TRIBUTARY', TOKEN: 'a.b.c' };
    expect((await login(jwt)).code).toBe('390144');
  });

  test.each([
    ['SELECT', '001003', '42000'],
    ['DELETE FROM USAGE', '001003', '42000'],
    ['SELECT ID FROM NO_SUCH_TABLE', '002003', '42S02'],
    ['SELECT ID FROM SALES.NOWHERE.USAGE', '002003', '42S02'],
    ['SELECT "id" FROM USAGE', '000904', '42000'],
    ['SELECT NO_SUCH FROM USAGE', '000904', '42000'],
    ["SELECT ID FROM USAGE WHERE UPDATED_AT > '2026-01-01'", '001044', '42P13'],
    ["SELECT ID FROM USAGE WHERE ID = 'x'::NUMBER", '100038', '22018'],
    ["SELECT 'x'::TIMESTAMP_NTZ", '100035', '22007'],
    ["SELECT ID FROM USAGE AT(TIMESTAMP => '2020-01-01T00:00:00Z'::TIMESTAMP_TZ)", '000707', '02000'],
    ['SELECT SOUNDEX(ID) FROM USAGE', '000002', '0A000'],
    ['SELECT ID, MONTH FROM USAGE GROUP BY ID', '000979', '42601'],
    ['SELECT ID, COUNT(*) FROM USAGE', '000979', '42601'],
    ['SELECT ID FROM USAGE, USAGE U', '001052', '42702'],
    ['SELECT ID FROM USAGE NATURAL JOIN USAGE U', '000002', '0A000'],
    ['SELECT ID FROM USAGE WHERE COUNT(*) > 1', '000002', '0A000'],
    ['SELECT ID FROM USAGE WHERE USERS', '100037', '22018'],
    ['SELECT USERS / 0 FROM USAGE', '100051', '22012'],
    ['SELECT TO_JSON(ID) FROM USAGE', '001044', '42P13'],
  ])('%s is refused as Snowflake would, with code and SQLSTATE', async (sql, code, sqlState) => {
    const answer = await query(sql);
    expect([answer.success, answer.code, answer.data.sqlState]).toEqual([false, code, sqlState]);
  });

  test('text without a zone, and the clock itself, are read in the session’s time zone', async () => {
    const zone = { TIMEZONE: 'America/Los_Angeles' };
    const format = `'YYYY-MM-DD"T"HH24:MI:SS.FF9'`;
    expect(await valueOf(`TO_VARCHAR(CURRENT_TIMESTAMP(), ${format})`, zone)).toBe(
      '2026-01-15T04:00:00.000000000',
    );
    expect(await valueOf(`TO_VARCHAR(CURRENT_TIMESTAMP(), ${format})`)).toBe('2026-01-15T12:00:00.000000000');
    const local = `TO_VARCHAR(CONVERT_TIMEZONE('UTC', '2026-07-01T12:00:00'::TIMESTAMP_TZ), ${format})`;
    expect(await valueOf(local, zone)).toBe('2026-07-01T19:00:00.000000000');
  });

  test('AT shows a table as it stood, and the present goes on', async () => {
    const at = new Date(clock.now()).toISOString();
    clock.advance(1000);
    emulator.warehouse.remove('SALES.MART.USAGE', 1);
    emulator.warehouse.update('SALES.MART.USAGE', 2, { USERS: 99 });
    emulator.warehouse.insert('SALES.MART.USAGE', usageRow(9999, 0));
    const count = async (from: string): Promise<string> =>
      (await query(`SELECT COUNT(*), MAX(USERS), MIN(ID) FROM ${from}`)).data.rowset[0]!.join(' ');
    expect(await count(`USAGE AT(TIMESTAMP => '${at}'::TIMESTAMP_TZ)`)).toBe('3000 10 1');
    expect(await count('USAGE')).toBe('3000 99 2');
  });

  test('the limits of statements hold, and can be switched off', async () => {
    const list = Array.from({ length: 16_385 }, () => '?').join(', ');
    const binds = Array.from({ length: 16_385 }, () => '1');
    const tooLong = await query(
      `SELECT ID FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_NAME IN (${list})`,
      binds,
    );
    expect(tooLong.code).toBe('001795');
    expect((await query(`SELECT '${'x'.repeat(1_048_576)}'`)).code).toBe('000603');
    expect((await query('SELECT 1', [], { QUERY_TAG: 'x'.repeat(2001) })).code).toBe('001420');
    await emulator.close();
    emulator = await startSnowflakeEmulator({ tables: [], limits: false });
    ({ token } = (await login({}, 'warehouse=TRIBUTARY_XS')).data);
    expect((await query('SELECT 1', [], { QUERY_TAG: 'x'.repeat(2001) })).data.rowset).toEqual([['1']]);
  });

  test('values that do not fit a column are refused when a table is loaded or changed', () => {
    expect(() => emulator.warehouse.update('SALES.MART.USAGE', 1, { USERS: 1.5 })).toThrow();
    expect(() => emulator.warehouse.update('SALES.MART.USAGE', 1, { UPDATED_AT: 'yesterday' })).toThrow();
    expect(() => emulator.warehouse.insert('SALES.MART.USAGE', { NO_SUCH: 1 })).toThrow('no column');
    expect(emulator.warehouse.rows('SALES.MART.USAGE')).toHaveLength(3000);
  });
});
