import { randomUUID } from 'node:crypto';
import pLimit from 'p-limit';
import type { Lease } from '../core/catalog/index.ts';
import { retry } from '../core/http/retry.ts';
import type { KindReport, Problem, RunReport, StreamReport } from '../core/observe/report.ts';
import { claimWork } from './claim.ts';
import { composeDirty, type Composer } from './compose.ts';
import { createDeleteGuard, stagedDeletes, type GuardOptions } from './delete-guard.ts';
import { estimateLoads } from './estimate-load.ts';
import { forgetHeld } from './forget-held.ts';
import { createHandover } from './handover.ts';
import { breathe, inSteps } from './in-steps.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { planStale } from './plan-file.ts';
import { prepareWork } from './prepare.ts';
import { toProblem } from './problem.ts';
import { publishSlot } from './publish.ts';
import { pullStream } from './pull.ts';
import type { Selection } from './selection.ts';
import { finishSlots } from './slots/finish.ts';
import { pointerWarning } from './slots/led-elsewhere.ts';
import { makeSlotReady } from './slots/make-ready.ts';
import { defineKinds, type OpenKind, type OpenSlot, type World } from './world.ts';

const handoverBytes = 24 * 1024 * 1024;
const streamsAtOnce = 4;
const readyAttempts = 5;

export interface RunOptions extends GuardOptions {
  /** Names of pipelines; all of them when absent. */
  readonly pipelines?: readonly string[] | undefined;
  /** False: compose and publish from the catalog, without asking the sources. */
  readonly pull?: boolean;
  /** Root records per kind to compose at the most; the others stay for a later run. */
  readonly limit?: number | undefined;
  /** False: stop before anything is sent. */
  readonly publish?: boolean;
  readonly destinations?: readonly string[] | undefined;
  readonly adopt?: boolean;
  /** Epoch of the last lease that a plan has seen: refused when any verb has been at work since. */
  readonly afterEpoch?: number | undefined;
  /** How long to wait without any news for what a destination has accepted. */
  readonly patienceMs?: number;
}

/**
 *  sources ── pull ──▶ records, cursor ── compose ──▶ desired ── publish ──▶ held ── destinations
 *                      (one transaction)   (pure)               (each destination on its own)
 *
 * One run of the three movements. Streams are pulled side by side; a kind is composed once the streams it needs have
 * been pulled; every slot publishes from the first composed document on, at its own pace. Interrupted anywhere, the
 * next run goes on: it compares desired with held and works until they agree.
 */
export async function runOnce(world: World, options: RunOptions = {}): Promise<RunReport> {
  const startedAt = world.now();
  const run = randomUUID();
  if (options.publish ?? true) await finishSlots(world);
  const { selection, lease } = await claimWork(world, options);
  try {
    if (options.afterEpoch !== undefined && lease.epoch !== options.afterEpoch + 1) throw planStale();
    await defineKinds(world, lease);
    if (!world.config.catalog.quarantinePayload)
      while (world.catalog.quarantine.dropPayloads(lease)) await breathe(world);
    while (world.catalog.kinds.retire(lease)) await breathe(world);
    const ledger = createLedger(world, selection, options.publish ?? true);
    world.observe({
      type: 'run-started',
      run,
      streams: selection.streams.map((one) => one.stream.id),
      destinations: selection.slots.map((one) => one.title),
    });
    const composer: Composer = {
      world,
      lease,
      handover: createHandover(handoverBytes),
      count: ledger.count,
      totals: ledger.totals,
    };
    const pulls = startPulls(world, selection, lease, ledger, options);
    let composing = true;
    const judge = createDeleteGuard(world, lease, options);
    const composed = composeKinds(composer, selection, pulls, options.limit)
      .then((waiting) => {
        for (const slot of selection.slots) judge(slot);
        estimateLoads(world, selection.slots, (slot) => ledger.counts(slot.id));
        return waiting;
      })
      .catch((error: unknown) => {
        if (!world.signal.aborted) throw error;
        return new Map<string, string[]>();
      })
      .finally(() => (composing = false));
    // A slot that is being filled holds nobody up: its bulk work goes on while other slots are at work.
    const served = selection.slots.filter((slot) => slot.state !== 'filling');
    let atWork = served.length;
    const enough = (): boolean => served.length > 0 && atWork === 0 && !composing;
    const published = Promise.all(
      (options.publish ?? true)
        ? selection.slots.map(async (slot) => {
            const mayStop = slot.state === 'filling' ? enough : undefined;
            const problem = await publishOne(
              composer,
              selection,
              slot,
              ledger,
              () => composing,
              judge,
              options,
              mayStop,
            );
            if (slot.state !== 'filling') atWork--;
            const seconds = (world.now() - startedAt) / 1000;
            return { problem, seconds, warning: problem ? undefined : await pointerWarning(world, slot) };
          })
        : [],
    );
    // The lease is not given back, and nothing is closed, while any movement is still at work.
    await Promise.allSettled([composed, published, ...pulls.values()]);
    const [waits, slots] = await Promise.all([composed, published]);
    const streams = await Promise.all(pulls.values());
    const report: RunReport = {
      run,
      startedAt: new Date(startedAt).toISOString(),
      seconds: (world.now() - startedAt) / 1000,
      dryRun: false,
      streams: streams.filter((one) => one !== undefined),
      kinds: selection.kinds.map(({ kind }): KindReport => ({
        kind: kind.name,
        ...ledger.totals(kind.name),
        waitsFor: waits.get(kind.name) ?? [],
      })),
      joins: (await inSteps(world, world.catalog.insight.joins())).filter((one) =>
        selection.kinds.some(({ kind }) => kind.name === one.kind),
      ),
      destinations: selection.slots.map((slot, index) =>
        ledger.close(slot, {
          problem: slots[index]?.problem,
          warning: slots[index]?.warning,
          seconds: slots[index]?.seconds ?? 0,
          stagedDeletes: stagedDeletes(world, slot),
        }),
      ),
    };
    world.catalog.insight.saveRun(JSON.parse(JSON.stringify(report)));
    world.observe({ type: 'run-finished', report });
    return report;
  } finally {
    world.catalog.leases.release(lease);
  }
}

function startPulls(
  world: World,
  selection: Selection,
  lease: Lease,
  ledger: Ledger,
  options: RunOptions,
): Map<string, Promise<StreamReport | undefined>> {
  const limits = new Map<string, ReturnType<typeof pLimit>>();
  return new Map(
    selection.streams.map(({ source, stream }) => {
      const limit = limits.get(source) ?? pLimit(streamsAtOnce);
      limits.set(source, limit);
      const pull = (): Promise<StreamReport> =>
        pullStream(world, source, stream, lease, {
          acceptsDeletes: (count) =>
            (options.acceptDeletes?.includes(stream.id) ?? false) || count <= (options.allowDeletes ?? 0),
          onStaged: (keys) => ledger.stage(stream.id, keys),
        });
      return [stream.id, (options.pull ?? true) ? limit(pull) : Promise.resolve(undefined)];
    }),
  );
}

/** Composes each kind when the pulls it needs have ended. Answers what the kinds that could not open wait for. */
async function composeKinds(
  composer: Composer,
  selection: Selection,
  pulls: ReadonlyMap<string, Promise<unknown>>,
  limit: number | undefined,
): Promise<Map<string, string[]>> {
  const { world, lease } = composer;
  const { kinds } = world.catalog;
  let waits = new Map<string, string[]>();
  const composeOne = async (open: OpenKind): Promise<void> => {
    const { name } = open.kind;
    await Promise.all(open.kind.nodes.map((node) => pulls.get(node.stream)));
    while (kinds.buildIndexes(lease)) await breathe(world);
    waits = kinds.open(lease, world.now());
    while (kinds.expand(lease)) await breathe(world);
    if (!kinds.isOpen(name)) return;
    const among = limit === undefined ? undefined : kinds.rootRecords(name, '', limit).map((one) => one.id);
    for (;;) {
      const composed = composeDirty(composer, open, among);
      if (composed === 0) return;
      world.observe({
        type: 'documents-composed',
        kind: name,
        composed: composer.totals(name).composed,
        left: kinds.countDirty(name),
      });
      await breathe(world);
    }
  };
  await Promise.all(selection.kinds.map(composeOne));
  for (const [kind, streams] of waits) world.observe({ type: 'kind-waiting', kind, streams });
  return waits;
}

async function publishOne(
  composer: Composer,
  selection: Selection,
  slot: OpenSlot,
  ledger: Ledger,
  more: () => boolean,
  judge: (slot: OpenSlot) => number,
  options: RunOptions,
  enough: (() => boolean) | undefined,
): Promise<Problem | undefined> {
  const { world, lease } = composer;
  try {
    const forget = async (): Promise<void> =>
      ledger.considerMore(slot, (await forgetHeld(world, lease, slot.id)).due);
    await retry(() => makeSlotReady(world, lease, slot, options.adopt ?? false, forget), {
      attempts: readyAttempts,
      sleep: world.sleep,
    });
    return await publishSlot({
      world,
      lease,
      slot,
      count: (counts) => ledger.count(slot.id, counts),
      counts: () => ledger.counts(slot.id),
      prepare: (work) => prepareWork(composer, selection.allKinds, slot, work),
      taken: (batch) => batch.forEach((one) => composer.handover.remove(slot.id, one.work.id)),
      more,
      enough,
      judgeDeletes: () => judge(slot),
      patienceMs: options.patienceMs ?? 600_000,
    });
  } catch (error) {
    const problem = toProblem(error, world.signal);
    world.observe({ type: 'destination-halted', destination: slot.title, problem });
    return problem;
  }
}
