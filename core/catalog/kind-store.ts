import type { JsonObject } from '../contract/json.ts';
import type { Lease } from './leases.ts';

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
  /** No pipeline takes it anywhere: it can be looked at, and what was written of it is withdrawn. */
  readonly idle?: boolean;
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
  /** One bounded step of withdrawing the documents of kinds that are idle or no longer defined; true while there is more. */
  retire(lease: Lease): boolean;
  /** Its streams have been read and its indexes are whole: its documents may be composed. */
  isOpen(kind: string): boolean;
  /** For looking only, beside a run: writes nothing. False when an index is not whole yet, so that parts would be missing. */
  attach(kinds: readonly KindDefinition[]): boolean;
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
