import { decodeNumber, type SqlType, type Stored } from './sql-types.ts';

const HALF = 0x100000000n;
const MODULUS = HALF * HALF;

/**
 * What one value counts for in a hash: values that are equal count the same, so a NUMBER counts by value whatever its
 * scale. https://docs.snowflake.com/en/sql-reference/functions/hash
 */
const material = (type: SqlType, value: Stored): string => {
  if (value === null) return '\u0000';
  if (type.kind === 'fixed') {
    const text = decodeNumber(String(value), type.scale ?? 0);
    return type.scale ? text.replace(/\.?0*$/, '') : text;
  }
  return `${type.kind}:${value}`;
};

/** Two 32-bit halves, mixed over the text of every value and its place. */
function halves(types: readonly SqlType[], values: readonly Stored[]): [number, number] {
  let high = 0x9e3779b9;
  let low = 0x85ebca6b;
  for (let at = 0; at < values.length; at++) {
    const text = material(types[at]!, values[at]!);
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      high = Math.imul(high ^ code, 0x01000193);
      low = Math.imul(low ^ code, 0x5bd1e995) ^ (low >>> 15);
    }
    high = Math.imul(high ^ (at + 1), 0x27d4eb2f);
    low = Math.imul(low ^ (at + 31), 0x165667b1);
  }
  return [(high ^ (low >>> 13)) >>> 0, (low ^ (high >>> 16)) >>> 0];
}

/** HASH: a signed number of 64 bits. Its values are not those of Snowflake, which promises none. */
export function hashValue(types: readonly SqlType[], values: readonly Stored[]): bigint {
  const [high, low] = halves(types, values);
  return BigInt.asIntN(64, BigInt(high) * HALF + BigInt(low));
}

/** HASH_AGG: the same for the same rows in any order. https://docs.snowflake.com/en/sql-reference/functions/hash_agg */
export interface HashSum {
  high: number;
  low: number;
}
export function addHash(sum: HashSum, types: readonly SqlType[], values: readonly Stored[]): HashSum {
  const [high, low] = halves(types, values);
  const lows = sum.low + low;
  sum.low = lows % 0x100000000;
  sum.high = (sum.high + high + (lows > 0xffffffff ? 1 : 0)) % 0x100000000;
  return sum;
}
export const hashSumValue = (sum: HashSum): bigint =>
  BigInt.asIntN(64, (BigInt(sum.high) * HALF + BigInt(sum.low)) % MODULUS);
