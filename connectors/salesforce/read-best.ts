import { isTransientError } from '../../core/contract/errors.ts';
import type { Page } from '../../core/contract/source.ts';
import type { SalesforceStreamOptions } from './config.ts';
import type { SalesforceCursor } from './cursor.ts';
import { salesforceCode } from './errors.ts';
import { hasBulkQuota } from './bulk-quota.ts';
import { readBulk } from './read-bulk.ts';
import { readWindow, type WindowRead } from './read-window.ts';
import { countQuery } from './soql.ts';

export interface BestRead extends WindowRead {
  readonly method: SalesforceStreamOptions['method'];
  /** How many records the window has, where that is known. */
  readonly expected?: number;
}

/**
 * A window by the API that suits it: small ones by REST, in as few requests as an unchanged stream needs; from `bulkFrom`
 * records on by a bulk job, as long as the quota of jobs allows.
 */
export async function* readBest(read: BestRead): AsyncIterable<Page<SalesforceCursor>> {
  const { config, context, method } = read;
  let { window } = read;
  const byBulk = async function* (): AsyncGenerator<Page<SalesforceCursor>, boolean> {
    const refusal = yield* readBulk({ ...read, window });
    if (!refusal) return true;
    if (refusal.lasting) read.withoutBulk.add(read.shape.object);
    context.log.warn('A Salesforce object is read by the REST API instead of the Bulk API', {
      object: read.shape.object,
      reason: refusal.reason,
    });
    return false;
  };
  const possible = method !== 'rest' && !read.withoutBulk.has(read.shape.object);
  const wanted = method === 'bulk' || window.job || (read.expected ?? 0) >= config.bulkFrom;
  if (possible && wanted) {
    if ((window.job || (await hasBulkQuota(read, read.shape.object))) && (yield* byBulk())) return;
    yield* readWindow({ ...read, window });
    return;
  }
  if (!possible || read.expected !== undefined) {
    yield* readWindow({ ...read, window });
    return;
  }
  const after = yield* readWindow({ ...read, window }, Math.ceil(config.bulkFrom / 2));
  if (!after) return;
  window = { ...window, after };
  if ((await isLarge(read, after)) && (await hasBulkQuota(read, read.shape.object)) && (yield* byBulk()))
    return;
  yield* readWindow({ ...read, window });
}

/** A count that Salesforce cannot finish in time is a large one. */
async function isLarge(read: BestRead, after: readonly [string, string]): Promise<boolean> {
  const { client, config, shape, order, conditions, window } = read;
  const soql = countQuery({ object: shape.object, cursor: order, conditions, upper: window.upper, after });
  try {
    const { totalSize } = await client.query(soql, { object: shape.object, scanAll: shape.hasIsDeleted });
    return totalSize >= config.bulkFrom;
  } catch (error) {
    if (isTransientError(error) && salesforceCode(error) === 'QUERY_TIMEOUT') return true;
    throw error;
  }
}
