import type { Problem, RunReport } from '../../core/observe/report.ts';
import { randomUUID } from 'node:crypto';
import { canonicalJson } from '../../core/documents/index.ts';
import { runOnce } from '../run.ts';
import type { OpenSlot, World } from '../world.ts';
import { cutOver } from './cut-over.ts';
import { fillSlot } from './fill.ts';
import { asksFor, finishUnder } from './finish.ts';
import { patiently, withSlotsLease } from './lease.ts';
import { openSlots, whoCan, type Refusal } from './open.ts';
import { readProcedure, type Move, type Procedure } from './procedure.ts';
import { verifySlot, type VerifiedSlot } from './verify-slot.ts';

const rounds = 5;

export interface BlueGreenOptions {
  /** Those of the configuration that can, when absent. */
  readonly destinations?: readonly string[] | undefined;
  /** Says what would be opened, and changes nothing. */
  readonly dryRun?: boolean;
  /** Fills and verifies; agents are led to the new slots by the next call without it. */
  readonly prepareOnly?: boolean;
}
export interface BlueGreenReport {
  readonly dryRun: boolean;
  /** `done`: agents are led to the new slots. `fill`: they are not, and the same command goes on. */
  readonly phase: Procedure['phase'];
  readonly moves: readonly Move[];
  /** Documents that the new slots are to hold, by destination. */
  readonly documents: Readonly<Record<string, number>>;
  /** Destinations that have no second slot, and why. */
  readonly refused: readonly Refusal[];
  readonly verified: readonly VerifiedSlot[];
  /** The destinations led to different generations for at most so long; absent where there is one. */
  readonly windowMs?: number;
  /** The configuration has changed since these slots were opened: they keep the settings of their opening. */
  readonly keptSettings: readonly string[];
  readonly problems: readonly Problem[];
}

/**
 * Reindex without downtime, over every destination at once: new slots are filled from the catalog while the old ones get
 * every change; all are verified; then agents are led to them, one pointer after another. Journaled: called again after
 * a stop anywhere, it goes on from where it stood.
 */
export async function blueGreen(world: World, options: BlueGreenOptions = {}): Promise<BlueGreenReport> {
  if (options.dryRun) return plan(world, options);
  const { finished, refused } = await withSlotsLease(world, ['compose'], async (lease) => {
    const found = await finishUnder(world, lease);
    if (asksFor('blue-green', options.destinations, found)) return { finished: found, refused: [] };
    return { finished: undefined, refused: await openSlots(world, lease, options.destinations) };
  });
  if (finished) return { ...summarise(world, finished), refused, verified: [], problems: [] };
  return withSlotsLease(world, [], async (lease) => {
    const procedure = readProcedure(world.catalog)!;
    // Another process may have been at it in between.
    if (procedure.phase !== 'fill')
      return { ...summarise(world, procedure), refused, verified: [], problems: [] };
    const { verified, problems } = await fillAndVerify(world, procedure.moves);
    const isReady = problems.length === 0 && verified.every((one) => one.verified);
    const end = isReady && !options.prepareOnly ? await cutOver(world, lease, procedure) : procedure;
    return {
      ...summarise(world, end),
      refused,
      verified,
      problems: [...problems, ...(end.phase === 'fill' && end.problem && isReady ? [end.problem] : [])],
    };
  });
}

async function plan(world: World, options: BlueGreenOptions): Promise<BlueGreenReport> {
  const procedure = readProcedure(world.catalog);
  if (procedure?.verb === 'blue-green' && procedure.phase !== 'done')
    return { ...summarise(world, procedure), dryRun: true, refused: [], verified: [], problems: [] };
  const { able, refused } = await whoCan(world, options.destinations);
  return {
    dryRun: true,
    phase: 'fill',
    moves: able.map(({ move }) => move),
    documents: Object.fromEntries(
      able.map(({ move }) => [move.destination, world.catalog.holdings.countWanted(move.from)]),
    ),
    refused,
    verified: [],
    keptSettings: [],
    problems: [],
  };
}

function summarise(world: World, { phase, moves, windowMs }: Procedure) {
  return {
    dryRun: false,
    phase,
    moves,
    documents: Object.fromEntries(
      moves.map(({ destination, to }) => [destination, world.catalog.holdings.countWanted(to)]),
    ),
    ...(windowMs === undefined ? {} : { windowMs }),
    keptSettings: moves.filter((move) => hasOtherSettings(world, move)).map((move) => move.toLabel),
  };
}

function hasOtherSettings({ catalog, config }: World, { destination, to }: Move): boolean {
  const found = config.destinations[destination];
  const row = catalog.slots.live(destination).find(({ id }) => id === to);
  if (!found?.connector.slotSettings || row?.settings === undefined) return false;
  return canonicalJson(found.connector.slotSettings.of(found.settings)) !== canonicalJson(row.settings);
}

/** Composes once for the new slots, publishes to each at its own pace, verifies; again while that brings them nearer. */
async function fillAndVerify(
  world: World,
  moves: readonly Move[],
): Promise<{ readonly verified: readonly VerifiedSlot[]; readonly problems: readonly Problem[] }> {
  const destinations = moves.map((move) => move.destination);
  for (let round = 1; ; round++) {
    await patiently(world, () => runOnce(world, { pull: false, destinations }));
    const slots = await Promise.all(moves.map((move) => pairOf(world, move)));
    const problems = await fill(
      world,
      slots.map(({ to }) => to),
    );
    if (problems.length > 0) return { verified: [], problems };
    const left = slots.filter(({ to }) => world.catalog.holdings.countWork(to.id) > 0);
    if (left.length > 0 && round < rounds) continue;
    const verified: VerifiedSlot[] = [];
    for (const { from, to } of slots) {
      world.observe({
        type: 'step-started',
        step: `${to.title}: comparing it with the catalog and with ${labelOf(moves, from)}`,
      });
      verified.push(await verifySlot(world, to, from));
    }
    if (verified.every((one) => one.verified) || round >= rounds) return { verified, problems: [] };
  }
}

/** Every slot at its own pace, told like a run of its own. */
async function fill(world: World, slots: readonly OpenSlot[]): Promise<readonly Problem[]> {
  const run = randomUUID();
  const startedAt = world.now();
  const titles = slots.map((slot) => slot.title);
  world.observe({ type: 'run-started', run, streams: [], destinations: titles });
  const destinations = await Promise.all(slots.map((slot) => fillSlot(world, slot)));
  const report: RunReport = {
    run,
    startedAt: new Date(startedAt).toISOString(),
    seconds: (world.now() - startedAt) / 1000,
    dryRun: false,
    streams: [],
    kinds: [],
    joins: [],
    destinations,
  };
  world.observe({ type: 'run-finished', report });
  return destinations.flatMap((one) => one.error ?? []);
}

const labelOf = (moves: readonly Move[], slot: OpenSlot): string =>
  moves.find((move) => move.from === slot.id)?.fromLabel ?? slot.title;

async function pairOf(world: World, move: Move): Promise<{ from: OpenSlot; to: OpenSlot }> {
  const slots = await world.slots(move.destination);
  const find = (id: number): OpenSlot => slots.find((slot) => slot.id === id)!;
  return { from: find(move.from), to: find(move.to) };
}
