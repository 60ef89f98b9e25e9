import { TransientError } from '../../core/contract/errors.ts';
import { projection } from './columns.ts';
import { quoteIdentifier } from './identifier.ts';
import { joinKey, MAX_KEY_LENGTH, notNull } from './keys.ts';
import { createSnapshot, type Reading, type Snapshot } from './reading.ts';
import type { SqlRow } from './row-reader.ts';
import type { ResolvedStream } from './table-reader.ts';

/** The keys of one bucket, each with the hash of its rows. */
export interface Listed {
  readonly bucket: number;
  readonly keys: { readonly key: string; readonly etag: string }[];
  /** Counted by Snowflake beside the rows; 0 where there is none. */
  readonly count: number;
  /** False when a key cannot be listed: it could not be told from an absent one. */
  readonly listable: boolean;
}

/**
 * Lists buckets in the order given, which is that of their numbers, by one statement: keys and their count come from one
 * state of the table. That a bucket is empty is known when the statement has ended well, and not before.
 */
export async function* listBuckets(
  stream: ResolvedStream,
  buckets: readonly number[],
  asOf: string,
  reading: Reading,
): AsyncGenerator<Listed> {
  const snapshot = createSnapshot(stream, asOf, reading.signal);
  let at = 0;
  let open = empty(buckets[0]!);
  let started = false;
  for (;;) {
    try {
      for await (const batch of listRows(stream, buckets, snapshot, reading)) {
        started = true;
        for (const [bucket, count, etag, ...parts] of batch) {
          while (open.bucket !== Number(bucket)) {
            if (open.keys.length === 0) open.listable = false;
            yield open;
            if (++at === buckets.length)
              throw new TransientError('Keys arrived in another order than asked for.');
            open = empty(buckets[at]!);
          }
          open.count = Number(count);
          const joined = joinKey(parts.map(String));
          if (joined === '' || joined.length > MAX_KEY_LENGTH) open.listable = false;
          else open.keys.push({ key: joined, etag: String(etag) });
        }
      }
      break;
    } catch (error) {
      if (started || !snapshot.giveUp(error)) throw error;
    }
  }
  yield open;
  for (const bucket of buckets.slice(at + 1)) yield empty(bucket);
}

function listRows(
  stream: ResolvedStream,
  buckets: readonly number[],
  snapshot: Snapshot,
  { client, signal }: Reading,
): AsyncIterable<readonly SqlRow[]> {
  const { of, watched } = stream.buckets;
  const key = stream.key.map((column) => quoteIdentifier(column.name)).join(', ');
  return client.query(
    `SELECT TO_VARCHAR(${of}), TO_VARCHAR(COUNT(*) OVER (PARTITION BY ${of})), TO_VARCHAR(HASH_AGG(${watched})), ${stream.key.map(projection).join(', ')} FROM ${snapshot.from()} WHERE ${notNull(stream.key)} AND ${of} IN (${buckets.join(', ')}) GROUP BY ${key}${buckets.length > 1 ? ` ORDER BY ${of}` : ''}`,
    { purpose: `enumerate ${stream.name}`, signal, unqueued: true },
  );
}

const empty = (bucket: number): { -readonly [Name in keyof Listed]: Listed[Name] } => ({
  bucket,
  keys: [],
  count: 0,
  listable: true,
});
