import { afterEach, describe, expect, test } from 'vitest';
import { createTestContext } from '../../../core/testing/context.ts';
import { snowflake } from '../../../connectors/snowflake/index.ts';
import type { Bench, SnowflakePage, SnowflakeSource } from './bench.ts';
import {
  keysOf,
  lastCursor,
  openBench,
  readAll,
  settingsFor,
  statementsWith,
  usage,
  usageTable,
} from './bench.ts';

let bench: Bench;
afterEach(() => bench.close());
const open = async (count: number): Promise<void> => {
  const rows = Array.from({ length: count }, (_, index) => ({ id: index + 1, minutesAgo: 600 - index }));
  bench = await openBench([usageTable(rows)]);
};

/** A source whose clock moves on by a second with each look at it. */
async function connectSlowly(settings: Readonly<Record<string, unknown>>): Promise<SnowflakeSource> {
  let now = 0;
  const context = { ...createTestContext({ name: 'warehouse' }), now: () => (now += 1000) };
  return (await snowflake.create(settingsFor(bench.emulator, settings), context)) as SnowflakeSource;
}

describe('what reading Snowflake costs', () => {
  test('is told per stream when it is asked for: seconds of the warehouse, statements, bytes scanned', async () => {
    await open(20);
    const source = await bench.connect({ costs: true });
    const pages = await readAll(source, usage);
    expect(keysOf(pages)).toHaveLength(20);
    expect(pages.at(-1)!.notices).toEqual([
      expect.stringMatching(
        /^Warehouse TRIBUTARY_XS: \d+\.\d seconds in [1-9]\d* statements, \d+\.\d MB scanned\.$/,
      ),
    ]);
    expect(lastCursor(pages)).toMatchObject({ state: 'reached' });
  });

  test('is not asked for otherwise', async () => {
    await open(20);
    const pages = await readAll(await bench.connect(), usage);
    expect(pages.flatMap((page) => page.notices ?? [])).toEqual([]);
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

  test('a ceiling stops a read cleanly behind its last page, and the next run goes on from there', async () => {
    await open(40);
    const source = await connectSlowly({ maxSeconds: 8, pageSize: 5, statementRows: 5 });
    await source.check([]);
    const pages: SnowflakePage[] = [];
    const reading = source.read({ stream: usage, from: undefined, signal: new AbortController().signal });
    const error = await (async () => {
      for await (const page of reading) pages.push(page);
    })().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'PauseError', message: expect.stringContaining('maxSeconds: 8') });
    expect(keysOf(pages).length).toBeGreaterThan(5);
    expect(keysOf(pages).length).toBeLessThan(40);
    await source.check([]).catch(() => undefined);
    const rest: SnowflakePage[] = [];
    for await (const page of source.read({
      stream: usage,
      from: pages.at(-1)!.cursor,
      signal: new AbortController().signal,
    })) {
      rest.push(page);
      await source.check([]);
    }
    expect(new Set([...keysOf(pages), ...keysOf(rest)]).size).toBe(40);
    await source.close!();
  });
});
