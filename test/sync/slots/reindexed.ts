import { blueGreen, type BlueGreenOptions, type BlueGreenReport } from '../../../sync/slots/blue-green.ts';
import { retire, type RetireOptions, type RetireReport } from '../../../sync/slots/retire.ts';
import { rollBack, type RollbackReport } from '../../../sync/slots/rollback.ts';
import type { World } from '../../../sync/world.ts';
import { bodies, createScenario, type Scenario, type ScenarioOptions } from '../scenario.ts';

/** The company on two planes that can have slots side by side. */
export const createSlotsScenario = (options: ScenarioOptions = {}): Scenario =>
  createScenario({
    ...options,
    left: { slots: true, ...options.left },
    right: { slots: true, ...options.right },
  });

/** The same configuration, with planes that store in another shape. */
export const reshaped = (scenario: Scenario): string =>
  scenario.yaml
    .replace('type: model-left,', 'type: model-left, profile: shape-2,')
    .replace('type: model-right,', 'type: model-right, profile: shape-2,');

/** Each verb in a process of its own. */
export const verbs = (scenario: Scenario, yaml?: string) => {
  const alone = async <T>(work: (world: World) => Promise<T>): Promise<T> => {
    const world = await scenario.open(yaml === undefined ? {} : { yaml });
    try {
      return await work(world);
    } finally {
      await world.close();
      world.catalog.close();
    }
  };
  return {
    blueGreen: (options?: BlueGreenOptions): Promise<BlueGreenReport> =>
      alone((world) => blueGreen(world, options)),
    rollBack: (): Promise<RollbackReport> => alone((world) => rollBack(world)),
    retire: (options?: RetireOptions): Promise<RetireReport> => alone((world) => retire(world, options)),
    alone,
  };
};

/** What both planes hold in a slot. */
export const slotBodies = (scenario: Scenario, slot: string): Record<string, string>[] =>
  [scenario.left, scenario.right].map((plane) => bodies({ ...plane, held: () => plane.held(slot) }));
