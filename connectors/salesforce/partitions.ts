import { z } from 'zod';
import { ConfigError } from '../../core/contract/errors.ts';
import type { FirstLoad, Page, Partition } from '../../core/contract/source.ts';
import { parseCursor, type SalesforceCursor } from './cursor.ts';
import { loadShape } from './load-shape.ts';
import { readBest } from './read-best.ts';
import type { ReadParts, Request } from './read.ts';
import { keyOf } from './records.ts';
import { lastId, middleId } from './record-id.ts';
import { countQuery, quoteSoql } from './soql.ts';
import type { SalesforceStream, StreamShape } from './stream-shape.ts';

/** Ids behind `after` up to `upTo`; the first range has no beginning and the last no end, so that together they are all ids. */
const range = z.strictObject({
  after: z.string().exactOptional(),
  upTo: z.string().exactOptional(),
  count: z.int(),
});
type Range = z.infer<typeof range>;

/** Counts that one plan may ask for. */
const maxCounts = 100;

/**
 * Cuts a large object into ranges of ids of about `partitionRecords` each. The cursor that the stream goes on from is fixed
 * first: what changes while the ranges are read is stamped behind it.
 */
export async function planFirstLoad(
  parts: ReadParts,
  stream: SalesforceStream,
): Promise<FirstLoad<SalesforceCursor> | undefined> {
  const { client, config } = parts;
  const { shape } = await loadShape(parts, stream);
  if (shape.cursor === null || shape.missing.length > 0) return undefined;
  const startMs = client.serverMs();
  const count = await client.recordCount(shape.object);
  if (count === undefined || count < 2 * config.partitionRecords) return undefined;
  const ranges = await cutRanges(parts, shape);
  if (ranges.length < 2) return undefined;
  const width = String(ranges.length).length;
  return {
    partitions: ranges.map((value, index) => ({
      name: `ids-${String(index + 1).padStart(width, '0')}-of-${ranges.length}`,
      value,
    })),
    cursor: {
      v: 1,
      field: shape.cursor,
      upper: new Date(startMs - config.lag).toISOString(),
      deletedUpTo: new Date(startMs).toISOString(),
    },
  };
}

/** One range of a first load, in the order of its ids. */
export async function* readPartition(
  parts: ReadParts,
  { stream, from, signal }: Request,
  { name, value }: Partition,
): AsyncIterable<Page<SalesforceCursor>> {
  const { client, context } = parts;
  const cursor = parseCursor(from, stream.name);
  const { count, ...bounds } = range.parse(value);
  const { after, upTo } = bounds;
  const { shape } = await loadShape(parts, stream, { readBefore: true });
  if (shape.missing.length > 0) {
    throw new ConfigError(
      'SALESFORCE_FIELD_UNKNOWN',
      `${shape.missing.join(', ')} of ${stream.name} went while the object was being read for the first time`,
      {
        where: `sources.${context.name}.streams.${stream.name}.fields`,
        hint: 'Let the integration user see the field again, or take it out of the list',
      },
    );
  }
  const asOf = new Date(client.serverMs()).toISOString();
  const conditions = [
    ...rangeConditions(bounds),
    ...(shape.hasIsDeleted && !stream.options.deletes ? ['IsDeleted = false'] : []),
  ];
  const end = upTo ?? lastId(after ?? '000');
  const progress: SalesforceCursor = { v: 1, field: null, upper: asOf, after: ['', end] };
  const window = {
    after: cursor?.after,
    upper: asOf,
    ...(cursor?.job ? { job: cursor.job } : {}),
  };
  let notice: string | undefined;
  for await (const page of readBest({
    ...parts,
    shape,
    order: null,
    conditions,
    window,
    progress,
    asOf,
    signal,
    method: stream.options.method,
    expected: count,
  })) {
    const budget: string | undefined = notice === undefined ? client.budget.notice() : undefined;
    notice ??= budget;
    yield budget ? { ...page, notices: [budget] } : page;
  }
  context.log.debug('Read a part of a Salesforce object', { object: shape.object, part: name });
}

type Bounds = Pick<Range, 'after' | 'upTo'>;

const rangeConditions = ({ after, upTo }: Bounds): string[] => [
  ...(after === undefined ? [] : [`Id > ${quoteSoql(after)}`]),
  ...(upTo === undefined ? [] : [`Id <= ${quoteSoql(upTo)}`]),
];

/**
 * Halves the ids until no range is much too large, and joins neighbours that are small. Each cut lies between ids that
 * exist, so that bunches of ids far apart cost no more cuts than others.
 */
async function cutRanges({ client, config }: ReadParts, shape: StreamShape): Promise<Range[]> {
  const { object, hasIsDeleted: scanAll } = shape;
  let counts = 0;
  const edge = async (direction: 'ASC' | 'DESC', of: Bounds): Promise<string | undefined> => {
    const conditions = rangeConditions(of);
    const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '';
    const soql = `SELECT Id FROM ${object}${where} ORDER BY Id ${direction} LIMIT 1`;
    const [row] = (await client.query(soql, { object, scanAll })).records;
    return row && keyOf(row);
  };
  const countOf = async (of: Bounds): Promise<number> => {
    counts++;
    const query = { object, cursor: null, after: undefined, upper: '' };
    const soql = countQuery({ ...query, conditions: rangeConditions(of) });
    return (await client.query(soql, { object, scanAll })).totalSize;
  };
  const target = config.partitionRecords;
  const leaves: Range[] = [];
  const cut = async (of: Bounds, count: number, first?: string, last?: string): Promise<void> => {
    const middle =
      first && last && count > target * 1.5 && counts < maxCounts ? middleId(first, last) : undefined;
    if (middle === undefined) {
      leaves.push({ ...of, count });
      return;
    }
    const left = { ...of, upTo: middle };
    const right = { ...of, after: middle };
    const leftCount = await countOf(left);
    await cut(left, leftCount, first, await edge('DESC', left));
    await cut(right, Math.max(0, count - leftCount), await edge('ASC', right), last);
  };
  await cut({}, await countOf({}), await edge('ASC', {}), await edge('DESC', {}));
  return joinSmall(leaves, target);
}

function joinSmall(leaves: readonly Range[], target: number): Range[] {
  const joined: Range[] = [];
  for (const leaf of leaves) {
    const before = joined.at(-1);
    if (!before || before.count + leaf.count > target * 1.5) {
      joined.push(leaf);
      continue;
    }
    joined[joined.length - 1] = {
      ...(before.after === undefined ? {} : { after: before.after }),
      ...(leaf.upTo === undefined ? {} : { upTo: leaf.upTo }),
      count: before.count + leaf.count,
    };
  }
  return joined;
}
