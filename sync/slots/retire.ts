import type { SlotRow, SlotState } from '../../core/catalog/index.ts';
import { ConfigError } from '../../core/contract/errors.ts';
import { titledSlots } from '../slot-title.ts';
import type { World } from '../world.ts';
import { finishRetiring } from './finish-retiring.ts';
import { finishUnder } from './finish.ts';
import { withSlotsLease } from './lease.ts';
import { readProcedure, record } from './procedure.ts';

export interface RetireOptions {
  readonly destinations?: readonly string[] | undefined;
  /** Gives up slots that are being filled, in place of those kept for the way back. */
  readonly filling?: boolean;
  /** Says what would be deleted, and changes nothing. */
  readonly dryRun?: boolean;
}
export interface RetiredSlot {
  readonly destination: string;
  readonly slot: string;
  /** Documents that it holds. */
  readonly documents: number;
}
export interface RetireReport {
  readonly dryRun: boolean;
  readonly retired: readonly RetiredSlot[];
}

/** Deletes slots that agents are not led to: those kept for the way back, or those being filled. */
export async function retire(world: World, options: RetireOptions = {}): Promise<RetireReport> {
  const { catalog } = world;
  const state: SlotState = options.filling ? 'filling' : 'previous';
  const find = (): readonly SlotRow[] =>
    chosen(world, options.destinations).flatMap((name) =>
      titledSlots(catalog, name).filter((row) => row.state === state),
    );
  const describe = (rows: readonly SlotRow[]): RetiredSlot[] =>
    rows.map((row) => ({
      destination: row.destination,
      slot: row.label ?? row.name,
      documents: catalog.holdings.countHeld(row.id),
    }));
  const findSome = (): readonly SlotRow[] => {
    const rows = find();
    if (rows.length === 0) throw nothingTo(options.filling ?? false);
    return rows;
  };
  if (options.dryRun) return { dryRun: true, retired: describe(findSome()) };
  return withSlotsLease(world, ['compose'], async (lease) => {
    await finishUnder(world, lease);
    const rows = findSome();
    for (const row of rows) await refuseLed(world, row);
    const retired = describe(rows);
    const states = rows.map((row) => ({ slot: row.id, state: 'retiring' as const }));
    const procedure = readProcedure(catalog);
    const ids = new Set(rows.map((row) => row.id));
    if (options.filling && procedure?.phase === 'fill') {
      const moves = procedure.moves.filter((move) => !ids.has(move.to));
      const phase = moves.length === 0 ? ('done' as const) : procedure.phase;
      record(catalog, lease, { ...procedure, moves, phase }, states);
    } else catalog.slots.change(lease, { states });
    await finishRetiring(world, lease);
    return { dryRun: false, retired };
  });
}

/** The catalog says that agents are led elsewhere; the service has the last word. */
async function refuseLed(world: World, row: SlotRow): Promise<void> {
  const { slots } = await world.bind(row);
  if (!(await slots!.list()).some((one) => one.active && one.name === slots!.name)) return;
  throw new ConfigError('SLOT_LED', `${row.destination} leads agents to ${slots!.label}`, {
    where: `destinations.${row.destination}`,
    hint: 'somebody has moved its pointer by hand: move it back, then retire the slot',
  });
}

export function chosen({ config }: World, names: readonly string[] | undefined): readonly string[] {
  for (const name of names ?? []) {
    if (config.destinations[name]) continue;
    throw new ConfigError('DESTINATION_UNKNOWN', `there is no destination named ${name}`, {
      hint: `choose from: ${Object.keys(config.destinations).join(', ')}`,
    });
  }
  return names?.length ? [...new Set(names)] : Object.keys(config.destinations);
}

const nothingTo = (filling: boolean): ConfigError =>
  filling
    ? new ConfigError('SLOT_NONE', 'no slot is being filled', { hint: 'see `tributary slots`' })
    : new ConfigError('SLOT_NONE', 'no slot is kept beside the one that agents are led to', {
        hint: 'see `tributary slots`; one that is being filled is given up with `tributary slots abandon`',
      });
