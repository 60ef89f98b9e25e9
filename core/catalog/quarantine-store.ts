import type { Json } from '../contract/json.ts';
import type { Lease } from './leases.ts';

export interface QuarantineEntry {
  /** What a person calls it by: `<stream>/<key>` of a record; of a document its id, or `<kind>/<key>` when it never had one. */
  readonly name: string;
  readonly scope: 'record' | 'document';
  /** Where it failed: reading the record, composing the document, writing or deleting it at a destination. */
  readonly stage: 'read' | 'compose' | 'write' | 'delete';
  readonly stream?: string;
  readonly key?: string;
  readonly kind?: string;
  /** The destination that refused it; absent when it could not be composed at all. */
  readonly destination?: string;
  readonly id?: string;
  /** The destination refused to delete it. */
  readonly isToGo?: boolean;
  readonly code: string;
  readonly reason: string;
  readonly since: string;
  readonly lastSeen: string;
  readonly attempts: number;
  /** An earlier good version is still in use. */
  readonly keepsEarlier: boolean;
}
/** Where an entry lies; of use to the catalog alone. */
export interface DocumentPlace {
  /** 0 when it could not be composed at all. */
  readonly slot: number;
  readonly kind: number;
  readonly record: number;
}
export interface RecordPlace {
  readonly stream: string;
  readonly key: string;
}
export interface QuarantinedDocument extends DocumentPlace {
  readonly entry: QuarantineEntry;
}
export interface QuarantinedRecord extends RecordPlace {
  readonly entry: QuarantineEntry;
}
/** What failed: all of it, or the beginning of its JSON and how many bytes there were. */
export type QuarantinePayload = { readonly content: Json } | { readonly cut: string; readonly bytes: number };
export interface QuarantineStore {
  count(): number;
  /** What was kept of an entry; undefined when nothing was. */
  recordPayload(place: RecordPlace): QuarantinePayload | undefined;
  documentPayload(place: DocumentPlace): QuarantinePayload | undefined;
  /** Forgets what was kept of some entries; false once nothing is left. */
  dropPayloads(lease: Lease): boolean;
  /** In order of place after `after`: for going through all of them, whatever becomes of those gone through. */
  records(after: RecordPlace | undefined, limit: number): QuarantinedRecord[];
  documents(after: DocumentPlace | undefined, limit: number): QuarantinedDocument[];
  /** Every entry with this name: `<stream>/<key>`, a document's id, or `<kind>/<key>`. */
  find(name: string): {
    readonly records: readonly QuarantinedRecord[];
    readonly documents: readonly QuarantinedDocument[];
  };
  /** Due again, to be composed or sent; each entry goes when its document is good, and keeps its history when it is not. */
  retryDocuments(lease: Lease, places: readonly DocumentPlace[]): void;
  /** The record's last good version, if there is one, is no longer kept from being taken for deleted. */
  discardRecords(lease: Lease, places: readonly RecordPlace[]): void;
  /** Listed no more, and not tried again until something else is wanted of the document. */
  discardDocuments(lease: Lease, places: readonly DocumentPlace[]): void;
}
