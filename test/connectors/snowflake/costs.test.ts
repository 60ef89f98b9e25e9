import { afterEach, describe, expect, test } from 'vitest';
import { createTestContext } from '../../../core/testing/context.ts';
import { snowflake } from '../../../connectors/snowflake/index.ts';
import type { Bench, SnowflakePage, SnowflakeSource } from './bench.ts';
import type { Usage } from '../../../core/contract/source.ts';
import {
  collect,
  keysOf,
  lastCursor,
  openBench,
  readAll,
  settingsFor,
  statementsWith,
  streamOf,
  usage,
  usageTable,
} from './bench.ts';

let bench: Bench;
afterEach(() => bench.close());
const open = async (count: number, now?: () => number): Promise<void> => {
  const rows = Array.from({ length: count }, (_, index) => ({ id: index + 1, minutesAgo: 600 - index }));
  bench = await openBench([usageTable(rows)], now ? { now } : {});
};

/** A source whose clock moves on by a second with each look at it. */
async function connectSlowly(settings: Readonly<Record<string, unknown>>): Promise<SnowflakeSource> {
  let now = 0;
  const context = { ...createTestContext({ name: 'warehouse' }), now: () => (now += 1000) };
  return (await snowflake.create(settingsFor(bench.emulator, settings), context)) as SnowflakeSource;
}

const stopped = (error: unknown): { readonly done: true; readonly value: undefined } => {
  expect(error).toMatchObject({ name: 'PauseError' });
  return { done: true, value: undefined };
};

describe('what reading Snowflake costs', () => {
  test('is told per stream: seconds of the warehouse, statements, bytes scanned', async () => {
    await open(20);
    const source = await bench.connect({ costs: true });
    const pages = await readAll(source, usage);
    expect(keysOf(pages)).toHaveLength(20);
    expect(pages.at(-1)!.usage).toEqual([
      {
        of: 'warehouse TRIBUTARY_XS',
        statements: expect.any(Number),
        seconds: expect.any(Number),
        bytesScanned: expect.any(Number),
      },
    ]);
    const [{ statements, seconds, bytesScanned }] = pages.at(-1)!.usage as [Usage];
    expect(statements).toBe(
      statementsWith(bench, '"USAGE"').length + statementsWith(bench, 'COLUMNS').length,
    );
    expect(seconds).toBeGreaterThan(0);
    // Every statement on the table scans 20 rows of 4 columns.
    expect(bytesScanned % (20 * 4 * 16)).toBe(0);
    expect(bytesScanned).toBeGreaterThan(0);
    expect(lastCursor(pages)).toMatchObject({ state: 'reached' });
  });

  test('is told in full where a run reads a stream twice and lists it in between, each statement once', async () => {
    let nowMs = Date.UTC(2026, 0, 15, 12);
    await open(20, () => (nowMs += 1));
    const source = await bench.connect({ costs: true });
    source.startRun!();
    const of = streamOf('usage', ['ID', 'USERS'], { table: 'SALES.MART.USAGE', key: ['ID'], buckets: 8 });
    const told = async (): Promise<number> => {
      const pages = await readAll(source, of);
      return pages.flatMap((page) => page.usage ?? []).reduce((sum, one) => sum + one.statements, 0);
    };
    const first = await told();
    for (const { scope } of await collect(source.scopes!(of))) await collect(source.enumerate!(of, scope));
    const second = await told();
    const ours = bench.emulator.statements.filter(({ parameters }) => {
      const { purpose } = JSON.parse(String(parameters['QUERY_TAG'])) as { purpose: string };
      return purpose.endsWith(' usage') && !purpose.startsWith('costs');
    });
    expect(first + second).toBe(ours.length);
  });

  test('is asked for unless it is switched off', async () => {
    await open(20);
    expect(settingsFor(bench.emulator, { costs: undefined }).costs).toBe(true);
    const pages = await readAll(await bench.connect({ costs: false }), usage);
    expect(pages.flatMap((page) => page.usage ?? [])).toEqual([]);
    expect(statementsWith(bench, 'QUERY_HISTORY')).toEqual([]);
  });

  test('a role that may not ask reads all the same', async () => {
    await open(3);
    bench.emulator.server.fault({
      when: (request) => request.body.includes('QUERY_HISTORY'),
      effect: {
        kind: 'reply',
        reply: {
          status: 200,
          body: {
            success: false,
            code: '003001',
            message: 'Insufficient privileges',
            data: { errorCode: '003001', sqlState: '42501', queryId: '01b2c3d4-0000-0000-0000-000000000000' },
          },
        },
      },
    });
    const pages = await readAll(await bench.connect({ costs: true }), usage);
    expect(keysOf(pages)).toHaveLength(3);
  });

  test('a ceiling stops nothing before a page that a read can go on from has been taken', async () => {
    await open(80);
    const source = await connectSlowly({ maxSeconds: 1, pageSize: 2, statementRows: 20 });
    source.startRun!();
    const of = streamOf('usage', ['ID', 'USERS'], { table: 'SALES.MART.USAGE', key: ['ID'], buckets: 8 });
    const [one, other, third] = (await source.partitions!(of))!.partitions.map((partition) =>
      source.read({ stream: of, from: undefined, partition, signal: new AbortController().signal }),
    );
    const reading = one![Symbol.asyncIterator]();
    for (let page = 0; page < 2; page++) expect((await reading.next()).value!.cursor).toBeUndefined();
    // Nothing is kept so far, and the ceiling has long been reached: another statement is asked all the same.
    let kept: SnowflakePage | undefined;
    for await (const page of other!) {
      kept = page;
      if (page.cursor !== undefined) break;
    }
    expect(kept).toMatchObject({ cursor: { state: 'part' } });
    const ended: SnowflakePage[] = [];
    for (let next = await reading.next(); !next.done; next = await reading.next().catch(stopped))
      ended.push(next.value);
    expect(ended.find((page) => page.cursor !== undefined)).toBeDefined();
    await expect(collect(third!)).rejects.toMatchObject({ name: 'PauseError' });
    await source.close!();
  });

  test('a ceiling stops a read cleanly behind its last page, and the next run goes on from there', async () => {
    await open(40);
    const source = await connectSlowly({ maxSeconds: 10, pageSize: 5, statementRows: 5 });
    source.startRun!();
    const pages: SnowflakePage[] = [];
    const reading = source.read({ stream: usage, from: undefined, signal: new AbortController().signal });
    const error = await (async () => {
      for await (const page of reading) pages.push(page);
    })().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'PauseError', message: expect.stringContaining('maxSeconds: 10') });
    expect(keysOf(pages).length).toBeGreaterThan(5);
    expect(keysOf(pages).length).toBeLessThan(40);
    const rest: SnowflakePage[] = [];
    for (let run = 0; run < 20 && keysOf([...pages, ...rest]).length < 40; run++) {
      source.startRun!();
      const from = (rest.at(-1) ?? pages.at(-1))!.cursor;
      const next = source.read({ stream: usage, from, signal: new AbortController().signal });
      await (async () => {
        for await (const page of next) rest.push(page);
      })().catch((thrown: unknown) => expect(thrown).toMatchObject({ name: 'PauseError' }));
    }
    expect(new Set([...keysOf(pages), ...keysOf(rest)]).size).toBe(40);
    await source.close!();
  });
});
