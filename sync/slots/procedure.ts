import type { Catalog, Lease, SlotChange, SlotRow } from '../../core/catalog/index.ts';
import type { Json } from '../../core/contract/json.ts';
import type { Problem } from '../../core/observe/report.ts';

/** One destination's part in a procedure: agents are to be led from one slot to another. */
export interface Move {
  readonly destination: string;
  /** Of the catalog. */
  readonly from: number;
  readonly to: number;
  readonly fromLabel: string;
  readonly toLabel: string;
  /** What agents may have bound in place of the pointer. */
  readonly binding?: { readonly what: string; readonly from: string; readonly to: string };
  /** When the pointer had moved, in milliseconds since 1970. */
  readonly movedAt?: number;
  readonly settlesWithinMs?: number;
}
/**
 * - `fill`: the new slots are filled and verified; agents are led to the old ones. - `cut-over`: pointers are moved, and
 * whoever finds it so moves the rest. - `undo`: one could not be moved: those that were are moved back. - `done`.
 */
export type Phase = 'fill' | 'cut-over' | 'undo' | 'done';

/** The journal: written before and after each step, so that whoever comes next knows where it stands. */
export interface Procedure {
  readonly verb: 'blue-green' | 'rollback';
  readonly phase: Phase;
  readonly startedAt: string;
  readonly moves: readonly Move[];
  /** When the first pointer was about to move. */
  readonly cutOverAt?: number;
  /** From there until the last had moved: so long the destinations may have led to different generations. */
  readonly windowMs?: number;
  readonly finishedAt?: string;
  /** Why pointers had to be moved back. */
  readonly problem?: Problem;
}

export const readProcedure = (catalog: Catalog): Procedure | undefined =>
  catalog.slots.procedure() as unknown as Procedure | undefined;

/** One transaction: the journal, and the states that go with it. */
export function record(
  catalog: Catalog,
  lease: Lease,
  procedure: Procedure,
  states: NonNullable<SlotChange['states']> = [],
): Procedure {
  catalog.slots.change(lease, { states, procedure: () => asJson(procedure) });
  return procedure;
}

export const asJson = (procedure: Procedure): Json => JSON.parse(JSON.stringify(procedure)) as Json;

/** The live slot of a move's destination. */
export function slotOf(catalog: Catalog, destination: string, id: number): SlotRow {
  const found = catalog.slots.live(destination).find((row) => row.id === id);
  if (!found) throw new Error(`${destination} has no live slot ${id}`);
  return found;
}
