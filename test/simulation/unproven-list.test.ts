import { expect, it } from 'vitest';
import { bodies, createScenario } from '../sync/scenario.ts';

it('a list of keys that is not proved complete deletes nothing, also where no key can be looked up', async () => {
  const scenario = createScenario({ reconcile: '1h', source: { lookup: false } });
  try {
    await scenario.sync();
    scenario.clock.advance(2 * 3_600_000);
    scenario.crm.switches.enumeration = 'unproven';
    const report = await scenario.sync();
    expect(report.streams.map((one) => one.deleted)).toEqual(report.streams.map(() => 0));
    for (const plane of [scenario.left, scenario.right])
      expect(Object.keys(bodies(plane)).sort()).toEqual(['a1', 'a2', 'a3']);
    scenario.clock.advance(2 * 3_600_000);
    scenario.crm.switches.enumeration = 'complete';
    scenario.crm.remove('Account', 'a1', { silent: true });
    await scenario.sync();
    for (const plane of [scenario.left, scenario.right])
      expect(Object.keys(bodies(plane)).sort()).toEqual(['a2', 'a3']);
  } finally {
    scenario.end();
  }
});
