import { isTransientError } from '../contract/errors.ts';

export interface RetryOptions {
  /** Calls in all, the first included. */
  readonly attempts: number;
  readonly baseMs?: number;
  readonly maxMs?: number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Spreads the waits; 0 ≤ value < 1. Tests give a fixed one. */
  readonly random?: () => number;
}

/** Milliseconds to wait before attempt `attempt + 1` (attempts count from 1): full jitter under a doubling ceiling. */
export function backoffMs(
  attempt: number,
  options: Pick<RetryOptions, 'baseMs' | 'maxMs' | 'random'> = {},
): number {
  const ceiling = Math.min(options.maxMs ?? 30_000, (options.baseMs ?? 500) * 2 ** (attempt - 1));
  return Math.round(ceiling * (0.5 + 0.5 * (options.random ?? Math.random)()));
}

/** Calls again after a `TransientError`, honouring its `retryAfterMs`. Every other error is thrown at once. */
export async function retry<T>(call: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call(attempt);
    } catch (error) {
      if (!isTransientError(error) || attempt >= options.attempts) throw error;
      await options.sleep(
        Math.max(error.retryAfterMs ?? 0, error.retryAfterMs === undefined ? backoffMs(attempt, options) : 0),
      );
    }
  }
}

/** Milliseconds that a `Retry-After` header asks for (seconds or an HTTP date), or undefined. */
export function retryAfterMs(header: string | null | undefined, nowMs: number): number | undefined {
  if (!header) return undefined;
  if (/^\d+(\.\d+)?$/.test(header.trim())) return Math.round(Number(header) * 1000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
