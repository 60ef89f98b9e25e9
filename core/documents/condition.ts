import type { Condition } from '../config/schema.ts';
import type { Json, JsonObject } from '../contract/json.ts';
import { compareScalars, equalScalars, type Scalar } from './compare.ts';

/** The fields that a condition looks at. */
export const fieldsOf = (condition: Condition | undefined): readonly string[] => Object.keys(condition ?? {});

/**
 * Whether all parts of a condition hold for a record. A list means any of its values; a field that holds a list equals
 * what one of its elements equals. A missing value equals only `null`, is unlike every other value (`not` holds) and is
 * neither above nor below anything. `exists` asks for a value that is neither missing nor the empty text. How values of
 * different types compare stands at `equalScalars` and `compareScalars`.
 *
 * `today`, `today-90d` and `today+30d` name the run's date (`YYYY-MM-DD`, UTC), which the caller gives.
 */
export function matches(condition: Condition | undefined, data: JsonObject, today?: string): boolean {
  for (const field in condition) {
    const value = Object.hasOwn(data, field) ? data[field] : undefined;
    if (!holds(condition[field] as Operand, value, today)) return false;
  }
  return true;
}

/** Whether a condition's answer depends on the date of the run. */
export const namesToday = (condition: Condition | undefined): boolean =>
  Object.values(condition ?? {}).some((operand) => operandsOf(operand).some(isToday));

type Operand = Condition[string];
type Operators = Exclude<Operand, Scalar | readonly Scalar[]>;

function holds(operand: Operand, value: Json | undefined, today: string | undefined): boolean {
  if (operand === null || typeof operand !== 'object') return equals(value, operand, today);
  if (Array.isArray(operand)) return operand.some((one) => equals(value, one, today));
  const { not, exists, gt, gte, lt, lte } = operand as Operators;
  if (exists !== undefined && exists !== (value !== undefined && value !== null && value !== ''))
    return false;
  if (not !== undefined && holds(not, value, today)) return false;
  return (
    (gt === undefined || order(value, gt, today) > 0) &&
    (gte === undefined || order(value, gte, today) >= 0) &&
    (lt === undefined || order(value, lt, today) < 0) &&
    (lte === undefined || order(value, lte, today) <= 0)
  );
}

/** NaN, which is neither above nor below, where there is no order. */
const order = (value: Json | undefined, bound: Scalar, today: string | undefined): number =>
  compareScalars(value, dated(bound, today)) ?? Number.NaN;

function equals(value: Json | undefined, wanted: Scalar, today: string | undefined): boolean {
  const other = dated(wanted, today);
  return Array.isArray(value) ? value.some((one) => equalScalars(one, other)) : equalScalars(value, other);
}

const todayPattern = /^today(?:([+-])(\d{1,5})d)?$/;
const isToday = (value: unknown): boolean => typeof value === 'string' && todayPattern.test(value);

function dated(value: Scalar, today: string | undefined): Scalar {
  const match = typeof value === 'string' ? todayPattern.exec(value) : null;
  if (!match) return value;
  if (today === undefined) throw new Error('A condition names today, and the caller gave no date.');
  const days = Number(match[2] ?? 0) * (match[1] === '-' ? -1 : 1);
  return new Date(Date.parse(`${today}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

function operandsOf(operand: Operand): unknown[] {
  return operand !== null && typeof operand === 'object' ? Object.values(operand).flat() : [operand];
}
