/** A clock that moves only when told to, or by what is slept on it: tests and emulators never wait for real time. */
export interface TestClock {
  now(): number;
  advance(ms: number): void;
  /** Resolves at once and moves the clock on by `ms`. */
  sleep(ms: number): Promise<void>;
}

export function createTestClock(start = Date.UTC(2026, 0, 15, 12)): TestClock {
  let time = start;
  return {
    now: () => time,
    advance(ms) {
      time += ms;
    },
    async sleep(ms) {
      time += ms;
      await new Promise<void>((resolve) => setImmediate(resolve));
    },
  };
}
