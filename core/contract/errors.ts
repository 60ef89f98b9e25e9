/**
 * Errors are sorted by what happens next, not by where they came from.
 * - `ConfigError`: a person must act. Shown without a stack trace; the run of that source or destination stops.
 * - `TransientError`: the engine waits and tries again.
 * - `PauseError`: this run stops the work at its last checkpoint; the next run goes on.
 * - a bad record or document is a value (`Unreadable`, `Outcome`), never an exception: it is quarantined.
 * - anything else is a bug and is shown with its stack.
 */

/** Says what is wrong, where, and what to do. Never holds a secret or the content of a record. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** Stable, upper-case with underscores; explained in docs/errors.md. */
  readonly code: string;
  /** What the person should do, as one sentence. */
  readonly hint: string | undefined;
  /** Where: a file with line and column, or `sources.crm.auth`. */
  readonly where: string | undefined;

  constructor(code: string, message: string, more: { hint?: string; where?: string; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? {} : { cause: more.cause });
    this.code = code;
    this.hint = more.hint;
    this.where = more.where;
  }
}

/** The same call may succeed later. `retryAfterMs` is the service's own wish where it gave one. */
export class TransientError extends Error {
  override readonly name = 'TransientError';
  readonly retryAfterMs: number | undefined;

  constructor(message: string, more: { retryAfterMs?: number | undefined; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? {} : { cause: more.cause });
    this.retryAfterMs = more.retryAfterMs;
  }
}

/** The work stops here for this run, at its last checkpoint, and the next run goes on: a budget is used up. */
export class PauseError extends Error {
  override readonly name = 'PauseError';
  /** ISO 8601: before this instant, going on would stop again. */
  readonly resumeAt: string | undefined;

  constructor(message: string, more: { resumeAt?: string | undefined } = {}) {
    super(message);
    this.resumeAt = more.resumeAt;
  }
}

export const isPauseError = (error: unknown): error is PauseError =>
  error instanceof Error && error.name === 'PauseError';

export const isConfigError = (error: unknown): error is ConfigError =>
  error instanceof Error && error.name === 'ConfigError';

export const isTransientError = (error: unknown): error is TransientError =>
  error instanceof Error && error.name === 'TransientError';
