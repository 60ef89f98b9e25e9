import { afterEach, describe, expect, it } from 'vitest';
import { reindex, type ReindexOptions, type ReindexReport } from '../../sync/reindex.ts';
import { expectedBodies } from './oracle.ts';
import { accountsClose, bodies, createScenario, type Scenario } from './scenario.ts';

describe('reindex', () => {
  let scenario: Scenario;
  afterEach(() => scenario.end());

  const reindexNow = async (options: ReindexOptions = {}): Promise<ReindexReport> => {
    const world = await scenario.open();
    try {
      return await reindex(world, options);
    } finally {
      await world.close();
      world.catalog.close();
    }
  };

  it('writes every document again, on the chosen plane only, without reading the sources', async () => {
    scenario = createScenario();
    await scenario.sync();
    scenario.left.resetCounts();
    scenario.right.resetCounts();
    const pages = scenario.crm.counts.pages;
    const report = await reindexNow({ destinations: ['right'] });
    expect(report.documents).toEqual({ right: 3 });
    expect(accountsClose(report.run!)).toEqual([]);
    expect([scenario.left.counts.writes, scenario.right.counts.writes]).toEqual([0, 3]);
    expect(scenario.crm.counts.pages).toBe(pages);
  });

  it('writes one document again', async () => {
    scenario = createScenario();
    await scenario.sync();
    const id = [...scenario.right.held().keys()].find((one) => one.endsWith(':a2'))!;
    scenario.right.resetCounts();
    const report = await reindexNow({ id });
    expect(report.documents).toEqual({ left: 1, right: 1 });
    expect(scenario.right.counts.writes).toBe(1);
  });

  it('says what it would do and does nothing when asked for a dry run', async () => {
    scenario = createScenario();
    await scenario.sync();
    scenario.right.resetCounts();
    expect(await reindexNow({ dryRun: true })).toEqual({ documents: { left: 3, right: 3 } });
    await scenario.sync();
    expect(scenario.right.counts.requests).toBe(0);
  });

  it('waits for the verdict about what is under way before it writes anything again', async () => {
    scenario = createScenario();
    scenario.left.switches.confirmPolls = Infinity;
    await scenario.sync({ patienceMs: 1000 });
    scenario.left.switches.confirmPolls = 0;
    const report = await reindexNow();
    expect(accountsClose(report.run!)).toEqual([]);
    expect(scenario.left.counts.overtakes).toBe(0);
    expect(bodies(scenario.left)).toEqual(expectedBodies(scenario));
    expect((await scenario.sync()).destinations.map((one) => one.considered)).toEqual([0, 0]);
  });

  it('tries a refused document again', async () => {
    scenario = createScenario();
    scenario.right.switches.reject = (change) => (change.id.endsWith(':a1') ? 'closed' : undefined);
    await scenario.sync();
    scenario.right.switches.reject = undefined;
    const report = await reindexNow({ destinations: ['right'] });
    expect(accountsClose(report.run!)).toEqual([]);
    expect(bodies(scenario.right)).toEqual(expectedBodies(scenario));
  });

  it('goes on in the next run when the plane is down meanwhile, and still deletes what goes', async () => {
    scenario = createScenario();
    await scenario.sync();
    scenario.left.switches.halt = 'down';
    await reindexNow();
    scenario.crm.remove('Account', 'a1');
    await scenario.sync();
    scenario.left.switches.halt = undefined;
    const report = await scenario.sync();
    expect(accountsClose(report)).toEqual([]);
    expect(bodies(scenario.left)).toEqual(expectedBodies(scenario));
    expect(bodies(scenario.right)).toEqual(expectedBodies(scenario));
  });
});
