import { afterEach, describe, expect, it } from 'vitest';
import { TransientError } from '../../../core/contract/errors.ts';
import type { Problem, RunReport } from '../../../core/observe/report.ts';
import { createTestContext } from '../../../core/testing/context.ts';
import { reportExitCode } from '../../../sync/commands/exit-codes.ts';
import { pointerWarning } from '../../../sync/slots/led-elsewhere.ts';
import { expectedBodies } from '../oracle.ts';
import type { Scenario } from '../scenario.ts';
import { createSlotsScenario, slotBodies, verbs } from './reindexed.ts';

let scenario: Scenario;
afterEach(() => scenario.end());

const warnings = (report: RunReport): unknown[] =>
  report.destinations.flatMap(({ destination, warning, error }) =>
    warning || error ? [[destination, warning?.code, error?.code]] : [],
  );
/** By hand, past Tributary. */
const lead = async (slot: string): Promise<void> => {
  const { slots } = await scenario.left.connector.create({}, createTestContext(), slot);
  await slots!.activate();
};
/** What a process that took `left` for its active slot would be warned of now. */
const warnedNow = (before: () => Promise<unknown> = async () => undefined): Promise<Problem | undefined> =>
  verbs(scenario).alone(async (world) => {
    const [slot] = (await world.slots('left')).filter((one) => one.state === 'active');
    await before();
    return pointerWarning(world, slot!);
  });

describe('a run', () => {
  it('warns of a service that leads agents elsewhere, every time, and does its work all the same', async () => {
    scenario = createSlotsScenario();
    expect(warnings(await scenario.sync())).toEqual([]);
    await verbs(scenario).blueGreen();
    expect(warnings(await scenario.sync())).toEqual([]);
    await lead('main');
    scenario.crm.patch('Account', 'a1', { Name: 'Ash' });
    for (const _again of [1, 2]) {
      const report = await scenario.sync();
      expect(warnings(report)).toEqual([['left (slot main-2)', 'SLOT_LED', undefined]]);
      expect(reportExitCode(report)).toBe(2);
    }
    expect(slotBodies(scenario, 'main-2')).toEqual([expectedBodies(scenario), expectedBodies(scenario)]);
    await lead('main-2');
    const report = await scenario.sync();
    expect([warnings(report), reportExitCode(report)]).toEqual([[], 0]);
  });

  it('asks once where agents are led, only where there is a pointer, and fails not when it is not told', async () => {
    scenario = createSlotsScenario({ right: { slots: false } });
    await scenario.sync();
    await verbs(scenario).blueGreen({ destinations: ['left'] });
    await lead('main');
    const asked: string[] = [];
    scenario.left.switches.onLed = () => {
      asked.push('left');
      throw new TransientError('no answer');
    };
    const report = await scenario.sync();
    expect([asked, warnings(report), reportExitCode(report)]).toEqual([['left'], [], 0]);
  });

  it('does not ask about a destination that it could not write to, nor when nothing is sent', async () => {
    scenario = createSlotsScenario();
    await scenario.sync();
    let asked = 0;
    scenario.left.switches.onLed = () => void asked++;
    scenario.left.switches.halt = 'closed';
    scenario.crm.patch('Account', 'a1', { Name: 'Ash' });
    await scenario.sync();
    await scenario.sync({ publish: false });
    expect(asked).toBe(0);
  });

  it('takes no pointer that is being moved, or was moved meanwhile, for one that was moved by hand', async () => {
    scenario = createSlotsScenario();
    await scenario.sync();
    await verbs(scenario).blueGreen({ prepareOnly: true });
    const { switches } = scenario.left;
    let under: Problem | undefined;
    switches.onActivate = async (moment) => {
      if (moment === 'after') under = await warnedNow();
    };
    switches.onLed = async () => {
      switches.onLed = undefined;
      await verbs(scenario).blueGreen();
    };
    expect([await warnedNow(), under]).toEqual([undefined, undefined]);
    expect(scenario.left.active()).toBe('main-2');
    switches.onActivate = undefined;
    expect(await warnedNow(() => verbs(scenario).rollBack())).toBeUndefined();
    expect(await warnedNow(() => lead('main-2'))).toMatchObject({ code: 'SLOT_LED' });
  });
});
