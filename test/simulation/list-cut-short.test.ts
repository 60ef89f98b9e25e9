import { expect, it } from 'vitest';
import type { Source } from '../../core/contract/source.ts';
import type { ModelSource } from '../../core/testing/index.ts';
import { bodies, createScenario } from '../sync/scenario.ts';

const hour = 3_600_000;

/** One scope holds every key; its etag moves with the keys. The read that follows a list breaks off when told to. */
function withScopes(crm: ModelSource, plan: { breakOff: boolean }) {
  return {
    ...crm.connector,
    async create(...given: Parameters<typeof crm.connector.create>): Promise<Source> {
      const source = (await crm.connector.create(...given)) as unknown as Source;
      let listed = false;
      return {
        ...source,
        async *scopes({ name }) {
          const keys = [...crm.rows(name).keys()];
          yield { scope: 'all', count: keys.length, etag: keys.sort().join() };
        },
        async *enumerate(stream) {
          for await (const page of source.enumerate!(stream))
            yield { ...page, scope: 'all', keys: page.keys.map(({ key }) => ({ key, etag: key })) };
          listed = true;
        },
        read(request) {
          if (listed && plan.breakOff) throw new Error('the connection is gone');
          return source.read(request);
        },
      };
    },
  };
}

it.each([3 * hour, -3 * hour])(
  'what a list has shown to be gone is deleted by the next run when this one ends right after it, whatever the clock of the source (%i ms ahead)',
  async (skewMs) => {
    const plan = { breakOff: false };
    const scenario = createScenario({ reconcile: '1h', wrapCrm: (crm) => withScopes(crm, plan) });
    scenario.crm.switches.skewMs = skewMs;
    try {
      await scenario.sync();
      scenario.clock.advance(2 * hour);
      scenario.crm.remove('Account', 'a1', { silent: true });
      plan.breakOff = true;
      const broken = await scenario.sync();
      expect(broken.streams.find((one) => one.stream === 'crm.Account')?.error).toBeDefined();
      expect(Object.keys(bodies(scenario.right)).sort()).toEqual(['a1', 'a2', 'a3']);
      plan.breakOff = false;
      scenario.clock.advance(1000);
      await scenario.sync();
      for (const plane of [scenario.left, scenario.right])
        expect(Object.keys(bodies(plane)).sort()).toEqual(['a2', 'a3']);
    } finally {
      scenario.end();
    }
  },
);
