import type { Json } from '../contract/json.ts';
import { numberOf } from './decimal.ts';
import { parseInstant } from './instant.ts';

export type Scalar = string | number | boolean | null;

/**
 * Whether a field's value equals a value that a person wrote. Sources give one value in several types (a warehouse
 * column arrives as text), so they are compared as numbers when one of them is a number and the other reads as one, as
 * truth values likewise, and otherwise as text, exactly. Two texts are never compared as numbers: `007` is not `7`.
 * `null` equals a missing value; the empty text is not null.
 */
export function equalScalars(left: Json | undefined, right: Json | undefined): boolean {
  if (left === right) return true;
  if (left === null || left === undefined) return right === null || right === undefined;
  if (right === null || right === undefined) return false;
  if (typeof left === 'object' || typeof right === 'object') return false;
  if (typeof left === typeof right) return false;
  if (typeof left === 'number' || typeof right === 'number') {
    const number = numberOf(left);
    return number !== undefined && number === numberOf(right);
  }
  return String(left).toLowerCase() === String(right).toLowerCase();
}

/**
 * Below 0, 0 or above 0; undefined when there is no order between the two (a missing value, an object, a number beside
 * text that is none). Numbers when both read as numbers, instants when both read as ISO 8601, else text by code unit.
 */
export function compareScalars(left: Json | undefined, right: Json | undefined): number | undefined {
  const leftNumber = numberOf(left);
  const rightNumber = numberOf(right);
  if (leftNumber !== undefined && rightNumber !== undefined) return leftNumber - rightNumber;
  if (typeof left !== 'string' || typeof right !== 'string') return undefined;
  const leftMs = parseInstant(left);
  const rightMs = leftMs === undefined ? undefined : parseInstant(right);
  if (leftMs !== undefined && rightMs !== undefined) return leftMs - rightMs;
  return left < right ? -1 : left > right ? 1 : 0;
}
