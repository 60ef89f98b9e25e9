import { ConfigError } from '../../core/contract/errors.ts';
import { epochSeconds, ownFields, type Filter, type RangeBounds } from '../../core/retrieval/filter.ts';
import type { AzureAiSearchConfig } from './config.ts';
import { indexFields } from './fields.ts';
import { literalOf, oneOf } from './odata-literal.ts';

type FieldFilter = Exclude<Filter, { op: 'and' | 'or' | 'not' }>;

/** A portable filter in OData: https://learn.microsoft.com/azure/search/search-query-odata-filter */
export function whereFilter(where: Filter, config: AzureAiSearchConfig): string {
  const own = new Set<string>(ownFields);
  const types = new Map(
    indexFields(config)
      .filter(({ name, filterable }) => filterable && (own.has(name) || name in config.metadata.fields))
      .map(({ name, type }) => [name, type as string]),
  );
  const compile = (filter: Filter): string => {
    switch (filter.op) {
      case 'and':
      case 'or':
        return `(${filter.filters.map(compile).join(` ${filter.op} `)})`;
      case 'not':
        return `not (${compile(filter.filter)})`;
      default:
        return `(${condition(filter, types)})`;
    }
  };
  return compile(where);
}

function condition(filter: FieldFilter, types: ReadonlyMap<string, string>): string {
  const { field } = filter;
  const type = types.get(field);
  if (type === undefined) {
    const instant = field.endsWith('_epoch') ? field.slice(0, -'_epoch'.length) : field;
    if (types.get(instant) === 'Edm.DateTimeOffset' && instant !== field) return secondsOf(filter, instant);
    throw new ConfigError('AZURE_SEARCH_NOT_FILTERABLE', `The index has no filterable field '${field}'.`, {
      where: `metadata.fields.${field}`,
      hint: 'Declare it under metadata.fields, and apply the plan.',
    });
  }
  const literal = (value: string | number | boolean): string =>
    literalOf(value, type) ?? mismatch(field, type, typeof value);
  const list = type === 'Collection(Edm.String)';
  switch (filter.op) {
    case 'has':
      return list ? `${field}/any(v: v eq ${literal(filter.value)})` : mismatch(field, type, 'list');
    case 'eq':
      return list ? mismatch(field, type, 'single value') : `${field} eq ${literal(filter.value)}`;
    case 'in': {
      if (list) return mismatch(field, type, 'single value');
      const texts = filter.values.filter((one) => typeof one === 'string');
      if (texts.length > 0 && type === 'Edm.String') return oneOf(field, texts);
      return filter.values.map((value) => `${field} eq ${literal(value)}`).join(' or ');
    }
    case 'range': {
      const bounds = Object.entries(boundsOf(filter));
      if (bounds.every(([, bound]) => typeof bound === 'number')) {
        if (!/Edm\.(Double|Int32|Int64)/.test(type)) return mismatch(field, type, 'number');
        return bounds.map(([name, bound]) => `${field} ${operators[name]} ${literal(bound)}`).join(' and ');
      }
      if (type !== 'Edm.DateTimeOffset') return mismatch(field, type, 'instant');
      return instantRange(field, filter);
    }
  }
}

/** A condition on the epoch seconds of an instant that the index keeps as an instant. */
function secondsOf(filter: FieldFilter, instant: string): string {
  const equal = (value: unknown): string =>
    typeof value === 'number'
      ? instantRange(instant, { from: value, to: value })
      : mismatch(filter.field, 'a number', typeof value);
  switch (filter.op) {
    case 'eq':
      return equal(filter.value);
    case 'in':
      return filter.values.map((value) => `(${equal(value)})`).join(' or ');
    case 'range':
      if (Object.values(boundsOf(filter)).every((bound) => typeof bound === 'number'))
        return instantRange(instant, filter);
      return mismatch(filter.field, 'a number', 'instant');
    case 'has':
      return mismatch(filter.field, 'a number', 'list');
  }
}

const operators: Readonly<Record<string, string>> = { from: 'ge', to: 'le', above: 'gt', below: 'lt' };

const boundsOf = ({ from, to, above, below }: RangeBounds): Record<string, string | number> =>
  Object.fromEntries(
    Object.entries({ from, to, above, below }).filter(
      (entry): entry is [string, string | number] => entry[1] !== undefined,
    ),
  );

/** Compares in whole seconds, as the planes that keep epoch seconds do: `at most` is `before the next second`. */
function instantRange(field: string, range: RangeBounds): string {
  const conditions = Object.entries(boundsOf(range)).map(([name, bound]) => {
    const seconds = typeof bound === 'number' ? bound : (epochSeconds(bound) ?? NaN);
    const limit = name === 'from' || name === 'below' ? Math.ceil(seconds) : Math.floor(seconds) + 1;
    const time = new Date(limit * 1000);
    if (Number.isNaN(time.getTime()) || !/^\d{4}-/.test(time.toISOString()))
      return mismatch(field, 'Edm.DateTimeOffset', 'number outside of the years 0 to 9999');
    return `${field} ${name === 'from' || name === 'above' ? 'ge' : 'lt'} ${time.toISOString()}`;
  });
  return conditions.join(' and ');
}

function mismatch(field: string, type: string, given: string): never {
  throw new ConfigError(
    'AZURE_SEARCH_FILTER_TYPE',
    `The field '${field}' is ${type}; a ${given} cannot be compared with it.`,
    { where: `metadata.fields.${field}`, hint: 'Filter with a value of the declared type.' },
  );
}
