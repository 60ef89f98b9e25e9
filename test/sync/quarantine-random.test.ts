import { expect, it } from 'vitest';
import { createRandom } from '../../core/testing/index.ts';
import { makePlan } from '../../sync/plan.ts';
import { discardQuarantine, listQuarantine, retryQuarantine } from '../../sync/quarantine.ts';
import { runOnce } from '../../sync/run.ts';
import type { World } from '../../sync/world.ts';
import { expectedBodies } from './oracle.ts';
import { accountsClose, bodies, createScenario, type Scenario } from './scenario.ts';

const seeds = Array.from({ length: 24 }, (_, index) => index + 1);
const accounts = ['a1', 'a2', 'a3', 'a4'];

function changeSources(scenario: Scenario, random: () => number): void {
  const { crm, left, right } = scenario;
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const account = pick(accounts);
  const present = crm.rows('Account').has(account);
  const row = { Id: account, OwnerId: pick(['u1', 'u2']), Industry: 'Energy' };
  switch (Math.floor(random() * 7)) {
    case 0:
    case 1:
      return crm.put('Account', account, { ...row, Name: `Name ${Math.floor(random() * 9)}` });
    case 2:
      return crm.put('Account', account, { ...row, Name: '' });
    case 3:
      return void (present && crm.unreadable('Account', account, 'broken'));
    case 4:
      return void (present && crm.remove('Account', account));
    case 5:
      right.switches.reject =
        random() < 0.5 ? undefined : (change) => (change.id.endsWith(account) ? 'no' : undefined);
      return;
    case 6:
      left.switches.fail =
        random() < 0.5
          ? undefined
          : (change) => (change.id.endsWith(account) ? { reason: 'no', applied: random() < 0.5 } : undefined);
  }
}

async function act(world: World, random: () => number): Promise<void> {
  const { entries } = listQuarantine(world);
  const entry = entries[Math.floor(random() * entries.length)];
  const choice = random();
  if (choice < 0.5 || !entry) return expect(accountsClose(await runOnce(world))).toEqual([]);
  if (choice < 0.75) {
    const named = random() < 0.5 ? { all: true } : { names: [entry.name] };
    const { run } = await retryQuarantine(world, named);
    if (run) expect(accountsClose(run)).toEqual([]);
    return;
  }
  const isToGo = entries.some((one) => one.name === entry.name && one.isToGo);
  const discarding = discardQuarantine(world, [entry.name]);
  if (isToGo) await expect(discarding).rejects.toMatchObject({ code: 'QUARANTINE_NEEDED' });
  else await discarding;
}

it.each(seeds)(
  'whatever is refused, tried again and discarded, both planes end right (seed %i)',
  async (seed) => {
    const random = createRandom(seed);
    const scenario = createScenario();
    try {
      for (let step = 0; step < 25; step++) {
        changeSources(scenario, random);
        scenario.clock.advance(1000);
        if (random() < 0.6) await scenario.within((world) => act(world, random));
      }
      scenario.right.switches.reject = scenario.left.switches.fail = undefined;
      for (const key of scenario.crm.rows('Account').keys()) {
        scenario.crm.put('Account', key, { Id: key, Name: `Last ${key}`, OwnerId: 'u1', Industry: 'Retail' });
      }
      await scenario.sync();
      await scenario.within((world) => retryQuarantine(world, { all: true }));
      expect(await scenario.within(async (world) => listQuarantine(world))).toEqual({
        quarantined: 0,
        entries: [],
      });
      for (const plane of [scenario.left, scenario.right]) {
        expect(bodies(plane)).toEqual(expectedBodies(scenario));
        expect(plane.breaches).toEqual([]);
      }
      const plan = await scenario.within((world) => makePlan(world, false, {}));
      expect(plan.destinations).toMatchObject([{ kinds: [] }, { kinds: [] }]);
    } finally {
      scenario.end();
    }
  },
);
