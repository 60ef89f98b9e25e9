import type { LookupPage } from '../../core/contract/source.ts';
import type { RawRecord } from './api-types.ts';
import type { SalesforceClient } from './client.ts';
import { isRecordId } from './record-id.ts';
import { sortRecords } from './records.ts';
import type { ReadParts } from './read.ts';
import { loadShape } from './load-shape.ts';
import { quoteSoql } from './soql.ts';
import { selectsOf, type SalesforceStream, type StreamShape } from './stream-shape.ts';

/** More ids make the address of the query too long. */
export const batchSize = 200;

/** What cannot be an id of Salesforce, and what no query shows any more, is gone. */
export async function* lookupKeys(
  parts: ReadParts,
  stream: SalesforceStream,
  keys: readonly string[],
): AsyncIterable<LookupPage> {
  const { shape } = await loadShape(parts, stream);
  const { client } = parts;
  for (let start = 0; start < keys.length; start += batchSize) {
    const asked = keys.slice(start, start + batchSize);
    const asOf = new Date(client.serverMs()).toISOString();
    const rows = await rowsOf(client, shape, selectsOf(shape), asked);
    const { records: found, unreadable } = sortRecords(rows, shape);
    const alive = new Set([...found, ...unreadable].map((one) => one.key));
    yield { asOf, found, unreadable, gone: asked.filter((key) => !alive.has(key)) };
  }
}

/** Every row that a query shows of these ids, those in the recycle bin too. */
export async function rowsOf(
  client: SalesforceClient,
  shape: StreamShape,
  fields: readonly string[],
  keys: readonly string[],
): Promise<RawRecord[]> {
  const ids = keys.filter(isRecordId).map(quoteSoql).join(',');
  if (ids === '') return [];
  const soql = `SELECT ${fields.join(', ')} FROM ${shape.object} WHERE Id IN (${ids})`;
  let answer = await client.query(soql, { object: shape.object, scanAll: shape.hasIsDeleted });
  const rows = [...answer.records];
  while (answer.nextRecordsUrl !== undefined) {
    answer = await client.queryMore(answer.nextRecordsUrl, shape.object);
    rows.push(...answer.records);
  }
  return rows;
}
