/** How many requests may be under way: fewer when the account is full, one more after each round of accepted ones. */
export interface Concurrency {
  current(): number;
  full(): void;
  accepted(): void;
}

export function createConcurrency(options: {
  readonly max: number;
  readonly now: () => number;
}): Concurrency {
  const { max, now } = options;
  let current = max;
  let round = 0;
  let loweredAt = -Infinity;
  return {
    current: () => current,
    full() {
      round = 0;
      if (now() - loweredAt < 1000) return;
      loweredAt = now();
      current = Math.max(1, Math.floor(current / 2));
    },
    accepted() {
      if (++round < current) return;
      round = 0;
      current = Math.min(max, current + 1);
    },
  };
}
