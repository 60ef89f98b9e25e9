import { unitsText } from './more-functions.ts';
import { divisionByZero, invalidArguments } from './sql-error.ts';
import { decodeNumber, dataTypeName, encodeNumber, type SqlType, type Stored } from './sql-types.ts';

const REAL: SqlType = { kind: 'real', precision: null, scale: null };
const DAY_MS = 86_400_000;

const units = (value: Stored, scale: number): bigint =>
  BigInt(decodeNumber(String(value), scale).replace('.', ''));

/** Exact decimal arithmetic with Snowflake's scales. https://docs.snowflake.com/en/sql-reference/operators-arithmetic */
export function arithmetic(
  operator: string,
  left: SqlType,
  right: SqlType,
): { type: SqlType; apply(values: readonly Stored[]): Stored } {
  const strict = (apply: (left: Stored, right: Stored) => Stored) => (values: readonly Stored[]) =>
    values[0] === null || values[1] === null ? null : apply(values[0]!, values[1]!);
  if (left.kind === 'date' && right.kind === 'fixed' && (operator === '+' || operator === '-')) {
    const apply = strict((day, count) => {
      const days = Number(decodeNumber(String(count), 0)) * (operator === '+' ? 1 : -1);
      return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
    });
    return { type: left, apply };
  }
  if (left.kind === 'date' && right.kind === 'date' && operator === '-') {
    const type: SqlType = { kind: 'fixed', precision: 38, scale: 0 };
    const days = (day: Stored): number => Date.parse(`${day}T00:00:00Z`) / DAY_MS;
    return { type, apply: strict((one, two) => encodeNumber(String(days(one) - days(two)), type)) };
  }
  const numeric = (type: SqlType): boolean => type.kind === 'fixed' || type.kind === 'real';
  if (!numeric(left) || !numeric(right))
    throw invalidArguments(operator, [dataTypeName(left), dataTypeName(right)]);
  if (left.kind === 'real' || right.kind === 'real') {
    const number = (type: SqlType, value: Stored): number =>
      type.kind === 'real' ? Number(value) : Number(decodeNumber(String(value), type.scale ?? 0));
    return {
      type: REAL,
      apply: strict((one, two) => {
        const [a, b] = [number(left, one), number(right, two)];
        if (operator === '+') return a + b;
        if (operator === '-') return a - b;
        if (operator === '*') return a * b;
        if (b === 0) throw divisionByZero();
        return operator === '/' ? a / b : a % b;
      }),
    };
  }
  const [s1, s2] = [left.scale ?? 0, right.scale ?? 0];
  const scale =
    operator === '*'
      ? Math.min(s1 + s2, Math.max(s1, s2, 12))
      : operator === '/'
        ? Math.max(s1, Math.min(s1 + 6, 12))
        : Math.max(s1, s2);
  const type: SqlType = { kind: 'fixed', precision: 38, scale };
  const apply = strict((one, two) => {
    const [a, b] = [units(one, s1), units(two, s2)];
    if (operator === '*')
      return encodeNumber(unitsText(divide(a * b, 10n ** BigInt(s1 + s2 - scale)), scale), type);
    if (operator === '/') {
      if (b === 0n) throw divisionByZero();
      return encodeNumber(unitsText(divide(a * 10n ** BigInt(scale + s2 - s1), b), scale), type);
    }
    const [x, y] = [a * 10n ** BigInt(scale - s1), b * 10n ** BigInt(scale - s2)];
    if (operator === '%' && y === 0n) throw divisionByZero();
    const result = operator === '+' ? x + y : operator === '-' ? x - y : x % y;
    return encodeNumber(unitsText(result, scale), type);
  });
  return { type, apply };
}

/** Division that rounds half away from zero. */
export function divide(dividend: bigint, divisor: bigint): bigint {
  const negative = dividend < 0n !== divisor < 0n;
  const [a, b] = [dividend < 0n ? -dividend : dividend, divisor < 0n ? -divisor : divisor];
  const rounded = (a * 2n + b) / (b * 2n);
  return negative ? -rounded : rounded;
}
