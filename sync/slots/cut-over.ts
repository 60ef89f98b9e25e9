import type { Lease, SlotState } from '../../core/catalog/index.ts';
import { retry } from '../../core/http/retry.ts';
import { toProblem } from '../problem.ts';
import type { World } from '../world.ts';
import { record, slotOf, type Move, type Procedure } from './procedure.ts';

const attempts = 5;

/**
 * Moves the pointers one after another. Journaled before the first and after each: whoever finds it unfinished goes on
 * with the rest. When one cannot be moved, those that were are moved back, and agents stand where they stood.
 */
export async function cutOver(world: World, lease: Lease, procedure: Procedure): Promise<Procedure> {
  const { catalog } = world;
  if (procedure.phase === 'undo') return undo(world, lease, procedure);
  let at = procedure;
  if (at.phase !== 'cut-over') {
    const { problem: _, ...rest } = at;
    at = record(catalog, lease, { ...rest, phase: 'cut-over', cutOverAt: world.now() });
  }
  for (const [index, move] of at.moves.entries()) {
    if (move.movedAt !== undefined) continue;
    let settlesWithinMs: number | undefined;
    world.observe({
      type: 'step-started',
      step: `${move.destination}: leading agents from ${move.fromLabel} to ${move.toLabel}`,
    });
    try {
      ({ settlesWithinMs } = await lead(world, move.destination, move.to));
    } catch (error) {
      if (world.signal.aborted) throw error;
      const problem = toProblem(error, world.signal);
      return undo(world, lease, record(catalog, lease, { ...at, phase: 'undo', problem }));
    }
    const moved: Move = {
      ...move,
      movedAt: world.now(),
      ...(settlesWithinMs === undefined ? {} : { settlesWithinMs }),
    };
    at = record(catalog, lease, { ...at, moves: at.moves.with(index, moved) }, [
      state(move.to, 'active'),
      state(move.from, 'previous'),
    ]);
  }
  const last = Math.max(...at.moves.map((move) => move.movedAt ?? 0));
  return record(catalog, lease, {
    ...at,
    phase: 'done',
    finishedAt: new Date(world.now()).toISOString(),
    ...(at.moves.length > 1 ? { windowMs: Math.max(0, last - at.cutOverAt!) } : {}),
  });
}

/** Leads agents back wherever they may have been led away; a reindex then stands where it stood before its cut-over. */
async function undo(world: World, lease: Lease, procedure: Procedure): Promise<Procedure> {
  const { catalog } = world;
  const isReindex = procedure.verb === 'blue-green';
  for (const { destination, from, fromLabel } of procedure.moves.toReversed()) {
    world.observe({ type: 'step-started', step: `${destination}: leading agents back to ${fromLabel}` });
    await lead(world, destination, from);
  }
  return record(
    catalog,
    lease,
    {
      ...procedure,
      phase: isReindex ? 'fill' : 'done',
      moves: procedure.moves.map(({ movedAt: _, settlesWithinMs: __, ...move }) => move),
      ...(isReindex ? {} : { finishedAt: new Date(world.now()).toISOString() }),
    },
    procedure.moves.flatMap(({ from, to }) => [
      state(from, 'active'),
      state(to, isReindex ? 'filling' : 'previous'),
    ]),
  );
}

const state = (slot: number, to: SlotState) => ({ slot, state: to });

async function lead(world: World, destination: string, slot: number) {
  const opened = await world.bind(slotOf(world.catalog, destination, slot));
  return retry(() => opened.slots!.activate(), { attempts, sleep: world.sleep });
}
