import type { World } from './world.ts';

/** How long steps follow one another before others have their turn. */
const longestStretchMs = 20;

/** Takes what bounded steps on the catalog give, one after the other; between them others have their turn. */
export async function inSteps<T>(world: World, steps: Iterable<T | undefined>): Promise<T[]> {
  const given: T[] = [];
  let breathedAt = world.now();
  for (const one of steps) {
    if (one !== undefined) given.push(one);
    if (world.now() - breathedAt < longestStretchMs) continue;
    await new Promise<void>((resolve) => setImmediate(resolve));
    breathedAt = world.now();
  }
  return given;
}
