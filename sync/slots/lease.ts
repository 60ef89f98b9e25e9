import type { Lease } from '../../core/catalog/index.ts';
import { isConfigError } from '../../core/contract/errors.ts';
import { busy } from '../claim.ts';
import type { World } from '../world.ts';

const patienceMs = 60_000;
const pollMs = 500;
/** A run that reads much is waited for longer. */
const runPatienceMs = 10 * 60_000;

/** One procedure about slots at a time. A run that is at work is waited for a while. */
export async function withSlotsLease<T>(
  world: World,
  more: readonly string[],
  work: (lease: Lease) => Promise<T>,
): Promise<T> {
  const lease = await waitForLease(world, ['slots', ...more]);
  try {
    return await work(lease);
  } finally {
    world.catalog.leases.release(lease);
  }
}

export async function waitForLease(world: World, names: readonly string[]): Promise<Lease> {
  const until = world.now() + patienceMs;
  for (;;) {
    const lease = world.catalog.leases.acquire(names);
    if (!('heldBy' in lease)) return lease;
    if (lease.name === 'slots' || world.now() >= until) throw busy(lease);
    await world.sleep(pollMs);
  }
}

/** Does work that takes leases of its own; a run of another process comes first. */
export async function patiently<T>(world: World, work: () => Promise<T>): Promise<T> {
  const until = world.now() + runPatienceMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isConfigError(error) || error.code !== 'BUSY' || world.now() >= until) throw error;
      await world.sleep(pollMs);
    }
  }
}
