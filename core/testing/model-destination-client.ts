import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Context } from '../contract/context.ts';
import type {
  AcceptedChange,
  BatchLimits,
  Change,
  Destination,
  Encoded,
  InventoryItem,
  Outcome,
  Plan,
  ReadBack,
  Verdict,
} from '../contract/destination.ts';
import { ConfigError } from '../contract/errors.ts';
import type { DestinationSlots } from '../contract/slots.ts';
import type { ModelPlane } from './model-destination.ts';
import { searchModel } from './model-search.ts';

export const modelDestinationConfig = z.strictObject({
  /** In place of the profile that the model is switched to. */
  profile: z.string().optional(),
});
export type ModelDestinationConfig = z.output<typeof modelDestinationConfig>;

const defaultLimits: BatchLimits = {
  maxDocuments: 100,
  maxBytes: 4_000_000,
  maxDocumentBytes: 1_000_000,
  maxInFlight: 4,
  requestsPerSecond: 1000,
};

/** Opens the contract's view of a model plane; a dead life's calls never return and change nothing. */
export function openModelDestination(
  plane: ModelPlane,
  config: ModelDestinationConfig,
  context: Context,
  slots: DestinationSlots | undefined,
): Destination {
  const profile = (): string => config.profile ?? switches.profile;
  const { store, switches, counts, options } = plane;
  const life = plane.life;
  const limits: BatchLimits = { ...defaultLimits, ...options.limits };
  const alive = (): void | Promise<void> => {
    if (life !== plane.life) return new Promise<never>(() => {});
    store.catchUp();
  };
  const known = new WeakMap<Change, Encoded>();
  const encode = (change: Change): Encoded => {
    const encoded = known.get(change) ?? measure(change);
    known.set(change, encoded);
    return encoded;
  };
  const measure = (change: Change): Encoded => {
    if (change.action === 'delete') return { bytes: change.id.length, addresses: addressesOf(change) };
    const bytes = Buffer.byteLength(JSON.stringify(change.document));
    const addresses = addressesOf(change);
    if (bytes <= limits.maxDocumentBytes) return { bytes, addresses };
    const refused = `The document has ${bytes} bytes; the model takes ${limits.maxDocumentBytes}. Shorten its template.`;
    return { bytes, addresses, refused };
  };
  const addressesOf = (change: Change): readonly string[] => {
    const piece = options.pieceLength;
    if (change.action === 'delete') return change.addresses.length > 0 ? change.addresses : [change.id];
    if (piece === undefined) return [change.id];
    const pieces = Math.max(1, Math.ceil(change.document.body.length / piece));
    return Array.from({ length: pieces }, (_, i) => `${change.id}#${i}`);
  };
  const requireSlot = (): void => {
    if (store.slot) return;
    throw new ConfigError('SLOT_MISSING', `The slot of "${context.name}" does not exist.`, {
      hint: 'Run apply first.',
    });
  };

  const begin = (changes: readonly Change[]): void => {
    const ids = new Set(changes.map((change) => change.id));
    if (ids.size !== changes.length) plane.breach('a batch names a document twice');
    for (const id of ids)
      if (plane.inFlight.has(id)) plane.breach(`two changes of "${id}" are in flight at once`);
    if (changes.length === 0) plane.breach('a batch is empty');
    if (changes.length > limits.maxDocuments) plane.breach(`a batch has ${changes.length} documents`);
    const bytes = changes.reduce((sum, change) => sum + encode(change).bytes, 0);
    if (bytes > limits.maxBytes) plane.breach(`a batch has ${bytes} bytes`);
    if (plane.requestsInFlight >= limits.maxInFlight) plane.breach('too many requests are in flight');
    for (const id of ids) plane.inFlight.add(id);
    plane.requestsInFlight++;
    counts.requests++;
    counts.mostInFlight = Math.max(counts.mostInFlight, plane.requestsInFlight);
  };
  const end = (changes: readonly Change[]): void => {
    for (const change of changes) plane.inFlight.delete(change.id);
    plane.requestsInFlight--;
  };

  const takeOne = (change: Change): Outcome => {
    if (switches.halt !== undefined) return { status: 'halted', reason: switches.halt };
    const reason = switches.reject?.(change);
    if (reason !== undefined) return { status: 'rejected', code: 'MODEL_REJECTED', reason };
    const retryAfterMs = switches.later?.(change);
    if (retryAfterMs !== undefined) return { status: 'later', reason: 'The model is busy.', retryAfterMs };
    const encoded = encode(change);
    if (encoded.refused !== undefined) {
      return { status: 'rejected', code: 'DOCUMENT_TOO_LARGE', reason: encoded.refused };
    }
    const lost = switches.unknown?.(change);
    if (lost === 'lost') return { status: 'unknown', reason: 'The answer was lost.' };
    if (store.isQueued(change.id)) counts.overtakes++;
    if (change.action === 'write') counts.writes++;
    else counts.deletes++;
    const { addresses } = encoded;
    if (lost === 'late') store.queueUp(change, addresses);
    if (lost === 'applied') store.apply(change, addresses);
    if (lost !== undefined) return { status: 'unknown', reason: 'The answer was lost.' };
    if (options.mode === 'accepting') {
      const ticket = store.queueUp(change, addresses);
      return { status: 'accepted', receipt: { ticket }, addresses };
    }
    store.apply(change, addresses);
    const fingerprint = change.action === 'write' ? change.fingerprint : null;
    return {
      status: 'done',
      receipt: { fingerprint },
      addresses: change.action === 'write' ? addresses : [],
    };
  };

  async function write(changes: readonly Change[]): Promise<readonly Outcome[]> {
    const dead = alive();
    if (dead) await dead;
    requireSlot();
    begin(changes);
    try {
      if (switches.latencyMs > 0) await context.sleep(switches.latencyMs);
      else await new Promise<void>((resolve) => setImmediate(resolve));
      await alive();
      const before = switches.throwBefore?.(changes);
      if (before) throw before;
      const outcomes: Outcome[] = [];
      for (const change of changes) {
        if (switches.onWrite) await switches.onWrite('before', change);
        await alive();
        outcomes.push(takeOne(change));
        if (switches.onWrite) await switches.onWrite('after', change);
        await alive();
      }
      const after = switches.throwAfter?.(changes);
      if (after) throw after;
      return outcomes;
    } finally {
      if (life === plane.life) end(changes);
    }
  }

  const judge = (accepted: AcceptedChange): Verdict => {
    const ticket = ticketOf(accepted);
    const queued = ticket === undefined ? undefined : store.queue.get(ticket);
    if (!queued) {
      const held = store.held.get(accepted.id);
      const inForce =
        accepted.action === 'delete'
          ? !held && !store.isQueued(accepted.id)
          : held !== undefined && held.ticket === ticket;
      return inForce
        ? { status: 'done', receipt: accepted.receipt }
        : { status: 'unknown', reason: 'Another change has overtaken this one.' };
    }
    if (switches.confirmUnknown?.(queued.change))
      return { status: 'unknown', reason: 'The model does not know.' };
    const polls = (plane.polls.get(queued.ticket) ?? 0) + 1;
    plane.polls.set(queued.ticket, polls);
    if (polls <= switches.confirmPolls) return { status: 'waiting' };
    plane.polls.delete(queued.ticket);
    const failure = switches.fail?.(queued.change);
    store.unqueue(queued.ticket, failure?.applied ?? true);
    if (failure) return { status: 'failed', code: 'MODEL_FAILED', reason: failure.reason };
    return { status: 'done', receipt: accepted.receipt };
  };

  async function confirm(accepted: readonly AcceptedChange[]): Promise<readonly Verdict[]> {
    await alive();
    counts.confirms++;
    const error = switches.confirmError?.();
    if (error) throw error;
    return accepted.map(judge);
  }

  async function* inventory(): AsyncGenerator<InventoryItem> {
    await alive();
    requireSlot();
    const queued = new Set([...store.queue.values()].map((one) => one.change.id));
    for (const [id, held] of [...store.held]) {
      await alive();
      const version = held.document?.version;
      yield {
        id,
        status: queued.has(id) ? 'pending' : 'present',
        addresses: held.addresses,
        ...((options.fingerprints ?? true)
          ? { fingerprint: held.fingerprint, ...(version === undefined ? {} : { version }) }
          : {}),
      };
    }
    for (const id of queued) if (!store.held.has(id)) yield { id, status: 'pending', addresses: [] };
  }

  return {
    get profile() {
      return createHash('sha256').update(profile()).digest('hex').slice(0, 16);
    },
    longestWriteMs: options.longestWriteMs ?? 0,
    limits: () => limits,
    async check() {
      await alive();
      if (switches.checkError) throw switches.checkError;
    },
    async plan(): Promise<Plan> {
      await alive();
      const step = { what: 'model slot', detail: `profile ${profile()}` };
      if (!store.slot) return { missing: true, steps: [{ action: 'create', ...step }] };
      const action = store.slot.profile === profile() ? 'none' : 'update';
      return { steps: [{ action, ...step }], owner: store.slot.owner };
    },
    async apply(_plan, { adopt = false } = {}) {
      await alive();
      const owner = store.slot?.owner;
      if (owner !== undefined && owner !== context.installation && !adopt) {
        throw new ConfigError(
          'SLOT_OWNED',
          `The slot of "${context.name}" belongs to another installation.`,
          {
            hint: 'Use another slot, or adopt this one if the other installation is gone.',
          },
        );
      }
      if (owner === context.installation && store.slot?.profile === profile()) return;
      store.claim(context.installation, profile());
    },
    encode,
    write,
    ...(options.mode === 'accepting' ? { confirm } : {}),
    ...((options.inventory ?? true) ? { inventory } : {}),
    ...((options.keepDocuments ?? true)
      ? {
          async readBack(changes) {
            await alive();
            return changes.map(({ id, document }): ReadBack => {
              const held = store.held.get(id)?.document as Record<string, unknown> | undefined;
              if (!held) return { status: 'unseen' };
              const fields = Object.entries(document)
                .filter(([name, value]) => JSON.stringify(held[name]) !== JSON.stringify(value))
                .map(([name]) => name);
              return fields.length === 0 ? { status: 'same' } : { status: 'different', fields };
            });
          },
        }
      : {}),
    ...((options.search ?? true)
      ? {
          async search(request) {
            await alive();
            return searchModel(store.held.values(), request);
          },
        }
      : {}),
    ...(slots ? { slots } : {}),
  };
}

function ticketOf({ receipt }: AcceptedChange): number | undefined {
  const ticket = (receipt as { readonly ticket?: unknown } | null)?.ticket;
  return typeof ticket === 'number' ? ticket : undefined;
}
