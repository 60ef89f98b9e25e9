import { ConfigError } from '../../core/contract/errors.ts';
import { timestampText, type Column } from './columns.ts';
import { quoteIdentifier } from './identifier.ts';
import { bindOf } from './keys.ts';

/** How a cursor column is bounded, written and compared. All arithmetic on it happens in Snowflake, on exact text. */
export interface CursorKind {
  /** SQL for the upper bound: never past the clock (`now`, SQL too) minus `lagMs`, where the column is a time. */
  upperBound(lagMs: number, now: string): string;
  /** SQL (with one bind: an earlier upper bound) for where the next read begins. */
  lowerBound(lookbackMs: number): string;
  /** SQL condition for rows that stand in the future, where the column is a time. */
  inFuture(now: string): string | undefined;
  /** SQL for the least value. */
  readonly lowest: string;
  /** Values that cut the span between two into even parts, in order and each once. */
  between(low: string, high: string, cuts: number): readonly string[];
  /** Orders as the column orders, by plain string comparison. */
  version(text: string): string | undefined;
  /** ISO instant, where the column is a time. A column without a zone is taken as UTC. */
  instant(text: string): string | undefined;
}

const DAY_MS = 86_400_000n;
const msOf = (text: string): bigint => BigInt(Date.parse(text.length > 10 ? `${text.slice(0, 23)}Z` : text));

/** Whole values strictly between two, at even distances; fewer where they would meet. */
function evenly(low: bigint, high: bigint, cuts: number): bigint[] {
  const values = Array.from(
    { length: cuts },
    (_, at) => low + ((high - low) * BigInt(at + 1)) / BigInt(cuts + 1),
  );
  return [...new Set(values)].filter((value) => value > low && value < high);
}

/** https://docs.snowflake.com/en/sql-reference/functions/dateadd */
const back = (ms: number, expression: string): string => `DATEADD(MILLISECOND, -${ms}, ${expression})`;

/** Refuses columns that cannot order changes. */
export function cursorKind(column: Column, where: string): CursorKind {
  const name = quoteIdentifier(column.name);
  switch (column.dataType) {
    case 'TIMESTAMP_NTZ':
    case 'TIMESTAMP_LTZ':
    case 'TIMESTAMP_TZ': {
      const type = `${column.dataType}(9)`;
      const show = (expression: string): string => timestampText(expression, column.dataType);
      return {
        upperBound: (lagMs, now) => show(`LEAST(MAX(${name}), ${back(lagMs, now)}::${type})`),
        lowerBound: (lookbackMs) => show(back(lookbackMs, bindOf(column))),
        inFuture: (now) => `${name} > ${now}::${type}`,
        lowest: show(`MIN(${name})`),
        between: (low, high, cuts) =>
          evenly(msOf(low), msOf(high), cuts).map(
            (ms) => `${new Date(Number(ms)).toISOString().slice(0, 23)}000000${low.slice(29)}`,
          ),
        version: (text) => text,
        instant: (text) => `${text.slice(0, 23)}Z`,
      };
    }
    case 'DATE': {
      const show = (expression: string): string => `TO_VARCHAR(${expression}, 'YYYY-MM-DD')`;
      return {
        upperBound: (lagMs, now) => show(`LEAST(MAX(${name}), ${back(lagMs, now)}::DATE)`),
        lowerBound: (lookbackMs) => show(`${back(lookbackMs, '?::DATE::TIMESTAMP_NTZ(9)')}::DATE`),
        inFuture: (now) => `${name} > ${now}::DATE`,
        lowest: show(`MIN(${name})`),
        between: (low, high, cuts) => {
          const days = evenly(msOf(low) / DAY_MS, msOf(high) / DAY_MS, cuts);
          return days.map((day) => new Date(Number(day * DAY_MS)).toISOString().slice(0, 10));
        },
        version: (text) => text,
        instant: (text) => `${text}T00:00:00.000Z`,
      };
    }
    case 'NUMBER':
      return {
        upperBound: () => `TO_VARCHAR(MAX(${name}))`,
        // Time means nothing to a counter: the last value itself is read again, for ties.
        lowerBound: () => `TO_VARCHAR(${bindOf(column)})`,
        inFuture: () => undefined,
        lowest: `TO_VARCHAR(MIN(${name}))`,
        between: (low, high, cuts) =>
          evenly(BigInt(low.split('.')[0]!), BigInt(high.split('.')[0]!), cuts).map(String),
        version: numberVersion,
        instant: () => undefined,
      };
    default:
      throw new ConfigError(
        'SNOWFLAKE_CURSOR_TYPE',
        `A ${column.dataType} column cannot serve as a cursor: ${column.name}.`,
        { where, hint: 'Use a column of type TIMESTAMP, DATE or NUMBER, or none.' },
      );
  }
}

/** Pads a decimal text of fixed scale; negative ones are complemented, so that they order below and among themselves. */
function numberVersion(text: string): string {
  const negative = text.startsWith('-');
  const [whole, fraction] = text.replace('-', '').split('.');
  const padded = whole!.padStart(38, '0') + (fraction === undefined ? '' : `.${fraction}`);
  return negative ? `-${padded.replace(/\d/g, (digit) => String(9 - Number(digit)))}` : `0${padded}`;
}
