import type { JsonObject, Json } from '../contract/json.ts';
import type { DestinationCounts, JoinReport, StreamCounts } from '../observe/report.ts';

/**
 * The catalog: what the sources last told us (records), what should exist where (desired), and what each
 * destination has confirmed (held), with at most one open attempt a document. Every verb of the product is a
 * statement about these. Nothing about the engine behind it leaks out of this folder.
 *
 * Writing methods name the lease they work under; the transaction fails with `LeaseLost` when another holder has
 * taken it over. Reading methods need none.
 */
export interface Catalog {
  /** Random, made with the catalog: tells our slots from another installation's. */
  readonly installation: string;

  leases: Leases;
  streams: StreamStore;
  kinds: KindStore;
  documents: DocumentStore;
  holdings: HoldingStore;
  insight: Insight;
  /** Bytes by key for connectors; bounded, oldest out first. */
  cache: {
    get(name: string, key: string): Uint8Array | undefined;
    set(name: string, key: string, value: Uint8Array): void;
  };
  /** Small facts of the engine by key (the identity of a source). */
  notes: { get(key: string): Json | undefined; set(key: string, value: Json): void };
  close(): void;
}

// --- leases -----------------------------------------------------------------------------------------------------

/** The right to write under some names. `epoch` rises with every holder: an older holder's writes are refused. */
export interface Lease {
  readonly names: readonly string[];
  readonly epoch: number;
}
export interface Leases {
  /** Takes all names or none; answers with the holder that has one of them. A dead process on this host loses its. */
  acquire(names: readonly string[]): Lease | { readonly heldBy: string; readonly name: string };
  renew(lease: Lease): void;
  release(lease: Lease): void;
}

// --- records ----------------------------------------------------------------------------------------------------

export interface StreamState {
  readonly id: number;
  readonly shape: string | undefined;
  readonly cursor: Json | undefined;
  /** A read has reached the end at least once under this shape. */
  readonly complete: boolean;
  readonly asOf: string | undefined;
  readonly records: number;
}
export interface PageInput {
  readonly asOf: string;
  readonly records: readonly { key: string; data: JsonObject; version?: string; modifiedAt?: string }[];
  readonly deleted: readonly string[];
  readonly unreadable: readonly { key?: string; reason: string }[];
  readonly cursor: Json | undefined;
  /** Documents that this page makes dirty go behind fresh changes (first load, re-read). */
  readonly bulk: boolean;
}
/** What to do with records that an enumeration proved absent. */
export interface AbsenceDecision {
  readonly absent: number;
  readonly staged: boolean;
}
export interface StreamStore {
  state(stream: string): StreamState;
  /** Starts a stream over under another shape: the cursor goes, the records stay until they are read again. */
  reshape(lease: Lease, stream: string, shape: string): void;
  /** One transaction: records, links, causes, quarantine and cursor. Answers what became of the page's records. */
  savePage(lease: Lease, stream: string, page: PageInput): StreamCounts;
  /** The read has reached its end. */
  finish(lease: Lease, stream: string): void;
  /** Notes which keys an enumeration showed; bitmaps, so the cost does not grow with the records' size. */
  startEnumeration(lease: Lease, stream: string): number;
  noteSeen(lease: Lease, stream: string, enumeration: number, keys: readonly string[]): void;
  /** Keys stored before `asOf`, not seen, not quarantined; in key order after `after`. */
  unseen(stream: string, enumeration: number, asOf: string, after: string, limit: number): string[];
  countUnseen(stream: string, enumeration: number, asOf: string): number;
  endEnumeration(lease: Lease, stream: string, enumeration: number): void;
  removeAbsent(lease: Lease, stream: string, keys: readonly string[], asOf: string): number;
}

// --- kinds ------------------------------------------------------------------------------------------------------

/** An index over a stream's records by join value. `entry` is pure; `definition` identifies it across processes. */
export interface IndexDefinition {
  readonly stream: string;
  readonly definition: string;
  entry(data: JsonObject): { readonly value: string; readonly order: string } | undefined;
}
export interface NodeDefinition {
  readonly path: string;
  readonly name: string;
  readonly stream: string;
  /** Path of the node above; undefined at the root. */
  readonly parent: string | undefined;
  readonly fields: readonly string[];
  readonly required: boolean;
  readonly waitMs: number;
  readonly limit: number;
  readonly descending: boolean;
  /** Over the parent node's stream: the value by which a parent looks for its parts. */
  readonly parentIndex: IndexDefinition | undefined;
  /** Over this node's stream: the value by which a part is found, with its order and filter. */
  readonly partIndex: IndexDefinition | undefined;
}
export interface KindDefinition {
  readonly name: string;
  /** Of everything that decides the documents and where they go; another one makes every document dirty. */
  readonly fingerprint: string;
  /** Root first. */
  readonly nodes: readonly NodeDefinition[];
}
export interface RecordTree {
  readonly key: string;
  readonly data: JsonObject;
  readonly modifiedAt?: string | undefined;
  readonly parts: Readonly<Record<string, readonly RecordTree[]>>;
}
export interface DirtyDocument {
  readonly record: number;
  /** The count of touches that was read before any record was. */
  readonly mark: number;
  readonly bulk: boolean;
}
export interface KindStore {
  /** Once per process, before anything else: indexes to build, kinds to fill. */
  define(lease: Lease, kinds: readonly KindDefinition[]): void;
  /** One bounded step of building indexes over stored records; true while there is more. */
  buildIndexes(lease: Lease): boolean;
  /** Opens the kinds whose streams have been read; answers what each of the others waits for. */
  open(lease: Lease, now: number): Map<string, string[]>;
  /** Optional parts' streams that have never been read, by path. */
  missing(kind: string): string[];
  /** One bounded step of expanding causes and filling opened kinds into dirty documents; true while there is more. */
  expand(lease: Lease): boolean;
  countDirty(kind: string): number;
  /** `among` limits it to some root records. */
  takeDirty(kind: string, limit: number, among?: readonly number[]): DirtyDocument[];
  trees(kind: string, records: readonly number[]): Map<number, RecordTree>;
  /** Live root records in key order. */
  rootRecords(kind: string, after: string, limit: number): { readonly key: string; readonly id: number }[];
  findRoot(kind: string, key: string): number | undefined;
}

// --- desired and held -------------------------------------------------------------------------------------------

export interface SlotTarget {
  readonly slot: number;
  /** Fingerprint, or '' for absent. */
  readonly desired: string;
  /** Why policy keeps the document from this slot. */
  readonly withheld?: string | undefined;
}
export interface ComposedDocument {
  readonly record: number;
  readonly mark: number;
  readonly bulk: boolean;
  /** Undefined when the record makes no document (gone, filtered out, withheld everywhere). */
  readonly id: string | undefined;
  readonly content: string | undefined;
  readonly targets: readonly SlotTarget[];
  /** The targets are not all there are: other slots are left as they are. */
  readonly partial?: boolean;
  /** Set when it could not be composed: every slot keeps its last good document. */
  readonly rejected?: { readonly code: string; readonly reason: string } | undefined;
}
export interface SavedDocuments {
  /** By slot. */
  readonly counts: ReadonlyMap<number, DestinationCounts>;
  /** `<slot>/<document id>` of those that are to be written. */
  readonly toWrite: ReadonlySet<string>;
}
export interface DocumentStore {
  slot(destination: string, name: string): number;
  /** One transaction: dirty cleared up to the mark, documents and desired written. */
  saveComposed(lease: Lease, kind: string, documents: readonly ComposedDocument[]): SavedDocuments;
  /** The document row of a root record. */
  find(kind: string, key: string): DocumentRow | undefined;
}
export interface DocumentRow {
  readonly document: number;
  readonly record: number;
  readonly kind: string;
  readonly id: string;
  readonly content: string | undefined;
  readonly holdings: readonly {
    readonly slot: number;
    readonly desired: string;
    readonly held: string | undefined;
    readonly todo: boolean;
    readonly note: string | undefined;
    readonly quarantine: string | undefined;
  }[];
}

export interface Work {
  readonly document: number;
  readonly record: number;
  readonly kind: string;
  readonly id: string;
  readonly desired: string;
  readonly receipt: Json | undefined;
  readonly addresses: readonly string[];
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
export type Closing =
  | {
      readonly status: 'done';
      readonly receipt?: Json | undefined;
      readonly addresses?: readonly string[] | undefined;
    }
  | { readonly status: 'accepted'; readonly acceptance: Json }
  /** Nothing changed at the destination. */
  | { readonly status: 'rejected'; readonly code: string; readonly reason: string }
  /** Refused after it was accepted: what is there now is not known. */
  | { readonly status: 'failed'; readonly code: string; readonly reason: string }
  | { readonly status: 'later' }
  | { readonly status: 'unknown' };
/** Which documents of a slot: all of them, those of a kind, or one. */
export interface ForgetFilter {
  readonly kind?: string | undefined;
  readonly id?: string | undefined;
}
export interface HoldingStore {
  /** Work in document order after `after`; fresh or bulk lane. */
  work(slot: number, lane: 'fresh' | 'bulk', after: number, limit: number): Work[];
  countWork(slot: number): number;
  countPlanned(slot: number): { readonly writes: number; readonly deletes: number };
  countHeld(slot: number): number;
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
    items: readonly { document: number; fingerprint: string; code: string; reason: string }[],
  ): DestinationCounts;
  /** How many documents `forget` would forget. */
  countForget(slot: number, filter: ForgetFilter): number;
  /** Forgets what is held, so that an ordinary publish writes it again. */
  forget(lease: Lease, slot: number, filter: ForgetFilter): number;
  /** Compares a destination's inventory with held; corrects held where they differ when `repair`. */
  inventory(slot: number): InventoryComparison;
}
export interface InventoryComparison {
  add(
    items: readonly {
      id: string;
      status: string;
      fingerprint?: string | undefined;
      version?: string | undefined;
    }[],
  ): void;
  finish(repair: Lease | undefined): InventoryResult;
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
  /** How many fingerprints were read back from the service. */
  readonly seen: number;
  /** How many rest on our receipt alone. */
  readonly accepted: number;
  /** Not settled: work or attempts open. */
  readonly unsettled: number;
}

// --- insight ----------------------------------------------------------------------------------------------------

export interface QuarantineEntry {
  readonly scope: 'record' | 'document';
  readonly stream?: string;
  readonly key?: string;
  readonly destination?: string;
  readonly id?: string;
  readonly code: string;
  readonly reason: string;
  readonly since: string;
}
export interface Insight {
  joins(): JoinReport[];
  quarantine(limit: number): QuarantineEntry[];
  counts(): { records: Record<string, number>; documents: Record<string, number>; quarantined: number };
  /** Compares the contents that two slots are meant to hold: documents wanted in both whose content is not the same held one. */
  divergent(
    slots: readonly number[],
    limit: number,
  ): { readonly count: number; readonly ids: readonly string[] };
  saveRun(report: Json): void;
  lastRun(): Json | undefined;
}

/** Another process has taken the work over: stop at once, nothing was written. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}
