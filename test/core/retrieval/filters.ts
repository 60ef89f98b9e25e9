import fc from 'fast-check';
import type { BusinessDocument, MetadataValue } from '../../../core/contract/document.ts';
import type { Filter } from '../../../core/retrieval/filter.ts';
import { createTestDocument } from '../../../core/testing/test-document.ts';

const industries = ['Energy', "Fisher's, Sons | Co", 'fishing', 'a;b|c', 'true', '12'];
const tags = Array.from({ length: 14 }, (_, at) => `tag ${at}`);
const numbers = [-3, 0, 0.5, 12, 1000.25, 1e15];
const instants = [
  '2025-12-31T23:59:59.999Z',
  '2026-01-01T00:00:00.000Z',
  '2026-01-01T00:00:00.500Z',
  '2026-03-01T12:00:00.000Z',
];

/** The metadata that the documents of `documentArbitrary` may have, as an index declares it. */
export const declaredFields = {
  industry: {},
  seats: { type: 'number' },
  live: { type: 'boolean' },
  renews: { type: 'instant' },
  tags: { type: 'list' },
} as const;

const metadata = fc
  .record(
    {
      industry: fc.constantFrom(...industries),
      seats: fc.constantFrom(...numbers),
      live: fc.boolean(),
      renews: fc.constantFrom(...instants),
      tags: fc.subarray(tags, { minLength: 1 }),
    },
    { requiredKeys: [] },
  )
  .map(({ renews, ...rest }): Record<string, MetadataValue> => ({
    ...rest,
    ...(renews === undefined ? {} : { renews, renews_epoch: Math.floor(Date.parse(renews) / 1000) }),
  }));

/** Documents that differ in what they can be filtered by; any of it may be missing. */
export const documentsArbitrary: fc.Arbitrary<readonly BusinessDocument[]> = fc
  .array(fc.record({ metadata, kind: fc.constantFrom('account', 'contact') }), {
    minLength: 30,
    maxLength: 30,
  })
  .map((all) =>
    all.map((more, at) =>
      createTestDocument(`k${at}`, {
        ...more,
        body: `Heliotrope ${at}.`,
        access: { everyone: true, reason: 'test' },
      }),
    ),
  );

const bounds = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof(
    fc.record({ from: value, to: value }),
    fc.record({ above: value, below: value }),
    fc.record({ from: value }),
    fc.record({ below: value }),
  );

const leaf: fc.Arbitrary<Filter> = fc.oneof(
  fc.constantFrom(...industries).map((value) => ({ op: 'eq', field: 'industry', value }) as const),
  fc
    .constantFrom('account', 'contact', 'nothing')
    .map((value) => ({ op: 'eq', field: 'kind', value }) as const),
  fc.constantFrom(...numbers).map((value) => ({ op: 'eq', field: 'seats', value }) as const),
  fc.boolean().map((value) => ({ op: 'eq', field: 'live', value }) as const),
  fc.constantFrom(...instants).map((value) => ({ op: 'eq', field: 'renews', value }) as const),
  fc
    .subarray(industries, { minLength: 1 })
    .map((values) => ({ op: 'in', field: 'industry', values }) as const),
  fc.subarray(numbers, { minLength: 1 }).map((values) => ({ op: 'in', field: 'seats', values }) as const),
  fc.constantFrom(...tags, 'tag').map((value) => ({ op: 'has', field: 'tags', value }) as const),
  bounds(fc.constantFrom(...numbers)).map((range) => ({ op: 'range', field: 'seats', ...range }) as const),
  bounds(fc.constantFrom(...instants, '2026-01-01', '2026-01-01T01:00:00+01:00')).map(
    (range) => ({ op: 'range', field: 'renews', ...range }) as const,
  ),
  bounds(fc.constantFrom(1767225600, 1767225600.5, 1772366400)).map(
    (range) => ({ op: 'range', field: 'renews_epoch', ...range }) as const,
  ),
);

/** Filters of every operator, nested up to three deep. */
export const filterArbitrary: fc.Arbitrary<Filter> = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc
      .record({
        op: fc.constantFrom('and', 'or'),
        filters: fc.array(tie('filter'), { minLength: 1, maxLength: 4 }),
      })
      .map((one) => one as Filter),
    tie('filter').map((filter) => ({ op: 'not', filter }) as const),
  ),
})).filter;
