import { afterEach, describe, expect, test } from 'vitest';
import { usageTable } from './bench.ts';
import { openEngineBench, type EngineBench } from './engine-bench.ts';

const rows = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: index + 1, minutesAgo: 900 - index }));
const tables = ['A', 'B', 'C', 'D', 'E', 'F'].map((name) => ({
  ...usageTable(rows(20)),
  name: `SALES.MART.${name}`,
}));

let bench: EngineBench;
afterEach(() => bench.close());

describe('what runs over one Snowflake warehouse cost', () => {
  test('all streams are read in one warm window: the warehouse is resumed once in a run, listings included', async () => {
    bench = await openEngineBench({
      emulator: { tables },
      streams: Object.fromEntries(
        tables.map((table, at) => [
          `s${at}`,
          `{ table: ${table.name}, key: [ID], fields: [ID, USERS], reconcile: 1h, ${at % 2 ? 'cursor: UPDATED_AT' : 'buckets: 8'} }`,
        ]),
      ),
      // Some minutes in all, and never one without a statement.
      statementMs: 2000,
    });
    const before = bench.clock.now();
    await bench.sync();
    expect(bench.held()).toHaveLength(120);
    expect(bench.clock.now() - before).toBeGreaterThan(180_000);
    expect(bench.emulator.resumes).toBe(1);
    bench.clock.advance(2 * 3_600_000);
    const { streams } = await bench.sync();
    expect(streams.every((one) => one.reconciled)).toBe(true);
    expect(bench.emulator.resumes).toBe(2);
  });

  test('the report adds up what each stream has used, by warehouse', async () => {
    bench = await openEngineBench({
      emulator: { tables },
      streams: { a: '{ table: A, key: [ID], fields: [ID, USERS], reconcile: 1h, buckets: 8 }' },
      statementMs: 1,
    });
    const [stream] = (await bench.sync()).streams;
    const [used, ...others] = stream!.usage!;
    expect(others).toEqual([]);
    const counted = bench.emulator.statements.filter(({ parameters, sqlText }) => {
      const { purpose } = JSON.parse(String(parameters['QUERY_TAG'])) as { purpose: string };
      return purpose.endsWith(' a') && sqlText.includes('"A"') && !purpose.startsWith('costs');
    });
    expect(used!.statements).toBeGreaterThanOrEqual(counted.length - 4);
    expect(used).toMatchObject({ of: 'warehouse TRIBUTARY_XS', seconds: expect.any(Number) });
    expect(used!.bytesScanned).toBeGreaterThan(20 * 4 * 16);
  });

  test('a ceiling stops a run at a checkpoint and says so; each run has the whole of it, also in one process', async () => {
    bench = await openEngineBench({
      emulator: { tables: [{ ...tables[0]!, rows: usageTable(rows(60)).rows }] },
      settings: ['maxSeconds: 4', 'pageSize: 10', 'statementRows: 10', 'lookback: 0s'],
      streams: { a: '{ table: A, key: [ID], fields: [ID, USERS], cursor: UPDATED_AT, changes: cursor }' },
      statementMs: 1000,
    });
    const told: (string | undefined)[] = [];
    for (let run = 0; run < 40 && told.at(-1) !== 'done'; run++) {
      const [stream] = (await bench.sync()).streams;
      expect(stream!.quarantined).toBe(0);
      expect(stream!.usage).toMatchObject([{ of: 'warehouse TRIBUTARY_XS' }]);
      told.push(stream!.error?.code ?? 'done');
      if (stream!.error)
        expect(stream!.error).toMatchObject({
          message: expect.stringContaining('`maxSeconds: 4` is reached'),
          hint: 'the next run goes on from here',
          next: 'wait',
        });
    }
    expect(told.length).toBeGreaterThan(2);
    expect(new Set(told.slice(0, -1))).toEqual(new Set(['PAUSED']));
    expect(told.at(-1)).toBe('done');
    expect(bench.held()).toHaveLength(60);
  });
});

describe('a Snowflake table that is read from the start once more', () => {
  test('loses what went meanwhile, and counts a row without a key once in a run', async () => {
    const rowsOf = usageTable([...rows(20), { id: null, minutesAgo: 5 }]).rows;
    const options = {
      emulator: { tables: [{ ...tables[0]!, rows: rowsOf }] },
      streams: { a: '{ table: A, key: [ID], fields: [ID, USERS], reconcile: 1h, buckets: 8 }' },
    };
    bench = await openEngineBench(options);
    expect((await bench.sync()).streams).toMatchObject([{ new: 20, quarantined: 1 }]);
    expect(bench.held()).toHaveLength(20);
    bench.emulator.warehouse.remove('SALES.MART.A', 7);
    bench.clock.advance(2 * 3_600_000);
    bench.readFromTheStart('warehouse.a');
    const { streams } = await bench.sync();
    expect(streams).toMatchObject([{ deleted: 1, quarantined: 1 }]);
    expect(bench.held()).toHaveLength(19);
  });
});

describe('a row that changes without its stamp while a Snowflake table is loaded for the first time', () => {
  test.each(['LEAST(MAX(', 'OVER (PARTITION BY', 'ORDER BY "UPDATED_AT"', 'HASH_AGG('])(
    'is found by the next listing, whichever statement it comes before (%s)',
    async (text) => {
      let changed = false;
      bench = await openEngineBench({
        emulator: { tables },
        streams: {
          a: '{ table: A, key: [ID], fields: [ID, USERS], cursor: UPDATED_AT, reconcile: 1h, buckets: 8 }',
        },
        statementMs: 50,
        before(emulator, sql) {
          if (changed || !sql.includes(text)) return;
          changed = true;
          emulator.warehouse.update('SALES.MART.A', 7, { USERS: 77 });
        },
      });
      await bench.sync();
      expect(changed).toBe(true);
      bench.clock.advance(2 * 3_600_000);
      await bench.sync();
      expect(bench.held()).toContain('7 has 77 users');
    },
  );
});
