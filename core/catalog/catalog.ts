import type { Json } from '../contract/json.ts';
import type { DocumentStore } from './document-store.ts';
import type { HoldingStore } from './holding-store.ts';
import type { Insight } from './insight.ts';
import type { KindStore } from './kind-store.ts';
import type { Leases } from './leases.ts';
import type { QuarantineStore } from './quarantine-store.ts';
import type { SlotStore } from './slot-store.ts';
import type { StreamStore } from './stream-store.ts';

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
  quarantine: QuarantineStore;
  slots: SlotStore;
  insight: Insight;
  /** Bytes by key for connectors, each cache within its bound; what has not been used for the longest time goes first. */
  cache: {
    get(name: string, key: string): Uint8Array | undefined;
    set(
      name: string,
      entries: readonly (readonly [key: string, value: Uint8Array])[],
      maxBytes?: number,
    ): void;
  };
  /** Small facts of the engine by key (the identity of a source). */
  notes: { get(key: string): Json | undefined; set(key: string, value: Json): void };
  close(): void;
}

export * from './document-store.ts';
export * from './holding-store.ts';
export * from './insight.ts';
export * from './kind-store.ts';
export * from './leases.ts';
export * from './quarantine-store.ts';
export * from './slot-store.ts';
export * from './stream-store.ts';
