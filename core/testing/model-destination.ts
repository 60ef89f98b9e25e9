import type { BatchLimits, Change, DestinationConnector } from '../contract/destination.ts';
import {
  modelDestinationConfig,
  openModelDestination,
  type ModelDestinationConfig,
} from './model-destination-client.ts';
import { createModelSlots, firstSlot } from './model-slots.ts';
import { createModelStore, type HeldDocument, type ModelStore } from './model-store.ts';

export interface ModelDestinationOptions {
  /** `immediate` answers done; `accepting` answers accepted and puts the change in force while it is asked about. */
  readonly mode?: 'immediate' | 'accepting';
  readonly limits?: Partial<BatchLimits>;
  /** The connector's type, for tests with several model destinations. */
  readonly type?: string;
  /** Stores a document in pieces of so many characters, one address each; the old pieces go only when named. */
  readonly pieceLength?: number;
  /** The inventory shows fingerprints and versions, as some services can. */
  readonly fingerprints?: boolean;
  /** Which optional methods the destination has. */
  readonly inventory?: boolean;
  readonly search?: boolean;
  /** False: the destination has `slots`, and refuses to open another. Absent: it has none. */
  readonly slots?: boolean;
  /** False keeps fingerprints only: for large runs. */
  readonly keepDocuments?: boolean;
  /** How long after `write` was called it may come into force; the model applies it at once, so 0 unless told. */
  readonly longestWriteMs?: number;
  /** Keeps every change in this file, where another process finds it. */
  readonly file?: string;
}

/** What can go wrong, switched at any time. A function is asked for every change (or batch) and may answer undefined. */
export interface ModelDestinationSwitches {
  /** Part of what `profile` is; changing it asks for another shape of the slot. */
  profile: string;
  reject: ((change: Change) => string | undefined) | undefined;
  /** How many milliseconds to wait before trying again. */
  later: ((change: Change) => number | undefined) | undefined;
  /** The answer is lost: the change is in force, never arrived, or comes into force at `settle()`. */
  unknown: ((change: Change) => 'applied' | 'lost' | 'late' | undefined) | undefined;
  /** The whole request fails: nothing of it is in force, or everything. */
  throwBefore: ((changes: readonly Change[]) => Error | undefined) | undefined;
  throwAfter: ((changes: readonly Change[]) => Error | undefined) | undefined;
  /** A reason for which a person must act. */
  halt: string | undefined;
  /** `accepting`: how often `confirm` answers waiting first. */
  confirmPolls: number;
  /** `accepting`: fails the change after accepting it; `applied` says what the service holds then. */
  fail: ((change: Change) => { readonly reason: string; readonly applied: boolean } | undefined) | undefined;
  /** `accepting`: `confirm` does not know. */
  confirmUnknown: ((change: Change) => boolean) | undefined;
  confirmError: (() => Error | undefined) | undefined;
  checkError: Error | undefined;
  /** Around each change of a request. May throw, or return a promise that never settles, to play a crash there. */
  onWrite: ((moment: 'before' | 'after', change: Change) => void | Promise<void>) | undefined;
  /** Around the move of the pointer, and around the deletion of a slot. May throw, or never settle. */
  onActivate: ((moment: 'before' | 'after', slot: string) => void | Promise<void>) | undefined;
  onRetire: ((moment: 'before' | 'after', slot: string) => void | Promise<void>) | undefined;
  /** Called when it is asked where agents are led; a throw is the service's answer. */
  onLed: (() => void | Promise<void>) | undefined;
  /** Every request takes so long on the clock of its context. */
  latencyMs: number;
}

export interface ModelDestinationCounts {
  requests: number;
  writes: number;
  deletes: number;
  confirms: number;
  /** The most requests that were under way at once. */
  mostInFlight: number;
  /** Changes of a document that was still queued: in doubt after a crash, otherwise a mistake of the caller. */
  overtakes: number;
}

/** The destination in a test's hand: its state outlives every engine that writes to it. */
export interface ModelDestination {
  readonly connector: DestinationConnector<ModelDestinationConfig>;
  readonly switches: ModelDestinationSwitches;
  readonly counts: ModelDestinationCounts;
  /** Breaches of the contract by the caller. A breach also throws in the call that makes it. */
  readonly breaches: readonly string[];
  /** What is in force in the first slot or the one named, by document id. */
  held(slot?: string): ReadonlyMap<string, HeldDocument>;
  /** The slot that agents are led to. */
  active(): string;
  /** The shape that a slot was made with; undefined when it is not there. */
  shape(slot?: string): string | undefined;
  /** Stored addresses that belong to no document in force: pieces that nobody deleted. */
  orphans(): readonly string[];
  /** Documents whose last change is taken and not yet in force. */
  queued(): readonly string[];
  /** Puts in force what is queued, as time would. */
  settle(): void;
  owner(): string | undefined;
  /** Changes the store behind everybody's back. */
  tamper(change: {
    readonly id: string;
    readonly fingerprint?: string;
    readonly gone?: boolean;
    /** Another text, under the fingerprint that it had. */
    readonly body?: string;
    readonly slot?: string;
  }): void;
  /** The slot is deleted with all it holds, as by somebody in the service's console. */
  loseSlot(): void;
  /** Sets the counts back to nothing. */
  resetCounts(): void;
  /** Plays the death of the process: calls of every destination opened so far never return and change nothing. */
  cutOff(): void;
}

/** What the handle shares with the destinations opened from it. */
export interface ModelPlane {
  readonly store: ModelStore;
  readonly options: ModelDestinationOptions;
  readonly switches: ModelDestinationSwitches;
  readonly counts: ModelDestinationCounts;
  readonly polls: Map<number, number>;
  readonly inFlight: Set<string>;
  requestsInFlight: number;
  life: number;
  breach(message: string): never;
}

const noCounts = (): ModelDestinationCounts => ({
  requests: 0,
  writes: 0,
  deletes: 0,
  confirms: 0,
  mostInFlight: 0,
  overtakes: 0,
});

/** An in-memory destination that keeps the whole contract, and goes wrong only where it is told to. */
export function modelDestination(options: ModelDestinationOptions = {}): ModelDestination {
  const breaches: string[] = [];
  const store = createModelStore(options);
  const plane: ModelPlane = {
    store,
    options,
    switches: {
      profile: 'model-1',
      reject: undefined,
      later: undefined,
      unknown: undefined,
      throwBefore: undefined,
      throwAfter: undefined,
      halt: undefined,
      confirmPolls: 1,
      fail: undefined,
      confirmUnknown: undefined,
      confirmError: undefined,
      checkError: undefined,
      onWrite: undefined,
      onActivate: undefined,
      onRetire: undefined,
      onLed: undefined,
      latencyMs: 0,
    },
    counts: noCounts(),
    polls: new Map(),
    inFlight: new Set(),
    requestsInFlight: 0,
    life: 0,
    breach(message) {
      breaches.push(message);
      throw new Error(`breach of the destination contract: ${message}`);
    },
  };
  const slots = createModelSlots(plane);
  return {
    connector: {
      type: options.type ?? 'model',
      title: 'Model destination',
      config: modelDestinationConfig,
      create: async (config, context, slot = firstSlot) =>
        openModelDestination(
          slots.plane(slot),
          config,
          context,
          options.slots === undefined ? undefined : slots.of(slot),
        ),
      slotSettings: {
        of: ({ profile }) => ({ profile: profile ?? plane.switches.profile }),
        with: (config, kept) => ({ ...config, ...(kept as ModelDestinationConfig) }),
      },
    },
    switches: plane.switches,
    counts: plane.counts,
    breaches,
    held(slot = firstSlot) {
      const { store: own } = slots.plane(slot);
      own.catchUp();
      return own.held;
    },
    active: slots.active,
    shape(slot = firstSlot) {
      const { store: own } = slots.plane(slot);
      own.catchUp();
      return own.slot?.profile;
    },
    orphans() {
      store.catchUp();
      return [...store.stored].flatMap(([address, id]) =>
        store.held.get(id)?.addresses.includes(address) ? [] : [address],
      );
    },
    queued() {
      store.catchUp();
      return [...new Set([...store.queue.values()].map((one) => one.change.id))];
    },
    settle() {
      for (const name of slots.names()) {
        const { store: own } = slots.plane(name);
        own.catchUp();
        for (const ticket of [...own.queue.keys()]) own.unqueue(ticket, true);
      }
    },
    owner() {
      store.catchUp();
      return store.slot?.owner;
    },
    tamper({ id, fingerprint, gone, body, slot = firstSlot }) {
      const { store: own } = slots.plane(slot);
      own.catchUp();
      const held = own.held.get(id);
      if (!held) throw new Error(`model destination: it does not hold "${id}"`);
      if (gone) return own.apply({ action: 'delete', id, addresses: held.addresses }, held.addresses);
      if (!held.document) throw new Error('model destination: tampering needs the documents kept');
      const document = body === undefined ? held.document : { ...held.document, body };
      const change = { action: 'write', id, document, addresses: held.addresses } as const;
      const kept = body === undefined ? 'tampered' : held.fingerprint;
      own.apply({ ...change, fingerprint: fingerprint ?? kept }, held.addresses);
    },
    loseSlot: store.lose,
    resetCounts: () => void Object.assign(plane.counts, noCounts()),
    cutOff() {
      plane.life++;
      for (const one of slots.names().map(slots.plane)) {
        one.inFlight.clear();
        one.requestsInFlight = 0;
      }
    },
  };
}

/** A model destination whose state lives in a file: a child process can be killed and its parent looks at what it did. */
export const fileDestination = (
  file: string,
  options: Omit<ModelDestinationOptions, 'file'> = {},
): ModelDestination => modelDestination({ ...options, file });
