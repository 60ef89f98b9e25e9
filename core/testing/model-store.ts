import type { BusinessDocument } from '../contract/document.ts';
import type { Change } from '../contract/destination.ts';
import type { Json } from '../contract/json.ts';
import { openJournal } from './journal.ts';

/** What a model destination holds of one document. */
export interface HeldDocument {
  readonly fingerprint: string;
  /** Absent where the destination was told not to keep documents. */
  readonly document?: BusinessDocument;
  readonly addresses: readonly string[];
  /** The accepted change that put it in force, if one did. */
  readonly ticket?: number;
}

/** A change on its way inside the service: taken, not yet in force. */
export interface QueuedChange {
  readonly ticket: number;
  readonly change: Change;
  readonly addresses: readonly string[];
}

/** Everything that happens to the store, in order; with a file, each is one line of it. */
type StoreEvent =
  | { readonly event: 'lost' }
  | { readonly event: 'slot'; readonly owner: string; readonly profile: string }
  | { readonly event: 'pointer'; readonly slot: string }
  | { readonly event: 'applied'; readonly change: Change; readonly addresses: readonly string[] }
  | { readonly event: 'queued'; readonly queued: QueuedChange }
  | { readonly event: 'unqueued'; readonly ticket: number; readonly apply: boolean };

/** The state of a model destination. It outlives every process that talks to it. */
export interface ModelStore {
  readonly held: ReadonlyMap<string, HeldDocument>;
  /** Every stored address and the document whose write put it there. */
  readonly stored: ReadonlyMap<string, string>;
  readonly queue: ReadonlyMap<number, QueuedChange>;
  /** Whether a change of this document is taken and not yet in force. */
  isQueued(id: string): boolean;
  readonly slot: { readonly owner: string; readonly profile: string } | undefined;
  /** The slot that agents are led to, once one has been activated. */
  readonly pointer: string | undefined;
  catchUp(): void;
  /** The slot is deleted with all it holds. */
  lose(): void;
  claim(owner: string, profile: string): void;
  lead(slot: string): void;
  /** In force at once; what was queued for the same document before is overtaken and never applied. */
  apply(change: Change, addresses: readonly string[]): void;
  queueUp(change: Change, addresses: readonly string[]): number;
  /** Ends a queued change, in force or not; those of the same document queued before it go with it. */
  unqueue(ticket: number, apply: boolean): void;
}

export function createModelStore(
  options: { readonly file?: string; readonly keepDocuments?: boolean } = {},
): ModelStore {
  const held = new Map<string, HeldDocument>();
  const stored = new Map<string, string>();
  const queue = new Map<number, QueuedChange>();
  const queuedOf = new Map<string, number[]>();
  const journal = options.file === undefined ? undefined : openJournal(options.file);
  let slot: ModelStore['slot'];
  let pointer: string | undefined;
  let tickets = 0;

  const inForce = (change: Change, addresses: readonly string[], ticket?: number): void => {
    for (const address of change.addresses) stored.delete(address);
    if (change.action === 'delete') {
      for (const address of addresses) stored.delete(address);
      held.delete(change.id);
      return;
    }
    for (const address of addresses) stored.set(address, change.id);
    held.set(change.id, {
      fingerprint: change.fingerprint,
      addresses,
      ...(ticket === undefined ? {} : { ticket }),
      ...((options.keepDocuments ?? true) ? { document: change.document } : {}),
    });
  };
  const drop = (id: string, upTo: number): void => {
    const tickets = queuedOf.get(id);
    if (!tickets) return;
    for (const ticket of tickets) if (ticket <= upTo) queue.delete(ticket);
    const left = tickets.filter((ticket) => ticket > upTo);
    if (left.length > 0) queuedOf.set(id, left);
    else queuedOf.delete(id);
  };
  const take = (event: StoreEvent): void => {
    if (event.event === 'lost') {
      slot = undefined;
      for (const map of [held, stored, queue, queuedOf]) map.clear();
    } else if (event.event === 'slot') slot = { owner: event.owner, profile: event.profile };
    else if (event.event === 'pointer') pointer = event.slot;
    else if (event.event === 'applied') {
      drop(event.change.id, Infinity);
      inForce(event.change, event.addresses);
    } else if (event.event === 'queued') {
      const { ticket, change } = event.queued;
      tickets = Math.max(tickets, ticket);
      queue.set(ticket, event.queued);
      queuedOf.set(change.id, [...(queuedOf.get(change.id) ?? []), ticket]);
    } else {
      const queued = queue.get(event.ticket);
      if (!queued) return;
      if (event.apply) inForce(queued.change, queued.addresses, event.ticket);
      drop(queued.change.id, event.ticket);
    }
  };
  const catchUp = (): void => {
    for (const event of journal?.news() ?? []) take(event as unknown as StoreEvent);
  };
  const record = (event: StoreEvent): void => {
    if (!journal) return take(event);
    journal.append(event as unknown as Json);
    catchUp();
  };
  catchUp();
  return {
    held,
    stored,
    queue,
    isQueued: (id) => queuedOf.has(id),
    get slot() {
      return slot;
    },
    get pointer() {
      return pointer;
    },
    catchUp,
    lose: () => record({ event: 'lost' }),
    claim: (owner, profile) => record({ event: 'slot', owner, profile }),
    lead: (name) => record({ event: 'pointer', slot: name }),
    apply: (change, addresses) => record({ event: 'applied', change, addresses }),
    queueUp(change, addresses) {
      catchUp();
      const ticket = tickets + 1;
      record({ event: 'queued', queued: { ticket, change, addresses } });
      return ticket;
    },
    unqueue: (ticket, apply) => record({ event: 'unqueued', ticket, apply }),
  };
}
