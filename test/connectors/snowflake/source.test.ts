import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KeyPage, LookupPage } from '../../../core/contract/source.ts';
import type { Bench } from './bench.ts';
import { instant, openBench, readAll, streamOf, usage, usageTable } from './bench.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await openBench([
    usageTable([1, 2, 3, 4, 5].map((id) => ({ id, minutesAgo: 100 - id }))),
    {
      name: 'SALES.MART.Mixed Case',
      key: ['id'],
      columns: [
        { name: 'id', type: 'id' },
        { name: 'Created at', type: 'timestamp' },
        { name: 'last_modified', type: 'timestamp' },
        { name: 'day', type: 'date' },
      ],
      rows: [{ id: 'a', 'Created at': instant(0), last_modified: null, day: null }],
    },
  ]);
});
afterEach(() => bench.close());

const all = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
};
const statementsWith = (text: string) =>
  bench.emulator.statements.filter((one) => one.sqlText.includes(text));

describe('checking Snowflake streams', () => {
  test('an unknown table, column, key or cursor is named, with the name that was probably meant', async () => {
    const source = await bench.connect();
    const options = { table: 'SALES.MART.USAGE', key: ['ID'], cursor: 'UPDATED_AT' };
    const cases = [
      [
        streamOf('usage', ['ID'], { ...options, table: 'SALES.MART.USAGES' }),
        'SNOWFLAKE_OBJECT',
        'SALES.MART.USAGE?',
      ],
      [streamOf('usage', ['USER'], options), 'SNOWFLAKE_COLUMN', 'USERS'],
      [streamOf('usage', ['ID'], { ...options, key: ['IDD'] }), 'SNOWFLAKE_COLUMN', 'ID'],
      [streamOf('usage', ['ID'], { ...options, cursor: 'UPDATEDAT' }), 'SNOWFLAKE_COLUMN', 'UPDATED_AT'],
    ] as const;
    for (const [stream, code, meant] of cases)
      await expect(source.check([stream])).rejects.toMatchObject({
        name: 'ConfigError',
        code,
        hint: expect.stringContaining(meant),
        where: expect.stringContaining('sources.warehouse.streams.usage'),
      });
  });

  test('a database that is not there is named', async () => {
    const source = await bench.connect();
    const stream = streamOf('usage', ['ID'], { table: 'NOWHERE.MART.USAGE', key: ['ID'] });
    await expect(source.check([stream])).rejects.toMatchObject({
      code: 'SNOWFLAKE_OBJECT',
      message: expect.stringContaining('NOWHERE'),
    });
  });

  test('column types that cannot be a cursor or a key are refused', async () => {
    const source = await bench.connect();
    const table = '"SALES"."MART"."Mixed Case"';
    await expect(
      source.check([streamOf('mixed', ['id'], { table, key: ['id'], cursor: 'id' })]),
    ).rejects.toMatchObject({
      code: 'SNOWFLAKE_CURSOR_TYPE',
    });
  });

  test('a key that is not unique is told, since Snowflake enforces none', async () => {
    bench.emulator.warehouse.insert('SALES.MART.USAGE', { ID: 1, UPDATED_AT: instant(0) });
    const source = await bench.connect();
    await source.check([usage]);
    expect(bench.log.lines.map(({ level, message }) => [level, message])).toEqual([
      [
        'warn',
        'The key is not unique. Rows that share it ("ID") with another one, of which only the latest is kept: 1.',
      ],
    ]);
  });

  test('names written in lower case mean the upper-case ones; quoted names are kept', async () => {
    const source = await bench.connect();
    const lower = streamOf('usage', ['id', 'users'], {
      table: 'mart.usage',
      key: ['id'],
      cursor: 'updated_at',
    });
    const [page] = await readAll(source, lower);
    expect(page!.records[0]!.data).toEqual({ id: 1, users: 10 });
    const mixed = streamOf('mixed', ['id', 'Created at'], { table: 'SALES.MART."Mixed Case"', key: ['id'] });
    const [other] = await readAll(source, mixed);
    expect(other!.records).toMatchObject([{ key: 'a', data: { 'Created at': '2026-01-15T12:00:00.000Z' } }]);
  });
});

describe('discovering Snowflake tables', () => {
  test('tables come with comments, types, declared keys and cursor candidates, best first', async () => {
    const source = await bench.connect();
    const tables = await source.discover();
    expect(tables.map((table) => table.name)).toEqual(['SALES.MART."Mixed Case"', 'SALES.MART.USAGE']);
    expect(tables[0]!.cursors).toEqual(['LAST_MODIFIED', 'Created at', 'DAY']);
    expect(tables[1]).toMatchObject({
      comment: 'Product use per account.',
      key: ['ID'],
      cursors: ['UPDATED_AT', 'MONTH'],
      fields: expect.arrayContaining([
        { name: 'USERS', type: 'NUMBER', nullable: true, help: 'Active users.' },
      ]),
    });
  });

  test('every question to INFORMATION_SCHEMA is limited to one schema', async () => {
    const source = await bench.connect({ schema: undefined });
    await source.discover();
    await source.check([usage]);
    for (const { sqlText } of statementsWith('INFORMATION_SCHEMA.COLUMNS'))
      expect(sqlText).toContain('WHERE TABLE_SCHEMA = ?');
  });
});

describe('proving absence in Snowflake', () => {
  const enumerate = async (): Promise<KeyPage[]> => all((await bench.connect()).enumerate!(usage));

  test('an enumeration is read from one snapshot, so a row that goes meanwhile does not spoil it', async () => {
    const source = await bench.connect();
    await source.identity();
    bench.clock.advance(1000);
    const pages: KeyPage[] = [];
    const counted = bench.emulator.statements;
    const reading = source.enumerate!(usage)[Symbol.asyncIterator]();
    // The delete happens in the second after the clock was read.
    const before = counted.length;
    const first = reading.next();
    while (counted.length < before + 2) await new Promise((resolve) => setImmediate(resolve));
    bench.clock.advance(1000);
    bench.emulator.warehouse.remove('SALES.MART.USAGE', 5);
    for (let step = await first; !step.done; step = await reading.next()) pages.push(step.value);
    expect(pages.flatMap((page) => page.keys.map((one) => one.key)).sort()).toEqual([
      '1',
      '2',
      '3',
      '4',
      '5',
    ]);
    expect(pages.at(-1)!.complete).toEqual({ count: 5, asOf: instant(1) });
  });

  test('where Time Travel is not to be had, the count is taken before and after', async () => {
    refuseTimeTravel();
    const pages = await enumerate();
    expect(pages.at(-1)!.complete).toEqual({ count: 5, asOf: instant(0) });
    expect(statementsWith('COUNT(DISTINCT')).toHaveLength(2);
  });

  test('and proves nothing when a row came or went in between', async () => {
    refuseTimeTravel();
    let counts = 0;
    bench.emulator.server.fault({
      when: (request) =>
        request.body.includes('COUNT(DISTINCT') && !request.body.includes('AT(') && ++counts === 2,
      effect: {
        kind: 'change',
        change: (reply) => {
          const text = JSON.stringify(reply.body);
          return {
            ...reply,
            body: text.replace('[["5"]]', '[["6"]]'),
            headers: { 'content-type': 'application/json' },
          };
        },
      },
    });
    const pages = await enumerate();
    expect(pages.flatMap((page) => page.keys)).toHaveLength(5);
    expect(pages.at(-1)!.complete).toBeUndefined();
  });

  test('a lookup answers for every key: found, gone, or gone because no such key can exist', async () => {
    bench.emulator.warehouse.remove('SALES.MART.USAGE', 2);
    const asked = ['1', '2', 'not a number', '999', '3'];
    const pages: LookupPage[] = await all((await bench.connect()).lookup!(usage, asked));
    expect(pages.flatMap((page) => page.found.map((record) => record.key)).sort()).toEqual(['1', '3']);
    expect(pages.flatMap((page) => page.gone)).toEqual(['2', 'not a number', '999']);
  });

  test('a lookup of many keys goes in several statements', async () => {
    const keys = Array.from({ length: 1200 }, (_, index) => String(index + 1));
    const pages: LookupPage[] = await all((await bench.connect()).lookup!(usage, keys));
    expect(pages).toHaveLength(3);
    expect(pages.flatMap((page) => page.gone)).toHaveLength(1195);
  });

  function refuseTimeTravel(): void {
    bench.emulator.server.fault({
      when: (request) => request.body.includes(' AT('),
      effect: {
        kind: 'reply',
        reply: {
          status: 200,
          body: {
            success: false,
            code: '000707',
            message: 'Time travel data is not available for table USAGE.',
            data: { errorCode: '000707', sqlState: '02000', queryId: '01b2c3d4-0000-0000-0000-000000000000' },
          },
        },
      },
    });
  }
});

describe('what Snowflake sees of a read', () => {
  test('each statement runs in UTC, tagged with its purpose, with a timeout and small result chunks', async () => {
    const source = await bench.connect({ statementTimeout: '90s' });
    await readAll(source, usage);
    for (const { parameters } of bench.emulator.statements)
      expect(parameters).toMatchObject({
        TIMEZONE: 'UTC',
        STATEMENT_TIMEOUT_IN_SECONDS: 90,
        CLIENT_RESULT_CHUNK_SIZE: 16,
        STRICT_JSON_OUTPUT: true,
      });
    const tags = bench.emulator.statements.map(
      (one) => JSON.parse(String(one.parameters['QUERY_TAG'])) as object,
    );
    expect(tags).toContainEqual({ app: 'tributary', source: 'warehouse', purpose: 'read usage' });
  });

  test('the user’s other roles add nothing: secondary roles are switched off first', async () => {
    await (await bench.connect()).identity();
    expect(bench.emulator.statements[0]!.sqlText).toBe('USE SECONDARY ROLES NONE');
    await bench.close();
    bench = await openBench(
      [usageTable([{ id: 1, minutesAgo: 5 }]), { ...usageTable([]), name: 'SALES.MART.HR' }],
      {
        grants: { 'SALES.MART.HR': 'PAYROLL' },
      },
    );
    const source = await bench.connect();
    const hidden = streamOf('hr', ['ID'], { table: 'SALES.MART.HR', key: ['ID'] });
    await expect(source.check([hidden])).rejects.toMatchObject({ code: 'SNOWFLAKE_OBJECT' });
    expect((await source.discover()).map((one) => one.name)).toEqual(['SALES.MART.USAGE']);
    bench.emulator.sessions.drop();
    await expect(source.check([hidden])).rejects.toMatchObject({ code: 'SNOWFLAKE_OBJECT' });
  });

  test('only the listed columns, the key and the cursor are asked for', async () => {
    await readAll(await bench.connect(), usage);
    const [read] = statementsWith('ORDER BY "UPDATED_AT"');
    expect(read!.sqlText).not.toContain('MONTH');
  });

  test('values travel as bound variables, never inside the statement', async () => {
    const source = await bench.connect({ pageSize: 1, statementRows: 1 });
    await all(source.lookup!(usage, ["1'; DROP TABLE x --", '4']));
    await readAll(source, usage);
    expect(statementsWith('DROP')).toEqual([]);
    for (const { sqlText } of statementsWith('"USAGE" WHERE')) expect(sqlText).not.toMatch(/'2026-/);
  });
});
