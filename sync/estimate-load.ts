import type { DestinationCounts } from '../core/observe/report.ts';
import { expectWork } from './expect-work.ts';
import type { OpenSlot, World } from './world.ts';

/** From so many documents on, a person wants to know how long it will take. */
export const largeLoad = 10_000;

/** Says how long each destination with a large load will take at the pace it allows: the quota decides, not this machine. */
export function estimateLoads(
  world: World,
  slots: readonly OpenSlot[],
  counts: (slot: OpenSlot) => DestinationCounts,
): void {
  for (const slot of slots) {
    const documents = world.catalog.holdings.countWork(slot.id);
    if (documents <= largeLoad) continue;
    const expected = expectWork(world, slot, counts(slot));
    const { maxDocuments, requestsPerSecond } = slot.destination.limits();
    const seconds = expected?.seconds ?? Math.ceil(documents / (maxDocuments * requestsPerSecond));
    world.observe({
      type: 'load-estimated',
      destination: slot.title,
      documents,
      seconds,
      ...(expected === undefined ? {} : { road: expected.road }),
    });
  }
}
