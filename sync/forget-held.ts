import type { ForgetFilter, Forgotten, Lease } from '../core/catalog/index.ts';
import { inSteps } from './in-steps.ts';
import type { World } from './world.ts';

/** Forgets what a slot holds, so that an ordinary publish writes it again; answers how many documents. */
export async function forgetHeld(
  world: World,
  lease: Lease,
  slot: number,
  filter: ForgetFilter = {},
): Promise<Forgotten> {
  const steps = await inSteps(world, world.catalog.holdings.forget(lease, slot, filter));
  return {
    documents: steps.reduce((sum, one) => sum + one.documents, 0),
    due: steps.reduce((sum, one) => sum + one.due, 0),
  };
}
