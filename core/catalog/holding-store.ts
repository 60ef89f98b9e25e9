import type { Json } from '../contract/json.ts';
import type { DestinationCounts } from '../observe/report.ts';
import type { Lease } from './leases.ts';

export interface Work {
  readonly document: number;
  readonly record: number;
  readonly kind: string;
  readonly id: string;
  readonly desired: string;
  readonly receipt: Json | undefined;
  readonly addresses: readonly string[];
  /** A request about it was never answered. */
  readonly inDoubt: boolean;
  readonly bulk: boolean;
}
export interface AttemptItem {
  readonly document: number;
  readonly id: string;
  readonly action: 'write' | 'delete';
  /** As sent; '' for a delete. */
  readonly fingerprint: string;
  readonly addresses: readonly string[];
  /** Set once the service has accepted it. */
  readonly acceptance?: Json | undefined;
}
export interface OpenAttempt {
  readonly attempt: number;
  readonly epoch: number;
  readonly items: readonly AttemptItem[];
}
/** `payload`: what was sent, kept with the entry in the quarantine. */
export interface Refusal {
  readonly code: string;
  readonly reason: string;
  readonly payload?: Json | undefined;
}
export type Closing =
  | {
      readonly status: 'done';
      readonly receipt?: Json | undefined;
      readonly addresses?: readonly string[] | undefined;
    }
  | { readonly status: 'accepted'; readonly acceptance: Json }
  /** Nothing changed at the destination. */
  | ({ readonly status: 'rejected' } & Refusal)
  /** Refused after it was accepted: what is there now is not known. */
  | ({ readonly status: 'failed' } & Refusal)
  | { readonly status: 'later' }
  | { readonly status: 'unknown' };
export interface Forgotten {
  readonly documents: number;
  /** Those with which there was nothing to do before. */
  readonly due: number;
}
/** Which documents of a slot: all of them, those of a kind, one by its id, or a few by their numbers. */
export interface ForgetFilter {
  readonly kind?: string | undefined;
  /** Looked for among all documents. */
  readonly id?: string | undefined;
  /** Forgotten in one step. */
  readonly documents?: readonly number[] | undefined;
}
/**
 * Why a document is to go: its record is gone, its kind's condition does not hold, policy withholds it, no pipeline brings it
 * there any more, or it lies there under an id that nothing makes any more.
 */
export type DeleteCause = 'source' | 'condition' | 'policy' | 'configuration' | 'identity';
/** Deletes of one kind and one cause that wait for the guard. */
export interface GuardedDeletes {
  /** Undefined for documents that no kind accounts for. */
  readonly kind: string | undefined;
  readonly cause: DeleteCause;
  readonly count: number;
  /** The first of them. */
  readonly ids: readonly string[];
}
export interface PlannedKind {
  /** Undefined for documents that no kind accounts for. */
  readonly kind: string | undefined;
  readonly create: number;
  readonly update: number;
  readonly deletes: Readonly<Partial<Record<DeleteCause, number>>>;
}
export interface HoldingStore {
  /** Work in document order after `after`; fresh or bulk lane. */
  work(slot: number, lane: 'fresh' | 'bulk', after: number, limit: number): Work[];
  /** Which of these documents still have the work that was read, desired as it was then. */
  current(slot: number, work: readonly Pick<Work, 'document' | 'desired'>[]): ReadonlySet<number>;
  /** Without deletes that wait for the guard. */
  countWork(slot: number): number;
  /** The slot holds nothing of ours, is to hold nothing, and no attempt is open. */
  isEmpty(slot: number): boolean;
  countPlanned(slot: number): { readonly writes: number; readonly deletes: number };
  /** What is to be done, by kind, without deletes that wait for the guard. `targeted`: kinds that pipelines still bring to the slot. */
  planned(slot: number, targeted: readonly string[]): PlannedKind[];
  countHeld(slot: number): number;
  /** Documents that should be there. */
  countWanted(slot: number): number;
  /** Deletes that wait for the guard, by kind and cause: those it holds back, or also those it has not judged yet. `targeted` as in `planned`. */
  guardedDeletes(slot: number, targeted: readonly string[], which: 'heldBack' | 'all'): GuardedDeletes[];
  /** The guard's judgement about a group of them: they are due from now on, or wait for a person. */
  judgeDeletes(
    lease: Lease,
    slot: number,
    targeted: readonly string[],
    group: Pick<GuardedDeletes, 'kind' | 'cause'>,
    pass: boolean,
  ): void;
  /** Documents that the slot holds or may hold, of a kind or all told. */
  countPerhapsHeld(slot: number, kind: string | undefined): number;
  /** How many deletes the guard holds back, and how many it has not judged. */
  countGuarded(slot: number): { readonly heldBack: number; readonly unjudged: number };
  /** Committed before the first byte leaves. */
  openAttempt(lease: Lease, slot: number, items: readonly AttemptItem[]): number;
  /** Verdicts about the items of one attempt; the attempt ends when none is left open. */
  close(
    lease: Lease,
    slot: number,
    attempt: number,
    closings: readonly (readonly [document: number, closing: Closing])[],
  ): DestinationCounts;
  openAttempts(slot: number): OpenAttempt[];
  /** Quarantines documents before sending (above a limit). */
  reject(
    lease: Lease,
    slot: number,
    items: readonly (Refusal & { document: number; fingerprint: string })[],
  ): DestinationCounts;
  /** Documents that are held as they are wanted, step by step in document order. */
  settled(slot: number): Iterable<readonly Pick<Work, 'document' | 'record' | 'kind' | 'id' | 'desired'>[]>;
  /** How many documents `forget` would forget. */
  countForget(slot: number, filter: ForgetFilter): number;
  /** Forgets what is held, so that an ordinary publish writes it again, step by step. */
  forget(lease: Lease, slot: number, filter: ForgetFilter): Iterable<Forgotten>;
  /** Compares a destination's inventory with held; corrects held where they differ when `repair`. */
  /** `prefix`: how ids of ours begin; what begins otherwise is counted, and never touched. */
  inventory(slot: number, prefix: string): InventoryComparison;
}
export interface InventoryComparison {
  add(
    items: readonly {
      id: string;
      status: string;
      fingerprint?: string | undefined;
      version?: string | undefined;
      addresses?: readonly string[] | undefined;
    }[],
  ): void;
  /**
   * Step by step, so that others have their turn: the last one gives the result. `relearn`: the books are older than the slot;
   * what it lists without a fingerprint is in doubt.
   */
  finish(
    repair: Lease | undefined,
    options?: { readonly relearn?: boolean },
  ): Iterable<InventoryResult | undefined>;
}
export interface InventoryResult {
  readonly expected: number;
  readonly present: number;
  /** Held by our books, not shown by the destination. */
  readonly missing: readonly string[];
  readonly missingCount: number;
  /** Shown with another fingerprint than held. */
  readonly different: readonly string[];
  readonly differentCount: number;
  /** Shown, and nothing of ours says it should be. */
  readonly unexpected: readonly string[];
  readonly unexpectedCount: number;
  /** Shown, although policy keeps it from this slot. */
  readonly forbidden: readonly string[];
  readonly forbiddenCount: number;
  /** Shown, and not one of our ids: never touched. */
  readonly foreignCount: number;
  /** How many fingerprints were read back from the service. */
  readonly seen: number;
  /** How many rest on our receipt alone. */
  readonly accepted: number;
  /** Not settled: work or attempts open. */
  readonly unsettled: number;
}
