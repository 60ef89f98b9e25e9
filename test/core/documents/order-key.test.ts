import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderKey } from '../../../core/documents/order-key.ts';

const bytes = (left: string, right: string): number =>
  Math.sign(Buffer.compare(Buffer.from(left), Buffer.from(right)));
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });

describe('order keys', () => {
  it('are ordered as the numbers are', () => {
    fc.assert(
      fc.property(fc.oneof(finite, fc.integer()), fc.oneof(finite, fc.integer()), (left, right) => {
        expect(bytes(orderKey(left), orderKey(right))).toBe(left < right ? -1 : left > right ? 1 : 0);
      }),
      { seed: 6, numRuns: 1000 },
    );
  });

  it('order text by code point, also beyond the basic plane', () => {
    const words = fc.string({ unit: 'binary', maxLength: 250 }).map((text) => `w${text}`);
    fc.assert(
      fc.property(words, words, (left, right) => {
        const wanted = bytes(left.slice(0, 190), right.slice(0, 190));
        fc.pre(left.isWellFormed() && right.isWellFormed());
        if (wanted !== 0) expect(bytes(orderKey(left), orderKey(right))).toBe(wanted);
      }),
      { seed: 7 },
    );
  });

  it('put missing values first, then truth values, numbers, text and the rest', () => {
    const values = [
      null,
      false,
      true,
      -1e300,
      -2,
      0,
      '1.5',
      2,
      '10',
      '2026-01-15',
      'Z',
      'a',
      'ä',
      '😀',
      ['x'],
    ];
    const keys = values.map(orderKey);
    expect([...keys].sort(bytes)).toEqual(keys);
    expect(orderKey(undefined)).toBe(orderKey(null));
    expect(orderKey(-0)).toBe(orderKey(0));
  });

  it('are short, and never end in half a character', () => {
    const key = orderKey('x'.repeat(199) + '😀'.repeat(100));
    expect(key).toBe(`4${'x'.repeat(199)}`);
  });
});
