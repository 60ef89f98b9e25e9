import type { Lease } from '../../core/catalog/index.ts';
import { retry } from '../../core/http/retry.ts';
import { breathe } from '../in-steps.ts';
import type { World } from '../world.ts';

const attempts = 5;

/** Slots whose deletion was decided: deleted at the service first, forgotten then. */
export async function finishRetiring(world: World, lease: Lease): Promise<void> {
  for (const row of world.catalog.slots.retiring()) {
    world.observe({
      type: 'step-started',
      step: `${row.destination}: deleting what ${row.label ?? row.name} holds`,
    });
    const destination = await world.bind(row);
    await retry(() => destination.slots!.retire(), { attempts, sleep: world.sleep });
    while (world.catalog.slots.forgetStep(lease, row.id)) await breathe(world);
  }
}
