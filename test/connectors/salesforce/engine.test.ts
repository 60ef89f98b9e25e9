import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { salesforce } from '../../../connectors/salesforce/index.ts';
import { openCatalog } from '../../../core/catalog/index.ts';
import { parseConfig } from '../../../core/config/load-config.ts';
import type { RunReport } from '../../../core/observe/report.ts';
import { modelDestination, type ModelDestination } from '../../../core/testing/index.ts';
import { runOnce } from '../../../sync/run.ts';
import { openWorld, type World } from '../../../sync/world.ts';
import { accountId, accountsTable, hour, openOrg, type OrgBench } from './bench.ts';

let bench: OrgBench;
let folder: string;
let index: ModelDestination;
const minute = 60_000;
const settings = 'partitionRecords: 10, bulkFrom: 15, pageSize: 5, lookback: 0s';
const fields = 'Name, AnnualRevenue, Industry__label, Score__c';

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-'));
  index = modelDestination({ type: 'model' });
  bench = await openOrg([accountsTable(40)], { bulkPartRows: 7 });
});
afterEach(async () => {
  await bench.emulator.close();
  rmSync(folder, { recursive: true, force: true });
});

async function inWorld<T>(work: (world: World) => Promise<T>, more = settings): Promise<T> {
  const { SALESFORCE_LOGIN_URL: url, SALESFORCE_CLIENT_ID: client } = bench.emulator.env;
  const yaml = `
namespace: test
sources:
  crm:
    { type: salesforce, loginUrl: '${url}', auth: { clientId: '${client}', clientSecret: '\${SALESFORCE_CLIENT_SECRET}' }, ${more},
      streams: { Account: { reconcile: 30m, fields: [${fields}] } } }
destinations:
  index: { type: model, plane: stateless }
kinds:
  account:
    from: crm.Account
    title: '{{Name}}'
    body: 'revenue {{AnnualRevenue}}, {{Industry__label}}, score {{default Score__c "none"}}'
    access: { everyone: made-up companies }
pipelines:
  all: { kinds: [account], destinations: [index] }
`;
  const registry = {
    sources: { salesforce: async () => salesforce as never },
    destinations: { model: async () => index.connector as never },
  };
  const world = openWorld({
    config: await parseConfig(yaml, registry, { env: { ...bench.emulator.env }, folder }),
    catalog: openCatalog(join(folder, 'catalog.sqlite'), bench.clock.now),
    log: bench.log,
    signal: bench.signal,
    observe: () => undefined,
    now: bench.clock.now,
    sleep: bench.clock.sleep,
  });
  try {
    return await work(world);
  } finally {
    await world.close();
    world.catalog.close();
  }
}
const run = (more?: string): Promise<RunReport> => inWorld((world) => runOnce(world), more);
const stream = (report: RunReport) => report.streams[0]!;
const bodies = (): string[] => [...index.held().values()].map(({ document }) => document!.body.trim()).sort();
const expected = (): string[] =>
  bench.emulator.org
    .rows('Account')
    .filter((row) => row['IsDeleted'] === false)
    .map(
      (row) =>
        `revenue ${row['AnnualRevenue'] ?? ''}, ${row['Industry'] ? 'Banking' : ''}, score ${row['Score__c'] ?? 'none'}`,
    )
    .sort();

test('a large object is loaded by ranges and jobs, and then followed, until both sides are the same', async () => {
  const first = stream(await run());
  expect(first.error).toBeUndefined();
  expect(first.new).toBe(40);
  expect(bodies()).toEqual(expected());
  bench.clock.advance(5 * minute);
  const { org } = bench.emulator;
  org.update('Account', accountId(1), { AnnualRevenue: 5 });
  org.remove('Account', accountId(2));
  org.insert('Account', { Name: 'New', AnnualRevenue: 7, Industry: 'BANK' });
  org.merge('Account', accountId(4), accountId(3));
  bench.clock.advance(5 * minute);
  const second = stream(await run());
  expect(second).toMatchObject({ new: 1, changed: expect.any(Number), deleted: 2 });
  expect(bodies()).toEqual(expected());
  await inWorld(async ({ catalog }) => {
    expect(catalog.streams.alias('crm.Account', accountId(3))).toBe(accountId(4));
  });
});

test('formulas that changed without a stamp, and records that went without a trace, are found by listing the keys', async () => {
  await run();
  bench.clock.advance(hour);
  bench.emulator.org.updateSilently('Account', accountId(7), { Score__c: 99 });
  bench.emulator.org.remove('Account', accountId(8));
  bench.emulator.org.emptyBin('Account');
  bench.emulator.org.purgeDeleteLog('Account');
  bench.clock.advance(hour);
  const report = stream(await run());
  expect(report.error).toBeUndefined();
  expect(report.reconciled).toMatchObject({ removed: 1 });
  expect(report.notices).toEqual([expect.stringMatching(/^The log of deleted Account records/)]);
  expect(bodies()).toContain('revenue 63, Banking, score 99');
  expect(bodies()).toEqual(expected());
});

test('a used-up share stops the run at a checkpoint, says why and until when, and the next run goes on from there', async () => {
  await bench.emulator.close();
  bench = await openOrg([accountsTable(40)], { dailyApiRequests: 100 });
  bench.emulator.useApi(70);
  const rest = 'bulkFrom: 1000, pageSize: 5';
  const paused = stream(await run(rest));
  expect(paused.error).toMatchObject({
    code: 'PAUSED',
    message: expect.stringContaining('80 of the 100 daily API requests'),
    hint: expect.stringContaining('2026-01-15T13:0'),
  });
  expect(paused.read).toBeLessThan(40);
  bench.clock.advance(25 * hour);
  const second = stream(await run(rest));
  expect(second.error).toBeUndefined();
  expect(paused.new + second.new).toBe(40);
  expect(bodies()).toEqual(expected());
});

test('a lost permission on a field is in the report, changes no document by itself, and is made good when it is back', async () => {
  await run();
  bench.emulator.org.setField('Account', 'AnnualRevenue', { hidden: true });
  bench.clock.advance(5 * minute);
  const before = bodies();
  const lost = stream(await run());
  expect(lost.notices).toEqual([expect.stringMatching(/^AnnualRevenue of Account is gone/)]);
  expect(bodies()).toEqual(before);
  bench.emulator.org.update('Account', accountId(1), { AnnualRevenue: 12 });
  bench.clock.advance(5 * minute);
  await run();
  bench.emulator.org.setField('Account', 'AnnualRevenue', { hidden: false });
  bench.clock.advance(5 * minute);
  expect(stream(await run()).error).toBeUndefined();
  expect(bodies()).toEqual(expected());
});
