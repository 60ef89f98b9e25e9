import { describe, expect, it } from 'vitest';
import { expectedBodies } from '../sync/oracle.ts';
import { accountsClose, bodies, createScenario, type Scenario } from '../sync/scenario.ts';
import { runAndDie } from './die-at.ts';

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
