/** Spreads calls over time: `take()` resolves when the next call may leave. First come, first served. */
export interface TokenBucket {
  take(tokens?: number): Promise<void>;
  /** Changes the pace from now on. */
  setRate(perSecond: number): void;
}

/** `burst` calls may leave at once; after that `perSecond` of them a second. */
export function createTokenBucket(options: {
  readonly perSecond: number;
  readonly burst?: number;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}): TokenBucket {
  let perSecond = options.perSecond;
  const burst = options.burst ?? 1;
  let tokens = burst;
  let filledAt = options.now();
  let queue: Promise<void> = Promise.resolve();

  const refill = (): void => {
    const now = options.now();
    tokens = Math.min(burst, tokens + ((now - filledAt) / 1000) * perSecond);
    filledAt = now;
  };
  const wait = async (wanted: number): Promise<void> => {
    refill();
    while (tokens < Math.min(wanted, burst) - 1e-9) {
      await options.sleep(Math.max(1, Math.ceil(((Math.min(wanted, burst) - tokens) / perSecond) * 1000)));
      refill();
    }
    tokens -= wanted;
  };
  return {
    take(wanted = 1) {
      const turn = queue.then(() => wait(wanted));
      queue = turn.catch(() => undefined);
      return turn;
    },
    setRate(rate) {
      refill();
      perSecond = rate;
    },
  };
}
