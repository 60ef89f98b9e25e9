import { describe, expect, it } from 'vitest';
import { createRandom } from '../../core/testing/index.ts';
import { expectedBodies } from './oracle.ts';
import { accountsClose, bodies, createScenario, type Scenario } from './scenario.ts';

const seeds = Array.from({ length: 60 }, (_, index) => index + 1);

/** One random thing that happens at the sources. */
function changeSources(scenario: Scenario, random: () => number): void {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const accounts = ['a1', 'a2', 'a3', 'a4', 'a5'];
  const account = pick(accounts);
  const child = `x${Math.floor(random() * 8)}`;
  switch (Math.floor(random() * 9)) {
    case 0:
      return scenario.crm.put('Account', account, {
        Id: account,
        Name: `Name ${Math.floor(random() * 5)}`,
        OwnerId: pick(['u1', 'u2', 'u3']),
        Industry: 'Energy',
      });
    case 1:
      return void (scenario.crm.rows('Account').has(account) && scenario.crm.remove('Account', account));
    case 2:
      return scenario.crm.put('Contact', child, {
        Id: child,
        Name: `Contact ${Math.floor(random() * 9)}`,
        AccountId: account,
      });
    case 3:
      return void (scenario.crm.rows('Contact').has(child) && scenario.crm.remove('Contact', child));
    case 4:
      return scenario.crm.put('Deal', child, {
        Id: child,
        AccountId: account,
        Amount: Math.floor(random() * 1000),
        IsClosed: random() < 0.4,
      });
    case 5: {
      const user = pick(['u1', 'u2', 'u3']);
      return scenario.crm.put('User', user, { Id: user, Name: `User ${Math.floor(random() * 4)}` });
    }
    case 6:
      return scenario.warehouse.put('usage', child, {
        ID: child,
        ACCOUNT: account.toUpperCase(),
        MONTH: `2026-0${1 + Math.floor(random() * 5)}`,
        CALLS: Math.floor(random() * 50),
      });
    case 7:
      return void (scenario.warehouse.rows('usage').has(child) && scenario.warehouse.remove('usage', child));
    default:
      return scenario.crm.touch('Account', scenario.crm.rows('Account').has(account) ? account : 'a1');
  }
}

/** Something goes wrong at a plane, or stops going wrong. */
function disturb(plane: Scenario['left'], random: () => number): void {
  const { switches } = plane;
  switches.later = undefined;
  switches.unknown = undefined;
  switches.throwBefore = undefined;
  switches.throwAfter = undefined;
  switches.halt = undefined;
  switches.confirmPolls = Math.floor(random() * 3);
  const sometimes =
    <T>(value: T) =>
    () =>
      random() < 0.3 ? value : undefined;
  switch (Math.floor(random() * 7)) {
    case 0:
      switches.later = sometimes(50);
      break;
    case 1:
      switches.unknown = () => (random() < 0.4 ? (random() < 0.5 ? 'applied' : 'lost') : undefined);
      break;
    case 2:
      switches.throwBefore = sometimes(new Error('connection reset'));
      break;
    case 3:
      switches.throwAfter = sometimes(new Error('connection reset'));
      break;
    case 4:
      switches.halt = 'quota used up';
      break;
    default:
      break;
  }
}

describe('random changes under random faults', () => {
  it.each(seeds)('end with both planes equal to the sources (seed %i)', async (seed) => {
    const random = createRandom(seed);
    const scenario = createScenario({ right: { pieceLength: 40 } });
    try {
      for (let round = 0; round < 6; round++) {
        const changes = Math.floor(random() * 8);
        for (let step = 0; step < changes; step++) {
          try {
            changeSources(scenario, random);
          } catch {
            // the account that was to be touched is gone
          }
        }
        disturb(scenario.left, random);
        disturb(scenario.right, random);
        const report = await scenario.sync();
        expect(accountsClose(report), `round ${round}`).toEqual([]);
        scenario.clock.advance(Math.floor(random() * 60_000));
      }
      for (const plane of [scenario.left, scenario.right]) {
        Object.assign(plane.switches, {
          later: undefined,
          unknown: undefined,
          throwBefore: undefined,
          throwAfter: undefined,
          halt: undefined,
        });
        plane.settle();
      }
      await scenario.sync();
      const last = await scenario.sync();
      expect(accountsClose(last)).toEqual([]);
      expect(last.destinations.map((one) => one.considered)).toEqual([0, 0]);
      const expected = expectedBodies(scenario);
      expect(bodies(scenario.left)).toEqual(expected);
      expect(bodies(scenario.right)).toEqual(expected);
      expect([...scenario.left.breaches, ...scenario.right.breaches]).toEqual([]);
      expect([scenario.left.orphans(), scenario.right.orphans()]).toEqual([[], []]);
    } finally {
      scenario.end();
    }
  });
});
