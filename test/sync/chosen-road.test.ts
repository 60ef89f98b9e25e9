import { afterEach, describe, expect, it } from 'vitest';
import type { Destination } from '../../core/contract/destination.ts';
import { makePlan } from '../../sync/plan.ts';
import { createScenario, type Scenario } from './scenario.ts';

let scenario: Scenario;
afterEach(() => scenario.end());

/** Puts something around what the left plane's connector opens. */
function around(wrap: (destination: Destination) => Partial<Destination>): void {
  const { connector } = scenario.left;
  Object.assign(scenario.registry.destinations, {
    'model-left': async () => ({
      ...connector,
      async create(...given: Parameters<typeof connector.create>) {
        const destination = await connector.create(...given);
        return { ...destination, ...wrap(destination) };
      },
    }),
  });
}

describe('A destination that decides late about many at once', () => {
  it('may have more batches open than under way, and no more than it says', async () => {
    scenario = createScenario({ left: { limits: { maxDocuments: 1, maxInFlight: 1, maxOpen: 2 } } });
    scenario.left.switches.confirmPolls = Infinity;
    const report = await scenario.sync({ patienceMs: 60_000 });
    expect(report.destinations[0]).toMatchObject({ written: 0, pending: 2, deferred: 1 });
    expect(scenario.left.counts.mostInFlight).toBe(1);
  });

  it('is waited for beyond the patience of a run for as long as it is known to be at work', async () => {
    for (const isWorking of [false, true]) {
      scenario?.end();
      scenario = createScenario();
      scenario.left.switches.confirmPolls = 16;
      around((destination) => ({
        confirm: async (changes) =>
          (await destination.confirm!(changes)).map((verdict) =>
            verdict.status === 'waiting' && isWorking ? { ...verdict, working: true } : verdict,
          ),
      }));
      const report = await scenario.sync({ patienceMs: 20_000 });
      expect(report.destinations[0]).toMatchObject(isWorking ? { written: 3 } : { pending: 3 });
    }
  });
});

describe('A destination that chooses its road by the work that lies ahead', () => {
  it('is told how much there is, at last all of it, and not less while it is done', async () => {
    scenario = createScenario({ left: { limits: { maxDocuments: 1 } } });
    const told: number[] = [];
    around(() => ({ expect: (documents) => (told.push(documents), { road: 'by boat' }) }));
    await scenario.sync();
    expect(told.at(-1)).toBe(3);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    told.length = 0;
    await scenario.sync();
    expect(told.at(-1)).toBe(0);
  });

  it('says in the plan which way the documents will go, and how long that takes', async () => {
    scenario = createScenario();
    around(() => ({ expect: (documents) => ({ road: `by boat: ${documents}`, seconds: 7 }) }));
    const copy = await scenario.open();
    const plan = await makePlan(copy, true, {});
    await copy.close();
    copy.catalog.close();
    expect(plan.destinations[0]).toMatchObject({ destination: 'left', road: 'by boat: 3', seconds: 7 });
    expect(plan.destinations[1]).not.toHaveProperty('road');
  });
});
