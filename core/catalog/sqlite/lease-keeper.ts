import { Worker } from 'node:worker_threads';

/** What the thread that renews is started with. */
export interface LeaseThreadData {
  readonly path: string;
  readonly holder: string;
  readonly leaseMs: number;
  readonly renewEveryMs: number;
  readonly silentMs: number;
  /** Shared with the holder: see `slots`. */
  readonly shared: SharedArrayBuffer;
}

/** Places in the shared memory: whether to stop, when the holder last gave a sign of life, how far its clock is from the machine's. */
export const slots = { stop: 0, sign: 1, clockAhead: 2 } as const;

/** Milliseconds on the clock that all threads of a process share and nobody can set. */
export const steadyMs = (): bigint => process.hrtime.bigint() / 1_000_000n;

export interface LeaseTimes {
  readonly leaseMs: number;
  readonly renewEveryMs: number;
  /** The first renewal comes from a thread that is started only when a lease is held for so long: most verbs are shorter. */
  readonly startAfterMs: number;
  /** A holder that gives no sign of life for so long hangs: its leases are renewed no more, so that another may go on. */
  readonly silentMs: number;
}
export interface LeaseKeeper {
  start(): void;
  stop(): void;
}

/**
 * Renews the leases of one holder from a thread of its own, since a long statement of SQLite blocks the main one. Neither
 * the thread nor a timer keeps the process alive. Where there can be no thread, `renewHere` has to do. A renewal that fails is no harm by itself: every write checks the epoch.
 */
export function createLeaseKeeper(
  path: string,
  holder: string,
  now: () => number,
  times: LeaseTimes,
  renewHere: () => void,
): LeaseKeeper {
  let timer: NodeJS.Timeout | undefined;
  let isAlone = false;
  let state: BigInt64Array<SharedArrayBuffer> | undefined;

  const giveSign = (): void => {
    if (isAlone) return renewHere();
    if (!state) return;
    Atomics.store(state, slots.sign, steadyMs());
    Atomics.store(state, slots.clockAhead, BigInt(Math.round(now() - Date.now())));
  };
  const startThread = (): void => {
    state = new BigInt64Array(new SharedArrayBuffer(24));
    giveSign();
    const { leaseMs, renewEveryMs, silentMs } = times;
    const workerData: LeaseThreadData = {
      path,
      holder,
      leaseMs,
      renewEveryMs,
      silentMs,
      shared: state.buffer,
    };
    timer = setInterval(giveSign, renewEveryMs / 3).unref();
    const file = import.meta.url.endsWith('.ts') ? './lease-thread.ts' : './lease-thread.js';
    try {
      const thread = new Worker(new URL(file, import.meta.url), { workerData, execArgv: [] });
      thread.on('error', () => (isAlone = true));
      thread.unref();
    } catch {
      isAlone = true;
    }
  };
  return {
    start() {
      timer ??= setTimeout(startThread, times.startAfterMs).unref();
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
      if (!state) return;
      Atomics.store(state, slots.stop, 1n);
      Atomics.notify(state, slots.stop);
      state = undefined;
    },
  };
}
