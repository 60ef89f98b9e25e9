import type { Readable } from 'node:stream';
import { TransientError } from '../../core/contract/errors.ts';

/** A row as the driver hands it over with every column as text: text, boolean or null. */
export type SqlRow = readonly (string | boolean | number | null)[];

const BATCH_ROWS = 2000;

/**
 * Reads a result to its end and only then believes it: the driver's stream neither ends nor fails when the body of a
 * chunk is cut off, so a result that brings no row for `idleMs` is given up, and the rows are counted.
 */
export async function* readRows(
  stream: Readable,
  options: {
    readonly expected: number;
    readonly idleMs: number;
    readonly signal?: AbortSignal;
    /** Tells the server to stop; must not throw. */
    cancel(): void;
  },
): AsyncGenerator<readonly SqlRow[]> {
  const giveUp = (): void =>
    void stream.destroy(
      new TransientError(`No row arrived for ${options.idleMs} ms; the statement was given up.`),
    );
  const abort = (): void => void stream.destroy(options.signal!.reason as Error);
  options.signal?.addEventListener('abort', abort, { once: true });
  let watchdog: NodeJS.Timeout | undefined = setTimeout(giveUp, options.idleMs);
  let received = 0;
  let ended = false;
  try {
    let batch: SqlRow[] = [];
    for await (const row of stream as AsyncIterable<SqlRow>) {
      batch.push(row);
      if (++received % 64 === 0) watchdog.refresh();
      if (batch.length < BATCH_ROWS) continue;
      // While the consumer works, silence is its own.
      clearTimeout(watchdog);
      yield batch;
      batch = [];
      watchdog = setTimeout(giveUp, options.idleMs);
    }
    clearTimeout(watchdog);
    if (received !== options.expected)
      throw new TransientError(`The result ended after ${received} of ${options.expected} rows.`);
    ended = true;
    if (batch.length > 0) yield batch;
  } finally {
    clearTimeout(watchdog);
    options.signal?.removeEventListener('abort', abort);
    if (!ended) {
      stream.destroy();
      options.cancel();
    }
  }
}
