import { ConfigError } from '../../core/contract/errors.ts';
import { formatMany } from '../../core/observe/format.ts';
import { inSteps } from '../in-steps.ts';
import { runOnce } from '../run.ts';
import { titledSlots } from '../slot-title.ts';
import type { World } from '../world.ts';
import { cutOver } from './cut-over.ts';
import { asksFor, finishUnder, halfMoved } from './finish.ts';
import { patiently, withSlotsLease } from './lease.ts';
import { readProcedure, type Move, type Procedure } from './procedure.ts';
import { chosen } from './retire.ts';

export interface RollbackOptions {
  readonly destinations?: readonly string[] | undefined;
  /** Says where agents would be led, and changes nothing. */
  readonly dryRun?: boolean;
}
export interface RollbackReport extends Pick<Procedure, 'moves' | 'windowMs' | 'problem'> {
  readonly dryRun: boolean;
}

/**
 * Leads agents back to the slots that were active before, on every destination that keeps one. They have received every
 * change since; what is left is brought there first, so that nothing withdrawn comes back. Doing it twice leads forward again;
 * one that was interrupted is finished by the next call.
 */
export async function rollBack(world: World, options: RollbackOptions = {}): Promise<RollbackReport> {
  if (options.dryRun) {
    const begun = halfMoved(world.catalog);
    const isSame = asksFor('rollback', options.destinations, begun);
    return { dryRun: true, moves: isSame ? begun.moves : await findMoves(world, options.destinations) };
  }
  const finished = await withSlotsLease(world, ['compose'], (lease) => finishUnder(world, lease));
  if (asksFor('rollback', options.destinations, finished)) return summarise(finished);
  return withSlotsLease(world, [], async (lease) => {
    const moves = await findMoves(world, options.destinations);
    await patiently(world, () =>
      runOnce(world, { pull: false, destinations: moves.map((move) => move.destination) }),
    );
    for (const move of moves) await requireReady(world, move);
    const startedAt = new Date(world.now()).toISOString();
    return summarise(await cutOver(world, lease, { verb: 'rollback', phase: 'fill', startedAt, moves }));
  });
}

const summarise = ({ moves, windowMs, problem }: Procedure): RollbackReport => ({
  dryRun: false,
  moves,
  ...(windowMs === undefined ? {} : { windowMs }),
  ...(problem ? { problem } : {}),
});

async function findMoves(world: World, destinations: readonly string[] | undefined): Promise<Move[]> {
  const under = readProcedure(world.catalog);
  if (under?.verb === 'blue-green' && under.phase === 'fill') {
    throw new ConfigError(
      'REINDEX_UNDER_WAY',
      'a reindex is under way, and agents are led to the old slots',
      {
        hint: 'finish it with `tributary reindex --blue-green`, or give it up with `tributary slots abandon`',
      },
    );
  }
  const moves: Move[] = [];
  for (const destination of chosen(world, destinations)) {
    const rows = titledSlots(world.catalog, destination);
    const from = rows.find((row) => row.state === 'active');
    const to = rows.findLast((row) => row.state === 'previous');
    if (!from || !to) continue;
    const [former, next] = await Promise.all([from, to].map(async (row) => (await world.bind(row)).slots!));
    moves.push({
      destination,
      from: from.id,
      to: to.id,
      fromLabel: former!.label,
      toLabel: next!.label,
      ...(former!.binding && next!.binding
        ? { binding: { what: next!.binding.what, from: former!.binding.value, to: next!.binding.value } }
        : {}),
    });
  }
  if (moves.length > 0) return moves;
  throw new ConfigError('SLOT_NONE', 'no slot is kept beside the one that agents are led to', {
    hint: 'a slot that was retired cannot be led back to; reindex with `tributary reindex --blue-green`',
  });
}

/** What was withdrawn meanwhile must not come back, nor what was refused be taken for brought. */
async function requireReady(world: World, { destination, from, to, toLabel }: Move): Promise<void> {
  const slot = (await world.slots(destination)).find(({ id }) => id === to)!;
  await slot.destination.check();
  const { missing } = await slot.destination.plan();
  const [behind] = await inSteps(world, world.catalog.insight.behind(from, to, 5));
  const left = behind!.count;
  if (!missing && left === 0) return;
  throw new ConfigError(
    'SLOT_BEHIND',
    missing
      ? `${toLabel} is not there any more`
      : `${formatMany(left, 'document')} of ${toLabel} ${left === 1 ? 'is' : 'are'} not as in the active slot: ${behind!.ids.join(', ')}`,
    {
      where: `destinations.${destination}`,
      hint: missing
        ? 'fill a new slot with `tributary reindex --blue-green`, after `tributary slots retire`'
        : 'run `tributary sync` and look at what it and `tributary quarantine` say of this slot',
    },
  );
}
