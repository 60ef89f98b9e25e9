import type { FirstLoad, Partition } from '../../core/contract/source.ts';
import { z } from 'zod';
import type { SnowflakeCursor } from './cursor.ts';
import { quoteIdentifier } from './identifier.ts';
import { after, bindOf, notNull, type Condition } from './keys.ts';
import {
  createSnapshot,
  instantLiteral,
  inSnapshot,
  lastPage,
  readKeyless,
  statementPages,
  textOrNull,
  toRecords,
  type Reading,
  type SnowflakePage,
} from './reading.ts';
import type { ResolvedStream } from './table-reader.ts';

interface Bounds {
  /** Inclusive; null for no bound. */
  readonly low: string | null;
  /** Inclusive. */
  readonly high: string;
}
interface Window {
  readonly asOf: string;
  readonly low: string | null;
  readonly high: string | null;
  readonly rows: number;
  readonly lowest: string | null;
  readonly notices: readonly string[];
}

/** Reads windows of the cursor column: each is fixed before its first page, and read to its end before the next. */
export async function* readWindows(
  stream: ResolvedStream,
  from: SnowflakeCursor | undefined,
  reading: Reading,
): AsyncGenerator<SnowflakePage> {
  let reached = from?.state === 'reached' ? from.high : null;
  if (from?.state === 'window') {
    // A window that was broken off is finished within its own bounds; what came later belongs to the next one.
    const asOf = await reading.clock();
    yield* readWindow(stream, { low: from.low, high: from.high }, from.after, asOf, reading);
    yield lastPage(asOf, { version: 1, state: 'reached', high: from.high });
    reached = from.high;
  }
  const { asOf, low, high, notices } = await fixWindow(stream, reached, reading);
  const done: SnowflakeCursor = { version: 1, state: 'reached', high };
  if (high === null) {
    yield lastPage(asOf, done, { notices });
    return;
  }
  const unreadable = await readKeyless(stream, inWindow(stream, { low, high }), reading);
  yield* readWindow(stream, { low, high }, undefined, asOf, reading);
  yield lastPage(asOf, done, { unreadable, notices });
}

/** Fixes a window inside Snowflake before its first page: a bound from this machine's clock could pass rows. */
async function fixWindow(stream: ResolvedStream, reached: string | null, reading: Reading): Promise<Window> {
  const { client, config, signal } = reading;
  const { column, kind } = stream.cursor!;
  const name = quoteIdentifier(column.name);
  const asOf = await reading.clock();
  const snapshot = createSnapshot(stream, asOf, signal);
  const now = `CONVERT_TIMEZONE('UTC', ${instantLiteral(asOf)})`;
  const future = kind.inFuture(now);
  const wanted = `${kind.upperBound(config.lag, now)}, ${reached === null ? 'NULL' : kind.lowerBound(config.lookback)}, TO_VARCHAR(COUNT(*)), TO_VARCHAR(COUNT(*) - COUNT(${name})), ${future ? `TO_VARCHAR(COUNT_IF(${future}))` : "'0'"}, ${kind.lowest}`;
  const [row] = await inSnapshot(snapshot, (from) =>
    client.all(`SELECT ${wanted} FROM ${from}`, {
      binds: reached === null ? [] : [reached],
      purpose: `bounds ${stream.name}`,
      signal,
    }),
  );
  const [high, low, rows, nulls, later, lowest] = row!;
  const notices = [
    ...(nulls === '0'
      ? []
      : [
          `Rows without a value in the cursor column ${column.name}, which a read of changes never shows: ${nulls}.`,
        ]),
    ...(later === '0'
      ? []
      : [
          `Rows with a value in the future in the cursor column ${column.name}, which are read when that time has come: ${later}.`,
        ]),
  ];
  return {
    asOf,
    low: textOrNull(low),
    high: textOrNull(high),
    rows: Number(rows),
    lowest: textOrNull(lowest),
    notices,
  };
}

function inWindow(stream: ResolvedStream, { low, high }: Bounds): Condition {
  const { column } = stream.cursor!;
  const name = quoteIdentifier(column.name);
  const upper = `${name} <= ${bindOf(column)}`;
  return low === null
    ? { sql: upper, binds: [high] }
    : { sql: `${name} >= ${bindOf(column)} AND ${upper}`, binds: [low, high] };
}

/** Rows of a window in cursor order: bounded statements, each going on where the last one ended. */
async function* readWindow(
  stream: ResolvedStream,
  bounds: Bounds,
  start: { at: string; key: string[] } | undefined,
  asOf: string,
  reading: Reading,
): AsyncGenerator<SnowflakePage> {
  const order = [stream.cursor!.column, ...stream.key];
  const orderBy = order.map((column) => quoteIdentifier(column.name)).join(', ');
  const snapshot = createSnapshot(stream, asOf, reading.signal);
  let position = start;
  for (;;) {
    // Narrowing the lower bound to the position lets Snowflake skip what has been read.
    const window = inWindow(stream, { low: position?.at ?? bounds.low, high: bounds.high });
    const rest = position && after(order, [position.at, ...position.key]);
    const condition = [window.sql, ...(rest ? [rest.sql] : []), notNull(stream.key)].join(' AND ');
    let count = 0;
    const pages = statementPages(
      reading,
      snapshot,
      (from) =>
        `SELECT ${stream.selectList} FROM ${from} WHERE ${condition} ORDER BY ${orderBy} LIMIT ${reading.config.statementRows}`,
      { binds: [...window.binds, ...(rest?.binds ?? [])], purpose: `read ${stream.name}` },
    );
    for await (const rows of pages) {
      count += rows.length;
      const last = rows.at(-1)!;
      position = { at: stream.cursorText(last)!, key: [...stream.keyTexts(last)] as string[] };
      const cursor: SnowflakeCursor = { version: 1, state: 'window', ...bounds, after: position };
      yield { asOf, ...toRecords(stream, rows), cursor };
    }
    if (count < reading.config.statementRows) return;
  }
}

const PARTITIONS = 4;
const range = z.strictObject({ low: z.string().nullable(), high: z.string() });

/** Cuts the first window into ranges of the cursor column, which Snowflake prunes by. */
export async function cutWindow(
  stream: ResolvedStream,
  reading: Reading,
): Promise<FirstLoad<SnowflakeCursor> | undefined> {
  const { high, lowest, rows } = await fixWindow(stream, null, reading);
  if (high === null || lowest === null || rows < reading.config.statementRows * 2) return undefined;
  const bounds = stream.cursor!.kind.between(lowest, high, PARTITIONS - 1);
  const partitions = [...bounds, high].map((upper, at) => ({
    name: `range ${at + 1} of ${bounds.length + 1}`,
    value: { low: at === 0 ? null : bounds[at - 1]!, high: upper },
  }));
  return { partitions, cursor: { version: 1, state: 'reached', high } };
}

export async function* readRange(
  stream: ResolvedStream,
  partition: Partition,
  from: SnowflakeCursor | undefined,
  reading: Reading,
): AsyncGenerator<SnowflakePage> {
  const bounds = range.parse(partition.value);
  const asOf = await reading.clock();
  if (from?.state === 'reached') return;
  const unreadable = await readKeyless(stream, inWindow(stream, bounds), reading);
  yield* readWindow(stream, bounds, from?.state === 'window' ? from.after : undefined, asOf, reading);
  yield lastPage(asOf, { version: 1, state: 'reached', high: bounds.high }, { unreadable });
}
