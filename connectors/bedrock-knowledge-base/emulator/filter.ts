import type { AttributeValue } from './document-store.ts';
import { invalid } from './replies.ts';
import { isFields, list, text, type Fields } from './validation.ts';

export type Filter = (metadata: Readonly<Record<string, AttributeValue>>) => boolean;

type Compare = (held: AttributeValue | undefined, wanted: unknown) => boolean;

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isScalar = (value: unknown): boolean =>
  typeof value === 'string' || typeof value === 'boolean' || isNumber(value);
const isText = (value: unknown): boolean => typeof value === 'string';
const isTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string');

const ordered =
  (holds: (held: number, wanted: number) => boolean): Compare =>
  (held, wanted) =>
    isNumber(held) && isNumber(wanted) && holds(held, wanted);

const operators: Readonly<Record<string, { takes: (value: unknown) => boolean; holds: Compare }>> = {
  equals: { takes: isScalar, holds: (held, wanted) => held === wanted },
  notEquals: { takes: isScalar, holds: (held, wanted) => held !== wanted },
  greaterThan: { takes: isNumber, holds: ordered((held, wanted) => held > wanted) },
  greaterThanOrEquals: { takes: isNumber, holds: ordered((held, wanted) => held >= wanted) },
  lessThan: { takes: isNumber, holds: ordered((held, wanted) => held < wanted) },
  lessThanOrEquals: { takes: isNumber, holds: ordered((held, wanted) => held <= wanted) },
  in: { takes: isTexts, holds: (held, wanted) => (wanted as unknown[]).includes(held) },
  notIn: { takes: isTexts, holds: (held, wanted) => !(wanted as unknown[]).includes(held) },
  startsWith: {
    takes: isText,
    holds: (held, wanted) => typeof held === 'string' && held.startsWith(String(wanted)),
  },
  stringContains: {
    takes: isText,
    holds: (held, wanted) =>
      typeof held === 'string'
        ? held.includes(String(wanted))
        : Array.isArray(held) && held.some((one) => String(one).includes(String(wanted))),
  },
  listContains: {
    takes: isText,
    holds: (held, wanted) => Array.isArray(held) && held.includes(wanted),
  },
};
/** https://docs.aws.amazon.com/bedrock/latest/userguide/kb-test-config.html */
const notSupported: Readonly<Record<string, readonly string[]>> = {
  's3-vectors': ['startsWith', 'stringContains', 'listContains'],
  managed: ['startsWith', 'stringContains'],
};
const maxGroup = 5;

/**
 * The filter grammar: one operator per object, groups of 2 to 5, one level of nesting.
 * https://docs.aws.amazon.com/bedrock/latest/userguide/kb-test-config.html
 */
export function parseFilter(value: unknown, store: string, at = 'filter', depth = 0): Filter {
  if (!isFields(value)) throw invalid(`${at} must be an object.`);
  const [[operator, argument] = [], ...rest] = Object.entries(value);
  if (operator === undefined || rest.length > 0) throw invalid(`${at} must hold exactly one operator.`);
  if (operator === 'andAll' || operator === 'orAll') {
    if (depth > 1) throw invalid(`${at} is nested too deeply.`);
    const parts = list(argument, `${at}.${operator}`, 2, maxGroup).map((one, index) =>
      parseFilter(one, store, `${at}.${operator}.${index + 1}`, depth + 1),
    );
    return operator === 'andAll'
      ? (metadata) => parts.every((part) => part(metadata))
      : (metadata) => parts.some((part) => part(metadata));
  }
  const known = operators[operator];
  if (!known) throw invalid(`${at}.${operator} is not an operator.`);
  if (notSupported[store]?.includes(operator))
    throw invalid(`${operator} is not supported by the vector store of the knowledge base.`);
  const { key, value: wanted } = (isFields(argument) ? argument : {}) as Fields;
  const name = text(key, `${at}.${operator}.key`, 1, 100);
  if (!known.takes(wanted))
    throw invalid(`${at}.${operator}.value has a type that the operator does not take.`);
  return (metadata) => known.holds(metadata[name], wanted);
}
