import type { RejectedLimit } from '../core/config/config.ts';

/** A share says nothing of a handful: so many may be rejected whatever the share is. */
const freeRejected = 20;

/** How many records of a stream, or documents of a destination, may be rejected in one run. */
export interface ErrorBudget {
  /** Whether so many more would be too many; they are not counted. */
  wouldExceed(good: number, rejected: number): boolean;
  /** Counts them; answers whether it is too many now. */
  spend(good: number, rejected: number): boolean;
  /** For a message: `21 of 30`. */
  describe(good?: number, rejected?: number): string;
}

export function createErrorBudget(limit: RejectedLimit): ErrorBudget {
  let seen = 0;
  let spent = 0;
  const isTooMany = (all: number, rejected: number): boolean =>
    'count' in limit ? rejected > limit.count : rejected > freeRejected && rejected > all * limit.share;
  return {
    wouldExceed: (good, rejected) => rejected > 0 && isTooMany(seen + good + rejected, spent + rejected),
    spend(good, rejected) {
      seen += good + rejected;
      spent += rejected;
      return rejected > 0 && isTooMany(seen, spent);
    },
    describe: (good = 0, rejected = 0) => `${spent + rejected} of ${seen + good + rejected}`,
  };
}
