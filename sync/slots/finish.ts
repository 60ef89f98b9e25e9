import type { Catalog, Lease } from '../../core/catalog/index.ts';
import { toProblem } from '../problem.ts';
import type { World } from '../world.ts';
import { cutOver } from './cut-over.ts';
import { finishRetiring } from './finish-retiring.ts';
import { readProcedure, type Procedure } from './procedure.ts';

/** A pointer may stand half-way, or a slot be half deleted. */
export const isHalfDone = ({ catalog }: World): boolean =>
  halfMoved(catalog) !== undefined || catalog.slots.retiring().length > 0;

/** The procedure whose pointers may stand half-way. */
export function halfMoved(catalog: Catalog): Procedure | undefined {
  const found = readProcedure(catalog);
  return found?.phase === 'cut-over' || found?.phase === 'undo' ? found : undefined;
}

/**
 * Before anything else of a run: a cut-over or a deletion that a dead process left half done is finished. What cannot be
 * finished now is said, and tried again by the next run; this one goes on.
 */
export async function finishSlots(world: World): Promise<void> {
  if (!isHalfDone(world)) return;
  const lease = world.catalog.leases.acquire(['slots', 'compose']);
  if ('heldBy' in lease) return;
  try {
    await finishUnder(world, lease);
  } catch (error) {
    if (world.signal.aborted) throw error;
    world.log.warn(`what was left half done could not be finished yet: ${toProblem(error).message}`);
  } finally {
    world.catalog.leases.release(lease);
  }
}

/** Under the leases `slots` and `compose`. Answers the cut-over that now stands as it was asked for, where one was half done. */
export async function finishUnder(world: World, lease: Lease): Promise<Procedure | undefined> {
  const found = halfMoved(world.catalog);
  const end = found && (await cutOver(world, lease, found));
  if (end) world.log.warn(describe(end));
  await finishRetiring(world, lease);
  return end?.phase === 'done' && !end.problem ? end : undefined;
}

/** Whether a command asks for what was begun before: given again after a crash, it is finished and not done twice. */
export const asksFor = (
  verb: Procedure['verb'],
  destinations: readonly string[] | undefined,
  begun: Procedure | undefined,
): begun is Procedure =>
  begun?.verb === verb &&
  (destinations ?? []).every((name) => begun.moves.some((move) => move.destination === name));

function describe({ phase, verb, moves, problem }: Procedure): string {
  if (phase === 'done' && !problem)
    return `a cut-over that was interrupted has been finished: ${moves.map((move) => `${move.destination} leads to ${move.toLabel}`).join(', ')}`;
  return `a cut-over that was interrupted has been taken back: ${moves.map((move) => `${move.destination} leads to ${move.fromLabel}`).join(', ')}${verb === 'blue-green' ? '; `tributary reindex --blue-green` tries again' : ''}`;
}
