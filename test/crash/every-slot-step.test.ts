import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../core/contract/errors.ts';
import { blueGreen } from '../../sync/slots/blue-green.ts';
import { readProcedure } from '../../sync/slots/procedure.ts';
import { retire } from '../../sync/slots/retire.ts';
import { rollBack } from '../../sync/slots/rollback.ts';
import type { World } from '../../sync/world.ts';
import { expectedBodies } from '../sync/oracle.ts';
import { accountsClose, type Scenario } from '../sync/scenario.ts';
import { createSlotsScenario, reshaped, slotBodies, verbs } from '../sync/slots/reindexed.ts';
import { runAndDie } from './die-at.ts';

const led = (scenario: Scenario): string[] => [scenario.left.active(), scenario.right.active()];

/** An ordinary run of the next process: afterwards nothing stands half-way, and every live slot holds what it should. */
async function expectWhole(scenario: Scenario, yaml: string, where: string): Promise<void> {
  scenario.clock.advance(120_000);
  scenario.left.settle();
  const report = await scenario.sync({ yaml });
  expect(accountsClose(report), where).toEqual([]);
  const [left, right] = led(scenario);
  expect(left, where).toBe(right);
  await verbs(scenario, yaml).alone(async (world) => {
    expect(['fill', 'done', undefined], where).toContain(readProcedure(world.catalog)?.phase);
    expect(world.catalog.slots.retiring(), where).toEqual([]);
    for (const destination of ['left', 'right'])
      for (const slot of await world.slots(destination)) {
        expect(slot.state === 'active', where).toBe(slot.destination.slots!.name === left);
        expect(world.catalog.holdings.openAttempts(slot.id), where).toEqual([]);
      }
  });
  const expected = [expectedBodies(scenario), expectedBodies(scenario)];
  expect(slotBodies(scenario, left!), where).toEqual(expected);
  expect([...scenario.left.breaches, ...scenario.right.breaches], where).toEqual([]);
}

interface Story {
  readonly name: string;
  readonly before: (scenario: Scenario, yaml: string) => Promise<unknown>;
  readonly verb: (world: World) => Promise<unknown>;
  /** The second plane cannot lead agents to its new slot when the verb is first given. */
  readonly refuses?: true;
  /** Where agents are led and which slots stand once the verb was given again. */
  readonly ends: { readonly led: string; readonly slots: readonly string[] };
}
const reindexed = async (scenario: Scenario, yaml: string): Promise<void> => {
  await verbs(scenario, yaml).blueGreen();
};
const stories: readonly Story[] = [
  {
    name: 'a reindex without downtime',
    before: async () => undefined,
    verb: (world) => blueGreen(world),
    ends: { led: 'main-2', slots: ['main', 'main-2'] },
  },
  {
    name: 'a cut-over that is taken back',
    before: async () => undefined,
    verb: (world) => blueGreen(world),
    refuses: true,
    ends: { led: 'main-2', slots: ['main', 'main-2'] },
  },
  {
    name: 'a rollback',
    before: reindexed,
    verb: (world) => rollBack(world),
    ends: { led: 'main', slots: ['main', 'main-2'] },
  },
  {
    name: 'the end of the former slots',
    before: reindexed,
    verb: (world) => retire(world),
    ends: { led: 'main-2', slots: ['main-2'] },
  },
];

const refuseNewSlot = (moment: 'before' | 'after', slot: string): void => {
  if (moment === 'before' && slot === 'main-2') throw new ConfigError('FORBIDDEN', 'no right to do so');
};

describe('a crash at any transaction of a procedure about slots', () => {
  for (const { name, before, verb, refuses, ends } of stories)
    for (const moment of ['before', 'after'] as const) {
      it(`${moment} its commit leaves nothing half-way, and the same verb goes on: ${name}`, async () => {
        const die = async (scenario: Scenario, yaml: string, dieAt: number) => {
          await scenario.sync();
          await before(scenario, yaml);
          scenario.crm.patch('Account', 'a2', { Name: 'Bay' });
          scenario.crm.remove('Account', 'a3');
          if (refuses) scenario.right.switches.onActivate = refuseNewSlot;
          return runAndDie(scenario, dieAt, moment, verb, yaml);
        };
        let first = 1;
        if (refuses) {
          // What comes before the cut-over is the first story.
          const scenario = createSlotsScenario();
          first = (await die(scenario, reshaped(scenario), Infinity)).transactions - 10;
          scenario.end();
        }
        for (let dieAt = first; ; dieAt++) {
          const scenario = createSlotsScenario();
          const yaml = reshaped(scenario);
          const { died } = await die(scenario, yaml, dieAt);
          const where = `died at transaction ${dieAt}`;
          await expectWhole(scenario, yaml, where);
          const isDone = led(scenario)[0] === ends.led;
          if (!died || refuses) expect(isDone, where).toBe(refuses !== true);
          scenario.right.switches.onActivate = undefined;
          if (!isDone || name.startsWith('the end'))
            await verbs(scenario, yaml)
              .alone(verb)
              .catch((error: unknown) => expect(String(error), where).toContain('no slot is kept'));
          await expectWhole(scenario, yaml, where);
          expect(led(scenario), where).toEqual([ends.led, ends.led]);
          const standing = ['main', 'main-2'].filter((slot) => scenario.right.shape(slot) !== undefined);
          expect(standing, where).toEqual(ends.slots);
          scenario.end();
          if (!died) return expect(dieAt).toBeGreaterThan(4);
        }
      });
    }
});
