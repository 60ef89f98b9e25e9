import { afterEach, describe, expect, it } from 'vitest';
import { runOnce } from '../../../sync/run.ts';
import { blueGreen } from '../../../sync/slots/blue-green.ts';
import { reportExitCode } from '../../../sync/commands/exit-codes.ts';
import type { World } from '../../../sync/world.ts';
import { expectedBodies } from '../oracle.ts';
import { accountsClose, type Scenario } from '../scenario.ts';
import { createSlotsScenario, slotBodies, verbs } from './reindexed.ts';

let scenario: Scenario;
const open: World[] = [];
afterEach(async () => {
  for (const world of open.splice(0)) {
    await world.close();
    world.catalog.close();
  }
  scenario.end();
});
const process = async (): Promise<World> => {
  const world = await scenario.open();
  open.push(world);
  return world;
};
const both = (): Record<string, string>[] => [expectedBodies(scenario), expectedBodies(scenario)];

describe('runs beside a reindex without downtime', () => {
  it('go on while another process fills the new slots, and bring every change to the old ones at once', async () => {
    scenario = createSlotsScenario({ left: { mode: 'immediate' } });
    const serving = await process();
    await runOnce(serving);
    await verbs(scenario).blueGreen({ prepareOnly: true });
    // Everything is to be written to the new slots again, by a process that is held up in the middle of it.
    const filling = await process();
    for (const name of ['left', 'right']) {
      const slot = (await filling.slots(name)).find((one) => one.state === 'filling')!;
      const lease = filling.catalog.leases.acquire([`slot:${slot.id}`]);
      if ('heldBy' in lease) throw new Error('the slot is free');
      for (const _step of filling.catalog.holdings.forget(lease, slot.id, {}));
      filling.catalog.leases.release(lease);
    }
    let heldUp = (): void => undefined;
    const isHeldUp = new Promise<void>((resolve) => (heldUp = resolve));
    let goOn = (): void => undefined;
    const mayGoOn = new Promise<void>((resolve) => (goOn = resolve));
    const { right, events } = scenario;
    const isFilling = (): boolean =>
      events.findLast((one) => one.type === 'run-started')?.streams.length === 0;
    right.switches.later = () => (isFilling() ? undefined : 10);
    right.switches.onWrite = async () => {
      if (!isFilling()) return;
      heldUp();
      await mayGoOn;
    };
    const reindexing = blueGreen(filling);
    await isHeldUp;
    right.switches.onWrite = undefined;
    right.switches.later = undefined;
    scenario.crm.patch('Account', 'a1', { Name: 'Ash' });
    scenario.crm.remove('Account', 'a2');
    const report = await runOnce(serving);
    expect(accountsClose(report)).toEqual([]);
    expect(report.destinations.map((one) => one.destination)).toContain('right (slot main)');
    expect(report.destinations.map((one) => one.destination)).not.toContain('right (slot main-2)');
    expect(slotBodies(scenario, 'main')).toEqual(both());
    goOn();
    expect(await reindexing).toMatchObject({ phase: 'done' });
    await runOnce(serving);
    expect(slotBodies(scenario, 'main-2')).toEqual(both());
  });

  it('of a process that was there before see the new slots in their next run', async () => {
    scenario = createSlotsScenario();
    const serving = await process();
    await runOnce(serving);
    await verbs(scenario).blueGreen({ prepareOnly: true });
    scenario.crm.patch('Account', 'a1', { Name: 'Ash' });
    expect(accountsClose(await runOnce(serving))).toEqual([]);
    expect([slotBodies(scenario, 'main'), slotBodies(scenario, 'main-2')]).toEqual([both(), both()]);
    await verbs(scenario).blueGreen();
    await verbs(scenario).retire();
    scenario.crm.patch('Account', 'a1', { Name: 'Aspen' });
    const report = await runOnce(serving);
    expect(report.destinations.map((one) => one.destination)).toEqual(['left', 'right']);
    expect(slotBodies(scenario, 'main-2')).toEqual(both());
    expect(scenario.left.shape()).toBeUndefined();
  });

  it('that were about to begin when a slot was opened begin with it', async () => {
    scenario = createSlotsScenario();
    const serving = await process();
    await runOnce(serving);
    let opened = false;
    const late: World = {
      ...serving,
      async kinds() {
        const kinds = await serving.kinds();
        if (!opened) {
          opened = true;
          await verbs(scenario).blueGreen({ prepareOnly: true });
        }
        return kinds;
      },
    };
    scenario.crm.patch('Account', 'a1', { Name: 'Ash' });
    const report = await runOnce(late);
    expect(accountsClose(report)).toEqual([]);
    expect(report.destinations).toHaveLength(4);
    expect([slotBodies(scenario, 'main'), slotBodies(scenario, 'main-2')]).toEqual([both(), both()]);
  });

  it('are held up by no slot that is being filled, and count its rest as no fault', async () => {
    const rows = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [
        `b${index}`,
        { Id: `b${index}`, Name: `Firm ${index}`, OwnerId: 'u1', Industry: 'Retail' },
      ]),
    );
    scenario = createSlotsScenario({
      rows: { Account: rows, User: { u1: { Id: 'u1', Name: 'Uma' } }, Contact: {}, Deal: {} },
      left: { mode: 'immediate', limits: { maxDocuments: 2, maxInFlight: 1 } },
    });
    await scenario.sync();
    scenario.left.switches.halt = 'closed';
    expect(await verbs(scenario).blueGreen()).toMatchObject({ phase: 'fill' });
    scenario.left.switches.halt = undefined;
    scenario.left.switches.latencyMs = 60_000;
    const before = scenario.clock.now();
    const report = await scenario.sync();
    expect(accountsClose(report)).toEqual([]);
    const rest = report.destinations.find((one) => one.destination === 'left (slot main-2)')!;
    expect([rest.filling, rest.deferred > 30, reportExitCode(report)]).toEqual([true, true, 0]);
    expect(scenario.clock.now() - before).toBeLessThan(3 * 60_000);
    scenario.left.switches.latencyMs = 0;
    expect(await verbs(scenario).blueGreen()).toMatchObject({ phase: 'done' });
  });
});
