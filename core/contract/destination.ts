import type { ZodType } from 'zod';
import type { Context } from './context.ts';
import type { BusinessDocument } from './document.ts';
import type { Filter } from './filter.ts';
import type { Json } from './json.ts';
import type { DestinationSlots, SlotSettings } from './slots.ts';
import type { Grant, Survey } from './survey.ts';

/** What one call of `write` may hold and how fast calls may follow. Asked before each batch, so it may adapt. */
export interface BatchLimits {
  readonly maxDocuments: number;
  readonly maxBytes: number;
  /** Bytes of one encoded document; a larger one is quarantined before it is sent. */
  readonly maxDocumentBytes: number;
  readonly maxInFlight: number;
  /** Batches on their way or accepted and not decided yet; `maxInFlight` when absent. For a service that decides late about many at once. */
  readonly maxOpen?: number;
  readonly requestsPerSecond: number;
}

/** How a destination is going to carry the work that lies ahead. */
export interface Expectation {
  /** What a person reads in the plan: which road the documents take, and what follows from it. */
  readonly road: string;
  /** At the least; absent where `limits()` tells. */
  readonly seconds?: number;
}

/** One thing to do to one document. No second change of a document leaves while one is open. */
export type Change = WriteChange | DeleteChange;

interface ChangeBase {
  readonly id: string;
  /** The receipt of what the destination held before, if it held anything. */
  readonly receipt?: Json;
  /** Every address that earlier attempts may have touched and no verdict has proved gone. */
  readonly addresses: readonly string[];
  /** An earlier request about this document, perhaps of a process that died, was never answered: it may still come into force. */
  readonly inDoubt?: boolean;
}
export interface WriteChange extends ChangeBase {
  readonly action: 'write';
  readonly document: BusinessDocument;
  /** The desired fingerprint: the exact text, metadata and access to send, under this destination's profile. */
  readonly fingerprint: string;
}
export interface DeleteChange extends ChangeBase {
  readonly action: 'delete';
}

/** Exactly what would be sent for a change. */
export interface Encoded {
  readonly bytes: number;
  /** About how many tokens are embedded for it, by the destination or its service; absent when none. For a plan's estimate. */
  readonly embeddingTokens?: number;
  /** Every address (key, document identifier) that sending it may touch. */
  readonly addresses: readonly string[];
  /** Set when the destination could never take it: says which limit, how large it is, what to do. */
  readonly refused?: string;
}

/**
 * What is known about one change right after sending.
 * - `done`: in force. - `accepted`: the service decides later; `confirm` will tell.
 * - `rejected`: refused for good, nothing changed at the destination: quarantined until its content changes.
 * - `later`: not taken, nothing changed; try again. - `unknown`: it may or may not have been applied.
 * - `halted`: a person must act before anything can be written to this slot.
 */
export type Outcome =
  | { readonly status: 'done'; readonly receipt?: Json; readonly addresses?: readonly string[] }
  | { readonly status: 'accepted'; readonly receipt: Json; readonly addresses?: readonly string[] }
  | { readonly status: 'rejected'; readonly code: string; readonly reason: string }
  | { readonly status: 'later'; readonly reason: string; readonly retryAfterMs?: number }
  | { readonly status: 'unknown'; readonly reason: string }
  | { readonly status: 'halted'; readonly reason: string; readonly hint?: string };

/** A change that the service accepted, with the receipt of that acceptance. */
export interface AcceptedChange {
  readonly id: string;
  readonly action: 'write' | 'delete';
  readonly receipt: Json;
}

/** What `confirm` says of one accepted change: about that attempt, not about the document in general. */
export type Verdict =
  | { readonly status: 'done'; readonly receipt?: Json }
  /** `receipt` replaces the acceptance's one: it may note that an in-flight status has been seen. */
  | {
      readonly status: 'waiting';
      readonly receipt?: Json;
      /** The service is known to be at work on it: as good as news for the run's patience. */
      readonly working?: true;
    }
  /** The service refused it after accepting it; what it holds now is not known. */
  | { readonly status: 'failed'; readonly code: string; readonly reason: string }
  | { readonly status: 'unknown'; readonly reason: string };

/** A step that brings a slot into the shape the configuration asks for. */
export interface PlanStep {
  readonly action: 'create' | 'update' | 'recreate' | 'none';
  readonly what: string;
  readonly detail: string;
  /** Carrying it out loses what the slot holds. */
  readonly destructive?: boolean;
}
export interface Plan {
  readonly steps: readonly PlanStep[];
  /** The slot is not there, or not any more: whatever was held in it is gone. */
  readonly missing?: boolean;
  /** The installation that owns the slot, if one has left its id. */
  readonly owner?: string;
}

/** What a destination says it holds. `fingerprint` and `version` only where the service really returns them. */
export interface InventoryItem {
  readonly id: string;
  readonly status: 'present' | 'pending' | 'failed';
  readonly fingerprint?: string;
  readonly version?: string;
  readonly addresses: readonly string[];
}

/**
 * What reading a document back shows. `different`: which fields, never what they hold. `unseen`: the service shows nothing
 * of it, which proves nothing by itself.
 */
export type ReadBack =
  | { readonly status: 'same' }
  | { readonly status: 'different'; readonly fields: readonly string[] }
  | { readonly status: 'unseen' };

/** One passage that answers a question. */
export interface SearchHit {
  readonly id: string;
  readonly title?: string;
  readonly url?: string;
  readonly version?: string;
  /** The passage, as the service returns it. */
  readonly text: string;
  /** The service's own scale: comparable within one answer only. */
  readonly score: number;
}
export interface SearchRequest {
  readonly text: string;
  readonly limit: number;
  /** Equality on published metadata, for example `{ kind: 'account' }`. */
  readonly filter?: Readonly<Record<string, string | number | boolean>>;
  /** A portable filter; holds together with `filter` and with what the asker may read. Refused where it cannot be kept. */
  readonly where?: Filter | undefined;
  /** The principals of the asker; what none of them may read is not returned. Absent: only what everyone may read. */
  readonly principals?: readonly string[];
}

/** A plane's store, bound to one slot (one index, one data source). */
export interface Destination {
  /** Hash of every setting that changes what is stored (chunking, model, metadata budget, index shape). */
  readonly profile: string;
  /** How long after `write` was called a request of it may still come into force; five minutes when absent. */
  readonly longestWriteMs?: number;
  limits(): BatchLimits;
  /**
   * Told how many documents a run changes, as far as known and again while the number grows, so that the destination may
   * choose how to carry them; a plan asks too. Cheap. `limits()` may differ afterwards.
   */
  expect?(documents: number): Expectation;
  /** Credentials, permissions, existence; throws `ConfigError`. Changes nothing. */
  check(): Promise<void>;
  plan(): Promise<Plan>;
  /** Carries the plan out and leaves the installation's id. Another owner is refused unless `adopt`. Idempotent. */
  apply(plan: Plan, options?: { readonly adopt?: boolean }): Promise<void>;
  /** What the slot stands on and who needs which permission, for `tributary provision`. Changes nothing; tells problems as findings. */
  survey?(): Promise<Survey>;
  /** Pure and cheap; called once per change, before its attempt is recorded. */
  encode(change: Change): Encoded;
  /** One request's worth, within `limits()`. Answers in the order of the changes; a throw means `unknown` for all. */
  write(changes: readonly Change[]): Promise<readonly Outcome[]>;
  /** Answers in the order asked. Called again and again, with a pause, until nothing waits. */
  confirm?(changes: readonly AcceptedChange[]): Promise<readonly Verdict[]>;
  /** Everything of ours in the slot, each document once. */
  inventory?(): AsyncIterable<InventoryItem>;
  /** Compares what is stored, as far as the service returns it, with what these writes would store. In the order asked. */
  readBack?(changes: readonly WriteChange[]): Promise<readonly ReadBack[]>;
  search?(request: SearchRequest): Promise<readonly SearchHit[]>;
  /** Where several slots can stand side by side, so that a new one is filled while agents are led to the old one. */
  readonly slots?: DestinationSlots;
  close?(): Promise<void>;
}

/** What a connector folder exports for a destination. Loading it must not load the vendor's SDK. */
export interface DestinationConnector<Config = unknown> {
  readonly type: string;
  readonly title: string;
  /** Settings below `destinations.<name>`, without what the engine itself reads (`type`, `plane`, `accepts`). */
  readonly config: ZodType<Config>;
  /** `slot` is a name that `slots.open` has answered; without it, the destination is bound to the slot of the configuration. */
  create(config: Config, context: Context, slot?: string): Promise<Destination>;
  /** The least permissions that this configuration needs. Asked before there are any: no request is made. */
  grants?(config: Config): readonly Grant[];
  /** Goes with `slots`. */
  readonly slotSettings?: SlotSettings<Config>;
}
