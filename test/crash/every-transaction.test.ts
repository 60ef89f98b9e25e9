import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCatalog } from '../../core/catalog/open-catalog.ts';
import { openDatabase, type Database } from '../../core/catalog/sqlite/database.ts';
import { parseConfig } from '../../core/config/load-config.ts';
import { runOnce } from '../../sync/run.ts';
import { openWorld } from '../../sync/world.ts';
import { expectedBodies } from '../sync/oracle.ts';
import { accountsClose, bodies, createScenario, type Scenario } from '../sync/scenario.ts';

/** Dies at the n-th transaction, just before or just after it is committed, and stays dead. */
function dyingDatabase(
  path: string,
  dieAt: number,
  moment: 'before' | 'after',
  onDeath: () => void,
): Database & { transactions: number } {
  const database = openDatabase(path);
  const dying = {
    ...database,
    transactions: 0,
    transaction<T>(work: () => T): T {
      const number = ++dying.transactions;
      if (number > dieAt) throw new Error('the process is dead');
      if (number < dieAt) return database.transaction(work);
      if (moment === 'after') database.transaction(work);
      onDeath();
      throw new Error('the process dies here');
    },
  };
  return dying;
}

/** Runs until the process dies or the run ends; answers whether it died, and how many transactions there were. */
async function runAndDie(
  scenario: Scenario,
  dieAt: number,
  moment: 'before' | 'after',
): Promise<{ died: boolean; transactions: number }> {
  let died = false;
  let announce = (): void => undefined;
  const death = new Promise<void>((resolve) => (announce = resolve));
  const database = dyingDatabase(join(scenario.folder, 'catalog.sqlite'), dieAt, moment, () => {
    died = true;
    scenario.crm.cutOff();
    scenario.warehouse.cutOff();
    scenario.left.cutOff();
    scenario.right.cutOff();
    announce();
  });
  const stop = new AbortController();
  const world = openWorld({
    config: await parseConfig(scenario.yaml, scenario.registry, { env: {}, folder: scenario.folder }),
    catalog: createCatalog(database, scenario.clock.now),
    log: scenario.log,
    signal: stop.signal,
    observe: () => undefined,
    now: scenario.clock.now,
    sleep: scenario.clock.sleep,
  });
  await Promise.race([runOnce(world).catch(() => undefined), death]);
  stop.abort(new Error('gone'));
  await new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
  world.catalog.close();
  return { died, transactions: database.transactions };
}

function change(scenario: Scenario): void {
  scenario.crm.patch('Contact', 'c1', { AccountId: 'a2' });
  scenario.crm.patch('User', 'u2', { Name: 'Vera' });
  scenario.crm.patch('Deal', 'd1', { IsClosed: true });
  scenario.crm.remove('Account', 'a1');
  scenario.crm.put('Account', 'a4', { Id: 'a4', Name: 'Dogwood', OwnerId: 'u2', Industry: 'Energy' });
  scenario.warehouse.put('usage', 'u2', { ID: 'u2', ACCOUNT: 'a3', MONTH: '2026-02', CALLS: 11 });
}

async function expectConverged(scenario: Scenario, where: string): Promise<void> {
  scenario.clock.advance(120_000);
  scenario.left.settle();
  const report = await scenario.sync();
  expect(accountsClose(report), where).toEqual([]);
  expect(
    report.destinations.map((one) => [one.pending, one.deferred, one.error]),
    where,
  ).toEqual([
    [0, 0, undefined],
    [0, 0, undefined],
  ]);
  const expected = expectedBodies(scenario);
  expect(bodies(scenario.left), where).toEqual(expected);
  expect(bodies(scenario.right), where).toEqual(expected);
  const world = await scenario.open();
  for (const slot of ['left', 'right']) {
    expect(world.catalog.holdings.openAttempts(world.catalog.documents.slot(slot, 'default')), where).toEqual(
      [],
    );
  }
  world.catalog.close();
  expect([...scenario.left.breaches, ...scenario.right.breaches], where).toEqual([]);
}

describe('a crash at any transaction', () => {
  for (const moment of ['before', 'after'] as const) {
    it(`${moment} its commit is followed by an ordinary run that converges: first sync`, async () => {
      for (let dieAt = 1; ; dieAt++) {
        const scenario = createScenario();
        const { died } = await runAndDie(scenario, dieAt, moment);
        await expectConverged(scenario, `died at transaction ${dieAt}`);
        scenario.end();
        if (!died) {
          expect(dieAt).toBeGreaterThan(20);
          return;
        }
      }
    });

    it(`${moment} its commit is followed by an ordinary run that converges: changes, a delete, a moved child`, async () => {
      for (let dieAt = 1; ; dieAt++) {
        const scenario = createScenario();
        await scenario.sync();
        change(scenario);
        const { died } = await runAndDie(scenario, dieAt, moment);
        await expectConverged(scenario, `died at transaction ${dieAt}`);
        scenario.end();
        if (!died) {
          expect(dieAt).toBeGreaterThan(20);
          return;
        }
      }
    });
  }
});
