import type { Json, JsonObject } from '../contract/json.ts';
import type { StreamCounts } from '../observe/report.ts';
import type { Lease } from './leases.ts';

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
