import type { Json } from '../contract/json.ts';
import type { DestinationCounts } from '../observe/report.ts';
import type { Lease } from './leases.ts';

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
  /** Set when it could not be composed: every slot keeps its last good document, but for those it is withheld from. */
  readonly rejected?:
    { readonly code: string; readonly reason: string; readonly payload?: Json | undefined } | undefined;
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
