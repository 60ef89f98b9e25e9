import type { Json } from '../../../core/contract/json.ts';
import { notRecognized, unsupported } from './sql-error.ts';

/** A Snowflake type as the wire names it. */
export interface SqlType {
  readonly kind:
    | 'fixed'
    | 'real'
    | 'text'
    | 'boolean'
    | 'date'
    | 'time'
    | 'timestamp_ntz'
    | 'timestamp_ltz'
    | 'timestamp_tz'
    | 'variant'
    | 'object'
    | 'array'
    | 'geography'
    | 'vector'
    | 'binary';
  readonly precision: number | null;
  readonly scale: number | null;
}

/**
 * A value as it is stored and compared: every form orders as Snowflake orders it. NUMBER is sign and 38 digits,
 * instants are UTC text with nine digits of fraction, booleans 0 and 1.
 */
export type Stored = string | number | null;

const SYNONYMS: Readonly<Record<string, SqlType['kind']>> = {
  NUMBER: 'fixed',
  DECIMAL: 'fixed',
  NUMERIC: 'fixed',
  INT: 'fixed',
  INTEGER: 'fixed',
  BIGINT: 'fixed',
  FLOAT: 'real',
  DOUBLE: 'real',
  REAL: 'real',
  VARCHAR: 'text',
  TEXT: 'text',
  STRING: 'text',
  BOOLEAN: 'boolean',
  DATE: 'date',
  TIME: 'time',
  TIMESTAMP_NTZ: 'timestamp_ntz',
  DATETIME: 'timestamp_ntz',
  TIMESTAMP_LTZ: 'timestamp_ltz',
  TIMESTAMP_TZ: 'timestamp_tz',
  VARIANT: 'variant',
  OBJECT: 'object',
  ARRAY: 'array',
  GEOGRAPHY: 'geography',
  VECTOR: 'vector',
  BINARY: 'binary',
};

/** Builds a type from its SQL name and the numbers in its brackets. */
export function sqlType(name: string, numbers: readonly number[] = []): SqlType {
  const kind = SYNONYMS[name];
  if (!kind) throw unsupported(`data type ${name}`);
  if (kind === 'fixed') return { kind, precision: numbers[0] ?? 38, scale: numbers[1] ?? 0 };
  if (kind === 'time' || isTimestamp(kind)) return { kind, precision: null, scale: numbers[0] ?? 9 };
  return { kind, precision: null, scale: null };
}

/** Parses `NUMBER(38,2)`, `TIMESTAMP_TZ(9)`, `VARCHAR`. */
export function parseSqlType(text: string): SqlType {
  const match = /^\s*(\w+)\s*(?:\(([\d\s,]+)\))?\s*$/.exec(text);
  if (!match) throw unsupported(`data type ${text}`);
  return sqlType(match[1]!.toUpperCase(), match[2]?.split(',').map(Number));
}

export const isTimestamp = (kind: SqlType['kind']): boolean => kind.startsWith('timestamp');

/** The name that INFORMATION_SCHEMA.COLUMNS gives a type in DATA_TYPE. */
export const dataTypeName = (type: SqlType): string =>
  ({ fixed: 'NUMBER', real: 'FLOAT' })[type.kind as string] ?? type.kind.toUpperCase();

/** Sign and 38 digits: text comparison is numeric comparison. */
export function encodeNumber(text: string, type: SqlType): string {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text.trim());
  if (!match || (!match[2] && !match[3])) throw notRecognized('Numeric', text);
  const scale = type.scale ?? 0;
  const fraction = (match[3] ?? '').replace(/0+$/, '');
  const whole = match[2]!.replace(/^0+/, '');
  if (fraction.length > scale || whole.length + scale > (type.precision ?? 38))
    throw notRecognized('Numeric', text);
  const digits = (whole + fraction.padEnd(scale, '0')).padStart(38, '0');
  if (match[1] !== '-' || /^0+$/.test(digits)) return `1${digits}`;
  return `0${digits.replace(/\d/g, (digit) => String(9 - Number(digit)))}`;
}

/** The decimal text of a stored NUMBER, with all digits of its scale. */
export function decodeNumber(stored: string, scale: number): string {
  const negative = stored.startsWith('0');
  let digits = stored.slice(1);
  if (negative) digits = digits.replace(/\d/g, (digit) => String(9 - Number(digit)));
  let start = 0;
  while (start < 37 - scale && digits.charCodeAt(start) === 48) start++;
  const whole = digits.slice(start, 38 - scale);
  return `${negative ? '-' : ''}${whole}${scale > 0 ? `.${digits.slice(38 - scale)}` : ''}`;
}

const fractionOf = (digits: string | undefined): string => (digits ?? '').padEnd(9, '0');

/** Reads ISO 8601 text; `offsetMs` is undefined when the text names no zone. */
export function parseInstant(text: string): { wall: string; offsetMs: number | undefined } {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:?\d{2})?)?$/.exec(
    text,
  );
  if (!match || Number.isNaN(Date.parse(match[1]!))) throw notRecognized('Timestamp', text);
  const wall = `${match[1]}T${match[2] ?? '00:00:00'}.${fractionOf(match[3])}`;
  if (Number.isNaN(Date.parse(`${wall.slice(0, 23)}Z`))) throw notRecognized('Timestamp', text);
  const zone = match[4];
  if (!zone) return { wall, offsetMs: undefined };
  if (zone === 'Z') return { wall, offsetMs: 0 };
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return { wall, offsetMs: (zone.startsWith('-') ? -minutes : minutes) * 60_000 };
}

/** Moves stored instant text by whole milliseconds, keeping the digits below. */
export function shiftInstant(stored: string, ms: number): string {
  if (ms === 0) return stored;
  const moved = new Date(Date.parse(`${stored.slice(0, 23)}Z`) + ms).toISOString();
  return `${moved.slice(0, 23)}${stored.slice(23)}`;
}

export const instantFromMs = (ms: number): string => `${new Date(ms).toISOString().slice(0, 23)}000000`;
export const msFromInstant = (stored: string): number => Date.parse(`${stored.slice(0, 23)}Z`);

/** Takes a value of a loaded row; throws when it is no value of the column's type. */
export function encodeValue(type: SqlType, value: Json): Stored {
  if (value === null) return null;
  const wrong = (): Error =>
    new Error(`emulator: a ${typeof value} cannot be stored in a ${dataTypeName(type)} column`);
  if (['variant', 'object', 'array', 'vector'].includes(type.kind)) return JSON.stringify(value);
  if (type.kind === 'boolean') {
    if (typeof value !== 'boolean') throw wrong();
    return value ? 1 : 0;
  }
  if (type.kind === 'real') {
    if (typeof value === 'number') return value;
    if (value === 'inf' || value === '-inf') return value === 'inf' ? Infinity : -Infinity;
    if (value === 'NaN') return value;
    throw wrong();
  }
  if (type.kind === 'fixed') {
    if (typeof value !== 'number' && typeof value !== 'string') throw wrong();
    return encodeNumber(typeof value === 'number' ? numberText(value, type.scale ?? 0) : value, type);
  }
  if (typeof value !== 'string') throw wrong();
  if (type.kind === 'text' || type.kind === 'geography') return value;
  if (type.kind === 'binary') {
    if (!/^([0-9A-F]{2})*$/.test(value)) throw wrong();
    return value;
  }
  if (type.kind === 'time') {
    const match = /^(\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?$/.exec(value);
    if (!match) throw wrong();
    return `${match[1]}.${fractionOf(match[2])}`;
  }
  const { wall, offsetMs } = parseInstant(value);
  if (type.kind === 'date') return wall.slice(0, 10);
  return shiftInstant(wall, -(offsetMs ?? 0));
}

function numberText(value: number, scale: number): string {
  const text = String(value);
  return /e/i.test(text) ? value.toFixed(scale) : text;
}

/** A stored value as JSON, for reading a table back. */
export function decodeValue(type: SqlType, stored: Stored): Json {
  if (stored === null) return null;
  if (type.kind === 'boolean') return stored === 1;
  if (['variant', 'object', 'array', 'vector'].includes(type.kind)) return JSON.parse(String(stored)) as Json;
  if (type.kind === 'fixed') {
    const text = decodeNumber(String(stored), type.scale ?? 0);
    return Number.isSafeInteger(Number(text)) || (type.scale ?? 0) > 0 ? Number(text) : text;
  }
  if (type.kind === 'real') return Number.isFinite(Number(stored)) ? Number(stored) : realText(stored);
  if (type.kind === 'timestamp_tz' || type.kind === 'timestamp_ltz') return `${stored}Z`;
  return stored;
}

export const realText = (stored: Stored): string =>
  stored === Infinity ? 'inf' : stored === -Infinity ? '-inf' : String(stored);

const secondsOf = (stored: string): string =>
  `${Math.floor(msFromInstant(stored) / 1000)}.${stored.slice(20)}`;

/** The text that the JSON result format carries for a value that no function has turned into text. */
export function toWire(type: SqlType, stored: Stored): string | null {
  if (stored === null) return null;
  switch (type.kind) {
    case 'fixed':
      return decodeNumber(String(stored), type.scale ?? 0);
    case 'real':
      return realText(stored);
    case 'date':
      return String(Date.parse(`${stored}T00:00:00Z`) / 86_400_000);
    case 'time': {
      const [hours, minutes, seconds] = String(stored).slice(0, 8).split(':').map(Number);
      return `${hours! * 3600 + minutes! * 60 + seconds!}.${String(stored).slice(9)}`;
    }
    case 'timestamp_ntz':
    case 'timestamp_ltz':
      return secondsOf(String(stored));
    case 'timestamp_tz':
      return `${secondsOf(String(stored))} 1440`;
    default:
      return String(stored);
  }
}
