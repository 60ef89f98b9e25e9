import type { Log } from '../../core/contract/context.ts';
import type { Page, SourceRecord, Unreadable } from '../../core/contract/source.ts';
import type { SnowflakeClient } from './client.ts';
import { timestampText } from './columns.ts';
import type { SnowflakeConfig } from './config.ts';
import type { SnowflakeCursor } from './cursor.ts';
import { quoteIdentifier } from './identifier.ts';
import { after, anyNull, bindOf, notNull } from './keys.ts';
import type { SqlRow } from './row-reader.ts';
import type { ResolvedStream } from './table-reader.ts';

type SnowflakePage = Page<SnowflakeCursor>;

/** What a read needs besides its stream. */
export interface Reading {
  readonly client: SnowflakeClient;
  readonly config: SnowflakeConfig;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** At most this many rows without a key are listed one by one. */
const MAX_UNREADABLE = 1000;

export const CLOCK = timestampText('CURRENT_TIMESTAMP()', 'TIMESTAMP_LTZ');

/** Snowflake's own clock, to the millisecond. */
export async function readClock(client: SnowflakeClient, signal?: AbortSignal): Promise<string> {
  const [row] = await client.all(`SELECT ${CLOCK}`, { purpose: 'clock', ...(signal ? { signal } : {}) });
  return toMs(row![0]);
}

const toMs = (text: SqlRow[number] | undefined): string => `${String(text).slice(0, 23)}Z`;

/** Reads one stream: windows over its cursor column, or the whole table in key order. */
export async function* readStream(
  stream: ResolvedStream,
  from: SnowflakeCursor | undefined,
  reading: Reading,
): AsyncGenerator<SnowflakePage> {
  if (!stream.cursor) {
    yield* readTable(stream, from?.state === 'table' ? from.after : null, reading);
    return;
  }
  let reached = from?.state === 'reached' ? from.high : null;
  if (from?.state === 'window') {
    // A window that was broken off is finished within its own bounds; what came later belongs to the next one.
    const asOf = await readClock(reading.client, reading.signal);
    yield* readWindow(stream, { low: from.low, high: from.high }, from.after, asOf, reading);
    reached = from.high;
  }
  const bounds = await readBounds(stream, reached, reading);
  if (bounds.high === null) {
    yield { asOf: bounds.asOf, records: [], cursor: { version: 1, state: 'reached', high: null } };
    return;
  }
  const unreadable = await readKeyless(stream, { low: bounds.low, high: bounds.high }, reading);
  yield* readWindow(
    stream,
    { low: bounds.low, high: bounds.high },
    undefined,
    bounds.asOf,
    reading,
    unreadable,
  );
}

interface Bounds {
  readonly low: string | null;
  readonly high: string;
}

/** Fixes the window inside Snowflake before its first page: a bound from this machine's clock could pass rows. */
async function readBounds(
  stream: ResolvedStream,
  reached: string | null,
  { client, config, log, signal }: Reading,
): Promise<{ asOf: string; low: string | null; high: string | null }> {
  const { column, kind } = stream.cursor!;
  const name = quoteIdentifier(column.name);
  const [row] = await client.all(
    `SELECT ${CLOCK}, ${kind.upperBound(config.lag)}, ${reached === null ? 'NULL' : kind.lowerBound(config.lookback)}, TO_VARCHAR(COUNT(*) - COUNT(${name})), ${kind.inFuture ? `TO_VARCHAR(COUNT_IF(${kind.inFuture}))` : "'0'"} FROM ${stream.sqlTable}`,
    { binds: reached === null ? [] : [reached], purpose: `bounds ${stream.name}`, signal },
  );
  const [asOf, high, low, nulls, future] = row!;
  if (nulls !== '0')
    log.warn('Rows without a cursor value are invisible to an incremental read.', {
      stream: stream.name,
      column: column.name,
      rows: Number(nulls),
    });
  if (future !== '0')
    log.warn('Rows with a cursor value in the future are read when that time has come.', {
      stream: stream.name,
      column: column.name,
      rows: Number(future),
    });
  const textOf = (value: SqlRow[number] | undefined): string | null =>
    value === null || value === undefined ? null : String(value);
  return { asOf: toMs(asOf), low: textOf(low), high: textOf(high) };
}

/** Rows that no key names cannot be paged by key: they are counted, and reported as unreadable. */
async function readKeyless(
  stream: ResolvedStream,
  bounds: Bounds | undefined,
  reading: Reading,
): Promise<Unreadable[]> {
  if (stream.key.every((column) => !column.nullable)) return [];
  const window = bounds ? inWindow(stream, bounds) : { sql: '', binds: [] };
  const [row] = await reading.client.all(
    `SELECT TO_VARCHAR(COUNT(*)) FROM ${stream.sqlTable} WHERE (${anyNull(stream.key)})${window.sql ? ` AND ${window.sql}` : ''}`,
    { binds: window.binds, purpose: `keyless ${stream.name}`, signal: reading.signal },
  );
  const count = Number(row![0]);
  const columns = stream.key.map((column) => column.name).join(', ');
  return Array.from({ length: Math.min(count, MAX_UNREADABLE) }, (_, at) => ({
    reason:
      at === MAX_UNREADABLE - 1 && count > MAX_UNREADABLE
        ? `A key column (${columns}) is NULL, as in ${count - MAX_UNREADABLE} further rows.`
        : `A key column (${columns}) is NULL.`,
  }));
}

function inWindow(stream: ResolvedStream, { low, high }: Bounds): { sql: string; binds: string[] } {
  const { column } = stream.cursor!;
  const name = quoteIdentifier(column.name);
  const upper = `${name} <= ${bindOf(column)}`;
  return low === null
    ? { sql: upper, binds: [high] }
    : { sql: `${name} >= ${bindOf(column)} AND ${upper}`, binds: [low, high] };
}

async function* readWindow(
  stream: ResolvedStream,
  bounds: Bounds,
  start: { at: string; key: string[] } | undefined,
  asOf: string,
  reading: Reading,
  unreadable: readonly Unreadable[] = [],
): AsyncGenerator<SnowflakePage> {
  const order = [stream.cursor!.column, ...stream.key];
  let position = start;
  const rows = pages(reading, stream, order, () => {
    // Narrowing the lower bound to the position lets Snowflake skip what has been read.
    const window = inWindow(stream, { low: position?.at ?? bounds.low, high: bounds.high });
    const rest = position && after(order, [position.at, ...position.key]);
    return {
      sql: rest ? `${window.sql} AND ${rest.sql}` : window.sql,
      binds: [...window.binds, ...(rest?.binds ?? [])],
    };
  });
  const done: SnowflakeCursor = { version: 1, state: 'reached', high: bounds.high };
  yield* toPages(stream, rows, asOf, unreadable, done, (row) => {
    position = { at: stream.cursorText(row)!, key: [...stream.keyTexts(row)] as string[] };
    return { version: 1, state: 'window', low: bounds.low, high: bounds.high, after: position };
  });
}

async function* readTable(
  stream: ResolvedStream,
  start: readonly string[] | null,
  reading: Reading,
): AsyncGenerator<SnowflakePage> {
  const asOf = await readClock(reading.client, reading.signal);
  const unreadable = start === null ? await readKeyless(stream, undefined, reading) : [];
  let position = start;
  const rows = pages(reading, stream, stream.key, () =>
    position === null ? { sql: '', binds: [] } : after(stream.key, position),
  );
  const done: SnowflakeCursor = { version: 1, state: 'table', after: null };
  yield* toPages(stream, rows, asOf, unreadable, done, (row) => {
    const key = [...stream.keyTexts(row)] as string[];
    position = key;
    return { version: 1, state: 'table', after: key };
  });
}

/** Rows in order, cut into pages: bounded statements, each going on where `condition` says the last one ended. */
async function* pages(
  { client, config, signal }: Reading,
  stream: ResolvedStream,
  order: ResolvedStream['key'],
  condition: () => { readonly sql: string; readonly binds: readonly string[] },
): AsyncGenerator<SqlRow[]> {
  const orderBy = order.map((column) => quoteIdentifier(column.name)).join(', ');
  for (;;) {
    const { sql, binds } = condition();
    let page: SqlRow[] = [];
    let count = 0;
    const batches = client.query(
      `SELECT ${stream.selectList} FROM ${stream.sqlTable} WHERE ${sql ? `${sql} AND ` : ''}${notNull(stream.key)} ORDER BY ${orderBy} LIMIT ${config.statementRows}`,
      { binds, purpose: `read ${stream.name}`, signal },
    );
    for await (const batch of batches) {
      for (const row of batch) {
        count++;
        page.push(row);
        if (page.length < config.pageSize) continue;
        signal.throwIfAborted();
        yield page;
        page = [];
      }
    }
    signal.throwIfAborted();
    if (page.length > 0) yield page;
    if (count < config.statementRows) return;
  }
}

async function* toPages(
  stream: ResolvedStream,
  rows: AsyncIterable<SqlRow[]>,
  asOf: string,
  unreadable: readonly Unreadable[],
  done: SnowflakeCursor,
  positionAfter: (row: SqlRow) => SnowflakeCursor,
): AsyncGenerator<SnowflakePage> {
  let rest = unreadable;
  for await (const page of rows) {
    const cursor = positionAfter(page.at(-1)!);
    yield { asOf, ...toRecords(stream, page, rest), cursor };
    rest = [];
  }
  yield { asOf, records: [], ...(rest.length > 0 ? { unreadable: rest } : {}), cursor: done };
}

/** A page names a key once: of rows with one key, the last in cursor order stands. */
export function toRecords(
  stream: ResolvedStream,
  rows: readonly SqlRow[],
  unreadable: readonly Unreadable[] = [],
): { records: SourceRecord[]; unreadable?: Unreadable[] } {
  const records = new Map<string, SourceRecord>();
  const bad = new Map<string, Unreadable>();
  const keyless: Unreadable[] = [...unreadable];
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
  return { records: [...records.values()], ...(all.length > 0 ? { unreadable: all } : {}) };
}
