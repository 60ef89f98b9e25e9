import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, sha256 } from '../../../core/documents/canonical.ts';

const shuffled = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shuffled);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, member]) => [key, shuffled(member)]));
};

describe('canonical JSON', () => {
  it('is the same text whatever order the keys came in, at any depth', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(shuffled(value))).toBe(canonicalJson(value));
      }),
      { seed: 1 },
    );
  });

  it('is JSON that reads back as the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { seed: 2 },
    );
  });

  it('tells different values apart', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (left, right) => {
        const equal = canonicalJson(left) === canonicalJson(right);
        let same = true;
        try {
          expect(JSON.parse(JSON.stringify(left))).toEqual(JSON.parse(JSON.stringify(right)));
        } catch {
          same = false;
        }
        expect(equal).toBe(same);
      }),
      { seed: 3 },
    );
  });

  it('orders keys by code unit, not by the rules of a language', () => {
    expect(canonicalJson({ ä: 1, b: 2, B: 3, a: [{ z: 1, y: 2 }], 10: 4, 9: 5 })).toBe(
      '{"10":4,"9":5,"B":3,"a":[{"y":2,"z":1}],"b":2,"ä":1}',
    );
  });

  it('leaves out what is undefined', () => {
    expect(canonicalJson({ b: undefined, a: 1 })).toBe('{"a":1}');
  });
});

describe('sha256', () => {
  it('is base64url without padding', () => {
    expect(sha256('')).toBe('47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU');
  });
});
