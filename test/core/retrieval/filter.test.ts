import { describe, expect, it } from 'vitest';
import {
  bedrockFilterValues,
  toBedrockFilter,
  type BedrockFilter,
} from '../../../core/retrieval/bedrock-filter.ts';
import { epochSeconds, filterSchema, type Filter } from '../../../core/retrieval/filter.ts';
import { filterValues, matchesFilter } from '../../../core/retrieval/match-filter.ts';
import { createTestDocument } from '../../../core/testing/test-document.ts';

describe('a portable filter that comes from outside', () => {
  it('is read as plain data', () => {
    const filter = {
      op: 'and',
      filters: [
        { op: 'in', field: 'industry', values: ['Energy', 'Fishing'] },
        { op: 'range', field: 'renews', from: '2026-01-01', below: '2026-04-01T00:00:00Z' },
        { op: 'not', filter: { op: 'has', field: 'tags', value: 'gold' } },
      ],
    };
    expect(filterSchema.parse(JSON.parse(JSON.stringify(filter)))).toEqual(filter);
  });

  it('is refused when it is not one', () => {
    for (const broken of [
      {},
      { op: 'eq', field: 'industry' },
      { op: 'eq', field: 'industry', value: null },
      { op: 'eq', field: "industry eq 'x' or kind", value: 'x' },
      { op: 'eq', field: 'industry', value: 'x', values: ['y'] },
      { op: 'eq', field: 'seats', value: NaN },
      { op: 'in', field: 'industry', values: [] },
      { op: 'in', field: 'industry', values: ['x', 1] },
      { op: 'range', field: 'seats' },
      { op: 'range', field: 'seats', from: 1, to: '2026-01-01' },
      { op: 'range', field: 'renews', from: 'yesterday' },
      { op: 'and', filters: [] },
      { op: 'not' },
      { op: 'like', field: 'industry', value: 'x' },
    ]) {
      expect(filterSchema.safeParse(broken).success, JSON.stringify(broken)).toBe(false);
    }
  });
});

describe('the reference of the portable filter', () => {
  const values = filterValues(
    createTestDocument('a', { metadata: { kind: 'forged', seats: 12, renews: '2026-01-01T00:00:00.500Z' } }),
  );

  it('takes what is the document’s own from the document, whatever its metadata claims', () => {
    expect(matchesFilter({ op: 'eq', field: 'kind', value: 'account' }, values)).toBe(true);
    expect(matchesFilter({ op: 'eq', field: 'origin_key', value: 'a' }, values)).toBe(true);
    expect(matchesFilter({ op: 'range', field: 'modified_at', from: '2026-01-15T12:00:00Z' }, values)).toBe(
      true,
    );
  });

  it('compares instants in whole seconds, as planes that keep epoch seconds must', () => {
    const range = (bounds: object): boolean =>
      matchesFilter({ op: 'range', field: 'renews', ...bounds }, values);
    expect(range({ to: '2026-01-01T00:00:00Z' })).toBe(true);
    expect(range({ above: '2026-01-01T00:00:00Z' })).toBe(false);
    expect(range({ from: '2026-01-01T00:00:00.900Z' })).toBe(true);
    expect(range({ below: '2026-01-01T00:00:01Z' })).toBe(true);
  });

  it('never confuses a number with its text', () => {
    expect(matchesFilter({ op: 'eq', field: 'seats', value: '12' }, values)).toBe(false);
    expect(matchesFilter({ op: 'in', field: 'seats', values: ['12'] }, values)).toBe(false);
    expect(matchesFilter({ op: 'range', field: 'seats', from: '2026-01-01' }, values)).toBe(false);
    expect(epochSeconds('12')).toBeUndefined();
  });
});

describe('the retrieval filter of Bedrock', () => {
  const access = { equals: { key: 'access', value: 'everyone' } } as const;
  const eq = (field: string, value: string): Filter => ({ op: 'eq', field, value });
  const either = (at: number): Filter => ({ op: 'or', filters: [eq('a', `${at}`), eq('b', `${at}`)] });

  it('keeps what must hold as well beside every form of the filter', () => {
    const holds = (filter: BedrockFilter | undefined): boolean => {
      if (filter === undefined) return false;
      if ('andAll' in filter) return filter.andAll.some(holds);
      if ('orAll' in filter) return filter.orAll.every(holds);
      return JSON.stringify(filter) === JSON.stringify(access);
    };
    const filters: (Filter | undefined)[] = [
      undefined,
      eq('a', '1'),
      either(1),
      { op: 'and', filters: [1, 2, 3, 4, 5, 6].map(either) },
      { op: 'and', filters: Array.from({ length: 40 }, (_, at) => eq('a', `${at}`)) },
      {
        op: 'or',
        filters: [1, 2, 3].map((at) => ({ op: 'and', filters: [eq('a', `${at}`), eq('b', 'x')] })),
      },
      { op: 'not', filter: { op: 'range', field: 'seats', from: 1 } },
    ];
    for (const filter of filters) expect(holds(toBedrockFilter(filter, [access]).filter)).toBe(true);
  });

  it('chooses the form that fits, and says when it can only ask for more', () => {
    expect(toBedrockFilter(either(1), [access])).toEqual({
      exact: true,
      filter: {
        andAll: [
          access,
          { orAll: [{ equals: { key: 'a', value: '1' } }, { equals: { key: 'b', value: '1' } }] },
        ],
      },
    });
    expect(toBedrockFilter({ op: 'and', filters: [1, 2, 3, 4].map(either) }, [access]).exact).toBe(true);
    expect(toBedrockFilter({ op: 'and', filters: [1, 2, 3, 4, 5].map(either) }, [access]).exact).toBe(false);
    const triples: Filter = {
      op: 'or',
      filters: [1, 2, 3].map((at) => ({
        op: 'and',
        filters: [eq('a', `${at}`), eq('b', `${at}`), eq('c', `${at}`)],
      })),
    };
    const compiled = toBedrockFilter(triples, [access]);
    expect(compiled.exact).toBe(true);
    expect(compiled.filter).toHaveProperty('orAll');
    expect(toBedrockFilter({ op: 'not', filter: { op: 'has', field: 'tags', value: 'x' } })).toEqual({
      exact: false,
    });
  });

  it('reads lists that were published in parts as one', () => {
    const values = bedrockFilterValues({ tags: ['a'], tags_2: ['b'], level_2: 'x', n: 1, odd: { x: 1 } });
    expect(values).toEqual({ tags: ['a', 'b'], level_2: 'x', n: 1 });
  });
});
