import { expect, test } from 'vitest';
import { z } from 'zod';
import type { ZodType } from 'zod';
import { secret } from '../../../core/config/fields.ts';
import { formatPath } from '../../../core/config/path.ts';
import { walkSchema } from '../../../core/config/walk-schema.ts';

function visit(schema: ZodType, value: unknown) {
  const unknown: string[] = [];
  const secrets: string[] = [];
  walkSchema(schema, value, {
    unknownKey: (path) => void unknown.push(formatPath(path)),
    secret: (path) => void secrets.push(formatPath(path)),
  });
  return { unknown, secrets };
}
const inner = z.object({ a: z.string().optional(), s: secret().optional() });

test.each([
  ['optional', inner.optional()],
  ['nullable with a default', inner.nullable().default({})],
  ['prefault', inner.prefault({})],
  ['readonly', inner.readonly()],
  ['refined and described', inner.refine(() => true).describe('inner')],
  ['transformed', inner.transform(() => 0)],
  ['preprocessed', z.preprocess((value) => value, inner)],
  ['lazy', z.lazy(() => inner)],
  ['an alternative', z.union([z.string(), z.array(z.string()), inner])],
  ['an intersection', z.intersection(inner, z.object({ b: z.string().optional() }))],
])('Unknown keys and secrets are found in a section that is %s', (_how, schema) => {
  const value = { a: 'x', s: 'y', wrong: 1 };
  expect(visit(z.object({ at: schema }), { at: value })).toEqual({
    unknown: ['at.wrong'],
    secrets: ['at.s'],
  });
});

test('Lists, tuples, records and loose sections are walked, and their own keys are known', () => {
  const schema = z.object({
    list: z.array(inner),
    tuple: z.tuple([z.string(), inner]),
    record: z.record(z.string(), inner),
    loose: z.looseObject({ s: secret() }),
    rest: z.object({}).catchall(inner),
    anything: z.any(),
  });
  const wrong = { s: 'y', wrong: 1 };
  const value = {
    list: [wrong],
    tuple: ['', wrong],
    record: { k: wrong },
    loose: wrong,
    rest: { k: wrong },
    anything: wrong,
  };
  expect(visit(schema, value)).toEqual({
    unknown: ['list[0].wrong', 'tuple[1].wrong', 'record.k.wrong', 'rest.k.wrong'],
    secrets: ['list[0].s', 'tuple[1].s', 'record.k.s', 'loose.s', 'rest.k.s'],
  });
});

test('Both sides of an intersection know their keys', () => {
  const schema = z.intersection(z.object({ a: z.string() }), z.object({ b: z.string() }));
  expect(visit(schema, { a: '', b: '', c: '' }).unknown).toEqual(['c']);
});

test('The mark of a secret survives what is added to the field', () => {
  const schema = z.object({
    a: secret().min(20).describe('long'),
    b: secret().regex(/x/).optional(),
    c: secret().transform((text) => text.length),
    d: secret().nullable().default(null),
  });
  expect(visit(schema, { a: 'x', b: 'x', c: 'x', d: 'x' }).secrets).toEqual(['a', 'b', 'c', 'd']);
});

test('The alternative that a person meant is told by its name before the number of its mistakes', () => {
  const schema = z.union([
    z.object({ kind: z.literal('key'), user: z.string(), privateKey: secret() }),
    z.object({ kind: z.literal('none') }),
  ]);
  expect(visit(schema, { kind: 'key', privateKye: 'x', user: undefined })).toEqual({
    unknown: ['privateKye'],
    secrets: [],
  });
  expect(visit(schema, { kind: 'key', privateKey: 'x' })).toEqual({ unknown: [], secrets: ['privateKey'] });
});

test('An asynchronous check does not stand in the way', () => {
  const schema = z.union([z.object({ a: z.string().refine(() => Promise.resolve(true)) }), z.string()]);
  expect(visit(schema, { a: 'x', wrong: 1 }).unknown).toEqual(['wrong']);
});
