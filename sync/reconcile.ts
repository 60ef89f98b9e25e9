import type { Lease } from '../core/catalog/index.ts';
import type { StreamConfig } from '../core/config/config.ts';
import type { Source } from '../core/contract/source.ts';
import type { StreamCounts } from '../core/observe/report.ts';
import { toStream, type World } from './world.ts';

/** Deletes of one reconciliation that need no person, however few records a stream has. */
const freeDeletes = 20;
/** Above this share of a stream's records, deletes by absence wait for a person. */
const maxShare = 0.2;
const probeKeys = 500;

export interface Reconciled {
  /** Keys that the source named. */
  readonly keys: number;
  /** Records that were proved gone and removed. */
  readonly removed: number;
  /** Records that look gone, held back by the delete guard. */
  readonly staged: readonly string[];
}
export interface ReconcileStep {
  readonly world: World;
  readonly source: Source;
  readonly stream: StreamConfig;
  readonly lease: Lease;
  readonly counts: StreamCounts;
  /** A person has said that the guard may let this stream's deletes pass. */
  readonly accepted: boolean;
  /** Reads what has changed meanwhile: what it shows is not gone. */
  readAgain(): Promise<void>;
  /** Saves records that a look-up found after all. */
  save(page: Parameters<World['catalog']['streams']['savePage']>[2]): void;
}

/** Whether it is time to list the keys of a stream again. A read that has never ended proves nothing yet. */
export function isReconcileDue(world: World, source: Source, stream: StreamConfig): boolean {
  if (stream.reconcileMs === undefined || !source.enumerate) return false;
  const last = world.catalog.notes.get(`reconciled:${stream.id}`);
  return typeof last !== 'number' || world.now() - last >= stream.reconcileMs;
}

/**
 * Finds records that are gone without a word: absence is a claim that needs proof. Only a complete enumeration proves
 * it, for records stored before it began, not shown by it nor by the read that follows, not quarantined, and, where the
 * source can look a key up, that it does not find. Answers undefined when the source could not prove completeness.
 */
export async function reconcile(step: ReconcileStep): Promise<Reconciled | undefined> {
  const { world, source, stream, lease } = step;
  const { streams, notes } = world.catalog;
  const enumeration = streams.startEnumeration(lease, stream.id);
  try {
    const listed = await listKeys(step, enumeration);
    if (!listed) return undefined;
    await step.readAgain();
    const gone: string[] = [];
    let after = '';
    for (;;) {
      const keys = streams.unseen(stream.id, enumeration, listed.asOf, after, probeKeys);
      if (keys.length === 0) break;
      after = keys.at(-1)!;
      gone.push(...(source.lookup ? await probe(step, keys) : keys));
      world.signal.throwIfAborted();
    }
    const records = streams.state(stream.id).records;
    const isGuarded = gone.length > freeDeletes && gone.length > records * maxShare && !step.accepted;
    if (isGuarded) {
      world.log.warn(
        `${stream.id}: ${gone.length} of ${records} records look gone; the delete guard holds them back`,
        { stream: stream.id },
      );
      notes.set(`staged:${stream.id}`, gone.length);
      return { keys: listed.keys, removed: 0, staged: gone };
    }
    let removed = 0;
    for (let from = 0; from < gone.length; from += probeKeys) {
      removed += streams.removeAbsent(lease, stream.id, gone.slice(from, from + probeKeys), listed.asOf);
    }
    step.counts.read += removed;
    step.counts.deleted += removed;
    notes.set(`staged:${stream.id}`, 0);
    notes.set(`reconciled:${stream.id}`, world.now());
    return { keys: listed.keys, removed, staged: [] };
  } finally {
    streams.endEnumeration(lease, stream.id, enumeration);
  }
}

async function listKeys(
  { world, source, stream, lease }: ReconcileStep,
  enumeration: number,
): Promise<{ asOf: string; keys: number } | undefined> {
  let asOf: string | undefined;
  let complete: number | undefined;
  let keys = 0;
  for await (const page of source.enumerate!(toStream(stream))) {
    asOf ??= new Date(page.asOf).toISOString();
    keys += page.keys.length;
    complete = page.complete?.count;
    world.catalog.streams.noteSeen(
      lease,
      stream.id,
      enumeration,
      page.keys.map((one) => one.key),
    );
    world.signal.throwIfAborted();
  }
  if (asOf !== undefined && complete !== undefined && keys >= complete) return { asOf, keys };
  world.log.warn(
    `${stream.id}: the source could not prove that its list of keys is complete; nothing is taken for deleted`,
    { stream: stream.id },
  );
  return undefined;
}

/** Asks for each key by name: what is found is saved, what cannot be read is quarantined, the rest is gone. */
async function probe({ source, stream, save }: ReconcileStep, keys: readonly string[]): Promise<string[]> {
  const gone: string[] = [];
  for await (const page of source.lookup!(toStream(stream), keys)) {
    gone.push(...page.gone);
    if (page.found.length + page.unreadable.length === 0) continue;
    save({
      asOf: new Date(page.asOf).toISOString(),
      records: page.found,
      deleted: [],
      unreadable: page.unreadable,
      cursor: undefined,
      bulk: false,
    });
  }
  return gone;
}
