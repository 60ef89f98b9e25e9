import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  accountId,
  accountsTable,
  isQuery,
  keysOf,
  openOrg,
  readAll,
  refuse,
  streamOf,
  type OrgBench,
  type SalesforcePage,
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
const warnings = (): unknown[] =>
  bench.log.lines.filter((line) => line.level === 'warn').map((line) => line.fields?.['reason']);

test('few records go by REST, many by a job, as the configuration draws the line', async () => {
  const auto = streamOf('Account', ['Name']);
  const source = await bench.connect({ pageSize: 5, bulkFrom: 25 });
  expect(sorted(await readAll(source, auto))).toEqual(everyKey);
  expect(created()).toBe(0);
  const low = await bench.connect({ pageSize: 5, bulkFrom: 10 });
  const before = queries();
  expect(sorted(await readAll(low, auto))).toEqual(everyKey);
  expect(created()).toBe(1);
  expect(queries() - before).toBe(2);
});

test('a count that takes Salesforce too long is one of many records', async () => {
  bench.emulator.server.fault({
    when: (request) => (request.query.get('q') ?? '').includes('COUNT()'),
    effect: refuse(400, 'QUERY_TIMEOUT', 'too long'),
  });
  const source = await bench.connect({ pageSize: 5, bulkFrom: 10 });
  expect(sorted(await readAll(source, streamOf('Account', ['Name'])))).toEqual(everyKey);
  expect(created()).toBe(1);
});

test.each([
  [400, 'LIMIT_EXCEEDED', 'Max bulk v2 query jobs exceeded'],
  [400, 'INVALIDENTITY', "Entity 'Account' is not supported by the Bulk API."],
  [400, 'FUNCTIONALITY_NOT_ENABLED', 'Selecting compound data not supported in Bulk Query'],
  [403, 'API_ERROR', 'no'],
])(
  'when Salesforce takes no job (%i %s), REST reads the object, and no other job is tried',
  async (status, code, message) => {
    bench.emulator.server.fault({
      when: ({ path }) => path.endsWith('/jobs/query'),
      effect: refuse(status, code, message),
    });
    const source = await bench.connect();
    expect(sorted(await readAll(source, accounts))).toEqual(everyKey);
    await readAll(source, accounts);
    expect(created()).toBe(1);
    expect(warnings()).toEqual([`Salesforce took no bulk job (${code})`]);
  },
);

test('a spent quota of jobs is seen before a job is tried', async () => {
  await bench.emulator.close();
  await open({ dailyBulkJobs: 5 });
  const source = await bench.connect();
  for (let day = 0; day < 5; day++)
    expect(new Set(sorted(await readAll(source, accounts)))).toEqual(new Set(everyKey));
  expect(created()).toBe(4);
});

test.each([['too many things'], [undefined]])(
  'a job that fails (%s) is read by REST, which tells the true error',
  async (message) => {
    bench.emulator.bulk.failNext(message);
    expect(sorted(await readAll(await bench.connect(), accounts))).toEqual(everyKey);
    expect(warnings()).toEqual([`its job ended as Failed: ${message ?? 'no reason given'}`]);
    expect(jobRequests('DELETE')).toBe(1);
  },
);
