import type { Lease, SlotChange } from '../../core/catalog/index.ts';
import { ConfigError } from '../../core/contract/errors.ts';
import type { DestinationSlots } from '../../core/contract/slots.ts';
import type { Json } from '../../core/contract/json.ts';
import type { Problem } from '../../core/observe/report.ts';
import { toProblem } from '../problem.ts';
import type { World } from '../world.ts';
import { asJson, readProcedure, type Move } from './procedure.ts';
import { chosen } from './retire.ts';

export interface Refusal {
  readonly destination: string;
  readonly problem: Problem;
}
interface Able {
  /** `to` is 0: the slot has no number yet. */
  readonly move: Move;
  readonly open: NonNullable<SlotChange['open']>[number];
}

/** Opens a slot for each destination that can, and writes the journal; does nothing where that was done before. */
export async function openSlots(
  world: World,
  lease: Lease,
  destinations: readonly string[] | undefined,
): Promise<readonly Refusal[]> {
  const { catalog } = world;
  const found = readProcedure(catalog);
  if (found && found.phase !== 'done') {
    const under = found.moves.map((move) => move.destination);
    const others = (destinations ?? []).filter((name) => !under.includes(name));
    if (others.length === 0) return [];
    throw new ConfigError('REINDEX_UNDER_WAY', `a reindex of ${under.join(' and ')} is under way`, {
      hint: 'finish it with `tributary reindex --blue-green`, or give it up with `tributary slots abandon`',
    });
  }
  const { able, refused } = await whoCan(world, destinations);
  const startedAt = new Date(world.now()).toISOString();
  catalog.slots.change(lease, {
    open: able.map((one) => one.open),
    states: able.map(({ move }) => ({ slot: move.from, state: 'active', label: move.fromLabel })),
    procedure: (numbers) => {
      const moves = able.map(({ move }, index) => ({ ...move, to: numbers[index]! }));
      return asJson({ verb: 'blue-green', phase: 'fill', startedAt, moves });
    },
  });
  return refused;
}

/** Asks every destination before anything is opened. One that was named and cannot is an error; so is nobody that can. */
export async function whoCan(
  world: World,
  destinations: readonly string[] | undefined,
): Promise<{ readonly able: readonly Able[]; readonly refused: readonly Refusal[] }> {
  const able: Able[] = [];
  const refused: Refusal[] = [];
  for (const name of chosen(world, destinations)) {
    try {
      able.push(await prepare(world, name));
    } catch (error) {
      if (world.signal.aborted || destinations?.length) throw error;
      refused.push({ destination: name, problem: toProblem(error, world.signal) });
    }
  }
  if (able.length > 0) return { able, refused };
  throw new ConfigError(
    'SLOTS_UNSUPPORTED',
    `no destination can have a second slot: ${refused.map(({ destination, problem }) => `${destination}: ${problem.message}`).join('; ')}`,
    { hint: hintOf(refused) },
  );
}

function hintOf(refused: readonly Refusal[]): string {
  const hints = refused.flatMap(({ destination, problem }) =>
    problem.hint ? [`${destination}: ${problem.hint}`] : [],
  );
  return hints.join(' ') || 'see docs/operating.md';
}

async function prepare(world: World, name: string): Promise<Able> {
  const { connector, settings } = world.config.destinations[name]!;
  const rows = world.catalog.slots.live(name);
  const configured = (await world.bind({ destination: name, name: 'default', settings: undefined })).slots;
  if (!configured) {
    throw new ConfigError('SLOTS_UNSUPPORTED', `${connector.title} has no second slot`, {
      where: `destinations.${name}`,
      hint: 'write its documents again in place with `tributary reindex`',
    });
  }
  await configured.check();
  const kept = rows.find((row) => row.state !== 'active');
  if (kept) {
    throw new ConfigError('SLOT_KEPT', `${name} still keeps ${kept.label ?? kept.name} for the way back`, {
      where: `destinations.${name}`,
      hint: 'delete it with `tributary slots retire`, then reindex',
    });
  }
  const slotsOf = async (slot: string): Promise<DestinationSlots> =>
    (await world.bind({ destination: name, name: slot, settings: undefined })).slots!;
  const active = rows[0]!;
  const former = await slotsOf(active.name);
  const opened = await configured.open([former.name]);
  const own = opened === configured.name ? 'default' : opened;
  const next = await slotsOf(own);
  const shape: Json = connector.slotSettings?.of(settings) ?? null;
  return {
    open: { destination: name, name: own, label: next.label, settings: shape },
    move: {
      destination: name,
      from: active.id,
      to: 0,
      fromLabel: former.label,
      toLabel: next.label,
      ...(former.binding && next.binding
        ? { binding: { what: next.binding.what, from: former.binding.value, to: next.binding.value } }
        : {}),
    },
  };
}
