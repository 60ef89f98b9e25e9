/** The service allows 20 questions a second in an account. */
export const retrievesPerSecond = 18;

/** A pace that drops when the service is crowded and climbs back while it is not. */
export interface Pace {
  take(): Promise<void>;
  perSecond(): number;
  crowded(): void;
  calm(): void;
}
/**
 * A request now and then that arrives early is no reason to lose half of the pace; several clients that do not know of
 * each other still come down to what they may have together within a few seconds.
 */
const drop = 0.7;

/** A turn that is taken late by so much does not delay the next: six turns at 4.8 a second still span a second. */
const lateness = 40;

/** The turns of one operation, given out one after the other; several destinations may share it. */
export interface Turns extends Omit<Pace, 'take'> {
  /** Milliseconds until the turn that is hereby taken. */
  reserve(): number;
}

export function createTurns(options: {
  readonly perSecond: number;
  readonly now: () => number;
  /** Among how many processes the pace is divided; one when absent. */
  readonly peers?: () => number;
}): Turns {
  const { perSecond, now, peers = () => 1 } = options;
  const slowest = Math.min(0.5, perSecond);
  let current = perSecond;
  let loweredAt = -Infinity;
  let nextAt = -Infinity;
  return {
    reserve() {
      const at = Math.max(nextAt, now() - lateness);
      nextAt = at + (1000 * peers()) / current;
      return Math.max(0, Math.ceil(at - now()));
    },
    perSecond: () => current / peers(),
    crowded() {
      if (now() - loweredAt < 1000) return;
      loweredAt = now();
      current = Math.max(slowest, current * drop);
    },
    calm() {
      if (current < perSecond) current = Math.min(perSecond, current + perSecond / 40);
    },
  };
}

/** The pace of one destination: it waits by its own clock, and stops waiting when its own run stops. */
export const paceOf = (turns: Turns, sleep: (ms: number) => Promise<void>): Pace => ({
  ...turns,
  async take() {
    const waitMs = turns.reserve();
    if (waitMs > 0) await sleep(waitMs);
  },
});

/** Waits for its turn; false when the run stopped meanwhile, so that nothing was sent. */
export async function mayLeave(pace: Pace, signal: AbortSignal): Promise<boolean> {
  try {
    await pace.take();
  } catch {
    return false;
  }
  return !signal.aborted;
}
