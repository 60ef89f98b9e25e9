import type { FirstLoad, Partition } from '../../core/contract/source.ts';
import { cutBuckets, readBuckets, readPart, summarize } from './buckets.ts';
import type { SnowflakeCursor } from './cursor.ts';
import { chooseDetection } from './detection.ts';
import { changesFrom, readChanges } from './read-changes.ts';
import type { Reading, SnowflakePage } from './reading.ts';
import { cutWindow, readRange, readWindows } from './read-window.ts';
import type { ResolvedStream } from './table-reader.ts';

/** Reads one stream in the way that its table allows. A cursor left by another way starts the stream anew. */
export async function* readStream(
  stream: ResolvedStream,
  from: SnowflakeCursor | undefined,
  reading: Reading,
): AsyncGenerator<SnowflakePage> {
  const detection = await chooseDetection(stream, reading);
  const fits = from === undefined || STATES[detection].includes(from.state);
  const notices = fits
    ? []
    : [`${stream.title} is read by \`${detection}\` now and not as before: it is read once from the start.`];
  const start = fits ? from : undefined;
  if (detection === 'changes') {
    yield* readChanges(stream, start, reading, notices);
    return;
  }
  if (!fits) {
    const pages =
      detection === 'cursor'
        ? readWindows(stream, undefined, reading)
        : readBuckets(stream, undefined, reading);
    for await (const page of pages) {
      yield notices.length > 0 ? { ...page, notices: [...notices.splice(0), ...(page.notices ?? [])] } : page;
    }
    return;
  }
  if (detection === 'cursor') yield* readWindows(stream, start, reading);
  else yield* readBuckets(stream, start?.state === 'buckets' ? start : undefined, reading);
}

const STATES = {
  changes: ['changes', 'load'],
  cursor: ['window', 'reached'],
  reconcile: ['buckets'],
};

/** Cuts the first load of a large table; small ones are read in one go. */
export async function cutFirstLoad(
  stream: ResolvedStream,
  reading: Reading,
): Promise<FirstLoad<SnowflakeCursor> | undefined> {
  const detection = await chooseDetection(stream, reading);
  if (detection === 'cursor') return cutWindow(stream, reading);
  const at = changesFrom(await reading.clock());
  const { buckets } = reading.summaries.recent() ?? (await summarize(stream, reading));
  const cursor: SnowflakeCursor =
    detection === 'changes'
      ? { version: 1, state: 'changes', at, within: null }
      : {
          version: 1,
          state: 'buckets',
          count: stream.buckets.count,
          etags: Object.fromEntries(buckets.map(({ bucket, etag }) => [bucket, etag])),
        };
  return cutBuckets(buckets, reading.config.statementRows * 2, cursor);
}

export async function* readPartition(
  stream: ResolvedStream,
  partition: Partition,
  from: SnowflakeCursor | undefined,
  reading: Reading,
): AsyncGenerator<SnowflakePage> {
  const byRange =
    typeof partition.value === 'object' && partition.value !== null && 'high' in partition.value;
  if (byRange) yield* readRange(stream, partition, from, reading);
  else yield* readPart(stream, partition, from, reading);
}
