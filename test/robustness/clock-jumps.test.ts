import { afterEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../../core/config/load-config.ts';
import { createTributary } from '../../sync/tributary.ts';
import { createSteadyClock } from '../../sync/steady-clock.ts';
import { expectedBodies } from '../sync/oracle.ts';
import { accountsClose, bodies, createScenario, type Scenario } from '../sync/scenario.ts';

const hour = 3_600_000;
let scenario: Scenario;
afterEach(() => scenario.end());

async function open(yaml?: string) {
  const config = await parseConfig(yaml ?? scenario.yaml, scenario.registry, {
    env: {},
    folder: scenario.folder,
  });
  const { registry, clock } = scenario;
  return createTributary({ config, registry, now: clock.now, sleep: clock.sleep });
}

describe('a machine whose clock is set', () => {
  it.each([
    ['an hour back', -hour],
    ['a year back', -365 * 24 * hour],
    ['an hour on', hour],
    ['a year on', 365 * 24 * hour],
  ])('%s in the middle of a run ends it as ever, and the runs after it too', async (_how, jumpMs) => {
    scenario = createScenario({ reconcile: '1h' });
    const tributary = await open();
    let asked = 0;
    let sent = 0;
    scenario.right.switches.later = () => (asked++ === 0 ? 20_000 : undefined);
    scenario.left.switches.onWrite = () => {
      if (sent++ === 0) scenario.clock.advance(jumpMs);
    };
    const startedAt = scenario.clock.now();
    const report = await tributary.sync();
    expect(report.destinations.map((one) => one.error)).toEqual([undefined, undefined]);
    expect(accountsClose(report)).toEqual([]);
    expect(scenario.clock.now() - startedAt - jumpMs, 'how long the run took').toBeLessThan(10 * 60_000);
    expect(report.seconds).toBeGreaterThanOrEqual(0);
    for (const key of ['a1', 'a2']) scenario.crm.patch('Account', key, { Name: `New ${key}` });
    scenario.crm.remove('Account', 'a3', { silent: true });
    scenario.clock.advance(2 * hour);
    const next = await tributary.sync();
    expect(next.destinations.map((one) => [one.pending, one.deferred, one.error])).toEqual([
      [0, 0, undefined],
      [0, 0, undefined],
    ]);
    const expected = expectedBodies(scenario);
    expect([bodies(scenario.left), bodies(scenario.right)]).toEqual([expected, expected]);
    await tributary.close();
  });

  it('back, between two runs: keys are listed again although the last list is of the future', async () => {
    scenario = createScenario({ reconcile: '1h' });
    const first = await open();
    await first.sync();
    scenario.clock.advance(2 * hour);
    await first.sync();
    await first.close();
    scenario.clock.advance(-24 * hour);
    scenario.crm.remove('Account', 'a3', { silent: true });
    const second = await open();
    const report = await second.sync();
    expect(report.destinations.map((one) => one.deleted)).toEqual([1, 1]);
    expect(report.startedAt).toBe(
      new Date(scenario.clock.now()).toISOString().slice(0, 11) + report.startedAt.slice(11),
    );
    await second.close();
  });

  it('never goes back for what waits, and is right again for the next run', () => {
    scenario = createScenario();
    const { clock } = scenario;
    const steady = createSteadyClock(clock.now);
    const before = steady.now();
    clock.advance(-hour);
    expect(steady.now()).toBe(before);
    clock.advance(500);
    expect(steady.now()).toBe(before + 500);
    steady.settle();
    expect(steady.now()).toBe(clock.now());
  });
});
