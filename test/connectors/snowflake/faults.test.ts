import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import type { Bench, SnowflakePage, SnowflakeSource } from './bench.ts';
import { collect, keysOf, openBench, readAll, usage, usageTable } from './bench.ts';

let bench: Bench;
let source: SnowflakeSource;
afterEach(() => bench.close());

const rows = (count: number): Parameters<typeof usageTable>[0] =>
  Array.from({ length: count }, (_, index) => ({ id: index + 1, minutesAgo: 600 - index / 10 }));
const open = async (count: number, settings: Readonly<Record<string, unknown>> = {}): Promise<void> => {
  bench = await openBench([usageTable(rows(count))]);
  source = await bench.connect(settings);
};
const isQuery = (request: { path: string }): boolean => request.path === '/queries/v1/query-request';
const isChunk = (request: { path: string }): boolean => request.path.startsWith('/results/');

describe('a Snowflake read survives what networks and sessions do', () => {
  test('a chunk whose body is cut off ends in an error that invites another try, not in silence', async () => {
    await open(4000, { idleTimeout: '300ms' });
    bench.emulator.server.fault({
      when: isChunk,
      times: 1,
      effect: {
        kind: 'change',
        change: (reply) => {
          const body = gunzipSync(reply.body as Buffer);
          return { ...reply, body: gzipSync(body.subarray(0, body.length - 20)) };
        },
      },
    });
    await expect(readAll(source, usage)).rejects.toMatchObject({ name: 'TransientError' });
    expect(keysOf(await readAll(source, usage))).toHaveLength(4000);
  });

  test('pages before the cut are good: the read goes on from the last of them', async () => {
    await open(4000, { idleTimeout: '300ms', pageSize: 100 });
    const off = bench.emulator.server.fault({
      when: isChunk,
      effect: { kind: 'change', change: (reply) => ({ ...reply, body: gzipSync('["1"') }) },
    });
    const pages: SnowflakePage[] = [];
    const reading = source.read({ stream: usage, from: undefined, signal: new AbortController().signal });
    await expect(async () => {
      for await (const page of reading) pages.push(page);
    }).rejects.toMatchObject({ name: 'TransientError' });
    off();
    const rest = await readAll(source, usage, pages.at(-1)?.cursor);
    expect(new Set([...keysOf(pages), ...keysOf(rest)]).size).toBe(4000);
  });

  test('fewer rows than Snowflake announced is an error', async () => {
    await open(4000);
    bench.emulator.server.fault({
      when: isChunk,
      times: 1,
      effect: {
        kind: 'change',
        change: (reply) => {
          const text = gunzipSync(reply.body as Buffer).toString();
          return { ...reply, body: gzipSync(text.slice(0, text.lastIndexOf(',['))) };
        },
      },
    });
    await expect(readAll(source, usage)).rejects.toThrow('The result ended after');
  });

  test('a chunk connection that is cut is fetched again', async () => {
    await open(1000);
    bench.emulator.server.fault({ when: isChunk, times: 1, effect: { kind: 'cut-before' } });
    expect(keysOf(await readAll(source, usage))).toHaveLength(1000);
  });

  test('a statement whose answer is lost is not run twice', async () => {
    await open(10);
    await readAll(source, usage);
    const before = bench.emulator.statements.length;
    bench.emulator.server.fault({ when: isQuery, times: 1, effect: { kind: 'cut-after' } });
    expect(keysOf(await readAll(source, usage))).toHaveLength(10);
    expect(bench.emulator.statements.length - before).toBe(before - 1);
  });

  test('an expired chunk ends the statement, and the read goes on behind its last page', async () => {
    await open(4000, { idleTimeout: '300ms', pageSize: 100, lookback: '0s' });
    const off = bench.emulator.faults.expiredChunk({ after: 1 });
    const pages: SnowflakePage[] = [];
    const reading = source.read({ stream: usage, from: undefined, signal: new AbortController().signal });
    await expect(async () => {
      for await (const page of reading) pages.push(page);
    }).rejects.toMatchObject({ name: 'TransientError' });
    expect(keysOf(pages).length).toBeGreaterThan(0);
    off();
    const rest = await readAll(source, usage, pages.at(-1)!.cursor);
    expect(new Set([...keysOf(pages), ...keysOf(rest)]).size).toBe(4000);
    // Windows are read in order: what was committed is not read again.
    expect(keysOf(rest).length - (4000 - keysOf(pages).length)).toBeLessThanOrEqual(1);
  });

  test('a slow chunk is waited for, within the patience that is set', async () => {
    await open(1000, { idleTimeout: '5s' });
    bench.emulator.faults.slowChunk(150, { times: 1 });
    expect(keysOf(await readAll(source, usage))).toHaveLength(1000);
    bench.emulator.faults.slowChunk(2000, { times: 1 });
    const impatient = await bench.connect({ idleTimeout: '200ms' });
    await expect(readAll(impatient, usage)).rejects.toThrow('No row arrived for 200 ms');
  });

  test('rows that are missing from the comparison of buckets are never taken for a change', async () => {
    bench = await openBench([usageTable(rows(3000))]);
    source = await bench.connect({ idleTimeout: '300ms' });
    const byHash = {
      ...usage,
      options: { ...usage.options, changes: 'reconcile', buckets: 4096 },
    } as typeof usage;
    const first = await readAll(source, byHash);
    bench.emulator.faults.missingRows({ times: 1 });
    await expect(readAll(source, byHash, first.at(-1)!.cursor)).rejects.toMatchObject({
      name: 'TransientError',
    });
    expect(keysOf(await readAll(source, byHash, first.at(-1)!.cursor))).toEqual([]);
  });

  test('a table without Time Travel is read as it is', async () => {
    await open(300, { statementRows: 100 });
    bench.emulator.faults.refusedStatement(' AT(TIMESTAMP', '000707', '02000');
    const byHash = {
      ...usage,
      options: { ...usage.options, changes: 'reconcile', buckets: 16 },
    } as typeof usage;
    for (const stream of [usage, byHash])
      expect(new Set(keysOf(await readAll(source, stream))).size).toBe(300);
  });

  test('a scope whose rows are fewer than Snowflake counted proves nothing', async () => {
    await open(20);
    const byHash = { ...usage, options: { ...usage.options, buckets: 1 } } as typeof usage;
    const [scope] = await collect(source.scopes!(byHash));
    bench.emulator.server.fault({
      when: (request) => request.body.includes('OVER (PARTITION BY'),
      effect: {
        kind: 'change',
        change: (reply) => ({
          ...reply,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(reply.body).replaceAll('["0","20",', '["0","21",'),
        }),
      },
    });
    const [page] = await collect(source.enumerate!(byHash, scope!.scope));
    expect(page!.keys).toHaveLength(20);
    expect(page!.complete).toBeUndefined();
  });

  test('a scope whose list is cut off proves nothing', async () => {
    bench = await openBench([usageTable(rows(3000))]);
    source = await bench.connect({ idleTimeout: '300ms' });
    const byHash = { ...usage, options: { ...usage.options, buckets: 1 } } as typeof usage;
    const [scope] = await collect(source.scopes!(byHash));
    bench.emulator.faults.truncatedChunk({ times: 1 });
    await expect(collect(source.enumerate!(byHash, scope!.scope))).rejects.toMatchObject({
      name: 'TransientError',
    });
    const [page] = await collect(source.enumerate!(byHash, scope!.scope));
    expect(page!.complete).toMatchObject({ count: 3000 });
  });

  test('a service that is unavailable for a moment is asked again', async () => {
    await open(10);
    bench.emulator.server.fault({
      when: isQuery,
      times: 1,
      effect: { kind: 'reply', reply: { status: 503, body: 'busy' } },
    });
    expect(keysOf(await readAll(source, usage))).toHaveLength(10);
  });

  test('a session that expires between two statements of a read is renewed, and no row is lost', async () => {
    await open(30, { pageSize: 5, statementRows: 5 });
    const pages = [];
    for await (const page of source.read({
      stream: usage,
      from: undefined,
      signal: new AbortController().signal,
    })) {
      pages.push(page);
      bench.emulator.sessions.expire();
    }
    expect(keysOf(pages)).toHaveLength(30);
    expect(bench.emulator.server.requests.some((request) => request.path === '/session/token-request')).toBe(
      true,
    );
  });

  test('a session that is gone between two statements of a read is opened anew', async () => {
    await open(30, { pageSize: 5, statementRows: 5 });
    const pages = [];
    for await (const page of source.read({
      stream: usage,
      from: undefined,
      signal: new AbortController().signal,
    })) {
      pages.push(page);
      if (pages.length === 2) bench.emulator.sessions.drop();
    }
    expect(keysOf(pages)).toHaveLength(30);
    const logins = bench.emulator.server.requests.filter((request) => request.path.includes('login-request'));
    expect(logins).toHaveLength(2);
  });

  test('a statement that takes long is waited for', async () => {
    await open(10);
    await source.identity();
    const release = bench.emulator.hold(1);
    const reading = readAll(source, usage);
    setTimeout(release, 50);
    expect(keysOf(await reading)).toHaveLength(10);
  });

  test('an error about a value never repeats the value', async () => {
    await open(1);
    bench.emulator.server.fault({
      when: (request) => request.body.includes('ORDER BY \\"UPDATED_AT'),
      effect: {
        kind: 'reply',
        reply: {
          status: 200,
          body: {
            success: false,
            code: '100038',
            message: "Numeric value 'Maria Muster, Bern' is not recognized",
            data: { errorCode: '100038', sqlState: '22018', queryId: '01b2c3d4-0000-0000-0000-000000000000' },
          },
        },
      },
    });
    const error = await readAll(source, usage).catch((thrown: unknown) => thrown as Error);
    expect(String(error)).toContain('100038');
    expect(String(error)).not.toContain('Maria');
  });

  test('aborting a read cancels the statement at Snowflake', async () => {
    await open(10);
    await source.identity();
    bench.emulator.hold(1);
    const controller = new AbortController();
    const reading = source.read({ stream: usage, from: undefined, signal: controller.signal });
    const first = reading[Symbol.asyncIterator]().next();
    const arrived = (path: RegExp): boolean =>
      bench.emulator.server.requests.some((one) => path.test(one.path));
    while (!arrived(/\/result$/)) await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await expect(first).rejects.toMatchObject({ name: 'AbortError' });
    expect(arrived(/\/abort-request$/)).toBe(true);
  });

  test('closing ends the session at Snowflake', async () => {
    await open(1);
    await source.identity();
    expect(bench.emulator.sessions.open).toBe(1);
    await source.close!();
    expect(bench.emulator.sessions.open).toBe(0);
  });
});
