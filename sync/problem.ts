import { catalogFault, LeaseLost } from '../core/catalog/index.ts';
import { isConfigError, isPauseError, isTransientError } from '../core/contract/errors.ts';
import type { Problem } from '../core/observe/report.ts';

/** Any error as a person sees it: what happened, and what happens next. `signal` tells a stop on request by its reason. */
export function toProblem(failure: unknown, signal?: AbortSignal): Problem {
  const error = catalogFault(failure) ?? failure;
  if (signal?.aborted && error === signal.reason)
    return { code: 'STOPPED', message: 'stopped on request', next: 'wait' };
  if (isConfigError(error)) {
    return { code: error.code, message: error.message, where: error.where, hint: error.hint, next: 'act' };
  }
  if (isTransientError(error)) return { code: 'TRANSIENT', message: error.message, next: 'wait' };
  if (isPauseError(error)) {
    const hint = error.resumeAt
      ? `goes on by itself after ${error.resumeAt}`
      : 'the next run goes on from here';
    return { code: 'PAUSED', message: error.message, hint, next: 'wait' };
  }
  if (error instanceof LeaseLost) return { code: 'LEASE_LOST', message: error.message, next: 'wait' };
  if (error instanceof Error && error.name === 'AbortError')
    return { code: 'STOPPED', message: 'stopped on request', next: 'wait' };
  return {
    code: 'BUG',
    message: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    next: 'bug',
  };
}
