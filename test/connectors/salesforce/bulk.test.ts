import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  accountId,
  accountsTable,
  hour,
  isQuery,
  keysOf,
  lastCursor,
  openOrg,
  readAll,
  recordsOf,
  streamOf,
  type OrgBench,
  type SalesforcePage,
  type SalesforceSource,
} from './bench.ts';

let bench: OrgBench;
const fields = [
  'Name',
  'AnnualRevenue',
  'Active__c',
  'FoundedOn__c',
  'LastCall__c',
  'Description',
  'Industry__label',
];
const accounts = streamOf('Account', fields, { method: 'bulk' });
const everyKey = Array.from({ length: 30 }, (_, index) => accountId(index + 1));
const open = async (options: Parameters<typeof openOrg>[1] = {}): Promise<void> => {
  bench = await openOrg([accountsTable(30)], { bulkPartRows: 7, ...options });
};
beforeEach(() => open());
afterEach(() => bench.emulator.close());
const sorted = (pages: readonly SalesforcePage[]): string[] => [...keysOf(pages)].sort();
const jobRequests = (method: string, end = /\/jobs\/query\/\w+$/): number =>
  bench.emulator.server.requests.filter((one) => one.method === method && end.test(one.path)).length;
const created = (): number => jobRequests('POST', /\/jobs\/query$/);
const queries = (): number => bench.emulator.server.requests.filter(isQuery).length;
const isResult = ({ path }: { readonly path: string }): boolean => path.endsWith('/results');
const warnings = (): unknown[] =>
  bench.log.lines.filter((line) => line.level === 'warn').map((line) => line.fields?.['reason']);
/** Reads until `stop` pages have come, and gives the last cursor. */
async function readSome(source: SalesforceSource, stop: number, from?: SalesforcePage['cursor']) {
  const pages: SalesforcePage[] = [];
  for await (const page of source.read({ stream: accounts, from, signal: bench.signal })) {
    pages.push(page);
    if (pages.length === stop) break;
  }
  return pages;
}

test('a job gives the same records as REST, field by field, in parts whose headers are no records', async () => {
  const { org } = bench.emulator;
  org.update('Account', accountId(3), {
    Description: 'a "quoted", text\nof two lines\r\nand\u0000 a half',
    LastCall__c: '2026-01-02T03:04:05Z',
    FoundedOn__c: '1999-05-01',
    AnnualRevenue: null,
    Name: '  007  ',
  });
  org.remove('Account', accountId(4));
  org.merge('Account', accountId(6), accountId(5));
  bench.clock.advance(5 * 60_000);
  const source = await bench.connect();
  const bulk = await readAll(source, accounts);
  const rest = await readAll(source, streamOf('Account', fields, { method: 'rest' }));
  const byKey = (pages: readonly SalesforcePage[]) => new Map(recordsOf(pages).map((one) => [one.key, one]));
  expect(byKey(bulk)).toEqual(byKey(rest));
  expect(recordsOf(bulk)).toHaveLength(28);
  for (const pages of [bulk, rest]) {
    expect(pages.flatMap((page) => page.deleted ?? [])).toEqual([accountId(4)]);
    expect(pages.flatMap((page) => page.merged ?? [])).toEqual([{ key: accountId(5), into: accountId(6) }]);
    expect(pages.flatMap((page) => page.unreadable ?? [])).toEqual([]);
  }
  expect(jobRequests('GET', /results$/)).toBe(5);
  expect(jobRequests('DELETE')).toBe(1);
});

test('an incremental read by job begins behind the cursor and ends before the lag', async () => {
  const source = await bench.connect({ lookback: '0s' });
  const first = await readAll(source, accounts);
  bench.clock.advance(5 * 60_000);
  bench.emulator.org.update('Account', accountId(9), { Name: 'Changed' });
  bench.clock.advance(5 * 60_000);
  bench.emulator.org.update('Account', accountId(10), { Name: 'Too fresh' });
  const pages = await readAll(source, accounts, lastCursor(first));
  expect(keysOf(pages)).toEqual([accountId(9)]);
});

test('from any page of a job another process goes on in its result, without a record lost', async () => {
  const source = await bench.connect({ pageSize: 2 });
  const whole = await readSome(source, 12);
  for (let stop = 1; stop < whole.length - 3; stop++) {
    const start = whole.slice(0, stop);
    const other = await bench.connect({ pageSize: 2 });
    const before = created();
    const rest = await readSome(other, 3, start.at(-1)!.cursor);
    expect(created()).toBe(before);
    expect(rest[0]!.asOf).toBe(whole[0]!.asOf);
    expect(keysOf(rest)).toEqual(keysOf(whole.slice(stop, stop + 3)));
  }
  const rest = await readAll(await bench.connect({ lookback: '0s' }), accounts, whole.at(-1)!.cursor);
  expect(sorted([...whole, ...rest])).toEqual(everyKey);
});

test('a read that goes on after its job has gone begins another and loses nothing', async () => {
  const source = await bench.connect({ pageSize: 2 });
  const start = await readSome(source, 4);
  bench.clock.advance(8 * 24 * hour);
  const rest = await readAll(await bench.connect(), accounts, start.at(-1)!.cursor);
  expect(new Set(keysOf([...start, ...rest]))).toEqual(new Set(everyKey));
  expect(created()).toBe(3);
});

test('a job of another version of the API is begun anew', async () => {
  const start = await readSome(await bench.connect({ pageSize: 2 }), 4);
  const rest = await readAll(await bench.connect({ apiVersion: '61.0' }), accounts, start.at(-1)!.cursor);
  expect(new Set(keysOf(rest))).toEqual(new Set(everyKey));
});

test('a job whose field was missing is begun anew once the field is there', async () => {
  await readAll(await bench.connect(), accounts);
  bench.emulator.org.setField('Account', 'AnnualRevenue', { hidden: true });
  const start = await readSome(await bench.connect({ pageSize: 2 }), 4);
  bench.emulator.org.setField('Account', 'AnnualRevenue', { hidden: false });
  const rest = await readAll(await bench.connect(), accounts, start.at(-1)!.cursor);
  expect(rest.flatMap((page) => page.unreadable ?? [])).toEqual([]);
  const whole = new Map(recordsOf(rest).map(({ key, data }) => [key, data['AnnualRevenue']]));
  expect([...whole.values()].filter((value) => value !== undefined)).toHaveLength(30);
});

test('a result with fewer rows than the job counted is not trusted', async () => {
  bench.emulator.server.fault({
    when: ({ path, method }) => method === 'GET' && /\/jobs\/query\/\w+$/.test(path),
    effect: {
      kind: 'change',
      change: (reply) => ({ ...reply, body: { ...(reply.body as object), numberRecordsProcessed: 31 } }),
    },
  });
  const pages = await readAll(await bench.connect(), accounts);
  expect(new Set(keysOf(pages))).toEqual(new Set(everyKey));
  expect(warnings()).toEqual(['30 rows came of the 31 that its job counted']);
  expect(queries()).toBeGreaterThan(0);
});

test('a part with fewer rows than it announced is not trusted', async () => {
  bench.emulator.server.fault({
    when: isResult,
    times: 1,
    effect: {
      kind: 'change',
      change: (reply) => ({ ...reply, headers: { ...reply.headers, 'sforce-numberofrecords': '9' } }),
    },
  });
  expect(new Set(keysOf(await readAll(await bench.connect(), accounts)))).toEqual(new Set(everyKey));
  expect(warnings()).toEqual(['7 rows came of the 9 that a part of its result announced']);
});

test('an answer without a locator is the last part, not an endless one', async () => {
  await bench.emulator.close();
  await open({ bulkPartRows: 50 });
  bench.emulator.server.fault({
    when: isResult,
    effect: {
      kind: 'change',
      change: (reply) => {
        const { 'sforce-locator': _, ...headers } = reply.headers ?? {};
        return { ...reply, headers };
      },
    },
  });
  expect(sorted(await readAll(await bench.connect(), accounts))).toEqual(everyKey);
  expect(jobRequests('GET', /results$/)).toBe(1);
});

test('a download that breaks off is begun again behind the rows that were read', async () => {
  bench.emulator.server.fault({
    when: isResult,
    times: 3,
    effect: {
      kind: 'change',
      change: (reply) => {
        const { 'content-encoding': _, ...headers } = reply.headers ?? {};
        return { ...reply, headers, body: '"Id","Name"\n"001EM0000000001YAA","Unfinished' };
      },
    },
  });
  bench.emulator.server.fault({ when: isResult, after: 2, times: 2, effect: { kind: 'cut-after' } });
  expect(sorted(await readAll(await bench.connect({ pageSize: 2 }), accounts))).toEqual(everyKey);
  expect(warnings()).toEqual([]);
});

test('a web page in place of a result is tried again', async () => {
  bench.emulator.server.fault({
    when: isResult,
    times: 1,
    effect: {
      kind: 'reply',
      reply: { status: 200, body: '<html>\n</html>', headers: { 'content-type': 'text/html' } },
    },
  });
  expect(sorted(await readAll(await bench.connect(), accounts))).toEqual(everyKey);
});

test.each([true, false])(
  'a result without rows (header: %s) is an empty read',
  async (bulkHeaderOfNothing) => {
    await bench.emulator.close();
    bench = await openOrg([accountsTable(0)], { bulkHeaderOfNothing });
    const pages = await readAll(await bench.connect(), accounts);
    expect(keysOf(pages)).toEqual([]);
    expect(lastCursor(pages).job).toBeUndefined();
  },
);

test('a session that ends between two parts is renewed', async () => {
  const source = await bench.connect({ pageSize: 7 });
  const pages: SalesforcePage[] = [];
  for await (const page of source.read({ stream: accounts, from: undefined, signal: bench.signal })) {
    pages.push(page);
    bench.emulator.expireSessions();
  }
  expect(sorted(pages)).toEqual(everyKey);
});

test('a job that takes longer than an hour is left for the next run, which fetches its result', async () => {
  await bench.emulator.close();
  await open({ bulkDurationMs: 2 * hour });
  const pages: SalesforcePage[] = [];
  const source = await bench.connect();
  const read = async (): Promise<void> => {
    for await (const page of source.read({ stream: accounts, from: undefined, signal: bench.signal }))
      pages.push(page);
  };
  await expect(read()).rejects.toMatchObject({ name: 'PauseError' });
  bench.clock.advance(2 * hour);
  const auto = streamOf('Account', fields);
  const rest = await readAll(await bench.connect(), auto, lastCursor(pages));
  expect(new Set(keysOf(rest))).toEqual(new Set(everyKey));
  expect(rest[0]!.asOf).toBe(pages[0]!.asOf);
  expect(created()).toBe(1);
});

test('a job that changes while it is downloaded keeps what it saw, and the next read has the changes', async () => {
  const source = await bench.connect({ pageSize: 5 });
  const pages: SalesforcePage[] = [];
  for await (const page of source.read({ stream: accounts, from: undefined, signal: bench.signal })) {
    pages.push(page);
    if (pages.length === 2) {
      for (const key of everyKey) bench.emulator.org.update('Account', key, { Name: 'Later' });
    }
  }
  expect(sorted(pages)).toEqual(everyKey);
  bench.clock.advance(5 * 60_000);
  const later = await readAll(source, accounts, lastCursor(pages));
  expect(recordsOf(later).filter(({ data }) => data['Name'] === 'Later')).toHaveLength(30);
});
