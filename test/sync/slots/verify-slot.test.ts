import { afterEach, describe, expect, it } from 'vitest';
import type { BusinessDocument } from '../../../core/contract/document.ts';
import { createTestContext } from '../../../core/testing/context.ts';
import { expectedBodies } from '../oracle.ts';
import type { Scenario } from '../scenario.ts';
import { createSlotsScenario, slotBodies, verbs } from './reindexed.ts';

let scenario: Scenario;
afterEach(() => scenario.end());

/** Another hand writes to the new slot of the right plane. */
const putInNewSlot = async (id: string, document: BusinessDocument): Promise<void> => {
  const slot = await scenario.right.connector.create({}, createTestContext(), 'main-2');
  await slot.write([{ action: 'write', id, document, fingerprint: 'old', addresses: [] }]);
};
/** Whether each plane's new slot holds a document at the moment when the first pointer moves. */
const atCutOver = (id: string): boolean[] => {
  const lay: boolean[] = [];
  scenario.left.switches.onActivate = (moment) => {
    if (moment === 'before' && lay.length === 0)
      lay.push(...[scenario.left, scenario.right].map((plane) => plane.held('main-2').has(id)));
  };
  return lay;
};

describe('a reindex without downtime', () => {
  it('takes what nobody knows out of a new slot before it moves any pointer', async () => {
    scenario = createSlotsScenario();
    await scenario.sync();
    await verbs(scenario).blueGreen({ prepareOnly: true });
    const [first] = scenario.right.held('main-2').values();
    await putInNewSlot('acme:stray', first!.document!);
    const lay = atCutOver('acme:stray');
    expect(await verbs(scenario).blueGreen()).toMatchObject({ phase: 'done', problems: [] });
    expect(lay).toEqual([false, false]);
    expect(slotBodies(scenario, 'main-2')).toEqual([expectedBodies(scenario), expectedBodies(scenario)]);
  });

  it('takes what policy withholds out of a new slot before it moves any pointer', async () => {
    scenario = createSlotsScenario();
    await scenario.sync();
    await verbs(scenario).blueGreen({ prepareOnly: true });
    const [id, { document }] = [...scenario.right.held('main-2')][0]!;
    const strict = scenario.yaml.replace('plane: stateless }', 'plane: stateless, accepts: public }');
    await scenario.sync({ yaml: strict });
    expect(slotBodies(scenario, 'main-2')[1]).toEqual({});
    await putInNewSlot(id, document!);
    const lay = atCutOver(id);
    expect(await verbs(scenario, strict).blueGreen()).toMatchObject({ phase: 'done', problems: [] });
    expect(lay[1]).toBe(false);
    expect(slotBodies(scenario, 'main-2')).toEqual([expectedBodies(scenario), {}]);
  });
});
