import type { Json } from '../contract/json.ts';
import { canonicalJson } from './canonical.ts';
import { numberOf } from './decimal.ts';

const maxCharacters = 200;
const bits = new DataView(new ArrayBuffer(8));

/**
 * Text whose order, byte by byte in UTF-8 (SQLite's BINARY, PostgreSQL's "C"), is the order of the values: missing,
 * false, true, numbers, text, everything else. Text that reads as a number is ordered as that number, since warehouse
 * columns arrive as text. Other text by code point, of which the first 200 characters count; ties are for the record key.
 */
export function orderKey(value: Json | undefined): string {
  if (value === null || value === undefined) return '0';
  if (typeof value === 'boolean') return value ? '2' : '1';
  const number = numberOf(value);
  if (number !== undefined) return `3${orderedBits(number)}`;
  return typeof value === 'string' ? `4${cut(value)}` : `5${cut(canonicalJson(value))}`;
}

/** Hexadecimal IEEE 754 bits: the sign bit inverted for positive numbers, every bit for negative ones. */
function orderedBits(number: number): string {
  bits.setFloat64(0, number === 0 ? 0 : number);
  const value = bits.getBigUint64(0);
  const ordered = value >> 63n === 1n ? value ^ 0xffff_ffff_ffff_ffffn : value ^ 0x8000_0000_0000_0000n;
  return ordered.toString(16).padStart(16, '0');
}

/** Never splits a surrogate pair: half of one would be ordered elsewhere. */
function cut(text: string): string {
  if (text.length <= maxCharacters) return text.toWellFormed();
  const last = text.charCodeAt(maxCharacters - 1);
  const end = last >= 0xd800 && last <= 0xdbff ? maxCharacters - 1 : maxCharacters;
  return text.slice(0, end).toWellFormed();
}
