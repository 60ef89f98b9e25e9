import type { Json } from '../../core/contract/json.ts';
import { quoteIdentifier } from './identifier.ts';
import type { SqlRow } from './row-reader.ts';

/** A column as INFORMATION_SCHEMA.COLUMNS describes it. */
export interface Column {
  readonly name: string;
  readonly dataType: string;
  readonly scale: number | undefined;
  readonly nullable: boolean;
  readonly comment: string | undefined;
}

type Value = SqlRow[number];

/** A result's column as INFORMATION_SCHEMA would describe it. */
export function columnOf(column: {
  getName(): string;
  getType(): string;
  getScale(): number;
  isNullable(): boolean;
}): Column {
  const type = column.getType().toUpperCase();
  return {
    name: column.getName(),
    dataType: { FIXED: 'NUMBER', REAL: 'FLOAT' }[type] ?? type,
    scale: type === 'FIXED' ? column.getScale() : undefined,
    nullable: column.isNullable(),
    comment: undefined,
  };
}

/** What a column counts for in a hash: HASH takes no GEOGRAPHY. https://docs.snowflake.com/en/sql-reference/functions/hash */
export const hashed = (column: Column): string =>
  ['GEOGRAPHY', 'GEOMETRY', 'VECTOR'].includes(column.dataType)
    ? projection(column)
    : quoteIdentifier(column.name);

const FORMAT = `'YYYY-MM-DD"T"HH24:MI:SS.FF9'`;
const ZONED = `'YYYY-MM-DD"T"HH24:MI:SS.FF9"Z"'`;

/** The text forms of a timestamp expression: in UTC with `Z`, or as it stands where the type has no zone. */
export const timestampText = (expression: string, dataType: string): string =>
  dataType === 'TIMESTAMP_NTZ'
    ? `TO_VARCHAR(${expression}, ${FORMAT})`
    : `TO_VARCHAR(CONVERT_TIMEZONE('UTC', ${expression}), ${ZONED})`;

/**
 * Asks Snowflake for text in a fixed form, whatever the account's output formats are; the driver's own conversions are
 * slow and lose digits. https://docs.snowflake.com/en/sql-reference/functions/to_char
 */
export function projection(column: Column): string {
  const name = quoteIdentifier(column.name);
  switch (column.dataType) {
    case 'NUMBER':
      return `TO_VARCHAR(${name})`;
    case 'DATE':
      return `TO_VARCHAR(${name}, 'YYYY-MM-DD')`;
    case 'TIME':
      return `TO_VARCHAR(${name}, 'HH24:MI:SS.FF9')`;
    case 'TIMESTAMP_NTZ':
    case 'TIMESTAMP_LTZ':
    case 'TIMESTAMP_TZ':
      return timestampText(name, column.dataType);
    case 'VARIANT':
    case 'OBJECT':
    case 'ARRAY':
    case 'MAP':
      return `TO_JSON(${name})`;
    case 'VECTOR':
      return `TO_JSON(${name}::ARRAY)`;
    case 'BINARY':
      return `HEX_ENCODE(${name})`;
    case 'GEOGRAPHY':
    case 'GEOMETRY':
      return `ST_ASWKT(${name})`;
    default:
      return name;
  }
}

/** Turns the text of a projected column back into JSON; throws when it is not what the type promises. */
export function decoder(column: Column): (value: Value) => Json {
  switch (column.dataType) {
    case 'NUMBER':
    case 'FLOAT':
      return (value) => (value === null ? null : exactNumber(String(value)));
    case 'TIMESTAMP_NTZ':
    case 'TIMESTAMP_LTZ':
    case 'TIMESTAMP_TZ':
    case 'TIME':
      return (value) => (value === null ? null : shortenFraction(String(value)));
    case 'VARIANT':
    case 'OBJECT':
    case 'ARRAY':
    case 'MAP':
    case 'VECTOR':
      return (value) => (value === null ? null : parseJson(String(value)));
    default:
      return (value) => value;
  }
}

/** A number where a double carries every digit, the text where it does not (and for `inf` and `NaN`). */
export function exactNumber(text: string): number | string {
  const value = Number(text);
  if (!Number.isFinite(value)) return text;
  if (text.length <= 15 || (Number.isSafeInteger(value) && !text.includes('.')))
    return value === 0 ? 0 : value;
  if (/e/i.test(text)) return value;
  const digits = text.replace(/^-?0*\.?0*|\./g, '');
  const significant = text.includes('.') ? digits.replace(/0+$/, '') : digits;
  return significant.length <= 15 ? value : text;
}

/** Nine digits of fraction become three where the rest is zero: nothing is lost, and texts compare across systems. */
const shortenFraction = (text: string): string =>
  text.replace(
    /(\.\d{3})(\d{6})(Z?)$/,
    (_, first: string, rest: string, zone: string) => `${first}${rest.replace(/0+$/, '')}${zone}`,
  );

function parseJson(text: string): Json {
  if (!/\d{16}/.test(text)) return JSON.parse(text) as Json;
  // Long digit runs: keep the text of a number that a double would change.
  const reviver = (_key: string, value: Json, context?: { source?: string }): Json =>
    typeof value === 'number' && context?.source ? exactNumber(context.source) : value;
  return (JSON.parse as (text: string, reviver: unknown) => Json)(text, reviver);
}
