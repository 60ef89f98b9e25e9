import type { ListedKey, ListedScope } from '../core/catalog/index.ts';
import type { StreamConfig } from '../core/config/config.ts';
import type { KeyPage, Source } from '../core/contract/source.ts';
import { isTooMany } from './delete-guard.ts';
import { breathe } from './in-steps.ts';
import { savePage, type Pull } from './save-page.ts';
import { toStream, type World } from './world.ts';

const stepKeys = 500;
/** Etags noted in one transaction, about. */
const stepNotes = 2000;

export interface Reconciled {
  /** Keys that the source named. */
  readonly keys: number;
  /** Records that were proved gone and removed. */
  readonly removed: number;
  /** Records that look gone, held back by the delete guard. */
  readonly staged: readonly string[];
}
export interface Reconciling extends Pull {
  readonly source: Source;
  /** Whether a person has said that so many of this stream's deletes may pass. */
  accepts(deletes: number): boolean;
  /** Reads what has changed meanwhile: what it shows is not gone. */
  readAgain(): Promise<void>;
}
interface Listing {
  /** When the source began to list. */
  readonly asOf: string;
  readonly keys: number;
  /** Keys that look gone, step by step. */
  readonly absent: Iterable<readonly string[]>;
  end(): void;
}

/** Whether it is time to list the keys of a stream again. A read that has never ended proves nothing yet. */
export function isReconcileDue(world: World, source: Source, stream: StreamConfig): boolean {
  if (stream.reconcileMs === undefined || !source.enumerate) return false;
  const last = world.catalog.notes.get(`reconciled:${stream.id}`);
  // A list of the future was made under a clock that was set back since.
  return typeof last !== 'number' || last > world.now() || world.now() - last >= stream.reconcileMs;
}

/**
 * Finds what no read of changes shows: records gone without a word, and values that changed without a stamp. A key whose
 * etag differs from the one noted last time is looked up. Absence is a claim that needs proof: only a complete
 * enumeration gives it, for records stored before it began, not shown by it nor by the read that follows, not
 * quarantined, and not found when the source can look them up. What is quarantined goes only where the source, asked for it
 * by name, says that it is gone. Undefined when the source could not prove completeness.
 */
export async function reconcile(step: Reconciling): Promise<Reconciled | undefined> {
  const { world, stream, source, lease, counts } = step;
  const { streams, notes } = world.catalog;
  const listing = source.scopes ? await listScopes(step) : await listAll(step);
  if (!listing) {
    world.log.warn(
      `${stream.id}: the source could not prove that its list of keys is complete; nothing is taken for deleted`,
      {
        stream: stream.id,
      },
    );
    return undefined;
  }
  try {
    await step.readAgain();
    const gone: string[] = [];
    for (const keys of listing.absent) {
      for (let from = 0; from < keys.length; from += stepKeys)
        gone.push(...(await lookUp(step, keys.slice(from, from + stepKeys))));
      await breathe(world);
    }
    const records = streams.countRecords(stream.id);
    if (isTooMany(gone.length, () => records) && !step.accepts(gone.length)) {
      world.log.warn(
        `${stream.id}: ${gone.length} of ${records} records look gone; the delete guard holds them back`,
        {
          stream: stream.id,
        },
      );
      return { keys: listing.keys, removed: 0, staged: gone };
    }
    let removed = 0;
    const asked = source.lookup !== undefined;
    for (let from = 0; from < gone.length; from += stepKeys) {
      removed += streams.removeAbsent(
        lease,
        stream.id,
        gone.slice(from, from + stepKeys),
        listing.asOf,
        asked,
      );
    }
    counts.read += removed;
    counts.deleted += removed;
    notes.set(`reconciled:${stream.id}`, world.now());
    return { keys: listing.keys, removed, staged: [] };
  } finally {
    listing.end();
  }
}

/**
 * Before a first read: notes the etag of every key, so that what the read brings is at least as new as what is noted
 * and no key has to be looked up the first time. Nothing is noted of a source without etags.
 */
export async function noteBeforeFirstRead(step: Pull & { readonly source: Source }): Promise<void> {
  const { world, stream, source, lease } = step;
  const { streams } = world.catalog;
  if (!source.scopes) {
    for await (const page of source.enumerate!(toStream(stream))) {
      const listed = withEtags(page);
      if (listed.length < page.keys.length) return;
      streams.noteEtags(lease, stream.id, '', listed);
    }
    return;
  }
  let waiting: ListedScope[] = [];
  const note = (): void => {
    streams.noteScopes(lease, stream.id, waiting);
    waiting = [];
  };
  for await (const { scope, etag } of source.scopes(toStream(stream))) {
    const keys: ListedKey[] = [];
    let isNoted = true;
    for await (const page of source.enumerate!(toStream(stream), scope)) {
      const listed = withEtags(page);
      isNoted &&= listed.length === page.keys.length;
      keys.push(...listed);
    }
    world.signal.throwIfAborted();
    if (isNoted) waiting.push({ scope, etag, keys });
    if (waiting.reduce((sum, one) => sum + one.keys.length, 0) >= stepNotes) note();
  }
  note();
}

/** The whole stream in one list: what it shows is marked in a bitmap, so that its size does not matter. */
async function listAll(step: Reconciling): Promise<Listing | undefined> {
  const { world, stream, source, lease } = step;
  const { streams } = world.catalog;
  const enumeration = streams.startEnumeration(lease, stream.id);
  const end = (): void => streams.endEnumeration(lease, stream.id, enumeration);
  try {
    let asOf: string | undefined;
    let complete: number | undefined;
    let keys = 0;
    for await (const page of source.enumerate!(toStream(stream))) {
      asOf ??= new Date(page.asOf).toISOString();
      keys += page.keys.length;
      complete = page.complete?.count;
      streams.noteSeen(
        lease,
        stream.id,
        enumeration,
        page.keys.map((one) => one.key),
      );
      await followKeys(step, '', page);
      world.signal.throwIfAborted();
    }
    if (asOf !== undefined && complete !== undefined && keys >= complete) {
      return {
        asOf,
        keys,
        absent: streams.unseen(stream.id, enumeration, asOf, source.lookup !== undefined),
        end,
      };
    }
  } catch (error) {
    end();
    throw error;
  }
  end();
  return undefined;
}

/** Scope by scope: only a scope whose aggregate has moved is listed. A key that no scope lists any more looks gone. */
async function listScopes(step: Reconciling): Promise<Listing | undefined> {
  const { world, stream, source, lease } = step;
  const { streams, notes } = world.catalog;
  const noted = streams.scopes(stream.id);
  const present = new Set<string>();
  // By the source's clock, not by ours: the last read, or the last list, which a dead process may have left unused.
  const listedNote = `listed:${stream.id}`;
  const asOf = [streams.state(stream.id).asOf ?? '', String(notes.get(listedNote) ?? '')].sort().at(-1)!;
  let oldest: string | undefined;
  let keys = 0;
  for await (const { scope, etag } of source.scopes!(toStream(stream))) {
    present.add(scope);
    if (noted.get(scope) === etag) continue;
    const shown: string[] = [];
    let complete: number | undefined;
    for await (const page of source.enumerate!(toStream(stream), scope)) {
      oldest ??= new Date(page.asOf).toISOString();
      complete = page.complete?.count;
      shown.push(...page.keys.map((one) => one.key));
      await followKeys(step, scope, page);
      world.signal.throwIfAborted();
    }
    if (complete === undefined || shown.length < complete) return undefined;
    keys += shown.length;
    if (oldest !== undefined) notes.set(listedNote, new Date(oldest).toISOString());
    streams.finishScope(lease, stream.id, scope, etag, shown);
  }
  for (const scope of noted.keys())
    if (!present.has(scope)) streams.finishScope(lease, stream.id, scope, undefined, []);
  const since = oldest ?? asOf;
  return {
    asOf: since,
    keys,
    absent: streams.unlisted(stream.id, since, source.lookup !== undefined),
    end: () => undefined,
  };
}

const withEtags = (page: KeyPage): ListedKey[] =>
  page.keys.flatMap(({ key, etag }) => (etag === undefined ? [] : [{ key, etag }]));

/** Looks up keys that have another etag than noted, or no record; saves what they hold, and only then notes the etags. */
async function followKeys(step: Reconciling, scope: string, page: KeyPage): Promise<void> {
  const { streams } = step.world.catalog;
  const listed = withEtags(page);
  if (step.source.lookup) {
    const keys = page.keys.map((one) => one.key);
    const asked = [
      ...new Set([...streams.differing(step.stream.id, listed), ...streams.unknown(step.stream.id, keys)]),
    ];
    for (let from = 0; from < asked.length; from += stepKeys)
      await lookUp(step, asked.slice(from, from + stepKeys));
  }
  if (listed.length > 0) streams.noteEtags(step.lease, step.stream.id, scope, listed);
}

/** Asks for each key by name: what is found is saved, what cannot be read is quarantined; answers what is gone. */
async function lookUp(step: Reconciling, keys: readonly string[]): Promise<string[]> {
  if (!step.source.lookup) return [...keys];
  const gone: string[] = [];
  for await (const page of step.source.lookup(toStream(step.stream), keys)) {
    gone.push(...page.gone);
    if (page.found.length + page.unreadable.length === 0) continue;
    savePage(step, { asOf: page.asOf, records: page.found, unreadable: page.unreadable }, { bulk: false });
  }
  return gone;
}
