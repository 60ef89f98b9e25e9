import pLimit from 'p-limit';
import type { Lease } from '../core/catalog/index.ts';
import type { StreamConfig } from '../core/config/config.ts';
import { isTransientError } from '../core/contract/errors.ts';
import type { Json } from '../core/contract/json.ts';
import type { Partition, Source } from '../core/contract/source.ts';
import { canonicalJson, sha256 } from '../core/documents/index.ts';
import { backoffMs } from '../core/http/retry.ts';
import type { StreamReport } from '../core/observe/report.ts';
import { createErrorBudget } from './error-budget.ts';
import { toProblem } from './problem.ts';
import { inSteps } from './in-steps.ts';
import { isReconcileDue, noteBeforeFirstRead, reconcile, type Reconciled } from './reconcile.ts';
import { beginPull, savePage, type Pull } from './save-page.ts';
import { identify, toStream, type World } from './world.ts';

/** Attempts without a single page between them. */
const attempts = 5;
const partitionsAtOnce = 4;
const shownKeys = 10;

export interface PullOptions {
  /** Whether a person has said that so many deletes may pass. */
  readonly acceptsDeletes?: (count: number) => boolean;
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
  world.observe({ type: 'stream-started', stream: stream.id });
  const { maxRejected, maxRejectedInARow } = world.config.limits;
  const pull = beginPull(world, stream, lease, createErrorBudget(maxRejected, maxRejectedInARow));
  let error: StreamReport['error'];
  let reconciled: Reconciled | undefined;
  try {
    const { source } = await world.source(sourceName);
    announceRun(source, lease);
    const { instance } = await identify(world, sourceName, true);
    await adoptShape(pull, source, instance);
    await readFromTheStart(pull, source);
    await readToEnd(pull, source);
    world.catalog.streams.finish(lease, stream.id);
    if (isReconcileDue(world, source, stream)) {
      reconciled = await reconcile({
        ...pull,
        source,
        accepts: options.acceptsDeletes ?? (() => false),
        readAgain: () => readToEnd(pull, source),
      });
      if (reconciled) options.onStaged?.(reconciled.staged);
    }
    await inSteps(world, world.catalog.streams.dropTombstones(lease, stream.id));
  } catch (thrown) {
    error = toProblem(thrown, world.signal);
    world.log.warn(`pull of ${stream.id} stopped: ${error.message}`, { code: error.code, stream: stream.id });
  }
  const { counts } = pull;
  world.observe({ type: 'stream-finished', stream: stream.id, counts, ...(error ? { error } : {}) });
  const asOf = world.catalog.streams.state(stream.id).asOf;
  return {
    stream: stream.id,
    ...counts,
    ...(asOf ? { asOf } : {}),
    seconds: (world.now() - startedAt) / 1000,
    ...(pull.notices.size > 0 ? { notices: [...pull.notices] } : {}),
    ...(pull.usage.size > 0 ? { usage: [...pull.usage.values()] } : {}),
    ...(reconciled
      ? {
          reconciled: {
            keys: reconciled.keys,
            removed: reconciled.removed,
            staged: reconciled.staged.length,
            ...(reconciled.staged.length > 0 ? { stagedKeys: reconciled.staged.slice(0, shownKeys) } : {}),
          },
        }
      : {}),
    ...(error ? { error } : {}),
  };
}

/** The last run, by the epoch of its lease, that each source was told of. */
const announced = new WeakMap<Source, number>();

function announceRun(source: Source, { epoch }: Lease): void {
  if (announced.get(source) === epoch) return;
  announced.set(source, epoch);
  source.startRun?.();
}

/** Another shape (fields, options, cursor field) gives the cursor another meaning: the stream is read from the start. */
export async function adoptShape(
  { world, stream, lease }: Pull,
  source: Source,
  instance: string,
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

/** Before a first read: notes what each key looks like, and reads the partitions that the source cuts the load into. */
async function readFromTheStart(pull: Pull, source: Source): Promise<void> {
  const { world, stream, lease } = pull;
  const { streams } = world.catalog;
  const state = streams.state(stream.id);
  let load = streams.firstLoad(stream.id);
  if (state.cursor === undefined && !state.complete && !load) {
    if (stream.reconcileMs !== undefined && source.enumerate) await noteBeforeFirstRead({ ...pull, source });
    const plan = await source.partitions?.(toStream(stream));
    if (plan) streams.planFirstLoad(lease, stream.id, plan);
    load = streams.firstLoad(stream.id);
  }
  if (!load) return;
  const limit = pLimit(partitionsAtOnce);
  const reads = load.partitions.filter((one) => !one.done);
  const results = await Promise.allSettled(
    reads.map(({ name, value }) =>
      limit(async () => {
        await readToEnd(pull, source, { name, value });
        streams.finishPartition(lease, stream.id, name);
      }),
    ),
  );
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  streams.finishFirstLoad(lease, stream.id);
}

/** Reads pages until the source has no more, going on from the last committed one after what may pass. */
async function readToEnd(pull: Pull, source: Source, partition?: Partition): Promise<void> {
  const { world, stream } = pull;
  for (let attempt = 1; ; attempt++) {
    const { cursor, complete } = world.catalog.streams.state(stream.id);
    const from = partition
      ? world.catalog.streams.firstLoad(stream.id)?.partitions.find((one) => one.name === partition.name)
          ?.cursor
      : cursor;
    try {
      for await (const page of source.read({
        stream: toStream(stream),
        from,
        ...(partition ? { partition } : {}),
        signal: world.signal,
      })) {
        savePage(pull, page, { bulk: !complete, partition: partition?.name });
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
