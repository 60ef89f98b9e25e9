import { afterEach, expect, test } from 'vitest';
import {
  accounts,
  accountsTable,
  hour,
  isQuery,
  keysOf,
  openOrg,
  type OrgBench,
  type SalesforcePage,
} from './bench.ts';

let bench: OrgBench;
afterEach(() => bench.emulator.close());

async function read(settings: Record<string, unknown>): Promise<{ pages: SalesforcePage[]; error: unknown }> {
  const pages: SalesforcePage[] = [];
  const source = await bench.connect({ pageSize: 5, ...settings });
  try {
    for await (const page of source.read({
      stream: accounts,
      from: pages.at(-1)?.cursor,
      signal: bench.signal,
    })) {
      pages.push(page);
    }
    return { pages, error: undefined };
  } catch (error) {
    return { pages, error };
  }
}
const queries = (): number => bench.emulator.server.requests.filter(isQuery).length;

test('a source stops at its share of the daily requests, says why, and leaves the rest to others', async () => {
  bench = await openOrg([accountsTable(30)], { dailyApiRequests: 100 });
  bench.emulator.useApi(76);
  const { pages, error } = await read({});
  expect(error).toMatchObject({
    name: 'PauseError',
    message:
      '80 of the 100 daily API requests of the Salesforce org are used: this source stops at 80 and leaves the rest to other applications',
    resumeAt: expect.stringMatching(/^2026-01-15T13:/),
  });
  expect(queries()).toBe(3);
  expect(keysOf(pages)).toHaveLength(15);
  expect(pages.at(-1)!.cursor!.after).toBeDefined();
});

test('near its share the requests of a source leave more slowly, and its pages say so once', async () => {
  bench = await openOrg([accountsTable(30)], { dailyApiRequests: 1000 });
  bench.emulator.useApi(750);
  const start = bench.clock.now();
  const { pages, error } = await read({});
  expect(error).toBeUndefined();
  expect(bench.clock.now() - start).toBeGreaterThan(6 * 2000);
  const notices = pages.flatMap((page) => page.notices ?? []);
  expect(notices).toEqual([
    expect.stringMatching(/^75\d of the 1000 daily API requests .* this source stops at 800$/),
  ]);
  expect(bench.log.lines.filter((line) => line.level === 'warn')).toHaveLength(1);
});

test('far from its share a source neither waits nor says anything', async () => {
  bench = await openOrg([accountsTable(30)]);
  const start = bench.clock.now();
  const { pages } = await read({});
  expect(bench.clock.now()).toBe(start);
  expect(pages.flatMap((page) => page.notices ?? [])).toEqual([]);
});

test('a share of its own is what the configuration says', async () => {
  bench = await openOrg([accountsTable(30)], { dailyApiRequests: 100 });
  bench.emulator.useApi(20);
  expect((await read({ apiShare: 0.25 })).error).toMatchObject({ name: 'PauseError' });
});

test('the next day the source goes on from where it stopped', async () => {
  bench = await openOrg([accountsTable(30)], { dailyApiRequests: 100 });
  bench.emulator.useApi(76);
  const first = await read({});
  bench.clock.advance(25 * hour);
  const source = await bench.connect({ pageSize: 5 });
  const rest: SalesforcePage[] = [];
  for await (const page of source.read({
    stream: accounts,
    from: first.pages.at(-1)!.cursor,
    signal: bench.signal,
  })) {
    rest.push(page);
  }
  expect(new Set(keysOf([...first.pages, ...rest])).size).toBe(30);
});

test('the share counts the requests of the org, not those of one application', async () => {
  bench = await openOrg([accountsTable(5)]);
  const usage = 'per-app-api-usage=250/250(appName=other); api-usage=10/1000';
  bench.emulator.server.fault({
    when: () => true,
    effect: {
      kind: 'change',
      change: (reply) => ({ ...reply, headers: { ...reply.headers, 'sforce-limit-info': usage } }),
    },
  });
  const { pages, error } = await read({});
  expect([keysOf(pages).length, error]).toEqual([5, undefined]);
});
