import { afterEach, describe, expect, it } from 'vitest';
import { isVerified, verify, type VerifyReport } from '../../sync/verify.ts';
import { expectedBodies } from './oracle.ts';
import { accountsClose, bodies, createScenario, type Scenario } from './scenario.ts';

const idOf = (plane: Scenario['left'], key: string): string =>
  [...plane.held().keys()].find((id) => id.endsWith(`:${key}`))!;

describe('verify', () => {
  let scenario: Scenario;
  afterEach(() => scenario.end());

  const verifyNow = async (options: Parameters<typeof verify>[1] = {}): Promise<VerifyReport> => {
    const world = await scenario.open();
    try {
      return await verify(world, options);
    } finally {
      await world.close();
      world.catalog.close();
    }
  };

  it('says of every plane how sure it is, and that both hold the same', async () => {
    scenario = createScenario({ left: { fingerprints: false } });
    await scenario.sync();
    const report = await verifyNow();
    expect(report.destinations).toMatchObject([
      { destination: 'left', grade: 'accepted as', expected: 3, present: 3, accepted: 3, seen: 0 },
      { destination: 'right', grade: 'seen as', expected: 3, present: 3, accepted: 0, seen: 3 },
    ]);
    expect(isVerified(report)).toBe(true);
  });

  it('finds what was lost, changed and added behind its back, and repairs it', async () => {
    scenario = createScenario();
    await scenario.sync();
    scenario.left.tamper({ id: idOf(scenario.left, 'a1'), gone: true });
    scenario.right.tamper({ id: idOf(scenario.right, 'a2'), fingerprint: 'other' });
    const found = await verifyNow({ repair: true });
    expect(found.destinations).toMatchObject([
      { missingCount: 1, differentCount: 0, unexpectedCount: 0 },
      { missingCount: 0, differentCount: 1, unexpectedCount: 0 },
    ]);
    expect(isVerified(found)).toBe(false);
    expect(accountsClose(found.repaired!)).toEqual([]);
    expect(found.repaired!.streams).toEqual([]);
    expect(bodies(scenario.left)).toEqual(expectedBodies(scenario));
    expect(scenario.right.held().get(idOf(scenario.right, 'a2'))!.fingerprint).not.toBe('other');
    expect(isVerified(await verifyNow())).toBe(true);
  });

  it('is followed by an ordinary sync that repairs what it found', async () => {
    scenario = createScenario();
    await scenario.sync();
    scenario.left.tamper({ id: idOf(scenario.left, 'a1'), gone: true });
    await verifyNow();
    const report = await scenario.sync();
    expect(accountsClose(report)).toEqual([]);
    expect(report.destinations.map((one) => one.written)).toEqual([1, 0]);
    expect(bodies(scenario.left)).toEqual(expectedBodies(scenario));
  });

  it('takes a slot over whose books were lost: what is still wanted stays, the rest goes', async () => {
    scenario = createScenario();
    await scenario.sync();
    const yaml = scenario.yaml.replace('namespace: acme', 'namespace: acme\ncatalog: { path: other.sqlite }');
    scenario.crm.remove('Account', 'a3');
    const { openCatalog } = await import('../../core/catalog/index.ts');
    const { runOnce } = await import('../../sync/run.ts');
    const { join } = await import('node:path');
    const world = await scenario.open({ yaml });
    const lost = {
      ...world,
      catalog: openCatalog(join(scenario.folder, 'other.sqlite'), scenario.clock.now),
    };
    const { openWorld } = await import('../../sync/world.ts');
    const fresh = openWorld({ ...lost, observe: () => undefined });
    await verify(fresh);
    scenario.left.switches.later = (change) => (change.action === 'delete' ? 50 : undefined);
    scenario.right.switches.later = scenario.left.switches.later;
    await runOnce(fresh, { adopt: true });
    scenario.left.switches.later = undefined;
    scenario.right.switches.later = undefined;
    const report = await runOnce(fresh, { adopt: true });
    expect(accountsClose(report)).toEqual([]);
    expect(bodies(scenario.left)).toEqual(expectedBodies(scenario));
    expect(bodies(scenario.right)).toEqual(expectedBodies(scenario));
    expect([...scenario.left.breaches, ...scenario.right.breaches]).toEqual([]);
    const after = await verify(fresh);
    expect(after.destinations.map((one) => one.unexpectedCount)).toEqual([0, 0]);
    expect(isVerified(after)).toBe(true);
    world.catalog.close();
    fresh.catalog.close();
  });

  it('leaves documents whose change is still open to their verdict', async () => {
    scenario = createScenario();
    scenario.left.switches.confirmPolls = Infinity;
    await scenario.sync({ patienceMs: 1000 });
    const report = await verifyNow();
    expect(report.destinations[0]).toMatchObject({ unsettled: 3, missingCount: 0, unexpectedCount: 0 });
    expect(isVerified(report)).toBe(false);
    scenario.left.switches.confirmPolls = 0;
    await scenario.sync();
    expect(bodies(scenario.left)).toEqual(expectedBodies(scenario));
    expect(scenario.left.counts.writes).toBe(3);
    expect(isVerified(await verifyNow())).toBe(true);
  });

  it('finds what a plane lost that a refusal keeps from being written again, and does not call it verified', async () => {
    scenario = createScenario();
    await scenario.sync();
    scenario.right.switches.reject = () => 'closed';
    scenario.right.tamper({ id: idOf(scenario.right, 'a1'), gone: true });
    await verifyNow({ repair: true });
    const report = await verifyNow();
    expect(isVerified(report)).toBe(false);
    expect(report.divergent).toBe(1);
    scenario.right.switches.reject = undefined;
    scenario.crm.patch('Account', 'a1', { Name: 'Alder II' });
    await scenario.sync();
    expect(bodies(scenario.right)).toEqual(expectedBodies(scenario));
    expect(isVerified(await verifyNow())).toBe(true);
  });
});
