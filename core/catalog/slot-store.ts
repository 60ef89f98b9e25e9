import type { Json } from '../contract/json.ts';
import type { Lease } from './leases.ts';

/**
 * - `filling`: opened, gets every change, and agents are not led to it yet. - `active`: agents are led to it.
 * - `previous`: was active, gets every change still: the way back. - `retiring`: is being deleted. - `retired`: is no more.
 */
export type SlotState = 'filling' | 'active' | 'previous' | 'retiring' | 'retired';

export interface SlotRow {
  readonly id: number;
  readonly destination: string;
  /** The destination's own name of it; `default` for the slot of the configuration. */
  readonly name: string;
  /** As a person finds it in the service; known once the destination has several. */
  readonly label: string | undefined;
  readonly state: SlotState;
  /** Rises with every slot that is opened, also with one that comes back after it was retired. */
  readonly opened: number;
  /** The settings that it was last made ready under, as its connector keeps them. */
  readonly settings: Json | undefined;
}
export interface SlotChange {
  /** Slots to open: rows that come, or come back after they were retired. */
  readonly open?: readonly {
    readonly destination: string;
    readonly name: string;
    readonly label: string;
    readonly settings: Json;
  }[];
  readonly states?: readonly { readonly slot: number; readonly state: SlotState; readonly label?: string }[];
  /** The journal of the procedure that is under way, as it stands after this change; told the ids of those opened. */
  readonly procedure?: (opened: readonly number[]) => Json;
}
/** Slots of destinations, and the journal of the procedure that moves agents from one to another. */
export interface SlotStore {
  /** Those that get changes, in the order in which they were opened. The first of a destination is made when it has none. */
  live(destination: string): readonly SlotRow[];
  /** Those that are being deleted, of every destination. */
  retiring(): readonly SlotRow[];
  /** Changes with every change of slots, whichever process makes it. */
  version(): number;
  /** What was last written by `change` under a verb's procedure. */
  procedure(): Json | undefined;
  /** One transaction, under the lease `slots`; with `compose` too where slots come or go. Answers the ids of those opened. */
  change(lease: Lease, change: SlotChange): readonly number[];
  /** Under the slot's lease: the settings it has been made ready under. */
  keepSettings(lease: Lease, slot: number, settings: Json): void;
  /** One bounded step of forgetting what a retiring slot held; false once it is `retired`. */
  forgetStep(lease: Lease, slot: number): boolean;
}

export const slotsLease = 'slots';
