/** A clock that never goes back: what waits by it never waits for an hour because the machine's was set back by one. */
export interface SteadyClock {
  now(): number;
  /** Goes by the machine's clock again. Called when nothing waits: between two runs. */
  settle(): void;
}

export function createSteadyClock(now: () => number): SteadyClock {
  let last = now();
  let aheadMs = 0;
  return {
    now() {
      const time = now();
      if (time + aheadMs < last) aheadMs = last - time;
      last = time + aheadMs;
      return last;
    },
    settle() {
      aheadMs = 0;
      last = now();
    },
  };
}
