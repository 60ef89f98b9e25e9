import type { Context } from '../../core/contract/context.ts';
import type { Page, ReadRequest } from '../../core/contract/source.ts';
import type { QueryAnswer, RawRecord } from './api-types.ts';
import type { SalesforceClient } from './client.ts';
import type { SalesforceConfig, SalesforceStreamOptions } from './config.ts';
import { parseCursor, planWindows, type ReadWindow, type SalesforceCursor } from './cursor.ts';
import { salesforceCode } from './errors.ts';
import { instantOf, keyOf, sortRecords } from './records.ts';
import { keysetQuery, selectedFields } from './soql.ts';
import { shapeOf, type StreamShape } from './stream-shape.ts';

export interface ReadParts {
  readonly client: SalesforceClient;
  readonly config: SalesforceConfig;
  readonly context: Context;
}

/** Changes and deletes in the order of their stamps, up to `lag` behind the clock of Salesforce at the start. */
export async function* readStream(
  { client, config, context }: ReadParts,
  { stream, from, signal }: ReadRequest<SalesforceStreamOptions, SalesforceCursor>,
): AsyncIterable<Page<SalesforceCursor>> {
  const cursor = parseCursor(from, stream.name);
  const shape = shapeOf(stream, await client.describe(stream.name), context.name);
  const startMs = client.serverMs();
  const asOf = new Date(startMs).toISOString();
  const upperMs = startMs - config.lag;
  const windows = planWindows(cursor, shape.cursor, { upperMs, lookbackMs: config.lookback });
  const told = new Set<string>();
  for (const window of windows) {
    for await (const page of readWindow({
      client,
      config,
      shape,
      window,
      asOf,
      signal,
      deletes: stream.options.deletes,
    })) {
      const notice = told.size === 0 ? client.budget.notice() : undefined;
      if (notice) told.add(notice);
      yield notice ? { ...page, notices: [notice] } : page;
    }
  }
  const usage = client.budget.usage();
  context.log.debug('Read a Salesforce object', {
    object: stream.name,
    ...(usage ? { apiRequestsUsed: usage.used, apiRequestsLimit: usage.limit } : {}),
  });
}

interface WindowRead {
  readonly client: SalesforceClient;
  readonly config: SalesforceConfig;
  readonly shape: StreamShape;
  readonly window: ReadWindow;
  readonly asOf: string;
  readonly signal: AbortSignal;
  readonly deletes: boolean;
}

/**
 * Pages by key; a result that comes in several batches is followed by its locator, and begun again from the key when
 * the locator has expired. A query that takes Salesforce too long is asked for half the time.
 */
async function* readWindow(read: WindowRead): AsyncIterable<Page<SalesforceCursor>> {
  const { client, config, shape, window, asOf, signal } = read;
  const fields = selectedFields(
    shape.fields.map((field) => field.name),
    shape.cursor,
    shape.hasIsDeleted && 'IsDeleted',
  );
  const conditions = shape.hasIsDeleted && !read.deletes ? ['IsDeleted = false'] : [];
  const progress = { v: 1, field: shape.cursor, upper: window.upper } as const;
  let after = window.after;
  let upper = window.upper;
  let next: string | undefined;
  let size = 0;
  for (;;) {
    signal.throwIfAborted();
    let answer: QueryAnswer;
    try {
      const query = { object: shape.object, fields, cursor: shape.cursor, after, upper, conditions };
      answer =
        next === undefined
          ? await client.query(keysetQuery({ ...query, limit: config.pageSize }), {
              object: shape.object,
              scanAll: shape.hasIsDeleted,
            })
          : await client.queryMore(next, shape.object);
    } catch (error) {
      const code = salesforceCode(error);
      const half = code === 'QUERY_TIMEOUT' && shape.cursor ? halfway(after?.[0], upper) : undefined;
      if (code !== 'INVALID_QUERY_LOCATOR' && half === undefined) throw error;
      upper = half ?? upper;
      next = undefined;
      continue;
    }
    if (next === undefined) size = answer.totalSize;
    next = answer.nextRecordsUrl;
    const drained = next === undefined && size < config.pageSize;
    const finished = drained && upper === window.upper;
    const reached = positionOf(answer.records, shape.cursor, upper);
    if (!reached && next === undefined && !drained) {
      throw new Error(`No record of a page of ${shape.object} says where to go on`);
    }
    after = drained && !finished ? [upper, ''] : (reached ?? after);
    yield {
      asOf,
      ...sortRecords(answer.records, shape),
      cursor: finished || after === undefined ? progress : { ...progress, after },
    };
    if (finished) return;
    if (drained) upper = window.upper;
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

/** No record is older than Salesforce. */
const firstYear = '1999-01-01T00:00:00.000Z';

/** The middle of a window in whole seconds, or undefined when it cannot be divided. */
function halfway(lower: string | undefined, upper: string): string | undefined {
  const from = Date.parse(lower ?? firstYear);
  const middle = Math.floor((from + Date.parse(upper)) / 2000) * 1000;
  return middle > from && middle < Date.parse(upper) ? new Date(middle).toISOString() : undefined;
}
