import type { Context } from '../../core/contract/context.ts';

/** Keys that a request without an answer was about: it may still come into force, over what follows it. */
export interface LateRequests {
  note(key: string): void;
  /** Waits until no request about these keys can be under way any more. */
  waitOut(keys: Iterable<string>): Promise<void>;
}

/** The service has no fencing of documents (https://learn.microsoft.com/rest/api/searchservice/documents/): time is all there is. */
const lateForMs = 5_000;

export function createLateRequests({ now, sleep }: Pick<Context, 'now' | 'sleep'>): LateRequests {
  const until = new Map<string, number>();
  return {
    note: (key) => void until.set(key, now() + lateForMs),
    async waitOut(keys) {
      if (until.size === 0) return;
      for (const [key, time] of until) if (time <= now()) until.delete(key);
      const last = Math.max(0, ...[...keys].map((key) => until.get(key) ?? 0));
      if (last > now()) await sleep(last - now());
    },
  };
}
