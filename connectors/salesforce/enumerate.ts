import type { KeyPage } from '../../core/contract/source.ts';
import { keyOf } from './records.ts';
import type { ReadParts } from './read.ts';
import { keysetQuery } from './soql.ts';
import { shapeOf, type SalesforceStream, type StreamShape } from './stream-shape.ts';

const attempts = 3;

/**
 * Every id that exists, archived ones too. Records come and go meanwhile: the keys prove the whole only when their
 * number lies between Salesforce's own counts before and after. A repeated pass names its keys again.
 */
export async function* enumerateKeys(parts: ReadParts, stream: SalesforceStream): AsyncIterable<KeyPage> {
  const { client, config, context } = parts;
  const shape = shapeOf({ ...stream, fields: [] }, await client.describe(stream.name), context.name);
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const asOf = new Date(client.serverMs()).toISOString();
    const conditions = [
      ...(shape.hasIsDeleted ? ['IsDeleted = false'] : []),
      ...(shape.hasCreatedDate ? [`CreatedDate < ${asOf}`] : []),
    ];
    const before = await countRecords(parts, shape, conditions);
    let count = 0;
    let after: readonly [string, string] | undefined;
    for (let next: string | undefined, size = 0, last = false; !last;) {
      const query = { object: shape.object, fields: ['Id'], cursor: null, after, upper: asOf, conditions };
      const answer =
        next === undefined
          ? await client.query(keysetQuery({ ...query, limit: config.pageSize }), {
              object: shape.object,
              scanAll: shape.hasIsDeleted,
            })
          : await client.queryMore(next, shape.object);
      if (next === undefined) size = answer.totalSize;
      next = answer.nextRecordsUrl;
      const keys = answer.records.map(keyOf).filter((key) => key !== undefined);
      count += keys.length;
      after = keys.length > 0 ? ['', keys.at(-1)!] : after;
      last = next === undefined && size < config.pageSize;
      if (keys.length > 0) yield { asOf, keys: keys.map((key) => ({ key })) };
    }
    const later = await countRecords(parts, shape, conditions);
    if (count >= Math.min(before, later) && count <= Math.max(before, later)) {
      yield { asOf, keys: [], complete: { count, asOf } };
      return;
    }
    context.log.info('The ids of a Salesforce object do not add up', {
      object: shape.object,
      attempt,
      count,
      before,
      later,
    });
  }
}

const countRecords = async (
  { client }: ReadParts,
  shape: StreamShape,
  conditions: readonly string[],
): Promise<number> => {
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '';
  const answer = await client.query(`SELECT COUNT() FROM ${shape.object}${where}`, {
    object: shape.object,
    scanAll: shape.hasIsDeleted,
  });
  return answer.totalSize;
};
