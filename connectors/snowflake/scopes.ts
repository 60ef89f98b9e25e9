import type { KeyPage } from '../../core/contract/source.ts';
import { MAX_LISTED, summarize, type Bucket } from './buckets.ts';
import { listBuckets, type Listed } from './list-buckets.ts';
import type { Reading } from './reading.ts';
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
export function createScopes(stream: () => Promise<ResolvedStream>, reading: Reading): Scopes {
  const { summaries } = reading;
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
    const asOf = await reading.clock();
    next = at;
    return (listing = { asOf, buckets: listBuckets(await stream(), listed, asOf, reading) });
  };

  return {
    close,
    async *scopes() {
      const resolved = await stream();
      const summary = summaries.take('scopes') ?? (await summarize(resolved, reading));
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
