import type { Json } from '../contract/json.ts';

const decimalPattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/;
const maxExponent = 400;

/**
 * The one way to write a number: no exponent, no leading or trailing zeros, no `-0`. Works on the digits, so an
 * identifier of 38 digits that a warehouse gave as text stays exact. Undefined for what is not a decimal number.
 */
export function decimalText(value: Json | undefined): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const match = decimalPattern.exec(String(value).trim());
  if (!match) return undefined;
  const [, sign, whole = '', fraction = '', exponentText = '0'] = match;
  const exponent = Number(exponentText);
  if (whole + fraction === '' || Math.abs(exponent) > maxExponent) return undefined;
  const digits = (whole + fraction).padEnd(whole.length + exponent, '0');
  const point = Math.max(0, whole.length + exponent);
  const padded = digits.padStart(digits.length + Math.max(0, -(whole.length + exponent)), '0');
  const left = padded.slice(0, point).replace(/^0+/, '');
  const right = padded.slice(point).replace(/0+$/, '');
  if (left === '' && right === '') return '0';
  return `${sign === '-' ? '-' : ''}${left === '' ? '0' : left}${right === '' ? '' : `.${right}`}`;
}

/** The value as a number, also when a source gave it as text; undefined when it is no finite number. */
export function numberOf(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || !decimalPattern.test(value.trim()) || !/\d/.test(value)) return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}
