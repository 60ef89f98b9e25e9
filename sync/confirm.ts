import { LeaseLost, type AttemptItem, type Closing } from '../core/catalog/index.ts';
import type { Verdict } from '../core/contract/destination.ts';
import type { Json } from '../core/contract/json.ts';
import type { Problem } from '../core/observe/report.ts';
import { payloadSent } from './payload.ts';
import { toProblem } from './problem.ts';
import type { Publishing } from './publish.ts';

const asksAtOnce = 100;
const shortestPauseMs = 50;
const usualPauseMs = 150;
const longestPauseMs = 5_000;

/** Follows changes that a service has accepted until it says what became of them. */
export interface Confirmation {
  add(attempt: number, items: readonly AttemptItem[]): void;
  /** Attempts still open. */
  open(): number;
  /** Begins to ask about those whose time has come, unless it is asking; `answered` is called when that is over. */
  step(answered: () => void): void;
  /** Resolves when nothing is being asked. */
  finished(): Promise<void>;
  /** Nothing has been heard of for longer than the run's patience: the next run goes on. */
  givenUp(): boolean;
}

/** An accepted change. Each has a pause of its own, so that many of them never wait for one another. */
interface Waiting {
  readonly attempt: number;
  readonly item: AttemptItem;
  readonly askAt: number;
  readonly pauseMs: number;
  /** It has not been asked about yet. */
  readonly isFresh: boolean;
}

export interface ConfirmationEvents {
  report(): void;
  halt(problem: Problem): void;
  /** Told of verdicts: how many changes are in force, how many were refused, and why the first of these. */
  judge(done: number, rejected: number, reason?: string): void;
}

export function createConfirmation(
  publishing: Publishing,
  busy: Set<number>,
  { report, halt, judge }: ConfirmationEvents,
): Confirmation {
  const { world, slot, lease } = publishing;
  const waiting = new Map<number, Waiting>();
  const openItems = new Map<number, number>();
  /** How long a change is left alone before it is asked about: follows how long the service takes. */
  let firstPauseMs = usualPauseMs;
  let failurePauseMs = 0;
  let quietUntil = 0;
  let lastNews = world.now();
  let asking: Promise<void> | undefined;

  const drop = (attempt: number, document: number): void => {
    waiting.delete(document);
    busy.delete(document);
    const left = (openItems.get(attempt) ?? 1) - 1;
    if (left <= 0) openItems.delete(attempt);
    else openItems.set(attempt, left);
  };
  const nextDue = (): Waiting[] => {
    const now = world.now();
    const due: Waiting[] = [];
    if (now < quietUntil) return due;
    for (const one of waiting.values()) {
      if (one.askAt <= now) due.push(one);
      if (due.length === asksAtOnce) break;
    }
    return due;
  };
  const askAgain = ({ attempt, item, pauseMs }: Waiting, acceptance: AttemptItem['acceptance']): void => {
    waiting.delete(item.document);
    waiting.set(item.document, {
      attempt,
      item: { ...item, acceptance },
      askAt: world.now() + pauseMs,
      pauseMs: Math.min(longestPauseMs, pauseMs * 1.5),
      isFresh: false,
    });
  };
  const learnPause = (asked: readonly Waiting[], verdicts: readonly Verdict[]): void => {
    const fresh = asked.filter((one) => one.isFresh).length;
    if (fresh === 0) return;
    const early = asked.filter((one, index) => one.isFresh && verdicts[index]?.status === 'waiting').length;
    if (early > fresh / 2) firstPauseMs = Math.min(longestPauseMs, firstPauseMs * 1.5);
    else if (early === 0) firstPauseMs = Math.max(shortestPauseMs, firstPauseMs * 0.8);
  };

  async function ask(asked: readonly Waiting[]): Promise<void> {
    const verdicts = await slot.destination.confirm!(
      asked.map(({ item }) => ({ id: item.id, action: item.action, receipt: item.acceptance! })),
    );
    const closings = new Map<number, [number, Closing][]>();
    let news = false;
    const payloads = await Promise.all(
      asked.map(({ item }, index) =>
        verdicts[index]?.status === 'failed' ? payloadSent(world, slot, item) : undefined,
      ),
    );
    asked.forEach((one, index) => {
      const verdict = verdicts[index] ?? { status: 'waiting' as const };
      const closing = toClosing(verdict, payloads[index]);
      if (closing) {
        const list = closings.get(one.attempt) ?? [];
        list.push([one.item.document, closing]);
        closings.set(one.attempt, list);
      }
      if (verdict.status === 'waiting') {
        askAgain(one, verdict.receipt ?? one.item.acceptance);
        if (verdict.working) lastNews = world.now();
      } else news = true;
      if (verdict.status === 'failed') {
        world.observe({
          type: 'document-rejected',
          destination: slot.title,
          id: one.item.id,
          reason: verdict.reason,
        });
      }
    });
    for (const [attempt, list] of closings) {
      publishing.count(world.catalog.holdings.close(lease, slot.id, attempt, list));
      for (const [document, closing] of list) if (closing.status !== 'accepted') drop(attempt, document);
    }
    learnPause(asked, verdicts);
    const failed = verdicts.filter((verdict) => verdict.status === 'failed');
    judge(verdicts.filter((one) => one.status === 'done').length, failed.length, failed[0]?.reason);
    if (news) {
      lastNews = world.now();
      report();
    }
    failurePauseMs = 0;
  }

  async function askSafely(due: readonly Waiting[]): Promise<void> {
    try {
      await ask(due);
    } catch (error) {
      const problem = toProblem(error);
      if (problem.next !== 'wait' || error instanceof LeaseLost) halt(problem);
      failurePauseMs = Math.min(longestPauseMs, Math.max(usualPauseMs, failurePauseMs * 2));
      quietUntil = world.now() + failurePauseMs;
    }
  }

  return {
    add(attempt, items) {
      openItems.set(attempt, items.length);
      if (waiting.size === 0) lastNews = world.now();
      const askAt = world.now() + firstPauseMs;
      for (const item of items) {
        waiting.set(item.document, { attempt, item, askAt, pauseMs: usualPauseMs, isFresh: true });
        busy.add(item.document);
      }
    },
    open: () => openItems.size,
    step(answered) {
      if (asking || waiting.size === 0) return;
      const due = nextDue();
      if (due.length === 0) return;
      asking = askSafely(due).finally(() => {
        asking = undefined;
        answered();
      });
    },
    finished: async () => asking,
    givenUp: () => waiting.size > 0 && world.now() - lastNews > publishing.patienceMs,
  };
}

function toClosing(verdict: Verdict, payload: Json | undefined): Closing | undefined {
  switch (verdict.status) {
    case 'done':
      return { status: 'done', receipt: verdict.receipt };
    case 'failed':
      return { status: 'failed', code: verdict.code, reason: verdict.reason, payload };
    case 'unknown':
      return { status: 'unknown' };
    case 'waiting':
      return verdict.receipt === undefined ? undefined : { status: 'accepted', acceptance: verdict.receipt };
  }
}
