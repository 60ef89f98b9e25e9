import { dateFunction } from './date-functions.ts';
import { numberFunction, textFunction } from './more-functions.ts';
import { invalidArguments, unsupported } from './sql-error.ts';
import {
  dataTypeName,
  decodeNumber,
  encodeNumber,
  instantFromMs,
  isTimestamp,
  msFromInstant,
  parseInstant,
  parseSqlType,
  realText,
  shiftInstant,
  type SqlType,
  type Stored,
} from './sql-types.ts';

/** The session a statement runs in, as far as functions see it. */
export interface Environment {
  readonly sessionId: number;
  readonly nowMs: number;
  readonly timeZone: string;
  readonly account: string;
  readonly user: string;
  readonly role: string | null;
  readonly warehouse: string | null;
  readonly database: string | null;
  readonly schema: string | null;
}

export const TEXT = parseSqlType('VARCHAR');
export const NUMBER = parseSqlType('NUMBER(38,0)');
export const BOOLEAN = parseSqlType('BOOLEAN');

type Apply = (values: readonly Stored[]) => Stored;

/** What a function answers with for arguments of these types; refuses what Snowflake would refuse. */
export function resolveFunction(
  name: string,
  types: readonly SqlType[],
  constants: readonly (Stored | undefined)[],
  environment: Environment,
): { type: SqlType; apply: Apply } {
  const refuse = (): never => {
    throw invalidArguments(name, types.map(dataTypeName));
  };
  const constant = (value: string | null): { type: SqlType; apply: Apply } => {
    if (types.length > 0) refuse();
    return { type: TEXT, apply: () => value };
  };
  const strict = (type: SqlType, apply: Apply): { type: SqlType; apply: Apply } => ({
    type,
    apply: (values) => (values.includes(null) ? null : apply(values)),
  });
  const [first, second, third] = types;
  const given = { types, constants, refuse };
  const known = dateFunction(name, given) ?? textFunction(name, given) ?? numberFunction(name, given);
  if (known) return known;
  switch (name) {
    case 'CURRENT_ACCOUNT':
      return constant(environment.account);
    case 'CURRENT_USER':
      return constant(environment.user);
    case 'CURRENT_ROLE':
      return constant(environment.role);
    case 'CURRENT_WAREHOUSE':
      return constant(environment.warehouse);
    case 'CURRENT_DATABASE':
      return constant(environment.database);
    case 'CURRENT_SCHEMA':
      return constant(environment.schema);
    case 'CURRENT_VERSION':
      return constant('9.30.1');
    case 'CURRENT_TIMESTAMP':
      if (types.length > 0) refuse();
      return {
        type: parseSqlType('TIMESTAMP_LTZ(9)'),
        apply: () => instantFromMs(environment.nowMs),
      };
    case 'CURRENT_DATE':
      if (types.length > 0) refuse();
      return { type: parseSqlType('DATE'), apply: () => instantFromMs(environment.nowMs).slice(0, 10) };
    case 'LEAST':
    case 'GREATEST': {
      if (
        types.length === 0 ||
        types.some(
          (type) => type.kind !== first!.kind || (type.kind === 'fixed' && type.scale !== first!.scale),
        )
      )
        refuse();
      const sign = name === 'LEAST' ? 1 : -1;
      return strict(first!, (values) =>
        values.reduce((best, one) => (one! < best! === sign > 0 ? one : best)),
      );
    }
    case 'DATEADD': {
      const unit = { MILLISECOND: 1, SECOND: 1000, MINUTE: 60_000, HOUR: 3_600_000, DAY: 86_400_000 }[
        String(constants[0]).toUpperCase()
      ];
      if (!unit || second?.kind !== 'fixed' || !third || !isTimestamp(third.kind)) return refuse();
      return strict(third, (values) =>
        shiftInstant(String(values[2]), Number(decodeNumber(String(values[1]), second.scale ?? 0)) * unit),
      );
    }
    case 'CONVERT_TIMEZONE': {
      // With two arguments the result is TIMESTAMP_TZ in the zone named. Only UTC is spoken here.
      if (types.length !== 2 || !second || !isTimestamp(second.kind) || first?.kind !== 'text')
        return refuse();
      if (constants[0] !== 'UTC') throw unsupported(`CONVERT_TIMEZONE to ${constants[0]}`);
      const local = second.kind === 'timestamp_ntz';
      return strict({ ...second, kind: 'timestamp_tz' }, (values) =>
        local ? fromWall(String(values[1]), environment.timeZone) : values[1]!,
      );
    }
    case 'TO_VARCHAR':
    case 'TO_CHAR': {
      if (!first || types.length > 2) return refuse();
      if (types.length === 2) return strict(TEXT, formatter(first, constants[1], environment, refuse));
      return strict(TEXT, (values) => plainText(first, values[0]!));
    }
    case 'TO_JSON':
      if (types.length !== 1 || !['variant', 'object', 'array'].includes(first!.kind)) refuse();
      return strict(TEXT, (values) => values[0]!);
    case 'ST_ASWKT':
      if (types.length !== 1 || first?.kind !== 'geography') refuse();
      return strict(TEXT, (values) => values[0]!);
    case 'HEX_ENCODE':
      if (types.length !== 1 || (first?.kind !== 'binary' && first?.kind !== 'text')) refuse();
      return strict(TEXT, (values) =>
        first!.kind === 'binary' ? values[0]! : Buffer.from(String(values[0])).toString('hex').toUpperCase(),
      );
    default:
      throw unsupported(`function ${name}`);
  }
}

function plainText(type: SqlType, value: Stored): string {
  if (type.kind === 'fixed') return decodeNumber(String(value), type.scale ?? 0);
  if (type.kind === 'boolean') return value === 1 ? 'true' : 'false';
  if (type.kind === 'real') return realText(value);
  if (type.kind === 'text' || type.kind === 'date' || type.kind === 'binary') return String(value);
  throw unsupported(`TO_VARCHAR of ${dataTypeName(type)} without a format`);
}

const PARTS: Readonly<Record<string, readonly [number, number]>> = {
  YYYY: [0, 4],
  MM: [5, 7],
  DD: [8, 10],
  HH24: [11, 13],
  MI: [14, 16],
  SS: [17, 19],
  FF9: [20, 29],
  FF6: [20, 26],
  FF3: [20, 23],
};
const FULL = 'YYYY-MM-DD"T"HH24:MI:SS.FF9';

function formatter(
  type: SqlType,
  format: Stored | undefined,
  environment: Environment,
  refuse: () => never,
): Apply {
  if (typeof format !== 'string') return refuse();
  if (type.kind !== 'date' && type.kind !== 'time' && !isTimestamp(type.kind)) return refuse();
  const pieces = format.split(/("[^"]*"|YYYY|HH24|FF9|FF6|FF3|MM|DD|MI|SS)/).filter((piece) => piece !== '');
  const local = type.kind === 'timestamp_ltz' && environment.timeZone !== 'UTC';
  const spell = (text: string): string =>
    pieces
      .map((piece) => {
        const part = PARTS[piece];
        return part ? text.slice(part[0], part[1]) : piece.startsWith('"') ? piece.slice(1, -1) : piece;
      })
      .join('');
  const whole = format === FULL || format === `${FULL}"Z"`;
  const suffix = format === FULL ? '' : 'Z';
  return ([value]) => {
    const text = String(value);
    if (type.kind === 'date') return spell(`${text}T00:00:00.000000000`);
    if (type.kind === 'time') return spell(`0000-00-00T${text}`);
    const shown = local ? toWall(text, environment.timeZone) : text;
    return whole ? shown + suffix : spell(shown);
  };
}

/** Casts as `value::TYPE` does, in the session's time zone. */
export function resolveCast(from: SqlType, to: SqlType, environment: Environment): (value: Stored) => Stored {
  const fail = (): never => {
    throw unsupported(`cast from ${dataTypeName(from)} to ${dataTypeName(to)}`);
  };
  const strict = (apply: (value: string) => Stored) => (value: Stored) =>
    value === null ? null : apply(String(value));
  if (from.kind === to.kind && from.kind !== 'fixed') return (value) => value;
  if (from.kind === 'vector' && to.kind === 'array') return (value) => value;
  if (isDocument(from.kind)) return castDocument(from, to, environment);
  if (to.kind === 'real' && from.kind === 'fixed')
    return strict((value) => Number(decodeNumber(value, from.scale ?? 0)));
  if (to.kind === 'fixed' && from.kind === 'real')
    return strict((value) => encodeNumber(Number(value).toFixed(to.scale ?? 0), to));
  if (to.kind === 'real' && from.kind === 'text')
    return strict((value) => (Number.isNaN(Number(value)) ? fail() : Number(value)));
  if (to.kind === 'fixed' && from.kind === 'fixed')
    return strict((value) => encodeNumber(decodeNumber(value, from.scale ?? 0), to));
  if (to.kind === 'text') return (value) => (value === null ? null : plainText(from, value));
  if (from.kind === 'text') {
    if (to.kind === 'fixed') return strict((value) => encodeNumber(value, to));
    if (to.kind === 'boolean') return strict((value) => (value.toLowerCase() === 'true' ? 1 : 0));
    if (to.kind === 'date') return strict((value) => parseInstant(value).wall.slice(0, 10));
    if (to.kind === 'time') return strict((value) => parseInstant(`2000-01-01T${value}`).wall.slice(11));
    if (to.kind === 'timestamp_ntz') return strict((value) => parseInstant(value).wall);
    if (isTimestamp(to.kind))
      return strict((value) => {
        const { wall, offsetMs } = parseInstant(value);
        return offsetMs === undefined ? fromWall(wall, environment.timeZone) : shiftInstant(wall, -offsetMs);
      });
  }
  if (to.kind === 'date' && isTimestamp(from.kind))
    return strict((value) =>
      (from.kind === 'timestamp_ltz' ? toWall(value, environment.timeZone) : value).slice(0, 10),
    );
  if (from.kind === 'date' && to.kind === 'timestamp_ntz')
    return strict((value) => `${value}T00:00:00.000000000`);
  if (to.kind === 'timestamp_ntz' && isTimestamp(from.kind))
    return strict((value) => (from.kind === 'timestamp_ltz' ? toWall(value, environment.timeZone) : value));
  if (isTimestamp(to.kind) && from.kind === 'timestamp_ntz')
    return strict((value) => fromWall(value, environment.timeZone));
  if (isTimestamp(to.kind) && isTimestamp(from.kind)) return (value) => value;
  return fail();
}

const isDocument = (kind: SqlType['kind']): boolean => ['variant', 'object', 'array'].includes(kind);

/** A VARIANT is cast by the value that it holds; its JSON null becomes NULL. */
function castDocument(from: SqlType, to: SqlType, environment: Environment): (value: Stored) => Stored {
  if (isDocument(to.kind)) return (value) => value;
  const plain = resolveCast(TEXT, to, environment);
  return (value) => {
    if (value === null) return null;
    const held = JSON.parse(String(value)) as unknown;
    if (held === null) return null;
    if (typeof held !== 'object') return plain(String(held));
    if (to.kind !== 'text') throw unsupported(`cast from ${dataTypeName(from)} to ${dataTypeName(to)}`);
    return String(value);
  };
}

const toWall = (stored: string, zone: string): string =>
  shiftInstant(stored, offsetMs(zone, msFromInstant(stored)));

function fromWall(wall: string, zone: string): string {
  const guess = shiftInstant(wall, -offsetMs(zone, msFromInstant(wall)));
  return shiftInstant(wall, -offsetMs(zone, msFromInstant(guess)));
}

/** How far a zone's clock is ahead of UTC at an instant. */
function offsetMs(zone: string, atMs: number): number {
  if (zone === 'UTC') return 0;
  const name = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
    .formatToParts(atMs)
    .find((part) => part.type === 'timeZoneName')!.value;
  const match = /GMT([+-])(\d{2}):(\d{2})/.exec(name);
  if (!match) return 0;
  return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3])) * 60_000;
}
