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
}
/** A first load under way, partition by partition. */
export interface FirstLoadState {
  readonly partitions: readonly {
    readonly name: string;
    readonly value: Json;
    readonly cursor: Json | undefined;
    readonly done: boolean;
  }[];
}
export interface PageInput {
  readonly asOf: string;
  readonly records: readonly { key: string; data: JsonObject; version?: string; modifiedAt?: string }[];
  /** The allow-list: a field on it that a record does not tell (absent, not null) keeps its stored value. */
  readonly fields?: readonly string[];
  readonly deleted: readonly string[];
  readonly unreadable: readonly { key?: string; reason: string; payload?: Json }[];
  /** Keeps what could not be read with its entry in the quarantine. */
  readonly keepPayload?: boolean;
  readonly merged?: readonly { readonly key: string; readonly into: string }[];
  readonly cursor: Json | undefined;
  /** The partition that the cursor belongs to; the stream itself when absent. */
  readonly partition?: string | undefined;
  /** Documents that this page makes dirty go behind fresh changes (first load, re-read). */
  readonly bulk: boolean;
}
export interface ListedKey {
  readonly key: string;
  readonly etag: string;
}
export interface ListedScope {
  readonly scope: string;
  readonly etag: string;
  readonly keys: readonly ListedKey[];
}
export interface StreamStore {
  state(stream: string): StreamState;
  countRecords(stream: string): number;
  /** Starts a stream over under another shape: the cursor goes, the records stay until they are read again. */
  reshape(lease: Lease, stream: string, shape: string): void;
  /** One transaction: records, links, causes, quarantine and cursor. Answers what became of the page's records. */
  savePage(lease: Lease, stream: string, page: PageInput): StreamCounts;
  /** A first load that was planned and is not finished. */
  firstLoad(stream: string): FirstLoadState | undefined;
  /** One transaction: the partitions, and the cursor that the stream goes on from after them. */
  planFirstLoad(
    lease: Lease,
    stream: string,
    plan: {
      readonly partitions: readonly { readonly name: string; readonly value: Json }[];
      readonly cursor: Json;
    },
  ): void;
  finishPartition(lease: Lease, stream: string, partition: string): void;
  /** Every partition is done: the stream's own cursor begins. */
  finishFirstLoad(lease: Lease, stream: string): void;
  /** Where the record with this key was merged to, through any number of merges. */
  alias(stream: string, key: string): string | undefined;
  /** The read has reached its end. */
  finish(lease: Lease, stream: string): void;
  /** Notes which keys an enumeration showed; bitmaps, so the cost does not grow with the records' size. */
  startEnumeration(lease: Lease, stream: string): number;
  noteSeen(lease: Lease, stream: string, enumeration: number, keys: readonly string[]): void;
  /** Of these keys, those that no live record has. */
  unknown(stream: string, keys: readonly string[]): string[];
  /**
   * Keys stored before `asOf`, not seen, step by step in key order. Quarantined ones are among them only where the source
   * will be `asked` for each by name: absence proves nothing of what could not be read.
   */
  unseen(stream: string, enumeration: number, asOf: string, asked?: boolean): Iterable<readonly string[]>;
  endEnumeration(lease: Lease, stream: string, enumeration: number): void;
  /** Scopes as the last enumeration noted them. */
  scopes(stream: string): ReadonlyMap<string, string>;
  /** Of these keys, those whose noted etag is another one or none. */
  differing(stream: string, keys: readonly ListedKey[]): string[];
  noteEtags(lease: Lease, stream: string, scope: string, keys: readonly ListedKey[]): void;
  /** Notes whole scopes, the etags of their keys included, in one transaction: a caller cuts them into small steps. */
  noteScopes(lease: Lease, stream: string, scopes: readonly ListedScope[]): void;
  /** The scope now has this etag and holds just these keys; without an etag it is gone. */
  finishScope(
    lease: Lease,
    stream: string,
    scope: string,
    etag: string | undefined,
    keys: readonly string[],
  ): void;
  /** Keys stored before `asOf` that no scope lists, step by step in key order. Quarantined ones as in `unseen`. */
  unlisted(stream: string, asOf: string, asked?: boolean): Iterable<readonly string[]>;
  /** `asked`: the source itself has said of each key that it is gone, so quarantined ones go too. */
  removeAbsent(lease: Lease, stream: string, keys: readonly string[], asOf: string, asked?: boolean): number;
  /** Forgets deletes so old that no read which began before them can still come, step by step: how many. */
  dropTombstones(lease: Lease, stream: string): Iterable<number>;
}
