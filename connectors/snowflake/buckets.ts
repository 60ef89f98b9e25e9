import { z } from 'zod';
import type { FirstLoad, Partition } from '../../core/contract/source.ts';
import type { CursorState, SnowflakeCursor } from './cursor.ts';
import { notNull } from './keys.ts';
import {
  createSnapshot,
  inSnapshot,
  lastPage,
  statementPages,
  toRecords,
  unreadableRows,
  type Reading,
  type Snapshot,
  type SnowflakePage,
} from './reading.ts';
import type { ResolvedStream } from './table-reader.ts';

/** The rows whose keys hash to one number, told by their count and one hash over all of them. */
export interface Bucket {
  readonly bucket: number;
  readonly rows: number;
  readonly etag: string;
}

export interface Summary {
  readonly buckets: readonly Bucket[];
  /** Rows that no key names. */
  readonly keyless: number;
}

/**
 * One aggregate over the columns read: what the warehouse scans stays there, a row per bucket comes back. The hashes
 * are advisory: a bucket that looks different is read, never taken for changed. It shows the state of the run, or one
 * before it, so that rows read by it are never older than the hashes noted.
 * https://docs.snowflake.com/en/sql-reference/functions/hash_agg
 */
export async function summarize(stream: ResolvedStream, reading: Reading): Promise<Summary> {
  const { client, signal } = reading;
  const { of, watched } = stream.buckets;
  const snapshot = createSnapshot(stream, await reading.clock(), signal);
  const rows = await inSnapshot(snapshot, (from) =>
    client.all(
      `SELECT TO_VARCHAR(${of}), TO_VARCHAR(COUNT(*)), TO_VARCHAR(COUNT_IF(${notNull(stream.key)})), TO_VARCHAR(HASH_AGG(${watched})) FROM ${from} GROUP BY 1`,
      { purpose: `compare ${stream.name}`, signal },
    ),
  );
  const buckets = rows
    .map(([bucket, , keyed, hash]) => ({
      bucket: Number(bucket),
      rows: Number(keyed),
      etag: `${keyed}:${hash}`,
    }))
    .filter((one) => one.rows > 0)
    .sort((left, right) => left.bucket - right.bucket);
  return {
    buckets,
    keyless: rows.reduce((sum, [, count, keyed]) => sum + Number(count) - Number(keyed), 0),
  };
}

/** Reads the rows of those buckets whose aggregate is not the one that the cursor holds. */
export async function* readBuckets(
  stream: ResolvedStream,
  from: CursorState<'buckets'> | undefined,
  reading: Reading,
): AsyncGenerator<SnowflakePage> {
  const { count } = stream.buckets;
  const known = from?.count === count ? from.etags : {};
  const taken = reading.summaries.take('read');
  const summary = taken ?? (await summarize(stream, reading));
  if (!taken) reading.summaries.give('scopes', summary);
  const { buckets, keyless } = summary;
  // Asked after the comparison: without a run, the rows are those of a later moment, never of an earlier one.
  const asOf = await reading.clock();
  const snapshot = createSnapshot(stream, asOf, reading.signal);
  const dirty = buckets.filter(({ bucket, etag }) => known[bucket] !== etag);
  const present = new Set(buckets.map(({ bucket }) => String(bucket)));
  const etags = Object.fromEntries(Object.entries(known).filter(([bucket]) => present.has(bucket)));
  for (const chunk of chunksOf(dirty, reading.config.statementRows)) {
    for (const { bucket, etag } of chunk) etags[bucket] = etag;
    const done: SnowflakeCursor = { version: 1, state: 'buckets', count, etags: { ...etags } };
    yield* readChunk(stream, chunk, asOf, snapshot, done, reading);
  }
  yield lastPage(
    asOf,
    { version: 1, state: 'buckets', count, etags },
    // A comparison that was made before has been told of, too.
    { unreadable: taken ? [] : unreadableRows(stream, keyless) },
  );
}

/** Snowflake takes 16,384 values in a list. https://docs.snowflake.com/en/sql-reference/functions/in */
export const MAX_LISTED = 10_000;

/** Buckets that one statement reads: neighbours, as long as neither they nor their rows are too many. */
export function chunksOf<T extends { readonly rows: number }>(buckets: readonly T[], maxRows: number): T[][] {
  const chunks: T[][] = [];
  let rows = 0;
  for (const bucket of buckets) {
    const last = chunks.at(-1);
    if (last && last.length < MAX_LISTED && rows + bucket.rows <= maxRows) last.push(bucket);
    else {
      chunks.push([bucket]);
      rows = 0;
    }
    rows += bucket.rows;
  }
  return chunks;
}

/** The rows of some buckets; only their last page is a resume point, since they come in no order. */
export async function* readChunk(
  stream: ResolvedStream,
  chunk: readonly Pick<Bucket, 'bucket'>[],
  asOf: string,
  snapshot: Snapshot,
  done: SnowflakeCursor,
  reading: Reading,
): AsyncGenerator<SnowflakePage> {
  const list = chunk.map(({ bucket }) => bucket).join(', ');
  const pages = statementPages(
    reading,
    snapshot,
    (from) =>
      `SELECT ${stream.selectList} FROM ${from} WHERE ${notNull(stream.key)} AND ${stream.buckets.of} IN (${list})`,
    { binds: [], purpose: `read ${stream.name}` },
  );
  let held: SnowflakePage | undefined;
  for await (const rows of pages) {
    if (held) yield held;
    held = { asOf, ...toRecords(stream, rows) };
  }
  yield { ...(held ?? { asOf, records: [] }), cursor: done };
}

const PARTITIONS = 4;
const part = z.strictObject({ buckets: z.array(z.tuple([z.int(), z.int()])) });

/** Cuts a first load by the hash of the keys into parts of about as many rows. */
export function cutBuckets(
  buckets: readonly Bucket[],
  minRows: number,
  cursor: SnowflakeCursor,
): FirstLoad<SnowflakeCursor> | undefined {
  const rows = buckets.reduce((sum, bucket) => sum + bucket.rows, 0);
  if (rows < minRows) return undefined;
  const partitions = chunksOf(buckets, Math.ceil(rows / PARTITIONS)).map((chunk) => ({
    name: `buckets ${chunk[0]!.bucket} to ${chunk.at(-1)!.bucket}`,
    value: { buckets: chunk.map(({ bucket, rows: count }): [number, number] => [bucket, count]) },
  }));
  return { partitions, cursor };
}

export async function* readPart(
  stream: ResolvedStream,
  partition: Partition,
  from: SnowflakeCursor | undefined,
  reading: Reading,
): AsyncGenerator<SnowflakePage> {
  const buckets = part.parse(partition.value).buckets.map(([bucket, rows]) => ({ bucket, rows }));
  const chunks = chunksOf(buckets, reading.config.statementRows);
  const asOf = await reading.clock();
  const snapshot = createSnapshot(stream, asOf, reading.signal);
  for (let at = from?.state === 'part' ? from.next : 0; at < chunks.length; at++) {
    const done: SnowflakeCursor = { version: 1, state: 'part', next: at + 1 };
    yield* readChunk(stream, chunks[at]!, asOf, snapshot, done, reading);
  }
}
