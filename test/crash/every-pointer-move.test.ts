import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../core/contract/errors.ts';
import { blueGreen } from '../../sync/slots/blue-green.ts';
import { readProcedure } from '../../sync/slots/procedure.ts';
import { rollBack } from '../../sync/slots/rollback.ts';
import type { World } from '../../sync/world.ts';
import { expectedBodies } from '../sync/oracle.ts';
import type { Scenario } from '../sync/scenario.ts';
import { createSlotsScenario, reshaped, slotBodies, verbs } from '../sync/slots/reindexed.ts';
import { runAndDieAtMove } from './die-at.ts';

type Next = 'an ordinary run' | 'the same command' | 'a rollback';

interface Story {
  readonly name: string;
  readonly isReindexed?: true;
  readonly verb: (world: World) => Promise<unknown>;
  /** The second plane cannot lead agents to this slot. */
  readonly refused?: string;
  readonly moves: number;
  /** Where every plane leads once the next process has ended. */
  readonly ends: Readonly<Record<Next, string>>;
}
const always = (slot: string): Story['ends'] => ({
  'an ordinary run': slot,
  'the same command': slot,
  'a rollback': slot,
});
const stories: readonly Story[] = [
  { name: 'a reindex', verb: blueGreen, moves: 2, ends: { ...always('main-2'), 'a rollback': 'main' } },
  {
    name: 'a reindex that is taken back',
    verb: blueGreen,
    refused: 'main-2',
    moves: 3,
    ends: always('main'),
  },
  { name: 'a rollback', isReindexed: true, verb: rollBack, moves: 2, ends: always('main') },
  {
    name: 'a rollback that is taken back',
    isReindexed: true,
    verb: rollBack,
    refused: 'main',
    moves: 3,
    ends: always('main-2'),
  },
];

async function prepare({ isReindexed, refused }: Story): Promise<{ scenario: Scenario; yaml: string }> {
  const scenario = createSlotsScenario();
  const yaml = reshaped(scenario);
  await scenario.sync();
  if (isReindexed) await verbs(scenario, yaml).blueGreen();
  scenario.right.switches.onActivate = (moment, slot) => {
    if (moment === 'before' && slot === refused) throw new ConfigError('FORBIDDEN', 'no right to do so');
  };
  return { scenario, yaml };
}

/** The services and the catalog say the same: every plane leads to this slot, which holds what it should. */
async function expectLed(scenario: Scenario, yaml: string, slot: string, where: string): Promise<void> {
  expect([scenario.left.active(), scenario.right.active()], where).toEqual([slot, slot]);
  await verbs(scenario, yaml).alone(async (world) => {
    expect(['fill', 'done'], where).toContain(readProcedure(world.catalog)!.phase);
    for (const destination of ['left', 'right'])
      for (const { state, destination: opened } of await world.slots(destination))
        expect(state === 'active', where).toBe(opened.slots!.name === slot);
  });
  const expected = expectedBodies(scenario);
  expect(slotBodies(scenario, slot), where).toEqual([expected, expected]);
  expect([...scenario.left.breaches, ...scenario.right.breaches], where).toEqual([]);
}

const next: Readonly<Record<Next, (scenario: Scenario, yaml: string, story: Story) => Promise<unknown>>> = {
  'an ordinary run': (scenario, yaml) => scenario.sync({ yaml }),
  'the same command': (scenario, yaml, { verb }) => verbs(scenario, yaml).alone(verb),
  'a rollback': (scenario, yaml) =>
    verbs(scenario, yaml)
      .rollBack()
      .catch((error: ConfigError) => expect(error.code).toBe('REINDEX_UNDER_WAY')),
};

describe('a process that dies right after it has moved a pointer', () => {
  for (const story of stories)
    for (const [then, go] of Object.entries(next) as [Next, (typeof next)[Next]][]) {
      it(`never leaves the planes at different generations: ${story.name}, then ${then}`, async () => {
        for (let dieAt = 1; dieAt <= story.moves; dieAt++) {
          const { scenario, yaml } = await prepare(story);
          const where = `died at move ${dieAt}`;
          expect(await runAndDieAtMove(scenario, dieAt, story.verb, yaml), where).toBe(true);
          scenario.clock.advance(120_000);
          scenario.left.settle();
          if (story.verb === rollBack) {
            const { moves } = await verbs(scenario, yaml).alone((world) => rollBack(world, { dryRun: true }));
            expect([...new Set(moves.map((move) => move.toLabel))], where).toEqual(['slot main']);
          }
          await go(scenario, yaml, story);
          await expectLed(scenario, yaml, story.ends[then], where);
          scenario.end();
        }
      });
    }
});
