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

/** `inARow`: so many without a good one between them are too many, whatever the share is: a source or a service has begun to fail. */
export function createErrorBudget(limit: RejectedLimit, inARow = Infinity): ErrorBudget {
  let seen = 0;
  let spent = 0;
  let row = 0;
  const isTooMany = (all: number, rejected: number, together: number): boolean =>
    together >= inARow ||
    ('count' in limit ? rejected > limit.count : rejected > freeRejected && rejected > all * limit.share);
  /** Of those that come together nobody knows the order: one good one ends the row. */
  const rowWith = (good: number, rejected: number): number => (good > 0 ? 0 : row + rejected);
  return {
    wouldExceed: (good, rejected) =>
      rejected > 0 && isTooMany(seen + good + rejected, spent + rejected, rowWith(good, rejected)),
    spend(good, rejected) {
      seen += good + rejected;
      spent += rejected;
      row = rowWith(good, rejected);
      return rejected > 0 && isTooMany(seen, spent, row);
    },
    describe: (good = 0, rejected = 0) => `${spent + rejected} of ${seen + good + rejected}`,
  };
}
