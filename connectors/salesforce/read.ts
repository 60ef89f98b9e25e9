import type { Context } from '../../core/contract/context.ts';
import type { Page, ReadRequest } from '../../core/contract/source.ts';
import type { ObjectDescribe } from './api-types.ts';
import type { SalesforceClient } from './client.ts';
import type { SalesforceConfig, SalesforceStreamOptions } from './config.ts';
import { parseCursor, planWindows, type SalesforceCursor } from './cursor.ts';
import { logEveryMs, readDeleteLog } from './delete-log.ts';
import { salesforceCode } from './errors.ts';
import { driftNotices, seenFields, type FieldMemory } from './field-memory.ts';
import { loadShape } from './load-shape.ts';
import { readPartition } from './partitions.ts';
import { readBest } from './read-best.ts';
import type { StreamShape } from './stream-shape.ts';

export interface ReadParts {
  readonly client: SalesforceClient;
  readonly config: SalesforceConfig;
  readonly context: Context;
  readonly memory: FieldMemory;
  /** The last description of each object, in this process. */
  readonly described: Map<string, { readonly describe: ObjectDescribe; readonly atMs: number }>;
  /** Objects that Salesforce takes no bulk job for. */
  readonly withoutBulk: Set<string>;
}
export type Request = ReadRequest<SalesforceStreamOptions, SalesforceCursor>;

/**
 * Changes and deletes in the order of their stamps, up to `lag` behind the clock of Salesforce at the start. A field that
 * is taken away in the middle of a read is left out from the next page on.
 */
export async function* readStream(parts: ReadParts, request: Request): AsyncIterable<Page<SalesforceCursor>> {
  const { stream, partition } = request;
  if (partition) return yield* readPartition(parts, request, partition);
  let cursor = parseCursor(request.from, stream.name);
  let missing: string | undefined;
  for (;;) {
    const readBefore = cursor !== undefined || missing !== undefined;
    const { shape, describe } = await loadShape(parts, stream, { readBefore });
    const refused = missing;
    missing = shape.missing.join();
    try {
      for await (const page of readOnce(parts, request, { shape, describe, cursor })) {
        yield page;
        cursor = page.cursor ?? cursor;
      }
      return;
    } catch (error) {
      if (salesforceCode(error) !== 'INVALID_FIELD' || missing === refused) throw error;
    }
  }
}

interface Pass {
  readonly shape: StreamShape;
  readonly describe: ObjectDescribe;
  readonly cursor: SalesforceCursor | undefined;
}

async function* readOnce(
  parts: ReadParts,
  { stream, signal }: Request,
  { shape, describe, cursor }: Pass,
): AsyncIterable<Page<SalesforceCursor>> {
  const { client, config, context, memory } = parts;
  const { deletes, method } = stream.options;
  const startMs = client.serverMs();
  const asOf = new Date(startMs).toISOString();
  const upperMs = startMs - config.lag;
  const windows = planWindows(cursor, shape.cursor, shape.missing, { upperMs, lookbackMs: config.lookback });
  const logged = deletes && shape.hasIsDeleted && shape.replicateable && shape.cursor !== null;
  const deletedUpTo = logged ? (cursor?.deletedUpTo ?? asOf) : undefined;

  const remember = async (): Promise<void> => {
    const before = await memory.recall(shape.object);
    await memory.remember(shape.object, seenFields(describe, shape.missing, before));
  };
  let notices = await openingNotices(parts, { shape, describe, cursor });
  const conditions = shape.hasIsDeleted && !deletes ? ['IsDeleted = false'] : [];
  let budgetTold = false;
  const told = new Set<string>();
  let progress: SalesforceCursor | undefined;
  for (const window of windows) {
    progress = {
      v: 1,
      field: shape.cursor,
      upper: window.upper,
      ...(Object.keys(window.without).length > 0 ? { without: window.without } : {}),
      ...(deletedUpTo === undefined ? {} : { deletedUpTo }),
    };
    const read = { ...parts, shape, window, order: shape.cursor, conditions, progress, asOf, signal };
    for await (const page of readBest({ ...read, method: shape.cursor ? method : 'rest' })) {
      for (const key of page.deleted ?? []) if (told.size < maxTold) told.add(key);
      for (const { key } of page.merged ?? []) if (told.size < maxTold) told.add(key);
      const budget: string | undefined = budgetTold ? undefined : client.budget.notice();
      if (budget) notices = [...notices, budget];
      budgetTold ||= budget !== undefined;
      yield notices.length > 0 ? { ...page, notices } : page;
      if (notices.length > 0) await remember();
      notices = [];
    }
  }
  await remember();
  if (progress && deletedUpTo && startMs - Date.parse(deletedUpTo) >= logEveryMs) {
    yield* readDeleteLog(parts, shape, progress, told);
  }
  const usage = client.budget.usage();
  context.log.debug('Read a Salesforce object', {
    object: stream.name,
    ...(usage ? { apiRequestsUsed: usage.used, apiRequestsLimit: usage.limit } : {}),
  });
}

/** Keys of the recycle bin that are remembered within a read; the delete log asks about the others once more. */
const maxTold = 50_000;

/** What changed at the object, and what that means for this stream: told on the first page of each read. */
async function openingNotices({ memory }: ReadParts, { shape, describe, cursor }: Pass): Promise<string[]> {
  const { object, missing } = shape;
  const before = await memory.recall(object);
  const back = Object.entries(cursor?.without ?? {}).filter(([name]) => !missing.includes(name));
  return [
    ...missing.map(
      (name) =>
        `${name} of ${object} is gone, or the integration user may not see it any more: the stream goes on without it, and records that change come without the field until it is there again`,
    ),
    ...back.map(
      ([name, since]) =>
        `${name} of ${object} is there again: records changed since ${since} are read once more`,
    ),
    ...driftNotices(object, before, seenFields(describe, missing, before), new Set(missing)),
  ];
}
