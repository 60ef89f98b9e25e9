import type { Expectation } from '../core/contract/destination.ts';
import type { DestinationCounts } from '../core/observe/report.ts';
import type { Publishing } from './publish.ts';
import type { OpenSlot, World } from './world.ts';

const everyMs = 200;
/** Counting takes at most this part of the time. */
const share = 0.05;

/** How the destination will carry what is left of this run and what it has done, or nothing if it does not choose. */
export function expectWork(
  { catalog }: World,
  { id, destination }: OpenSlot,
  { written, deleted }: Pick<DestinationCounts, 'written' | 'deleted'>,
): Expectation | undefined {
  return destination.expect?.(catalog.holdings.countWork(id) + written + deleted);
}

/** Tells a destination that chooses its road how much there is to do, while more is composed; true when it was told. */
export function watchWork({ world, slot, counts, more }: Publishing): () => boolean {
  let nextAt = -Infinity;
  let composing = true;
  return () => {
    if (!slot.destination.expect || !composing) return false;
    composing = more();
    const startedAt = world.now();
    if (composing && startedAt < nextAt) return false;
    expectWork(world, slot, counts());
    nextAt = world.now() + Math.max(everyMs, (world.now() - startedAt) / share);
    return true;
  };
}
