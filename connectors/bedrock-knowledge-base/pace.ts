import { createTokenBucket } from '../../core/http/token-bucket.ts';

/** The service allows 20 questions a second in an account. */
export const retrievesPerSecond = 18;

/** A pace that halves when the service is crowded and climbs back while it is not. */
export interface Pace {
  take(): Promise<void>;
  perSecond(): number;
  crowded(): void;
  calm(): void;
}

export function createPace(options: {
  readonly perSecond: number;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}): Pace {
  const bucket = createTokenBucket(options);
  const slowest = Math.min(0.5, options.perSecond);
  let current = options.perSecond;
  let loweredAt = -Infinity;
  const set = (perSecond: number): void => {
    current = perSecond;
    bucket.setRate(perSecond);
  };
  return {
    take: () => bucket.take(),
    perSecond: () => current,
    crowded() {
      if (options.now() - loweredAt < 1000) return;
      loweredAt = options.now();
      set(Math.max(slowest, current / 2));
    },
    calm() {
      if (current < options.perSecond) set(Math.min(options.perSecond, current + options.perSecond / 40));
    },
  };
}

/** Waits for its turn; false when the run stopped meanwhile, so that nothing was sent. */
export async function mayLeave(pace: Pace, signal: AbortSignal): Promise<boolean> {
  try {
    await pace.take();
  } catch {
    return false;
  }
  return !signal.aborted;
}
