import { hash } from 'node:crypto';
import type { KeyPage } from '../../core/contract/source.ts';
import type { QueryAnswer, RawRecord } from './api-types.ts';
import { hasBulkQuota } from './bulk-quota.ts';
import { bulkRows } from './bulk-rows.ts';
import { salesforceCode } from './errors.ts';
import type { FieldRead } from './field-read.ts';
import { keyOf } from './records.ts';
import type { ReadParts } from './read.ts';
import { countQuery, keysetQuery, rowsQuery } from './soql.ts';
import { loadShape } from './load-shape.ts';
import type { SalesforceStream, StreamShape } from './stream-shape.ts';

const attempts = 3;

/**
 * Every id that exists, archived ones too. Records come and go meanwhile: the keys prove the whole only when their
 * number lies between Salesforce's own counts before and after. A repeated pass names its keys again. Where the stream
 * lists formulas or labels, each key has an etag of what they say.
 */
export async function* enumerateKeys(parts: ReadParts, stream: SalesforceStream): AsyncIterable<KeyPage> {
  const { client, config, context } = parts;
  const { shape } = await loadShape(parts, stream);
  const etagged = etagFields(shape, stream);
  const fields = [...new Set(['Id', ...etagged.flatMap((field) => field.selects)])];
  let byJob = stream.options.method !== 'rest' && !parts.withoutBulk.has(shape.object);
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const asOf = new Date(client.serverMs()).toISOString();
    const conditions = [
      ...(shape.hasIsDeleted ? ['IsDeleted = false'] : []),
      ...(shape.hasCreatedDate ? [`CreatedDate < ${asOf}`] : []),
    ];
    const before = await countRecords(parts, shape, conditions);
    const listing = { shape, fields, conditions, asOf };
    byJob &&= stream.options.method === 'bulk' || before >= config.bulkFrom;
    byJob &&= await hasBulkQuota(parts, shape.object);
    let count = 0;
    for await (const rows of byJob ? rowsByJob(parts, listing) : rowsByRest(parts, listing)) {
      const keys = rows.flatMap((row) => {
        const key = keyOf(row);
        if (key === undefined) return [];
        return [etagged.length > 0 ? { key, etag: etagOf(row, etagged) } : { key }];
      });
      count += keys.length;
      if (keys.length > 0) yield { asOf, keys };
    }
    const later = await countRecords(parts, shape, conditions);
    if (count >= Math.min(before, later) && count <= Math.max(before, later)) {
      yield { asOf, keys: [], complete: { count, asOf } };
      return;
    }
    context.log.info('The ids of a Salesforce object do not add up', {
      object: shape.object,
      attempt,
      by: byJob ? 'bulk' : 'rest',
      count,
      before,
      later,
    });
    byJob = false;
  }
}

interface Listing {
  readonly shape: StreamShape;
  readonly fields: readonly string[];
  readonly conditions: readonly string[];
  readonly asOf: string;
}

async function* rowsByRest(
  { client, config }: ReadParts,
  { shape, fields, conditions, asOf }: Listing,
): AsyncIterable<readonly RawRecord[]> {
  const { object, hasIsDeleted: scanAll } = shape;
  let after: readonly [string, string] | undefined;
  for (let next: string | undefined, size = 0, last = false; !last;) {
    const query = { object, fields, cursor: null, after, upper: asOf, conditions };
    let answer: QueryAnswer;
    try {
      answer =
        next === undefined
          ? await client.query(keysetQuery({ ...query, limit: config.pageSize }), { object, scanAll })
          : await client.queryMore(next, object);
    } catch (error) {
      if (next === undefined || salesforceCode(error) !== 'INVALID_QUERY_LOCATOR') throw error;
      next = undefined;
      continue;
    }
    if (next === undefined) size = answer.totalSize;
    next = answer.nextRecordsUrl;
    const key = answer.records.map(keyOf).findLast((one) => one !== undefined);
    after = key === undefined ? after : ['', key];
    last = next === undefined && size < config.pageSize;
    yield answer.records;
  }
}

/** A job that does not add up shows fewer keys than there are, which the counts of Salesforce find out. */
async function* rowsByJob(
  parts: ReadParts,
  { shape, fields, conditions, asOf }: Listing,
): AsyncIterable<readonly RawRecord[]> {
  const { object, hasIsDeleted: scanAll, types } = shape;
  const soql = rowsQuery({ object, fields, cursor: null, after: undefined, upper: asOf, conditions });
  const { signal } = parts.context;
  const batchRows = parts.config.pageSize;
  for await (const { rows } of bulkRows(parts, { object, soql, scanAll, types, batchRows, asOf, signal })) {
    if (rows.length > 0) yield rows;
  }
}

/**
 * The listed fields whose values change without a stamp. While one of them is missing there are none: etags without it
 * would differ for every record.
 */
function etagFields(shape: StreamShape, stream: SalesforceStream): readonly FieldRead[] {
  const unstamped = shape.fields.filter((field) => field.unstamped);
  return stream.fields.some((name) => shape.missing.includes(name)) ? [] : unstamped;
}

const etagOf = (row: RawRecord, fields: readonly FieldRead[]): string =>
  hash('sha256', JSON.stringify(fields.map((field) => [field.name, field.read(row) ?? null]))).slice(0, 20);

const countRecords = async (
  { client }: ReadParts,
  { object, hasIsDeleted }: StreamShape,
  conditions: readonly string[],
): Promise<number> => {
  const soql = countQuery({ object, cursor: null, after: undefined, upper: '', conditions });
  return (await client.query(soql, { object, scanAll: hasIsDeleted })).totalSize;
};
