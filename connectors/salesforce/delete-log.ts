import type { Page } from '../../core/contract/source.ts';
import type { SalesforceCursor } from './cursor.ts';
import { salesforceCode } from './errors.ts';
import { isRecordId, recordId18 } from './record-id.ts';
import { batchSize, rowsOf } from './lookup.ts';
import { keyOf, sortRecords } from './records.ts';
import type { ReadParts } from './read.ts';
import type { StreamShape } from './stream-shape.ts';

/** Salesforce keeps the log for fifteen days; an hour less leaves room for a slow request. */
const keptMs = (15 * 24 - 1) * 3_600_000;
/** The log is worth a request an hour: what is in the recycle bin has been told already. */
export const logEveryMs = 3_600_000;
const minute = 60_000;
/** Salesforce cuts both ends of the span to whole minutes, and a transaction may still be running. */
const overlapMs = 10 * minute;

/**
 * Ids that were deleted and left the recycle bin before a read saw them there. What a query still shows is not gone; the
 * rest is told with a cursor behind it. A log that has been cut off is told as a notice.
 */
export async function* readDeleteLog(
  { client, config }: ReadParts,
  shape: StreamShape,
  progress: SalesforceCursor,
  told: ReadonlySet<string>,
): AsyncIterable<Page<SalesforceCursor>> {
  const { object } = shape;
  const nowMs = client.serverMs();
  const asOf = new Date(nowMs).toISOString();
  const since = Date.parse(progress.deletedUpTo ?? asOf);
  const start = Math.max(since - Math.max(config.lookback, overlapMs), nowMs - keptMs);
  const notices: string[] = [];
  const cutOff = (from: string): void =>
    void notices.push(
      `The log of deleted ${object} records begins only at ${from}: what was deleted and destroyed before is found when every key is listed (\`reconcile\`)`,
    );
  if (start > since) cutOff(toIso(start));
  const ids = new Set<string>();
  let covered = since;
  try {
    for await (const answer of spans({ client, object, start, end: nowMs })) {
      for (const { id } of answer.deletedRecords) if (isRecordId(id)) ids.add(recordId18(id));
      const earliest = Date.parse(answer.earliestDateAvailable.replace(/\+0000$/, 'Z'));
      if (earliest > start && notices.length === 0) cutOff(toIso(earliest));
      const latest = Date.parse(answer.latestDateCovered.replace(/\+0000$/, 'Z'));
      covered = Math.max(covered, Math.min(Math.floor(nowMs / minute) * minute, latest));
    }
  } catch (error) {
    if (salesforceCode(error) !== 'INVALID_REPLICATION_DATE') throw error;
    cutOff(asOf);
    covered = nowMs;
  }
  const fields = ['Id', 'IsDeleted', ...(shape.hasMasterRecordId ? ['MasterRecordId'] : [])];
  const unknown = [...ids].filter((id) => !told.has(id));
  const cursor = { ...progress, deletedUpTo: toIso(covered) };
  for (let from = 0; from < unknown.length; from += batchSize) {
    const asked = unknown.slice(from, from + batchSize);
    const rows = await rowsOf(client, shape, fields, asked);
    const shown = new Set(rows.map(keyOf));
    const { deleted, merged } = sortRecords(
      rows.filter((row) => row['IsDeleted'] === true),
      shape,
    );
    const gone = [...deleted, ...asked.filter((id) => !shown.has(id))];
    if (gone.length > 0 || merged) {
      yield { asOf, records: [], deleted: gone, ...(merged ? { merged } : {}) };
    }
  }
  yield { asOf, records: [], cursor, ...(notices.length > 0 ? { notices } : {}) };
}

/** One answer for the span, or for its halves where it names more than 600,000 ids. */
async function* spans(span: {
  readonly client: ReadParts['client'];
  readonly object: string;
  readonly start: number;
  readonly end: number;
}): AsyncIterable<Awaited<ReturnType<ReadParts['client']['deleted']>>> {
  const { client, object, start, end } = span;
  if (end - start < 2 * minute) return;
  try {
    yield await client.deleted(object, toSeconds(start), toSeconds(end));
  } catch (error) {
    if (salesforceCode(error) !== 'EXCEEDED_ID_LIMIT' || end - start < 4 * minute) throw error;
    const middle = Math.floor((start + end) / 2);
    yield* spans({ ...span, end: middle });
    yield* spans({ ...span, start: middle - minute });
  }
}

const toIso = (ms: number): string => new Date(ms).toISOString();
const toSeconds = (ms: number): string => toIso(ms).replace(/\.\d+Z$/, '+00:00');
