import type { Page } from '../../core/contract/source.ts';
import type { QueryAnswer, RawRecord } from './api-types.ts';
import { firstYear, type ReadWindow, type SalesforceCursor } from './cursor.ts';
import { salesforceCode } from './errors.ts';
import { instantOf } from './field-read.ts';
import type { ReadParts } from './read.ts';
import { keyOf, sortRecords } from './records.ts';
import { keysetQuery } from './soql.ts';
import { selectsOf, type StreamShape } from './stream-shape.ts';

export interface WindowRead extends ReadParts {
  readonly shape: StreamShape;
  readonly window: Pick<ReadWindow, 'after' | 'upper' | 'job'>;
  /** The field that orders and bounds the window; null orders it by id. */
  readonly order: string | null;
  readonly conditions: readonly string[];
  /** The cursor once the window has been read. */
  readonly progress: SalesforceCursor;
  readonly asOf: string;
  readonly signal: AbortSignal;
}
export type Position = readonly [string, string];

/**
 * Pages by key; a result that comes in several batches is followed by its locator, and begun again from the key when
 * the locator has expired. A query that takes Salesforce too long is asked for half the time. Returns where it stands
 * when it has read `atMost` records and there are more.
 */
export async function* readWindow(
  read: WindowRead,
  atMost = Infinity,
): AsyncGenerator<Page<SalesforceCursor>, Position | undefined> {
  const { client, config, shape, order, conditions, window, asOf, signal, progress } = read;
  const fields = selectsOf(shape);
  let records = 0;
  let after = window.after;
  let upper = window.upper;
  let next: string | undefined;
  let size = 0;
  for (;;) {
    signal.throwIfAborted();
    let answer: QueryAnswer;
    try {
      const query = { object: shape.object, fields, cursor: order, after, upper, conditions };
      answer =
        next === undefined
          ? await client.query(keysetQuery({ ...query, limit: config.pageSize }), {
              object: shape.object,
              scanAll: shape.hasIsDeleted,
            })
          : await client.queryMore(next, shape.object);
    } catch (error) {
      const code = salesforceCode(error);
      const half = code === 'QUERY_TIMEOUT' && order ? halfway(after?.[0], upper) : undefined;
      if (code !== 'INVALID_QUERY_LOCATOR' && half === undefined) throw error;
      upper = half ?? upper;
      next = undefined;
      continue;
    }
    if (next === undefined) size = answer.totalSize;
    next = answer.nextRecordsUrl;
    const drained = next === undefined && size < config.pageSize;
    const finished = drained && upper === window.upper;
    const reached = positionOf(answer.records, order, upper);
    records += answer.records.length;
    if (!reached && next === undefined && !drained) {
      throw new Error(`No record of a page of ${shape.object} says where to go on`);
    }
    after = drained && !finished ? [upper, ''] : (reached ?? after);
    const page = { asOf, ...sortRecords(answer.records, shape) };
    if (finished) yield { ...page, cursor: progress };
    else yield after === undefined ? page : { ...page, cursor: { ...progress, after } };
    if (finished) return undefined;
    if (drained) upper = window.upper;
    else if (records >= atMost && after) return after;
  }
}

/** Stamp and id of the last row that lies in the window; a row changed while its batch waited may have left it. */
function positionOf(
  rows: readonly RawRecord[],
  cursor: string | null,
  upper: string,
): readonly [string, string] | undefined {
  for (let index = rows.length - 1; index >= 0; index--) {
    const id = keyOf(rows[index]!);
    const stamp = cursor === null ? '' : instantOf(rows[index]![cursor]);
    if (id !== undefined && stamp !== undefined && (cursor === null || stamp < upper)) return [stamp, id];
  }
  return undefined;
}

/** The middle of a window in whole seconds, or undefined when it cannot be divided. */
function halfway(lower: string | undefined, upper: string): string | undefined {
  const from = Date.parse(lower ?? firstYear);
  const middle = Math.floor((from + Date.parse(upper)) / 2000) * 1000;
  return middle > from && middle < Date.parse(upper) ? new Date(middle).toISOString() : undefined;
}
