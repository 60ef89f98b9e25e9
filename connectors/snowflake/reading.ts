import type { Log } from '../../core/contract/context.ts';
import { isPauseError, isTransientError } from '../../core/contract/errors.ts';
import type { Page, SourceRecord, Unreadable } from '../../core/contract/source.ts';
import type { SnowflakeClient } from './client.ts';
import { timestampText } from './columns.ts';
import type { SnowflakeConfig } from './config.ts';
import type { SnowflakeCursor } from './cursor.ts';
import { anyNull, type Condition } from './keys.ts';
import type { SqlRow } from './row-reader.ts';
import type { Summaries } from './summaries.ts';
import type { ResolvedStream } from './table-reader.ts';

export type SnowflakePage = Page<SnowflakeCursor>;

/** What a read needs besides its stream. */
export interface Reading {
  readonly client: SnowflakeClient;
  readonly config: SnowflakeConfig;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly summaries: Summaries;
  /** The instant whose state is read: one for all streams of a run; without a run, Snowflake's clock as it is asked. */
  clock(): Promise<string>;
}

export const CLOCK = timestampText('CURRENT_TIMESTAMP()', 'TIMESTAMP_LTZ');

/** Snowflake's own clock, to the millisecond. */
export async function readClock(client: SnowflakeClient, signal?: AbortSignal): Promise<string> {
  const [row] = await client.all(`SELECT ${CLOCK}`, { purpose: 'clock', ...(signal ? { signal } : {}) });
  return toMs(row![0]);
}

export const toMs = (text: SqlRow[number] | undefined): string => `${String(text).slice(0, 23)}Z`;

export const textOrNull = (value: SqlRow[number] | undefined): string | null =>
  value === null || value === undefined ? null : String(value);

/** An instant as AT and CHANGES take it: a constant with its zone. https://docs.snowflake.com/en/sql-reference/constructs/at-before */
export const instantLiteral = (instant: string): string => `'${instant}'::TIMESTAMP_TZ`;

/** One state of a table for all statements of a run, by Time Travel; where it has none, the present. */
export interface Snapshot {
  from(): string;
  /** Goes on with the present after a refusal; false when the error means something else. */
  giveUp(error: unknown): boolean;
}

export function createSnapshot(stream: ResolvedStream, asOf: string, signal: AbortSignal): Snapshot {
  let clause = stream.table ? ` AT(TIMESTAMP => ${instantLiteral(asOf)})` : '';
  return {
    from: () => stream.from(clause),
    giveUp(error) {
      if (clause === '' || signal.aborted || isTransientError(error) || isPauseError(error)) return false;
      clause = '';
      return true;
    },
  };
}

/** Asks once, and once more without the snapshot when that is refused. */
export async function inSnapshot<T>(snapshot: Snapshot, ask: (from: string) => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask(snapshot.from());
    } catch (error) {
      if (!snapshot.giveUp(error)) throw error;
    }
  }
}

/** Rows of one statement, cut into pages; tried again without the snapshot when that is refused. */
export async function* statementPages(
  { client, config, signal }: Reading,
  snapshot: Snapshot,
  sqlOf: (from: string) => string,
  options: { readonly binds: readonly string[]; readonly purpose: string },
): AsyncGenerator<SqlRow[]> {
  for (;;) {
    let page: SqlRow[] = [];
    let started = false;
    try {
      for await (const batch of client.query(sqlOf(snapshot.from()), { ...options, signal })) {
        started = true;
        for (const row of batch) {
          page.push(row);
          if (page.length < config.pageSize) continue;
          signal.throwIfAborted();
          yield page;
          page = [];
        }
      }
      signal.throwIfAborted();
      if (page.length > 0) yield page;
      return;
    } catch (error) {
      if (started || !snapshot.giveUp(error)) throw error;
    }
  }
}

/** At most this many rows without a key are listed one by one. */
const MAX_UNREADABLE = 1000;

/** Rows that no key names cannot be paged by key: they are counted, and reported as unreadable. */
export async function readKeyless(
  stream: ResolvedStream,
  within: Condition,
  { client, signal }: Reading,
): Promise<Unreadable[]> {
  if (stream.key.every((column) => !column.nullable)) return [];
  const [row] = await client.all(
    `SELECT TO_VARCHAR(COUNT(*)) FROM ${stream.from()} WHERE (${anyNull(stream.key)}) AND ${within.sql}`,
    { binds: within.binds, purpose: `keyless ${stream.name}`, signal },
  );
  return unreadableRows(stream, Number(row![0]));
}

export function unreadableRows(stream: ResolvedStream, count: number): Unreadable[] {
  const columns = stream.key.map((column) => column.name).join(', ');
  return Array.from({ length: Math.min(count, MAX_UNREADABLE) }, (_, at) => ({
    reason:
      at === MAX_UNREADABLE - 1 && count > MAX_UNREADABLE
        ? `A key column (${columns}) is NULL, as in ${count - MAX_UNREADABLE} further rows.`
        : `A key column (${columns}) is NULL.`,
  }));
}

/** What the rows of a page are. */
export interface Rows {
  readonly records: SourceRecord[];
  readonly unreadable?: Unreadable[];
}

/** A page names a key once: of rows with one key, the last in cursor order stands; the others are counted. */
export function toRecords(stream: ResolvedStream, rows: readonly SqlRow[]): Rows {
  const records = new Map<string, SourceRecord>();
  const bad = new Map<string, Unreadable>();
  const keyless: Unreadable[] = [];
  for (const row of rows) {
    const record = stream.toRecord(row);
    if ('data' in record) {
      records.delete(record.key);
      records.set(record.key, record);
      bad.delete(record.key);
    } else if (record.key === undefined) keyless.push(record);
    else {
      records.delete(record.key);
      bad.set(record.key, record);
    }
  }
  const all = [...keyless, ...bad.values()];
  stream.repeated.rows += rows.length - keyless.length - records.size - bad.size;
  return { records: [...records.values()], ...(all.length > 0 ? { unreadable: all } : {}) };
}

/** The page that ends a read: what else there is to say, and where the next read begins. */
export const lastPage = (
  asOf: string,
  cursor: SnowflakeCursor,
  more: { readonly unreadable?: readonly Unreadable[]; readonly notices?: readonly string[] } = {},
): SnowflakePage => ({
  asOf,
  records: [],
  ...(more.unreadable?.length ? { unreadable: more.unreadable } : {}),
  ...(more.notices?.length ? { notices: more.notices } : {}),
  cursor,
});

/** A page more at the end of a read, or where a ceiling stops it, when there is something to say of it as a whole. */
export async function* withClosing(
  pages: AsyncIterable<SnowflakePage>,
  clock: () => Promise<string>,
  closing: (isPaused: boolean) => Promise<Pick<SnowflakePage, 'notices' | 'usage'>>,
): AsyncGenerator<SnowflakePage> {
  let last: SnowflakePage | undefined;
  let paused: Error | undefined;
  try {
    for await (const page of pages) {
      yield page;
      last = page;
    }
  } catch (error) {
    if (!isPauseError(error)) throw error;
    paused = error;
  }
  const more = await closing(paused !== undefined);
  if (more.notices?.length || more.usage?.length) {
    // Where the last page was no place to go on from, this one is none either.
    const cursor = last?.cursor === undefined ? {} : { cursor: last.cursor };
    yield { asOf: last?.asOf ?? (await clock()), records: [], ...more, ...cursor };
  }
  if (paused) throw paused;
}
