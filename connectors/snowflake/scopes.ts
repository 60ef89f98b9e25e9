import type { KeyPage } from '../../core/contract/source.ts';
import { MAX_LISTED, type Bucket, type Summary } from './buckets.ts';
import type { SnowflakeClient } from './client.ts';
import { listBuckets, type Listed } from './list-buckets.ts';
import { readClock } from './reading.ts';
import type { Summaries } from './summaries.ts';
import type { ResolvedStream } from './table-reader.ts';

/** The scopes of one stream: buckets of its keys, told by one aggregate and listed by hash. */
export interface Scopes {
  scopes(): AsyncIterable<{ readonly scope: string; readonly count: number; readonly etag: string }>;
  enumerate(scope: string): AsyncIterable<KeyPage>;
  close(): Promise<void>;
}

/** A list of buckets under way: several in one statement, handed out one by one. */
interface Listing {
  readonly asOf: string;
  readonly buckets: AsyncGenerator<Listed>;
}

/** How many buckets a statement lists when they are asked for one after the other: then all that are left. */
const STEPS = [1, 8, Infinity];

/**
 * A bucket that differs among others that do not is listed alone. When each one is asked for, as before a first load or
 * after the table was made anew, one statement lists all the rest, and hands them out as they are asked for.
 */
export function createScopes(
  client: SnowflakeClient,
  stream: () => Promise<ResolvedStream>,
  signal: AbortSignal,
  summaries: Summaries,
  /** The comparison of a stream as a run sees it. */
  compare: (resolved: ResolvedStream) => Promise<Summary>,
): Scopes {
  let plan: readonly Bucket[] = [];
  let listing: Listing | undefined;
  let next = -1;
  let step = 0;

  const close = async (): Promise<void> => {
    const open = listing;
    [listing, next, step] = [undefined, -1, 0];
    await open?.buckets.return(undefined);
  };
  const list = async (at: number, bucket: number): Promise<Listing> => {
    const steps = at >= 0 && at === next ? Math.min(step + 1, STEPS.length - 1) : 0;
    await close();
    step = steps;
    const wanted = at < 0 ? [bucket] : plan.slice(at, at + STEPS[step]!).map((one) => one.bucket);
    // Beyond what a statement may name, the next one goes on.
    const listed = wanted.slice(0, MAX_LISTED);
    const asOf = await readClock(client, signal);
    next = at;
    return (listing = { asOf, buckets: listBuckets(client, await stream(), listed, signal) });
  };

  return {
    close,
    async *scopes() {
      const resolved = await stream();
      const summary = summaries.take('scopes') ?? (await compare(resolved));
      summaries.give('read', summary);
      await close();
      plan = summary.buckets;
      for (const { bucket, rows, etag } of plan)
        yield { scope: `${bucket}/${resolved.buckets.count}`, count: rows, etag };
    },
    async *enumerate(scope) {
      // Something differs: the read that follows looks for itself.
      summaries.clear();
      const bucket = Number(scope.split('/')[0]);
      const at = plan.findIndex((one) => one.bucket === bucket);
      let current = listing && at === next ? listing : await list(at, bucket);
      let found = await current.buckets.next();
      if (found.done) {
        current = await list(at, bucket);
        found = await current.buckets.next();
      }
      next = at + 1;
      const { keys, count, listable } = found.value as Listed;
      const proven = listable && keys.length === count;
      yield {
        scope,
        asOf: current.asOf,
        keys,
        ...(proven ? { complete: { count, asOf: current.asOf } } : {}),
      };
    },
  };
}
