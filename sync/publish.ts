import pLimit from 'p-limit';
import type { AttemptItem, Lease, Work } from '../core/catalog/index.ts';
import type { Change, Outcome } from '../core/contract/destination.ts';
import { isConfigError } from '../core/contract/errors.ts';
import { backoffMs } from '../core/http/retry.ts';
import { createTokenBucket } from '../core/http/token-bucket.ts';
import type { DestinationCounts, Problem } from '../core/observe/report.ts';
import { boundLimits, closingOf, cutBatch, dropOvertaken, type Prepared } from './batch.ts';
import { createConfirmation } from './confirm.ts';
import { createErrorBudget } from './error-budget.ts';
import { watchWork } from './expect-work.ts';
import { payloadOf } from './payload.ts';
import { toProblem } from './problem.ts';
import { createSettling, recoverAttempts } from './recover.ts';
import type { OpenSlot, World } from './world.ts';

/** Batches in a row that may fail before the slot is left to the next run. */
const maxFailures = 8;
const laneTurns = ['fresh', 'fresh', 'fresh', 'fresh', 'bulk'] as const;
const idleMs = 25;
/** How long batches are prepared one after another before answers have their turn. */
const longestStretchMs = 20;

export interface Publishing {
  readonly world: World;
  readonly lease: Lease;
  readonly slot: OpenSlot;
  count(counts: DestinationCounts): void;
  counts(): DestinationCounts;
  /** Changes for these pieces of work, handed over or composed again; what cannot be composed is left out. */
  prepare(work: readonly Work[]): readonly Prepared[];
  /** These are on their way: their documents need not be kept. */
  taken(batch: readonly Prepared[]): void;
  /** False once nothing more will be composed in this run. */
  more(): boolean;
  /** True once bulk work may be left to a later run. */
  readonly enough?: (() => boolean) | undefined;
  /** Lets deletes pass that were waiting for the guard; answers how many. */
  judgeDeletes(): number;
  /** How long accepted changes are waited for without any news. */
  readonly patienceMs: number;
}

/**
 * The third movement: brings one slot from held to desired. An attempt is committed before the first byte leaves and
 * closed only by a verdict about it; no second change of a document leaves while one is open. Ends when nothing is left
 * to do, when a person must act, or when the run stops. Never throws for what a destination does wrong.
 */
export async function publishSlot(publishing: Publishing): Promise<Problem | undefined> {
  const { world, slot, lease } = publishing;
  const { holdings } = world.catalog;
  const { destination } = slot;
  let halted: Problem | undefined;
  let failures = 0;
  let pausedUntil = 0;
  let turn = 0;
  const busy = new Set<number>();
  const position = { fresh: 0, bulk: 0 };
  let running = 0;
  /** Composing again may turn a write into a delete: only a second pass without work proves that nothing is left. */
  let emptyPasses = 0;
  let breathedAt = world.now();
  /** Ends a rest early: an answer has come, there may be something to do. */
  let wake = (): void => undefined;

  const budget = createErrorBudget(world.config.limits.maxRejected, world.config.limits.maxRejectedInARow);
  const confirmation = createConfirmation(publishing, busy, {
    report,
    halt: (problem) => (halted ??= problem),
    judge,
  });
  recoverAttempts(publishing, confirmation);
  const settling = createSettling(publishing);
  const bucket = createTokenBucket({
    perSecond: destination.limits().requestsPerSecond,
    // A request that leaves late on a busy machine does not slow down those after it.
    burst: 2,
    now: world.now,
    sleep: world.sleep,
  });
  const limit = pLimit(Math.max(1, destination.limits().maxInFlight));
  const tellOfWork = watchWork(publishing);

  /** The next batch: fresh changes before bulk ones, each with a share; what is under way is passed over. */
  function nextBatch(): Prepared[] {
    settling.begin();
    const limits = boundLimits(destination.limits());
    const preferred = laneTurns[turn++ % laneTurns.length]!;
    for (const lane of [preferred, preferred === 'fresh' ? 'bulk' : 'fresh'] as const) {
      if (lane === 'bulk' && publishing.enough?.()) continue;
      for (const start of [position[lane], 0]) {
        let after = start;
        for (;;) {
          const work = holdings.work(slot.id, lane, after, limits.maxDocuments);
          if (work.length === 0) break;
          const free = work.filter((one) => !busy.has(one.document) && !settling.holds(one));
          const { batch, refused, lastTaken } = cutBatch(publishing.prepare(free), destination, limits);
          if (refused.length > 0) {
            const kept = refused.map((one) => ({ ...one, payload: payloadOf(world, one.change) }));
            publishing.count(holdings.reject(lease, slot.id, kept));
          }
          for (const one of refused)
            world.observe({
              type: 'document-rejected',
              destination: slot.title,
              id: one.id,
              reason: one.reason,
            });
          if (refused.length > 0) judge(0, refused.length, refused[0]!.reason);
          if (halted) return [];
          position[lane] = lastTaken ?? work.at(-1)!.document;
          if (batch.length > 0) return batch;
          after = position[lane];
        }
        position[lane] = 0;
        if (start === 0) break;
      }
    }
    return [];
  }

  async function send(prepared: readonly Prepared[]): Promise<void> {
    await bucket.take();
    const batch = dropOvertaken(prepared, holdings, slot.id, busy);
    if (batch.length === 0) return;
    const items = batch.map(({ work, change, addresses }): AttemptItem => ({
      document: work.document,
      id: work.id,
      action: change.action,
      fingerprint: change.action === 'write' ? change.fingerprint : '',
      addresses: addresses.filter((address) => address !== work.id),
    }));
    const attempt = holdings.openAttempt(lease, slot.id, items);
    const outcomes = await write(batch.map((one) => one.change));
    publishing.count(
      holdings.close(
        lease,
        slot.id,
        attempt,
        batch.map(({ work, change }, index) => {
          const closing = closingOf(outcomes[index]!, payloadOf(world, change));
          return [work.document, closing] as const;
        }),
      ),
    );
    const accepted: AttemptItem[] = [];
    items.forEach((item, index) => {
      const outcome = outcomes[index]!;
      if (outcome.status === 'accepted') accepted.push({ ...item, acceptance: outcome.receipt });
      else busy.delete(item.document);
      if (outcome.status === 'rejected')
        world.observe({
          type: 'document-rejected',
          destination: slot.title,
          id: item.id,
          reason: outcome.reason,
        });
    });
    if (accepted.length > 0) confirmation.add(attempt, accepted);
    const rejected = outcomes.filter((outcome) => outcome.status === 'rejected');
    const done = outcomes.filter((outcome) => outcome.status === 'done');
    judge(done.length, rejected.length, rejected[0]?.reason);
    pace(outcomes);
    report();
  }

  /** Too many refusals stop the slot: the cause is likely one and the same, and no document has to run into it. */
  function judge(done: number, rejected: number, reason = ''): void {
    if (!budget.spend(done, rejected)) return;
    halted ??= {
      code: 'TOO_MANY_REFUSED',
      message: `${slot.title} has refused ${budget.describe()} documents: ${reason}`,
      where: 'limits.maxRejected',
      hint: 'correct the cause, then `tributary quarantine retry --all`; if so many are to be expected, raise limits.maxRejected',
      next: 'act',
    };
  }

  async function write(changes: readonly Change[]): Promise<readonly Outcome[]> {
    try {
      const outcomes = await destination.write(changes);
      if (outcomes.length !== changes.length)
        throw new Error(`the destination answered ${outcomes.length} outcomes for ${changes.length} changes`);
      return outcomes;
    } catch (error) {
      if (isConfigError(error)) halted ??= toProblem(error, world.signal);
      const problem = toProblem(error);
      if (problem.next === 'bug')
        world.log.error(`${slot.title}: ${problem.message}`, { code: problem.code });
      return changes.map(() => ({ status: 'unknown', reason: problem.message }));
    }
  }

  /** Slows down after failures; gives the slot up for this run after too many in a row. */
  function pace(outcomes: readonly Outcome[]): void {
    const stopped = outcomes.find((outcome) => outcome.status === 'halted');
    if (stopped?.status === 'halted') {
      halted ??= {
        code: 'DESTINATION_HALTED',
        message: stopped.reason,
        hint: stopped.hint,
        where: `destinations.${slot.name}`,
        next: 'act',
      };
    }
    const again = outcomes.filter((outcome) => outcome.status === 'later' || outcome.status === 'unknown');
    if (again.length < outcomes.length) failures = 0;
    if (again.length === 0) return;
    if (again.length === outcomes.length) failures++;
    const asked = Math.max(
      0,
      ...again.map((outcome) => (outcome.status === 'later' ? (outcome.retryAfterMs ?? 0) : 0)),
    );
    pausedUntil = Math.max(pausedUntil, world.now() + Math.max(asked, backoffMs(Math.max(1, failures))));
    if (failures >= maxFailures) {
      const last = again.at(-1)!;
      halted ??= {
        code: 'DESTINATION_DOWN',
        message: 'reason' in last ? last.reason : 'no answer',
        where: `destinations.${slot.name}`,
        next: 'wait',
      };
    }
  }

  /** What is open is told by the accounts: counting it in the catalog would cost more with every document. */
  function report(): void {
    const counts = { ...publishing.counts() };
    const { considered, written, deleted, unchanged, withheld, quarantined, staged } = counts;
    world.observe({
      type: 'batch-published',
      destination: slot.title,
      counts,
      open: considered - written - deleted - unchanged - withheld - quarantined - staged,
    });
  }

  const sending = new Set<Promise<void>>();
  try {
    while (!halted && !world.signal.aborted) {
      tellOfWork();
      const limits = destination.limits();
      bucket.setRate(limits.requestsPerSecond);
      limit.concurrency = Math.max(1, limits.maxInFlight);
      confirmation.step(() => wake());
      const isFull =
        running >= limits.maxInFlight ||
        running + confirmation.open() >= (limits.maxOpen ?? limits.maxInFlight);
      if (isFull || world.now() < pausedUntil) {
        if (!publishing.more() && running === 0 && confirmation.givenUp()) break;
        await rest();
        continue;
      }
      const batch = nextBatch();
      if (batch.length === 0) {
        const isLast = settling.leftMs() === 0 && !publishing.more() && publishing.judgeDeletes() === 0;
        const isIdle = running === 0 && (confirmation.open() === 0 || confirmation.givenUp());
        if (isLast && isIdle && emptyPasses++ > 0) break;
        await rest();
        continue;
      }
      emptyPasses = 0;
      publishing.taken(batch);
      for (const one of batch) busy.add(one.work.document);
      running++;
      const task = limit(() => send(batch)).finally(() => {
        running--;
        sending.delete(task);
        wake();
      });
      sending.add(task);
      task.catch((error: unknown) => (halted ??= toProblem(error, world.signal)));
      if (world.now() - breathedAt > longestStretchMs) await breathe();
    }
  } catch (error) {
    halted ??= toProblem(error, world.signal);
  }
  await Promise.allSettled([...sending, confirmation.finished()]);
  if (halted) world.observe({ type: 'destination-halted', destination: slot.title, problem: halted });
  report();
  return halted;

  async function breathe(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    breathedAt = world.now();
  }

  /** Waits for something to change: a verdict, a finished request, the end of a pause. */
  async function rest(): Promise<void> {
    const woken = new Promise<void>((resolve) => (wake = resolve));
    const ms = Math.max(idleMs, Math.min(Math.max(pausedUntil - world.now(), settling.leftMs()), 1000));
    await Promise.race([woken, world.sleep(ms).catch(() => undefined)]);
    breathedAt = world.now();
  }
}
