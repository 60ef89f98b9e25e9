import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../core/contract/json.ts';
import type { RunReport } from '../../core/observe/report.ts';
import { accountsClose, baseRows, createScenario, type Scenario } from '../sync/scenario.ts';
import { brokenText, brokenTexts, hostileText, hostileTexts, hostileValue, seed } from './hostile-values.ts';

const good = ['a1', 'a2', 'a3'];
const account = (Id: Json, more: JsonObject = {}): JsonObject => ({
  Id,
  Name: 'Hostile',
  OwnerId: 'u1',
  Industry: 'Energy',
  ...more,
});

let scenario: Scenario;
afterEach(() => scenario.end());

/** Syncs the rows beside the ordinary company, again when they were read once more, and when they are gone. */
async function syncWith(rows: readonly (readonly [string, JsonObject])[]): Promise<void> {
  const base = baseRows() as Record<string, Record<string, JsonObject>>;
  const accounts = [...Object.entries(base['Account']!), ...rows];
  scenario = createScenario({ rows: { ...base, Account: accounts }, right: { pieceLength: 50 } });
  const report = await sound();
  const quarantined = report.streams.reduce((sum, one) => sum + one.quarantined, 0);
  for (const [index, plane] of [scenario.left, scenario.right].entries()) {
    const held = [...plane.held().values()].map((one) => one.document!);
    for (const key of good) expect(held.map((one) => one.origin.key)).toContain(key);
    const { quarantined: refused } = report.destinations[index]!;
    expect(held.length + refused + quarantined).toBe(accounts.length);
    expect(plane.breaches).toEqual([]);
  }
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  for (const [key] of rows) scenario.crm.touch('Account', key);
  const again = await sound();
  expect(again.destinations.map((one) => [one.written, one.deleted])).toEqual([
    [0, 0],
    [0, 0],
  ]);
  for (const [key] of rows) scenario.crm.remove('Account', key);
  await sound({ acceptDeletes: ['crm.Account'] });
  for (const plane of [scenario.left, scenario.right]) {
    const keys = [...plane.held().values()].map((one) => one.document!.origin.key);
    expect(keys.sort()).toEqual(good);
    expect(plane.orphans()).toEqual([]);
  }
}

/** A run whose accounts close and in which nothing stops. */
async function sound(options: Parameters<Scenario['sync']>[0] = {}): Promise<RunReport> {
  const report = await scenario.sync(options);
  expect(accountsClose(report)).toEqual([]);
  expect(report.streams.map((one) => one.error)).toEqual(report.streams.map(() => undefined));
  expect(report.destinations.map((one) => one.error)).toEqual([undefined, undefined]);
  return report;
}

const runs = { seed, numRuns: 12, interruptAfterTimeLimit: 40_000, markInterruptAsFailure: false };

describe('whatever records hold', () => {
  it('every listed hostile text as a key becomes a document of its own or is quarantined', async () => {
    await syncWith([...hostileTexts, ...brokenTexts].map((key) => [key, account(key)]));
    expect(scenario.left.counts.writes).toBeGreaterThanOrEqual(hostileTexts.length);
  });

  it('any keys are documents of their own or quarantined, and no other record is lost', async () => {
    const keys = fc.uniqueArray(
      fc.oneof(hostileText, brokenText).filter((key) => key !== '' && !good.includes(key)),
      { maxLength: 30 },
    );
    await fc.assert(
      fc
        .asyncProperty(keys, (own) => syncWith(own.map((key) => [key, account(key)])))
        .afterEach(() => scenario.end()),
      runs,
    );
  });

  it('any values in any field are shown or quarantined, and no other record is lost', async () => {
    const row = fc.record({ Name: hostileValue, OwnerId: hostileValue, Industry: hostileValue });
    await fc.assert(
      fc
        .asyncProperty(fc.array(row, { maxLength: 12 }), (rows) =>
          syncWith(rows.map((data, at) => [`h${at}`, account(`h${at}`, data)])),
        )
        .afterEach(() => scenario.end()),
      runs,
    );
  });

  it('a value of ten megabytes is quarantined where it does not fit, and the others are written', async () => {
    await syncWith([['big', account('big', { Name: 'x'.repeat(10_000_000) })]]);
    expect(scenario.left.held().size).toBe(good.length);
  });

  it('a value nested a hundred thousand deep is quarantined, and the others are written', async () => {
    let nested: Json = 1;
    for (let level = 0; level < 100_000; level++) nested = [nested];
    await syncWith([['deep', account('deep', { Name: nested })]]);
    expect(scenario.left.held().size).toBe(good.length);
  });
});
