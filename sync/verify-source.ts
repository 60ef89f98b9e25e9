import type { Lease } from '../core/catalog/index.ts';
import { definitionsStream } from '../core/config/definitions.ts';
import type { StreamConfig } from '../core/config/config.ts';
import type { KeyPage, Source } from '../core/contract/source.ts';
import type { Problem } from '../core/observe/report.ts';
import { claimWork } from './claim.ts';
import { toProblem } from './problem.ts';
import { defineKinds, toStream, type World } from './world.ts';

export interface VerifiedStream {
  readonly stream: string;
  /** Live records that the catalog holds. */
  readonly records: number;
  /** How many keys the source listed; absent where it cannot list them. */
  readonly listed?: number;
  /** The source's own count, where it proves that the list is complete. */
  readonly counted?: number;
  /** Listed, and not in the catalog. */
  readonly missing: readonly string[];
  readonly missingCount: number;
  /** In the catalog since before the list began, and not listed. Only where the list is proved complete. */
  readonly extra: readonly string[];
  readonly extraCount: number;
  /** Another etag than noted: the next reconciliation reads them. Only where etags are noted. */
  readonly changed: readonly string[];
  readonly changedCount: number;
  readonly error?: Problem;
}

const shown = 20;

/**
 * Compares the records of the catalog with the keys that the sources list themselves. Reads only, and changes nothing: what
 * a source has changed since the last run is a difference, too.
 */
export async function verifySources(
  world: World,
  options: { readonly pipelines?: readonly string[] | undefined } = {},
): Promise<VerifiedStream[]> {
  const { selection, lease } = await claimWork(world, options);
  try {
    await defineKinds(world, lease);
    const verified: VerifiedStream[] = [];
    for (const { source, stream } of selection.streams) {
      const nothing = {
        stream: stream.id,
        records: world.catalog.streams.countRecords(stream.id),
        ...{ missing: [], missingCount: 0, extra: [], extraCount: 0, changed: [], changedCount: 0 },
      };
      try {
        const open = await world.source(source);
        verified.push(
          open.source.enumerate && stream.name !== definitionsStream
            ? { ...nothing, ...(await compare(world, lease, open.source, stream)) }
            : nothing,
        );
      } catch (error) {
        if (world.signal.aborted) throw error;
        verified.push({ ...nothing, error: toProblem(error, world.signal) });
      }
    }
    return verified;
  } finally {
    world.catalog.leases.release(lease);
  }
}

async function compare(
  world: World,
  lease: Lease,
  source: Source,
  stream: StreamConfig,
): Promise<Omit<VerifiedStream, 'stream' | 'records'>> {
  const { streams } = world.catalog;
  const lists = { missing: [] as string[], extra: [] as string[], changed: [] as string[] };
  const counts = { missing: 0, extra: 0, changed: 0 };
  const add = (sort: keyof typeof counts, keys: readonly string[]): void => {
    counts[sort] += keys.length;
    lists[sort].push(...keys.slice(0, Math.max(0, shown - lists[sort].length)));
  };
  const hasEtags = stream.reconcileMs !== undefined;
  const enumeration = streams.startEnumeration(lease, stream.id);
  try {
    let listed = 0;
    let counted: number | undefined = 0;
    let asOf: string | undefined;
    for await (const page of listAll(source, stream)) {
      asOf ??= new Date(page.asOf).toISOString();
      const keys = page.keys.map((one) => one.key);
      listed += keys.length;
      if (page.isLast)
        counted = page.complete && counted !== undefined ? counted + page.complete.count : undefined;
      streams.noteSeen(lease, stream.id, enumeration, keys);
      const unknown = streams.unknown(stream.id, keys);
      add('missing', unknown);
      if (hasEtags) {
        const told = page.keys.flatMap(({ key, etag }) => (etag === undefined ? [] : [{ key, etag }]));
        const absent = new Set(unknown);
        add(
          'changed',
          streams.differing(stream.id, told).filter((key) => !absent.has(key)),
        );
      }
      world.catalog.leases.renew(lease);
      world.signal.throwIfAborted();
    }
    const isComplete = counted !== undefined && listed >= counted;
    if (isComplete && asOf !== undefined)
      for (const keys of streams.unseen(stream.id, enumeration, asOf)) add('extra', keys);
    return {
      listed,
      ...(isComplete ? { counted: counted! } : {}),
      ...lists,
      missingCount: counts.missing,
      extraCount: counts.extra,
      changedCount: counts.changed,
    };
  } finally {
    streams.endEnumeration(lease, stream.id, enumeration);
  }
}

/** Every page of the stream, scope by scope where it has scopes; told which is the last of its list. */
async function* listAll(
  source: Source,
  stream: StreamConfig,
): AsyncIterable<KeyPage & { readonly isLast: boolean }> {
  const own = toStream(stream);
  const list = async function* (scope?: string): AsyncIterable<KeyPage & { readonly isLast: boolean }> {
    let before: KeyPage | undefined;
    for await (const page of source.enumerate!(own, scope)) {
      if (before) yield { ...before, isLast: false };
      before = page;
    }
    if (before) yield { ...before, isLast: true };
  };
  if (!source.scopes) return yield* list();
  for await (const { scope } of source.scopes(own)) yield* list(scope);
}

/** Whether the catalog holds just what the sources have. */
export const areSourcesEqual = (streams: readonly VerifiedStream[]): boolean =>
  streams.every(
    (one) => one.error === undefined && one.missingCount + one.extraCount + one.changedCount === 0,
  );
