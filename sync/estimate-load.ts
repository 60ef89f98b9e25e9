import type { OpenSlot, World } from './world.ts';

/** From so many documents on, a person wants to know how long it will take. */
export const largeLoad = 10_000;

/** Says how long each destination with a large load will take at the pace it allows: the quota decides, not this machine. */
export function estimateLoads(world: World, slots: readonly OpenSlot[]): void {
  for (const slot of slots) {
    const documents = world.catalog.holdings.countWork(slot.id);
    if (documents <= largeLoad) continue;
    const { maxDocuments, requestsPerSecond } = slot.destination.limits();
    const seconds = Math.ceil(documents / (maxDocuments * requestsPerSecond));
    world.observe({ type: 'load-estimated', destination: slot.name, documents, seconds });
  }
}
