import { afterEach, describe, expect, it } from 'vitest';
import { ConfigError, TransientError } from '../../../core/contract/errors.ts';
import { createTestContext } from '../../../core/testing/context.ts';
import { check } from '../../../sync/check.ts';
import { blueGreen } from '../../../sync/slots/blue-green.ts';
import { expectedBodies } from '../oracle.ts';
import { accountsClose, bodies, type Scenario } from '../scenario.ts';
import { createSlotsScenario, reshaped, slotBodies, verbs } from './reindexed.ts';

let scenario: Scenario;
afterEach(() => scenario.end());

const change = (): void => {
  scenario.crm.patch('Account', 'a2', { Name: 'Bay' });
  scenario.crm.remove('Account', 'a3');
  scenario.crm.put('Account', 'a4', { Id: 'a4', Name: 'Dogwood', OwnerId: 'u2', Industry: 'Energy' });
};
const active = (): string[] => [scenario.left.active(), scenario.right.active()];
const both = (): Record<string, string>[] => [expectedBodies(scenario), expectedBodies(scenario)];

describe('a reindex without downtime', () => {
  it('fills new slots from the catalog without reading a source, and leads agents to them on both planes', async () => {
    scenario = createSlotsScenario();
    await scenario.sync();
    const pages = scenario.crm.counts.pages;
    const report = await verbs(scenario, reshaped(scenario)).blueGreen();
    expect(report).toMatchObject({ phase: 'done', problems: [], documents: { left: 3, right: 3 } });
    expect(report.verified.map((one) => [one.verified, one.present, one.samples.found])).toEqual([
      [true, 3, 3],
      [true, 3, 3],
    ]);
    expect(report.windowMs).toBeGreaterThanOrEqual(0);
    expect(active()).toEqual(['main-2', 'main-2']);
    expect([scenario.left.shape('main-2'), scenario.left.shape()]).toEqual(['shape-2', 'model-1']);
    expect(slotBodies(scenario, 'main-2')).toEqual(both());
    expect(scenario.crm.counts.pages).toBe(pages);
  });

  it('brings every change to every slot until the old ones are retired', async () => {
    scenario = createSlotsScenario();
    await scenario.sync();
    const yaml = reshaped(scenario);
    await verbs(scenario, yaml).blueGreen({ prepareOnly: true });
    expect(active()).toEqual(['main', 'main']);
    for (const ready of [false, true]) {
      if (ready) await verbs(scenario, yaml).blueGreen();
      change();
      const report = await scenario.sync({ yaml });
      expect(accountsClose(report)).toEqual([]);
      expect(report.destinations.map((one) => one.destination)).toEqual([
        'left (slot main)',
        'left (slot main-2)',
        'right (slot main)',
        'right (slot main-2)',
      ]);
      expect([slotBodies(scenario, 'main'), slotBodies(scenario, 'main-2')]).toEqual([both(), both()]);
      expect(scenario.left.shape()).toBe('model-1');
    }
    expect((await verbs(scenario, yaml).retire()).retired).toHaveLength(2);
    expect([scenario.left.shape(), slotBodies(scenario, 'main')]).toEqual([undefined, [{}, {}]]);
    scenario.crm.patch('Account', 'a1', { Name: 'Ash' });
    const after = await scenario.sync({ yaml });
    expect(accountsClose(after)).toEqual([]);
    expect(after.destinations.map((one) => one.destination)).toEqual(['left', 'right']);
    expect(slotBodies(scenario, 'main-2')).toEqual(both());
    expect((await scenario.sync({ yaml })).destinations.map((one) => one.considered)).toEqual([0, 0]);
  });

  it('withdraws from every slot what policy forbids from now on', async () => {
    scenario = createSlotsScenario();
    await scenario.sync();
    await verbs(scenario).blueGreen();
    const strict = scenario.yaml.replaceAll(/plane: (\w+)/g, 'plane: $1, accepts: public');
    const report = await scenario.sync({ yaml: strict });
    expect(accountsClose(report)).toEqual([]);
    expect([slotBodies(scenario, 'main'), slotBodies(scenario, 'main-2')]).toEqual([
      [{}, {}],
      [{}, {}],
    ]);
  });

  it('leads back to the slots that were active, which have every change, and forward again', async () => {
    scenario = createSlotsScenario();
    await scenario.sync();
    await verbs(scenario).blueGreen();
    change();
    await scenario.sync();
    const back = await verbs(scenario).rollBack();
    expect(back.moves.map((move) => [move.fromLabel, move.toLabel])).toEqual([
      ['slot main-2', 'slot main'],
      ['slot main-2', 'slot main'],
    ]);
    expect([active(), slotBodies(scenario, 'main')]).toEqual([['main', 'main'], both()]);
    await verbs(scenario).rollBack();
    expect(active()).toEqual(['main-2', 'main-2']);
    await verbs(scenario).retire();
    await expect(verbs(scenario).rollBack()).rejects.toThrow('no slot is kept');
  });

  it('moves no pointer while one plane is not filled, and goes on when it is', async () => {
    scenario = createSlotsScenario();
    await scenario.sync();
    scenario.left.switches.halt = 'closed for repair';
    const report = await verbs(scenario).blueGreen();
    expect(report).toMatchObject({ phase: 'fill', problems: [{ message: 'closed for repair' }] });
    expect(active()).toEqual(['main', 'main']);
    expect(slotBodies(scenario, 'main-2')[1]).toEqual(expectedBodies(scenario));
    scenario.left.switches.halt = undefined;
    expect(await verbs(scenario).blueGreen()).toMatchObject({ phase: 'done' });
    expect(active()).toEqual(['main-2', 'main-2']);
  });

  it('moves no pointer when a document that agents find now would be lost', async () => {
    scenario = createSlotsScenario();
    await scenario.sync();
    scenario.right.switches.reject = (one) => (one.id.endsWith(':a1') ? 'too odd' : undefined);
    const report = await verbs(scenario).blueGreen();
    expect(report.phase).toBe('fill');
    expect(report.verified.map((one) => [one.slot, one.verified, one.behind.count])).toEqual([
      ['left (slot main-2)', true, 0],
      ['right (slot main-2)', false, 1],
    ]);
    expect(active()).toEqual(['main', 'main']);
  });

  it('repairs what the inventory of a new slot shows to differ before it moves any pointer', async () => {
    scenario = createSlotsScenario();
    await scenario.sync();
    await verbs(scenario).blueGreen({ prepareOnly: true });
    const plane = scenario.right;
    const id = [...plane.held('main-2').keys()][0]!;
    plane.tamper({ id, gone: true, slot: 'main-2' });
    const report = await verbs(scenario).blueGreen();
    expect(report.phase).toBe('done');
    expect(slotBodies(scenario, 'main-2')).toEqual(both());
  });

  it('leads the first plane back when the second cannot follow, and tries again when told', async () => {
    scenario = createSlotsScenario();
    await scenario.sync();
    scenario.right.switches.onActivate = (moment, slot) => {
      if (moment === 'before' && slot === 'main-2') throw new ConfigError('FORBIDDEN', 'no right to do so');
    };
    const report = await verbs(scenario).blueGreen();
    expect(report).toMatchObject({ phase: 'fill', problems: [{ code: 'FORBIDDEN' }] });
    expect(active()).toEqual(['main', 'main']);
    scenario.right.switches.onActivate = undefined;
    expect(await verbs(scenario).blueGreen()).toMatchObject({ phase: 'done', problems: [] });
    expect(active()).toEqual(['main-2', 'main-2']);
  });

  it('asks a busy service again before it takes a cut-over back', async () => {
    scenario = createSlotsScenario();
    await scenario.sync();
    let refused = 0;
    scenario.right.switches.onActivate = (moment) => {
      if (moment === 'before' && refused++ < 3) throw new TransientError('busy');
    };
    expect(await verbs(scenario).blueGreen()).toMatchObject({ phase: 'done' });
    expect(active()).toEqual(['main-2', 'main-2']);
  });

  it('measures the time in which the planes led to different generations', async () => {
    scenario = createSlotsScenario();
    await scenario.sync();
    scenario.right.switches.onActivate = (moment) => {
      if (moment === 'before') scenario.clock.advance(1500);
    };
    expect((await verbs(scenario).blueGreen()).windowMs).toBe(1500);
  });

  it('says which destinations cannot have a second slot, and refuses one that was named', async () => {
    scenario = createSlotsScenario({ left: { slots: false } });
    await scenario.sync();
    await expect(verbs(scenario).blueGreen({ destinations: ['left'] })).rejects.toThrow('one slot');
    const report = await verbs(scenario).blueGreen();
    expect(report.refused.map((one) => [one.destination, one.problem.code])).toEqual([
      ['left', 'MODEL_NO_SLOTS'],
    ]);
    expect([active(), report.windowMs]).toEqual([['main', 'main-2'], undefined]);
  });

  it('keeps one former slot at a time, and gives up new ones when told', async () => {
    scenario = createSlotsScenario();
    await scenario.sync();
    await verbs(scenario).blueGreen({ prepareOnly: true });
    await expect(verbs(scenario).retire()).rejects.toThrow('no slot is kept');
    expect((await verbs(scenario).retire({ filling: true, dryRun: true })).retired).toHaveLength(2);
    expect((await verbs(scenario).retire({ filling: true })).retired).toEqual([
      { destination: 'left', slot: 'slot main-2', documents: 3 },
      { destination: 'right', slot: 'slot main-2', documents: 3 },
    ]);
    expect([active(), slotBodies(scenario, 'main-2')]).toEqual([
      ['main', 'main'],
      [{}, {}],
    ]);
    await verbs(scenario).blueGreen();
    await expect(verbs(scenario).blueGreen()).rejects.toThrow('for the way back');
    expect(bodies(scenario.left)).toEqual(expectedBodies(scenario));
  });

  it('changes nothing in a dry run', async () => {
    scenario = createSlotsScenario();
    await scenario.sync();
    const report = await verbs(scenario).blueGreen({ dryRun: true });
    expect(report.moves.map((move) => [move.fromLabel, move.toLabel])).toEqual([
      ['slot main', 'slot main-2'],
      ['slot main', 'slot main-2'],
    ]);
    expect(report.documents).toEqual({ left: 3, right: 3 });
    expect((await scenario.sync()).destinations.map((one) => one.destination)).toEqual(['left', 'right']);
  });

  it('says in a check when a service leads agents elsewhere, and deletes no slot that it leads them to', async () => {
    scenario = createSlotsScenario();
    await scenario.sync();
    await verbs(scenario).blueGreen();
    const elsewhere = await scenario.left.connector.create({}, createTestContext(), 'main');
    await elsewhere.slots!.activate();
    const checked = await verbs(scenario).alone(check);
    expect(checked.flatMap((one) => one.problem?.code ?? [])).toEqual(['SLOT_LED']);
    await expect(verbs(scenario).retire()).rejects.toMatchObject({ code: 'SLOT_LED' });
    expect(slotBodies(scenario, 'main')).toEqual(both());
  });

  it('is finished before any slot is given up, when it was stopped between two pointers', async () => {
    scenario = createSlotsScenario();
    await scenario.sync();
    const stop = new AbortController();
    scenario.right.switches.onActivate = () => {
      stop.abort();
      throw new TransientError('stopped');
    };
    const world = await scenario.open({ signal: stop.signal });
    await expect(blueGreen(world)).rejects.toThrow();
    world.catalog.close();
    scenario.right.switches.onActivate = undefined;
    expect(active()).toEqual(['main-2', 'main']);
    await expect(verbs(scenario).retire({ filling: true })).rejects.toMatchObject({ code: 'SLOT_NONE' });
    expect(active()).toEqual(['main-2', 'main-2']);
    expect(slotBodies(scenario, 'main-2')).toEqual(both());
  });

  it('leads nobody back to a slot that could not delete what was withdrawn', async () => {
    scenario = createSlotsScenario();
    await scenario.sync();
    await verbs(scenario).blueGreen();
    scenario.crm.remove('Account', 'a3');
    let refused = 0;
    scenario.right.switches.reject = (one) => {
      // The slots are written side by side; the first to come is refused.
      if (one.action !== 'delete' || refused > 0) return undefined;
      refused++;
      return 'under legal hold';
    };
    await scenario.sync();
    const kept = ['main', 'main-2'].find((slot) => scenario.right.held(slot).size === 3);
    scenario.right.switches.reject = () => 'under legal hold';
    if (kept === 'main-2') await expect(verbs(scenario).rollBack()).resolves.toBeDefined();
    if (kept === 'main-2') scenario.right.switches.reject = undefined;
    await expect(verbs(scenario).rollBack()).rejects.toMatchObject({ code: 'SLOT_BEHIND' });
  });

  it('asks the questions of the configuration too, and moves no pointer when one is not answered', async () => {
    scenario = createSlotsScenario();
    await scenario.sync();
    const asking = (ask: string): string =>
      `${scenario.yaml}\nquestions: [{ ask: "${ask}", expect: account/a1 }, { ask: "who is gone", expect: account/a99 }]`;
    const wrong = await verbs(scenario, asking('Birch')).blueGreen();
    expect([wrong.phase, wrong.verified[0]!.samples]).toMatchObject([
      'fill',
      { asked: 5, found: 3, inconclusive: 1, missed: [expect.stringMatching(/:a1$/)] },
    ]);
    expect(await verbs(scenario, asking('Alder')).blueGreen()).toMatchObject({ phase: 'done' });
  });
});
