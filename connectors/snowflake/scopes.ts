import type { KeyPage } from '../../core/contract/source.ts';
import { MAX_LISTED, summarize, type Bucket } from './buckets.ts';
import type { SnowflakeClient } from './client.ts';
import { projection } from './columns.ts';
import { quoteIdentifier } from './identifier.ts';
import { joinKey, MAX_KEY_LENGTH, notNull } from './keys.ts';
import { readClock } from './reading.ts';
import type { Summaries } from './summaries.ts';
import type { ResolvedStream } from './table-reader.ts';

/** Keys held in memory at most, for scopes that will probably be asked for next. */
const MAX_AHEAD = 50_000;

interface Listed {
  readonly asOf: string;
  readonly keys: { readonly key: string; readonly etag: string }[];
  /** Counted by Snowflake beside the rows; 0 where there is none. */
  count: number;
  listable: boolean;
}

/** The scopes of one stream: buckets of its keys, told by one aggregate and listed by hash. */
export interface Scopes {
  scopes(): AsyncIterable<{ readonly scope: string; readonly count: number; readonly etag: string }>;
  enumerate(scope: string): AsyncIterable<KeyPage>;
}

/**
 * Scopes that are asked for one after the other are listed several at a time, twice as many with each step: when every
 * scope differs, as before the first load, that takes some dozens of statements in place of thousands.
 */
export function createScopes(
  client: SnowflakeClient,
  stream: () => Promise<ResolvedStream>,
  signal: AbortSignal,
  summaries: Summaries,
): Scopes {
  let plan: readonly Bucket[] = [];
  let ahead = new Map<number, Listed>();
  let next = -1;
  let step = 1;

  const list = async (resolved: ResolvedStream, buckets: readonly number[]): Promise<void> => {
    const { of, watched } = resolved.buckets;
    const asOf = await readClock(client, signal);
    const key = resolved.key.map((column) => quoteIdentifier(column.name)).join(', ');
    const listing = new Map<number, Listed>(
      buckets.map((bucket) => [bucket, { asOf, keys: [], count: 0, listable: true }]),
    );
    // One statement shows the keys and how many there are: both come from one state of the table.
    const rows = client.query(
      `SELECT TO_VARCHAR(${of}), TO_VARCHAR(COUNT(*) OVER (PARTITION BY ${of})), TO_VARCHAR(HASH_AGG(${watched})), ${resolved.key.map(projection).join(', ')} FROM ${resolved.from()} WHERE ${notNull(resolved.key)} AND ${of} IN (${buckets.join(', ')}) GROUP BY ${key}`,
      { purpose: `enumerate ${resolved.name}`, signal },
    );
    for await (const batch of rows) {
      for (const [bucket, count, etag, ...parts] of batch) {
        const listed = listing.get(Number(bucket))!;
        const joined = joinKey(parts.map(String));
        listed.count = Number(count);
        // A key that cannot be listed cannot be told from an absent one.
        if (joined === '' || joined.length > MAX_KEY_LENGTH) listed.listable = false;
        else listed.keys.push({ key: joined, etag: String(etag) });
      }
    }
    // Only now: a list that broke off would prove that its keys are gone.
    ahead = listing;
  };

  return {
    async *scopes() {
      const resolved = await stream();
      const summary = summaries.take('scopes') ?? (await summarize(resolved, { client, signal }));
      summaries.give('read', summary);
      plan = summary.buckets;
      [ahead, next, step] = [new Map(), -1, 1];
      for (const { bucket, rows, etag } of plan)
        yield { scope: `${bucket}/${resolved.buckets.count}`, count: rows, etag };
    },
    async *enumerate(scope) {
      // Something differs: the read that follows looks for itself.
      summaries.clear();
      const bucket = Number(scope.split('/')[0]);
      if (!ahead.has(bucket)) {
        const at = plan.findIndex((one) => one.bucket === bucket);
        step = at >= 0 && at === next ? step * 2 : 1;
        const wanted = [bucket];
        let rows = plan[at]?.rows ?? 0;
        for (const one of at < 0 ? [] : plan.slice(at + 1, at + step)) {
          rows += one.rows;
          if (rows > MAX_AHEAD || wanted.length >= MAX_LISTED) break;
          wanted.push(one.bucket);
        }
        next = at + wanted.length;
        await list(await stream(), wanted);
      }
      const listed = ahead.get(bucket)!;
      ahead.delete(bucket);
      const proven = listed.listable && listed.keys.length === listed.count;
      yield {
        scope,
        asOf: listed.asOf,
        keys: listed.keys,
        ...(proven ? { complete: { count: listed.count, asOf: listed.asOf } } : {}),
      };
    },
  };
}
