import { LeaseLost, type AttemptItem, type Closing } from '../core/catalog/index.ts';
import type { Verdict } from '../core/contract/destination.ts';
import type { Problem } from '../core/observe/report.ts';
import { toProblem } from './problem.ts';
import type { Publishing } from './publish.ts';

const asksAtOnce = 100;
const shortestPauseMs = 150;
const longestPauseMs = 5_000;

/** Follows changes that a service has accepted until it says what became of them. */
export interface Confirmation {
  add(attempt: number, items: readonly AttemptItem[]): void;
  /** Attempts still open. */
  open(): number;
  /** Asks about the oldest if it is time; false when there was nothing to ask. */
  step(): Promise<boolean>;
  /** Nothing has been heard of for longer than the run's patience: the next run goes on. */
  givenUp(): boolean;
}

export function createConfirmation(
  publishing: Publishing,
  busy: Set<number>,
  halt: (problem: Problem) => void,
): Confirmation {
  const { world, slot, lease } = publishing;
  const waiting = new Map<number, { attempt: number; item: AttemptItem }>();
  const openItems = new Map<number, number>();
  let pauseMs = shortestPauseMs;
  let askAt = 0;
  let lastNews = world.now();
  let asking = false;

  const drop = (attempt: number, document: number): void => {
    waiting.delete(document);
    busy.delete(document);
    const left = (openItems.get(attempt) ?? 1) - 1;
    if (left <= 0) openItems.delete(attempt);
    else openItems.set(attempt, left);
  };

  async function ask(): Promise<void> {
    const asked = [...waiting.values()].slice(0, asksAtOnce);
    const verdicts = await slot.destination.confirm!(
      asked.map(({ item }) => ({ id: item.id, action: item.action, receipt: item.acceptance! })),
    );
    const closings = new Map<number, [number, Closing][]>();
    let news = false;
    asked.forEach((one, index) => {
      const verdict = verdicts[index] ?? { status: 'waiting' as const };
      const closing = toClosing(verdict);
      if (closing) {
        const list = closings.get(one.attempt) ?? [];
        list.push([one.item.document, closing]);
        closings.set(one.attempt, list);
      }
      waiting.delete(one.item.document);
      if (verdict.status === 'waiting') {
        const acceptance = verdict.receipt ?? one.item.acceptance;
        waiting.set(one.item.document, { attempt: one.attempt, item: { ...one.item, acceptance } });
      } else news = true;
      if (verdict.status === 'failed') {
        world.observe({
          type: 'document-rejected',
          destination: slot.name,
          id: one.item.id,
          reason: verdict.reason,
        });
      }
    });
    for (const [attempt, list] of closings) {
      publishing.count(world.catalog.holdings.close(lease, slot.id, attempt, list));
      for (const [document, closing] of list) if (closing.status !== 'accepted') drop(attempt, document);
    }
    if (news) {
      lastNews = world.now();
      world.observe({
        type: 'batch-published',
        destination: slot.name,
        counts: { ...publishing.counts() },
        open: world.catalog.holdings.countWork(slot.id),
      });
    }
    pauseMs = news
      ? waiting.size > asksAtOnce
        ? 0
        : shortestPauseMs
      : Math.min(longestPauseMs, Math.max(shortestPauseMs, pauseMs * 1.5));
    askAt = world.now() + pauseMs;
  }

  return {
    add(attempt, items) {
      openItems.set(attempt, items.length);
      for (const item of items) {
        waiting.set(item.document, { attempt, item });
        busy.add(item.document);
      }
      if (waiting.size === items.length) {
        lastNews = world.now();
        askAt = world.now() + shortestPauseMs;
      }
    },
    open: () => openItems.size,
    async step() {
      if (asking || waiting.size === 0 || world.now() < askAt) return false;
      asking = true;
      try {
        await ask();
      } catch (error) {
        const problem = toProblem(error);
        if (problem.next !== 'wait' || error instanceof LeaseLost) halt(problem);
        pauseMs = Math.min(longestPauseMs, pauseMs * 2);
        askAt = world.now() + pauseMs;
      } finally {
        asking = false;
      }
      return true;
    },
    givenUp: () => waiting.size > 0 && world.now() - lastNews > publishing.patienceMs,
  };
}

function toClosing(verdict: Verdict): Closing | undefined {
  switch (verdict.status) {
    case 'done':
      return { status: 'done', receipt: verdict.receipt };
    case 'failed':
      return { status: 'failed', code: verdict.code, reason: verdict.reason };
    case 'unknown':
      return { status: 'unknown' };
    case 'waiting':
      return verdict.receipt === undefined ? undefined : { status: 'accepted', acceptance: verdict.receipt };
  }
}
