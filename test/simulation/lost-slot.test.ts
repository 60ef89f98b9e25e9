import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openCatalog } from '../../core/catalog/index.ts';
import type { Registry } from '../../core/config/config.ts';
import { parseConfig } from '../../core/config/load-config.ts';
import { TransientError } from '../../core/contract/errors.ts';
import { runOnce } from '../../sync/run.ts';
import { openWorld } from '../../sync/world.ts';
import { accountsClose, bodies, createScenario, type Scenario } from '../sync/scenario.ts';

/** The slot is made, and then comes this error in place of the answer, once. */
function failingAfterApply({ left, registry }: Scenario, error: Error): Registry {
  let failed = false;
  const connector = {
    ...left.connector,
    async create(...given: Parameters<typeof left.connector.create>) {
      const destination = await left.connector.create(...given);
      return {
        ...destination,
        async apply(...plan: Parameters<typeof destination.apply>) {
          await destination.apply(...plan);
          if (failed) return;
          failed = true;
          throw error;
        },
      };
    },
  };
  return {
    ...registry,
    destinations: { ...registry.destinations, 'model-left': async () => connector as never },
  };
}

it.each([
  { what: 'its answer is lost', error: new TransientError('no answer') },
  { what: 'the run ends right then', error: new Error('the process is gone') },
])('a slot that was lost is filled again also when it is made anew and $what', async ({ error }) => {
  const scenario = createScenario();
  const { clock, left, folder } = scenario;
  try {
    await scenario.sync();
    const whole = bodies(left);
    left.loseSlot();
    const registry = failingAfterApply(scenario, error);
    for (let run = 0; run < 2; run++) {
      const world = openWorld({
        config: await parseConfig(scenario.yaml, registry, { env: {}, folder }),
        catalog: openCatalog(join(folder, 'catalog.sqlite'), clock.now),
        log: scenario.log,
        signal: new AbortController().signal,
        observe: () => undefined,
        now: clock.now,
        sleep: clock.sleep,
      });
      expect(accountsClose(await runOnce(world))).toEqual([]);
      await world.close();
      world.catalog.close();
    }
    expect(bodies(left)).toEqual(whole);
    expect(Object.keys(whole)).toHaveLength(3);
  } finally {
    scenario.end();
  }
});
