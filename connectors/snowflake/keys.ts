import type { Column } from './columns.ts';
import { quoteIdentifier } from './identifier.ts';

/** The longest key that the catalog takes. */
export const MAX_KEY_LENGTH = 512;

/** Types whose text identifies a value exactly. */
const KEY_TYPES = [
  'NUMBER',
  'TEXT',
  'VARCHAR',
  'DATE',
  'TIME',
  'TIMESTAMP_NTZ',
  'TIMESTAMP_LTZ',
  'TIMESTAMP_TZ',
];
export const canBeKey = (column: Column): boolean => KEY_TYPES.includes(column.dataType);

/** One column's text stands as it is; several are percent-encoded and joined, so that no two keys meet. */
export const joinKey = (parts: readonly string[]): string =>
  parts.length === 1 ? parts[0]! : parts.map(encodeURIComponent).join('|');

/** The column texts of a key, or undefined for text that is no key of these columns. */
export function splitKey(key: string, columns: readonly Column[]): readonly string[] | undefined {
  let parts: string[];
  try {
    parts = columns.length === 1 ? [key] : key.split('|').map(decodeURIComponent);
  } catch {
    return undefined;
  }
  const fits = parts.length === columns.length && parts.every((part, at) => isValueText(part, columns[at]!));
  return fits ? parts : undefined;
}

/** Whether Snowflake can cast this text to the column's type: a cast that fails would fail the whole statement. */
function isValueText(text: string, column: Column): boolean {
  switch (column.dataType) {
    case 'NUMBER':
      return /^-?\d{1,38}(\.\d+)?$/.test(text) && text.replace(/\D/g, '').length <= 38;
    case 'DATE':
      return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
    case 'TIME':
      return /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{9}$/.test(text);
    case 'TIMESTAMP_NTZ':
    case 'TIMESTAMP_LTZ':
    case 'TIMESTAMP_TZ':
      return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{9}Z?$/.test(text) && !Number.isNaN(Date.parse(text));
    default:
      return true;
  }
}

/** A bind of this column's text form, cast explicitly so that nothing depends on the session. */
export function bindOf(column: Column): string {
  switch (column.dataType) {
    case 'NUMBER':
      return `?::NUMBER(38,${column.scale ?? 0})`;
    case 'DATE':
      return '?::DATE';
    case 'TIME':
      return '?::TIME(9)';
    case 'TIMESTAMP_NTZ':
      return '?::TIMESTAMP_NTZ(9)';
    case 'TIMESTAMP_LTZ':
    case 'TIMESTAMP_TZ':
      return '?::TIMESTAMP_TZ(9)';
    default:
      return '?';
  }
}

/** A condition with the texts that it binds, in order. */
export interface Condition {
  readonly sql: string;
  readonly binds: readonly string[];
}

/** `(a, b, c) > (…)` spelled out: equal in the columns before, greater in one. */
export function after(columns: readonly Column[], position: readonly string[]): Condition {
  const branches: string[] = [];
  const binds: string[] = [];
  for (let length = 0; length < columns.length; length++) {
    const equal = columns
      .slice(0, length)
      .map((column) => `${quoteIdentifier(column.name)} = ${bindOf(column)}`);
    const last = columns[length]!;
    branches.push([...equal, `${quoteIdentifier(last.name)} > ${bindOf(last)}`].join(' AND '));
    binds.push(...position.slice(0, length + 1));
  }
  return { sql: `(${branches.map((branch) => `(${branch})`).join(' OR ')})`, binds };
}

export const notNull = (columns: readonly Column[]): string =>
  columns.map((column) => `${quoteIdentifier(column.name)} IS NOT NULL`).join(' AND ');

export const anyNull = (columns: readonly Column[]): string =>
  columns.map((column) => `${quoteIdentifier(column.name)} IS NULL`).join(' OR ');
