import { isHistoryLost } from './errors.ts';
import { chunksOf, readChunk, summarize } from './buckets.ts';
import type { CursorState, SnowflakeCursor } from './cursor.ts';
import { lookupKeys } from './enumerate.ts';
import { quoteIdentifier } from './identifier.ts';
import { after, joinKey } from './keys.ts';
import {
  createSnapshot,
  instantLiteral,
  lastPage,
  toRecords,
  unreadableRows,
  type Reading,
  type SnowflakePage,
} from './reading.ts';
import type { SqlRow } from './row-reader.ts';
import type { ResolvedStream } from './table-reader.ts';

type Changes = CursorState<'changes'>;

/** An interval ends so long before now that nothing can still be committed inside it. */
const BEHIND_MS = 1000;

const before = (instant: string): string => new Date(Date.parse(instant) - BEHIND_MS).toISOString();

/** Where the changes begin that a load which starts now will not show. */
export const changesFrom = before;

/**
 * Reads what a table's change history says; loads the whole table first, and again when its history is lost.
 * https://docs.snowflake.com/en/sql-reference/constructs/changes
 */
export async function* readChanges(
  stream: ResolvedStream,
  from: SnowflakeCursor | undefined,
  reading: Reading,
  notices: readonly string[],
): AsyncGenerator<SnowflakePage> {
  if (from?.state !== 'changes') {
    yield* load(stream, from?.state === 'load' ? from : undefined, reading, notices);
    return;
  }
  const asOf = await reading.clock();
  try {
    let position = from;
    if (from.within) {
      yield* readInterval(stream, from, from.within, asOf, reading);
      position = { version: 1, state: 'changes', at: from.within.to, within: null };
      yield lastPage(asOf, position);
    }
    const to = before(asOf);
    if (to > position.at) {
      yield* readInterval(stream, position, { to, after: [] }, asOf, reading);
      position = { version: 1, state: 'changes', at: to, within: null };
    }
    yield lastPage(asOf, position, { notices });
  } catch (error) {
    if (!isHistoryLost(error)) throw error;
    const lost = `The change history of ${stream.name} since ${from.at} is not to be had: the whole table is read again, and rows that went meanwhile are found by \`reconcile\` alone. ${error.message}`;
    reading.log.warn('The change history of a table is lost; the whole table is read again.', {
      stream: stream.name,
    });
    yield* load(stream, undefined, reading, [...notices, lost]);
  }
}

/** The whole table, by buckets of its keys; what changes meanwhile is in the history that is read from `at` on. */
async function* load(
  stream: ResolvedStream,
  from: CursorState<'load'> | undefined,
  reading: Reading,
  notices: readonly string[],
): AsyncGenerator<SnowflakePage> {
  const asOf = await reading.clock();
  const { count } = stream.buckets;
  const resumed = from?.count === count ? from : undefined;
  const at = resumed?.at ?? before(asOf);
  const snapshot = createSnapshot(stream, asOf, reading.signal);
  const { buckets, keyless } = await summarize(stream, reading);
  const rest = buckets.filter(({ bucket }) => bucket >= (resumed?.next ?? 0));
  for (const chunk of chunksOf(rest, reading.config.statementRows)) {
    const next = chunk.at(-1)!.bucket + 1;
    const done: SnowflakeCursor = { version: 1, state: 'load', at, count, next };
    yield* readChunk(stream, chunk, asOf, snapshot, done, reading);
  }
  yield lastPage(
    asOf,
    { version: 1, state: 'changes', at, within: null },
    { unreadable: unreadableRows(stream, keyless), notices },
  );
}

/** The net changes of an interval in key order, so that what became of one key stands together. */
async function* readInterval(
  stream: ResolvedStream,
  { at }: Changes,
  { to, after: start }: NonNullable<Changes['within']>,
  asOf: string,
  reading: Reading,
): AsyncGenerator<SnowflakePage> {
  const { client, config, signal } = reading;
  const interval = ` CHANGES(INFORMATION => DEFAULT) AT(TIMESTAMP => ${instantLiteral(at)}) END(TIMESTAMP => ${instantLiteral(to)})`;
  const rest = start.length > 0 ? after(stream.key, start) : undefined;
  const order = [...stream.key.map((column) => quoteIdentifier(column.name)), 'METADATA$ACTION'].join(', ');
  const rows = client.query(
    `SELECT METADATA$ACTION, ${stream.selectList} FROM ${stream.from(interval)}${rest ? ` WHERE ${rest.sql}` : ''} ORDER BY ${order}`,
    { binds: rest?.binds ?? [], purpose: `changes ${stream.name}`, signal },
  );
  let inserted: SqlRow[] = [];
  let gone: string[] = [];
  let last: { key: readonly (string | null)[]; deleted: boolean } | undefined;
  const settle = (): void => {
    // The images before an update look like deletes: a key is gone when no image after it follows.
    if (last?.deleted && !last.key.includes(null)) gone.push(joinKey(last.key as string[]));
    last = undefined;
  };
  for await (const batch of rows) {
    for (const [action, ...row] of batch) {
      const key = stream.keyTexts(row);
      if (last && !sameKey(last.key, key)) {
        const position = last.key;
        settle();
        if (inserted.length + gone.length >= config.pageSize && !position.includes(null)) {
          const within = { to, after: [...position] as string[] };
          yield await toPage(
            stream,
            inserted,
            gone,
            asOf,
            { version: 1, state: 'changes', at, within },
            reading,
          );
          [inserted, gone] = [[], []];
        }
      }
      last ??= { key, deleted: true };
      if (action === 'INSERT') {
        last.deleted = false;
        inserted.push(row);
      }
    }
  }
  settle();
  if (inserted.length + gone.length > 0)
    yield await toPage(
      stream,
      inserted,
      gone,
      asOf,
      { version: 1, state: 'changes', at: to, within: null },
      reading,
    );
}

const sameKey = (left: readonly (string | null)[], right: readonly (string | null)[]): boolean =>
  left.every((part, at) => part === right[at]);

/** Keys are not enforced: of two rows with one key, one may be gone and the other still there. */
async function toPage(
  stream: ResolvedStream,
  inserted: readonly SqlRow[],
  gone: readonly string[],
  asOf: string,
  cursor: SnowflakeCursor,
  { client, signal }: Reading,
): Promise<SnowflakePage> {
  const page = toRecords(stream, inserted);
  const unreadable = [...(page.unreadable ?? [])];
  const deleted: string[] = [];
  for await (const found of lookupKeys(client, stream, gone, signal)) {
    deleted.push(...found.gone);
    page.records.push(...found.found);
    unreadable.push(...found.unreadable);
  }
  return { asOf, ...page, ...(unreadable.length > 0 ? { unreadable } : {}), deleted, cursor };
}
