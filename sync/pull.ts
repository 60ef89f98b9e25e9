import type { Lease } from '../core/catalog/index.ts';
import type { StreamConfig } from '../core/config/config.ts';
import { isTransientError } from '../core/contract/errors.ts';
import type { Json } from '../core/contract/json.ts';
import type { Page, Source } from '../core/contract/source.ts';
import { canonicalJson, sha256 } from '../core/documents/index.ts';
import { backoffMs } from '../core/http/retry.ts';
import { noStreamCounts, type StreamCounts, type StreamReport } from '../core/observe/report.ts';
import { toProblem } from './problem.ts';
import { isReconcileDue, reconcile, type Reconciled } from './reconcile.ts';
import { identify, toStream, type World } from './world.ts';

/** Records written in one transaction at the most. */
const stepRecords = 2000;
/** Attempts without a single page between them. */
const attempts = 5;

export interface PullOptions {
  /** A person has said that deletes which the guard held back may pass. */
  readonly acceptDeletes?: boolean;
  /** Told the keys that look gone and that the guard holds back. */
  readonly onStaged?: (keys: readonly string[]) => void;
}

/**
 * The first movement: reads what is new in a stream and commits it page by page, records and cursor in one
 * transaction. Stopped at any point, the next pull goes on from the last committed page. Never throws for what a
 * source does wrong: the report says so, and what was committed stays.
 */
export async function pullStream(
  world: World,
  sourceName: string,
  stream: StreamConfig,
  lease: Lease,
  options: PullOptions = {},
): Promise<StreamReport> {
  const startedAt = world.now();
  const counts = noStreamCounts();
  let error: StreamReport['error'];
  let reconciled: Reconciled | undefined;
  try {
    const { instance } = await identify(world, sourceName, true);
    const { source } = await world.source(sourceName);
    await adoptShape(world, source, instance, stream, lease);
    await readToEnd(world, source, stream, lease, counts);
    world.catalog.streams.finish(lease, stream.id);
    if (isReconcileDue(world, source, stream)) {
      reconciled = await reconcile({
        world,
        source,
        stream,
        lease,
        counts,
        accepted: options.acceptDeletes ?? false,
        readAgain: () => readToEnd(world, source, stream, lease, counts),
        save: (page) => add(counts, world.catalog.streams.savePage(lease, stream.id, page)),
      });
      if (reconciled) options.onStaged?.(reconciled.staged);
    }
  } catch (thrown) {
    error = toProblem(thrown);
    world.log.warn(`pull of ${stream.id} stopped: ${error.message}`, { code: error.code, stream: stream.id });
  }
  world.observe({ type: 'stream-finished', stream: stream.id, counts, ...(error ? { error } : {}) });
  const asOf = world.catalog.streams.state(stream.id).asOf;
  return {
    stream: stream.id,
    ...counts,
    ...(asOf ? { asOf } : {}),
    seconds: (world.now() - startedAt) / 1000,
    ...(reconciled
      ? {
          reconciled: {
            keys: reconciled.keys,
            removed: reconciled.removed,
            staged: reconciled.staged.length,
          },
        }
      : {}),
    ...(error ? { error } : {}),
  };
}

/** Another shape (fields, options, cursor field) gives the cursor another meaning: the stream is read from the start. */
async function adoptShape(
  world: World,
  source: Source,
  instance: string,
  stream: StreamConfig,
  lease: Lease,
): Promise<void> {
  const own = (await source.shape?.(toStream(stream))) ?? null;
  const shape = sha256(canonicalJson([instance, [...stream.fields].sort(), stream.options as Json, own]));
  const state = world.catalog.streams.state(stream.id);
  if (state.shape === shape) return;
  if (state.shape !== undefined) {
    world.log.info(`${stream.id} has another shape than before and is read from the start`, {
      stream: stream.id,
    });
  }
  world.catalog.streams.reshape(lease, stream.id, shape);
}

async function readToEnd(
  world: World,
  source: Source,
  stream: StreamConfig,
  lease: Lease,
  counts: StreamCounts,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { cursor, complete } = world.catalog.streams.state(stream.id);
    try {
      for await (const page of source.read({
        stream: toStream(stream),
        from: cursor,
        signal: world.signal,
      })) {
        savePage(world, stream, lease, page, !complete, counts);
        attempt = 0;
        world.signal.throwIfAborted();
      }
      return;
    } catch (error) {
      if (!isTransientError(error) || attempt >= attempts) throw error;
      world.log.info(`${stream.id}: ${error.message}; going on from the last page`, { attempt });
      await world.sleep(error.retryAfterMs ?? backoffMs(Math.max(1, attempt)));
    }
  }
}

function savePage(
  world: World,
  stream: StreamConfig,
  lease: Lease,
  page: Page,
  bulk: boolean,
  counts: StreamCounts,
): void {
  const asOf = new Date(page.asOf).toISOString();
  const deleted = page.deleted ?? [];
  const unreadable = page.unreadable ?? [];
  for (const { key, reason } of unreadable) {
    world.observe({
      type: 'record-quarantined',
      stream: stream.id,
      ...(key === undefined ? {} : { key }),
      reason,
    });
  }
  let from = 0;
  do {
    const records = page.records.slice(from, from + stepRecords);
    from += stepRecords;
    const last = from >= page.records.length;
    const became = world.catalog.streams.savePage(lease, stream.id, {
      asOf,
      records,
      deleted: last ? deleted : [],
      unreadable: last ? unreadable : [],
      cursor: last ? page.cursor : undefined,
      bulk,
    });
    add(counts, became);
  } while (from < page.records.length);
  world.observe({ type: 'page-pulled', stream: stream.id, counts: { ...counts } });
}

function add(counts: StreamCounts, more: StreamCounts): void {
  for (const name of Object.keys(more) as (keyof StreamCounts)[]) counts[name] += more[name];
}
