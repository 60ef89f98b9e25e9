import type { Summary } from './buckets.ts';

/** Older than this, a comparison is made anew. */
const MAX_AGE_MS = 300_000;

/**
 * Hands a comparison of buckets from a read to the listing of scopes that follows it, and from there to the read that
 * ends a reconciliation: a table that has not changed is aggregated once in a run, not three times. What changes
 * meanwhile is shown by the next comparison.
 */
export interface Summaries {
  give(to: 'scopes' | 'read', summary: Summary): void;
  /** At most once, and only to whom it was given. */
  take(to: 'scopes' | 'read'): Summary | undefined;
  /** The last one that was made, for cutting a first load: it reads everything, whatever the comparison says. */
  recent(): Summary | undefined;
  clear(): void;
}

export function createSummaries(now: () => number): Summaries {
  interface Held {
    readonly summary: Summary;
    readonly atMs: number;
  }
  let held: (Held & { readonly to: string }) | undefined;
  let last: Held | undefined;
  const young = (one: Held | undefined): Summary | undefined =>
    one && now() - one.atMs < MAX_AGE_MS ? one.summary : undefined;
  return {
    give(to, summary) {
      last = { summary, atMs: now() };
      held = { ...last, to };
    },
    take(to) {
      const fits = held?.to === to ? young(held) : undefined;
      held = undefined;
      return fits;
    },
    recent() {
      const summary = young(last);
      last = undefined;
      return summary;
    },
    clear: () => void (held = undefined),
  };
}
