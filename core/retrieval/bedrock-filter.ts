import type { MetadataValue } from '../contract/document.ts';
import { epochSeconds, type Filter, type RangeBounds } from './filter.ts';
import type { FilterValues } from './match-filter.ts';
import { toGroups, type Formula } from './normal-form.ts';

type Condition<Value> = { readonly key: string; readonly value: Value };
type Scalar = string | number | boolean;

/** One condition of a RetrievalFilter. */
export type BedrockCondition =
  | { equals: Condition<Scalar> }
  | { notEquals: Condition<Scalar> }
  | { in: Condition<string[]> }
  | { notIn: Condition<string[]> }
  | { listContains: Condition<string> }
  | { greaterThan: Condition<number> }
  | { greaterThanOrEquals: Condition<number> }
  | { lessThan: Condition<number> }
  | { lessThanOrEquals: Condition<number> };

/** A RetrievalFilter: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_RetrievalFilter.html */
export type BedrockFilter = BedrockCondition | { andAll: BedrockFilter[] } | { orAll: BedrockFilter[] };

export interface CompiledBedrockFilter {
  /** Absent: everything is asked for. */
  readonly filter?: BedrockFilter;
  /** False when the service can only be asked for more than the filter lets through: check what it returns. */
  readonly exact: boolean;
}

/** A group holds two to five filters, and groups nest once: https://docs.aws.amazon.com/bedrock/latest/userguide/kb-test-config.html */
const maxGroup = 5;

/**
 * The retrieval filter of a portable filter, together with conditions that must hold as well (who may read). It never
 * lets less through than the filter; where `exact` is false, `matchesFilter` over `bedrockFilterValues` decides.
 */
export function toBedrockFilter(
  where: Filter | undefined,
  required: readonly BedrockCondition[] = [],
): CompiledBedrockFilter {
  const state = { exact: true };
  const formula: Formula<BedrockCondition> =
    where === undefined ? { kind: 'true' } : compile(where, true, state);
  const conjunctive = allOf(toGroups(formula, 'conjunctive'), required);
  if (conjunctive.exact) return { ...conjunctive, exact: state.exact };
  const disjunctive = anyOf(toGroups(formula, 'disjunctive'), required);
  return disjunctive ? { filter: disjunctive, exact: state.exact } : conjunctive;
}

function compile(filter: Filter, positive: boolean, state: { exact: boolean }): Formula<BedrockCondition> {
  const leaf = (one: BedrockCondition): Formula<BedrockCondition> => ({ kind: 'leaf', leaf: one });
  const many = (parts: readonly Formula<BedrockCondition>[], conjunction: boolean) =>
    ({ kind: conjunction ? 'all' : 'any', parts }) as const;
  /** The negation also holds for documents without the field, which no operator can ask for. */
  const inexpressible = (): Formula<BedrockCondition> => {
    state.exact = false;
    return { kind: 'true' };
  };
  switch (filter.op) {
    case 'not':
      return compile(filter.filter, !positive, state);
    case 'and':
    case 'or':
      return many(
        filter.filters.map((one) => compile(one, positive, state)),
        (filter.op === 'and') === positive,
      );
    case 'eq':
      return leaf(equality(filter.field, filter.value, positive));
    case 'in': {
      const { field: key, values } = filter;
      const texts = values.filter((one) => typeof one === 'string');
      if (texts.length === 0)
        return many(
          values.map((value) => leaf(equality(key, value, positive))),
          !positive,
        );
      if (texts.length === 1) return leaf(equality(key, texts[0]!, positive));
      return leaf(positive ? { in: { key, value: texts } } : { notIn: { key, value: texts } });
    }
    case 'has':
      if (!positive) return inexpressible();
      return many(
        listFields(filter.field).map((key) => leaf({ listContains: { key, value: filter.value } })),
        false,
      );
    case 'range':
      return positive ? many(bounds(filter).map(leaf), true) : inexpressible();
  }
}

const equality = (key: string, value: Scalar, positive: boolean): BedrockCondition =>
  positive ? { equals: { key, value } } : { notEquals: { key, value } };

function bounds(filter: RangeBounds & { readonly field: string }): BedrockCondition[] {
  const condition = (bound: string | number | undefined): Condition<number>[] => {
    if (bound === undefined) return [];
    if (typeof bound === 'number') return [{ key: filter.field, value: bound }];
    return [{ key: `${filter.field}_epoch`, value: epochSeconds(bound) ?? NaN }];
  };
  return [
    ...condition(filter.from).map((one) => ({ greaterThanOrEquals: one })),
    ...condition(filter.to).map((one) => ({ lessThanOrEquals: one })),
    ...condition(filter.above).map((one) => ({ greaterThan: one })),
    ...condition(filter.below).map((one) => ({ lessThan: one })),
  ];
}

/** A list of more than ten members is published as `tags`, `tags_2`, … `tags_5`. */
const listFields = (field: string): string[] => [field, ...[2, 3, 4, 5].map((part) => `${field}_${part}`)];

/** `andAll` of conditions and of `orAll` groups; what does not fit is left out, which lets more through. */
function allOf(
  groups: readonly (readonly BedrockCondition[])[] | undefined,
  required: readonly BedrockCondition[],
): CompiledBedrockFilter {
  const single = [...required, ...(groups ?? []).flatMap((group) => (group.length === 1 ? [group[0]!] : []))];
  const alternatives = (groups ?? []).filter((group) => group.length > 1);
  const fitting = alternatives.filter((group) => group.length <= maxGroup);
  let places = maxGroup;
  if (single.length > 0) places -= Math.max(1, Math.ceil(single.length / maxGroup));
  const taken = fitting.slice(0, Math.max(0, places)).map((group) => ({ orAll: [...group] }));
  const parts = [...inGroups(single, maxGroup - taken.length), ...taken];
  return {
    ...(parts.length === 0
      ? {}
      : { filter: parts.length === 1 ? parts[0]! : { andAll: parts.slice(0, maxGroup) } }),
    exact: groups !== undefined && taken.length === alternatives.length && parts.length <= maxGroup,
  };
}

/** Conditions side by side where they fit, else in groups of up to five. */
function inGroups(conditions: readonly BedrockCondition[], places: number): BedrockFilter[] {
  if (conditions.length <= places) return [...conditions];
  const groups: BedrockFilter[] = [];
  for (let from = 0; from < conditions.length; from += maxGroup) {
    const group = conditions.slice(from, from + maxGroup);
    groups.push(group.length === 1 ? group[0]! : { andAll: group });
  }
  return groups;
}

/** `orAll` of `andAll` groups, or undefined when they do not fit. */
function anyOf(
  groups: readonly (readonly BedrockCondition[])[] | undefined,
  required: readonly BedrockCondition[],
): BedrockFilter | undefined {
  if (groups === undefined || groups.length < 1 || groups.length > maxGroup) return undefined;
  const parts: BedrockFilter[] = [];
  for (const group of groups) {
    const all = [...required, ...group];
    if (all.length === 0 || all.length > maxGroup) return undefined;
    parts.push(all.length === 1 ? all[0]! : { andAll: all });
  }
  return parts.length === 1 ? parts[0] : { orAll: parts };
}

/** What a retrieved chunk's metadata says of its document, lists that were published in parts joined again. */
export function bedrockFilterValues(metadata: Readonly<Record<string, unknown>>): FilterValues {
  const values: Record<string, MetadataValue> = {};
  for (const [name, value] of Object.entries(metadata)) {
    if (!isMetadataValue(value)) continue;
    const list = /^(.+)_[2-5]$/.exec(name)?.[1];
    const first = list === undefined ? undefined : metadata[list];
    if (Array.isArray(value) && Array.isArray(first)) continue;
    values[name] = Array.isArray(value)
      ? listFields(name).flatMap((part) =>
          Array.isArray(metadata[part]) ? (metadata[part] as string[]) : [],
        )
      : value;
  }
  return values;
}

const isMetadataValue = (value: unknown): value is MetadataValue =>
  ['string', 'number', 'boolean'].includes(typeof value) ||
  (Array.isArray(value) && value.every((one) => typeof one === 'string'));
