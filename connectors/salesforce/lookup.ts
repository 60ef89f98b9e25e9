import type { LookupPage } from '../../core/contract/source.ts';
import { isRecordId } from './record-id.ts';
import { sortRecords } from './records.ts';
import type { ReadParts } from './read.ts';
import { quoteSoql, selectedFields } from './soql.ts';
import { shapeOf, type SalesforceStream } from './stream-shape.ts';

/** More ids make the address of the query too long. */
const batchSize = 200;

/** What cannot be an id of Salesforce, and what no query shows any more, is gone. */
export async function* lookupKeys(
  { client, context }: ReadParts,
  stream: SalesforceStream,
  keys: readonly string[],
): AsyncIterable<LookupPage> {
  const shape = shapeOf(stream, await client.describe(stream.name), context.name);
  const fields = selectedFields(
    shape.fields.map((field) => field.name),
    shape.cursor,
    shape.hasIsDeleted && 'IsDeleted',
  );
  for (let start = 0; start < keys.length; start += batchSize) {
    const asked = keys.slice(start, start + batchSize);
    const ids = asked.filter(isRecordId).map(quoteSoql).join(',');
    const asOf = new Date(client.serverMs()).toISOString();
    const rows = [];
    if (ids !== '') {
      const soql = `SELECT ${fields.join(', ')} FROM ${shape.object} WHERE Id IN (${ids})`;
      let answer = await client.query(soql, { object: shape.object, scanAll: shape.hasIsDeleted });
      rows.push(...answer.records);
      while (answer.nextRecordsUrl !== undefined) {
        answer = await client.queryMore(answer.nextRecordsUrl, shape.object);
        rows.push(...answer.records);
      }
    }
    const { records: found, unreadable } = sortRecords(rows, shape);
    const alive = new Set([...found, ...unreadable].map((one) => one.key));
    yield { asOf, found, unreadable, gone: asked.filter((key) => !alive.has(key)) };
  }
}
