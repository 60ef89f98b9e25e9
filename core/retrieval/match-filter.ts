import type { BusinessDocument, MetadataValue } from '../contract/document.ts';
import { epochSeconds, type Filter, type RangeBounds } from './filter.ts';

/** What a document can be filtered by, under its published names. */
export type FilterValues = Readonly<Record<string, MetadataValue | undefined>>;

/** The values of a document as both planes publish them; a kind cannot replace what is the document's own. */
export function filterValues(document: BusinessDocument): FilterValues {
  const { system, stream, key, modifiedAt } = document.origin;
  return {
    ...document.metadata,
    doc_id: document.id,
    kind: document.kind,
    version: document.version,
    classification: document.classification,
    trust: document.trust,
    origin_system: system,
    origin_stream: stream,
    origin_key: key,
    modified_at: modifiedAt,
    modified_at_epoch: modifiedAt === undefined ? undefined : epochSeconds(modifiedAt),
  };
}

/** The reference: what every plane has to answer for a filter. */
export function matchesFilter(filter: Filter, values: FilterValues): boolean {
  switch (filter.op) {
    case 'eq':
      return valueOf(values, filter.field) === filter.value;
    case 'in': {
      const value = valueOf(values, filter.field);
      return (filter.values as readonly unknown[]).includes(value);
    }
    case 'has': {
      const value = valueOf(values, filter.field);
      return Array.isArray(value) && value.includes(filter.value);
    }
    case 'range':
      return inRange(filter, values);
    case 'and':
      return filter.filters.every((one) => matchesFilter(one, values));
    case 'or':
      return filter.filters.some((one) => matchesFilter(one, values));
    case 'not':
      return !matchesFilter(filter.filter, values);
  }
}

const valueOf = (values: FilterValues, field: string): MetadataValue | undefined =>
  Object.hasOwn(values, field) ? values[field] : undefined;

function inRange(filter: RangeBounds & { readonly field: string }, values: FilterValues): boolean {
  const { from, to, above, below } = filter;
  const instants = [from, to, above, below].some((one) => typeof one === 'string');
  const value = instants ? secondsOf(values, filter.field) : valueOf(values, filter.field);
  if (typeof value !== 'number') return false;
  const holds = (one: string | number | undefined, compare: (limit: number) => boolean): boolean => {
    if (one === undefined) return true;
    const limit = typeof one === 'number' ? one : epochSeconds(one);
    return limit !== undefined && compare(limit);
  };
  return (
    holds(from, (limit) => value >= limit) &&
    holds(to, (limit) => value <= limit) &&
    holds(above, (limit) => value > limit) &&
    holds(below, (limit) => value < limit)
  );
}

/** An instant stands twice: its epoch seconds are what every plane can compare. */
function secondsOf(values: FilterValues, field: string): number | undefined {
  const seconds = valueOf(values, `${field}_epoch`);
  if (typeof seconds === 'number') return seconds;
  const value = valueOf(values, field);
  return typeof value === 'string' ? epochSeconds(value) : undefined;
}
