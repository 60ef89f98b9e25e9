import type { World } from './world.ts';

/** How long steps follow one another before others have their turn. */
const longestStretchMs = 20;

const othersTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Takes what bounded steps on the catalog give, one after the other; between them others have their turn. Goes to the end
 * also when the run is told to stop.
 */
export async function inSteps<T>(world: World, steps: Iterable<T | undefined>): Promise<T[]> {
  const given: T[] = [];
  let breathedAt = world.now();
  for (const one of steps) {
    if (one !== undefined) given.push(one);
    if (world.now() - breathedAt < longestStretchMs) continue;
    await othersTurn();
    breathedAt = world.now();
  }
  return given;
}

/** Lets timers and answers have their turn between two steps on the catalog; stops when the run is told to. */
export async function breathe(world: World): Promise<void> {
  await othersTurn();
  world.signal.throwIfAborted();
}
