import { expect, it } from 'vitest';
import { status } from '../../sync/status.ts';
import { accountsClose, bodies, createScenario } from '../sync/scenario.ts';

const hours = (count: number): number => count * 3_600_000;

it.each([
  { lookup: true, left: ['a2', 'a3'], quarantined: 0 },
  { lookup: false, left: ['a1', 'a2', 'a3'], quarantined: 1 },
])(
  'a quarantined record that is destroyed without a word goes only when the source, asked for it, says so (lookup: $lookup)',
  async ({ lookup, left, quarantined }) => {
    const scenario = createScenario({ reconcile: '1h', source: { lookup } });
    try {
      await scenario.sync();
      scenario.crm.unreadable('Account', 'a1', 'broken');
      scenario.clock.advance(hours(2));
      await scenario.sync();
      expect(Object.keys(bodies(scenario.right)).sort()).toEqual(['a1', 'a2', 'a3']);
      scenario.crm.remove('Account', 'a1', { silent: true });
      scenario.clock.advance(hours(2));
      expect(accountsClose(await scenario.sync())).toEqual([]);
      for (const plane of [scenario.left, scenario.right])
        expect(Object.keys(bodies(plane)).sort()).toEqual(left);
      const world = await scenario.open();
      expect((await status(world)).quarantined).toBe(quarantined);
      world.catalog.close();
    } finally {
      scenario.end();
    }
  },
);
