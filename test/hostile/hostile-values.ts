import fc from 'fast-check';
import type { Json } from '../../core/contract/json.ts';

/** Every property of these tests runs from this seed; `HOSTILE_SEED` runs another one. */
export const seed = Number(process.env['HOSTILE_SEED'] ?? 20_260_115);

/** Well-formed texts that have broken programs before. */
export const hostileTexts: readonly string[] = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'a/b',
  '../../etc/passwd',
  "O'Brien",
  '"quoted"',
  'back\\slash',
  '100% %41 %zz %',
  'a:b:c',
  ' leading and trailing ',
  'tab\tand\nline',
  '\u0000nul',
  '\u2028line\u2029paragraph',
  '\uFEFFbom',
  '😀🏳️‍🌈',
  'e\u0301 é',
  '\u202Ertl',
  '#0',
  '?a=b&c=d',
  '{{constructor}}',
  '${HOME}',
  "'; DROP TABLE record; --",
  'NaN',
  'INF',
  '-INF',
  'null',
  'undefined',
  'true',
  '007',
  '1e999',
  '2026-01-15',
  '2026-13-45T99:99:99Z',
  '0',
];
/** Half a surrogate pair: no Unicode, yet a JavaScript text. */
export const brokenTexts: readonly string[] = ['\uD800', '\uD801', 'a\uDFFFb', '\uDC00\uD800'];

export const hostileText = fc.oneof(
  fc.constantFrom(...hostileTexts),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
);
export const brokenText = fc.constantFrom(...brokenTexts);

const deep = (levels: number): Json => {
  let value: Json = 'bottom';
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { down: value };
  return value;
};
/** An own key of this name, as `JSON.parse` makes it. */
const polluting = JSON.parse(
  '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"hasOwnProperty":1}',
) as Json;

export const hostileValue: fc.Arbitrary<Json> = fc.oneof(
  hostileText,
  brokenText,
  fc.constantFrom<Json>(
    null,
    true,
    false,
    0,
    -0,
    2 ** 53,
    2 ** 53 + 2,
    Number.MAX_VALUE,
    Number.MIN_VALUE,
    -1e-300,
    '9007199254740993',
    '12345678901234567890123456789012345678',
    polluting,
    deep(50),
    deep(2000),
    [],
    {},
  ),
  fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>,
);
