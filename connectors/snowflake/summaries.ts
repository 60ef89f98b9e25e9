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
  clear(): void;
}

export function createSummaries(now: () => number): Summaries {
  let held: { readonly to: string; readonly summary: Summary; readonly atMs: number } | undefined;
  return {
    give: (to, summary) => void (held = { to, summary, atMs: now() }),
    take(to) {
      const fits = held?.to === to && now() - held.atMs < MAX_AGE_MS ? held.summary : undefined;
      held = undefined;
      return fits;
    },
    clear: () => void (held = undefined),
  };
}
