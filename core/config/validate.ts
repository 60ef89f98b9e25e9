import { z } from 'zod';
import type { core } from 'zod';
import { formatPath, isSection, parentOf, valueAt } from './path.ts';
import type { Path } from './path.ts';
import type { Problems } from './problems.ts';
import type { Resolved } from './references.ts';
import { nearest, suggestion } from './suggest.ts';
import { isOtherType, likeliestGroup } from './union.ts';
import { walkSchema } from './walk-schema.ts';

export interface Validation {
  readonly problems: Problems;
  readonly resolved: Resolved;
  /** Grows by every value of a field marked `secret()`. */
  readonly secrets: Set<string>;
}
interface Leaf {
  readonly path: Path;
  readonly issue: core.$ZodIssue;
}

/**
 * Checks one part of the configuration: `value` stands at `base`. Unknown keys are refused whatever the schema says;
 * `alsoKnown` are keys beside the schema's own. A value from the environment becomes a number or a boolean where the
 * schema wants one. Undefined when something is wrong; every problem has then been reported.
 */
export async function validate<Output>(
  schema: z.ZodType<Output>,
  value: unknown,
  validation: Validation,
  base: Path = [],
  alsoKnown: readonly string[] = [],
): Promise<{ readonly output: Output } | undefined> {
  const { problems, resolved, secrets } = validation;
  const before = problems.list.length;
  const input = structuredClone(value);
  const isFromOutside = (path: Path) => resolved.origins.has(formatPath([...base, ...path]));
  const silent = new Set<string>();

  const result = await parse(schema, input, isFromOutside);
  const unknown: Path[] = [];
  const visitor = {
    unknownKey: (path: Path, known: readonly string[]) => {
      unknown.push(path);
      const key = String(path.at(-1));
      const near = nearest(key, known);
      if (near !== undefined) silent.add(formatPath([...path.slice(0, -1), near]));
      problems.atKey(path, 'unknown key', suggestion(key, known));
    },
    secret: (path: Path, given: unknown) => {
      const key = formatPath(path);
      if (typeof given === 'string') secrets.add(given);
      if (given === null || isSection(given) || resolved.unresolved.has(key)) return;
      if (resolved.origins.get(key)?.isWhole === true) return;
      silent.add(key);
      problems.atValue(path, 'a secret must not stand in the file', 'write ${NAME} or file:path');
    },
  };
  walkSchema(schema, input, visitor, base, alsoKnown);

  if (result.status === 'threw') problems.atKey(base, `is not accepted (${result.reason})`);
  for (const { path, issue } of result.status === 'refused' ? result.leaves : []) {
    const full = [...base, ...path];
    if (isSilent(full) || (issue.code === 'unrecognized_keys' && isReported(issue.keys, full))) continue;
    const { message, hint } = describe(issue, valueAt(input, path));
    if (issue.code === 'invalid_key') problems.atKey(full, hide(message), hint);
    else problems.atValue(full, hide(message), hint);
  }
  return result.status === 'accepted' && problems.list.length === before
    ? { output: result.output }
    : undefined;

  function isSilent(path: Path): boolean {
    for (let name = formatPath(path); name !== ''; name = parentOf(name)) {
      if (silent.has(name) || resolved.unresolved.has(name)) return true;
    }
    return false;
  }
  function isReported(keys: readonly string[], path: Path): boolean {
    const names = new Set(unknown.map(formatPath));
    return keys.every((key) => names.has(formatPath([...path, key])));
  }
  /** A schema's own message might quote what it was given. */
  function hide(message: string): string {
    return [...secrets]
      .filter((secret) => secret.length > 3)
      .reduce((text, one) => text.replaceAll(one, '…'), message);
  }
}

type Parsed<Output> =
  | { readonly status: 'accepted'; readonly output: Output }
  | { readonly status: 'refused'; readonly leaves: readonly Leaf[] }
  | { readonly status: 'threw'; readonly reason: string };

/** Parses again after each round of conversions; a conversion may uncover the next. */
async function parse<Output>(
  schema: z.ZodType<Output>,
  input: unknown,
  isFromOutside: (path: Path) => boolean,
): Promise<Parsed<Output>> {
  try {
    for (;;) {
      const result = await schema.safeParseAsync(input);
      if (result.success) return { status: 'accepted', output: result.data };
      const leaves = result.error.issues.flatMap((issue) => leavesOf(issue, input, []));
      const converted = leaves.filter(
        ({ path, issue }) => isFromOutside(path) && convert(input, path, issue),
      );
      if (converted.length === 0) return { status: 'refused', leaves };
    }
  } catch (error) {
    return { status: 'threw', reason: error instanceof Error ? error.name : 'unknown error' };
  }
}

function convert(input: unknown, path: Path, issue: core.$ZodIssue): boolean {
  const text = valueAt(input, path);
  const holder = valueAt(input, path.slice(0, -1));
  const key = path.at(-1);
  if (typeof text !== 'string' || typeof holder !== 'object' || holder === null || key === undefined)
    return false;
  const wanted: readonly unknown[] =
    issue.code === 'invalid_type' ? [issue.expected] : issue.code === 'invalid_value' ? issue.values : [];
  const number = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text) ? Number(text) : undefined;
  const boolean = { true: true, false: false }[text.trim().toLowerCase()];
  const isNumber =
    number !== undefined && wanted.some((one) => one === 'number' || one === 'int' || one === number);
  const isBoolean = boolean !== undefined && wanted.some((one) => one === 'boolean' || one === boolean);
  if (!isNumber && !isBoolean) return false;
  (holder as Record<string | number, unknown>)[key] = isNumber ? number : boolean;
  return true;
}

/** A union's issues are those of the alternative that was most likely meant. */
function leavesOf(issue: core.$ZodIssue, input: unknown, base: Path): readonly Leaf[] {
  const path = [...base, ...(issue.path as (string | number)[])];
  if (issue.code !== 'invalid_union' || issue.inclusive === false || issue.errors.length === 0)
    return [{ path, issue }];
  const value = valueAt(input, path);
  const group = issue.errors[likeliestGroup(issue.errors, value)] ?? [];
  if (!group.some(isOtherType)) return group.flatMap((one) => leavesOf(one, input, path));
  const roots = issue.errors.flat().filter(isOtherType);
  return [{ path, issue: { ...issue, errors: [roots] } }];
}

const words: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a section',
  record: 'a section',
  null: 'nothing',
};

function describe(
  issue: core.$ZodIssue,
  value: unknown,
): { readonly message: string; readonly hint?: string } {
  const isMissing = value === undefined;
  if (issue.code === 'invalid_type' || (issue.code === 'invalid_union' && issue.errors.length > 0)) {
    const expected = expectedBy(issue);
    if (isMissing) return { message: 'is missing', hint: `${expected} is expected` };
    if (value === null) return { message: 'is empty', hint: `${expected} is expected` };
    const isQuotable = typeof value === 'number' || typeof value === 'boolean';
    const given = Array.isArray(value) ? 'a list' : (words[typeof value] ?? typeof value);
    const message = /^Invalid input/.test(issue.message)
      ? `must be ${expected}, not ${given}`
      : issue.message;
    return isQuotable && expected === 'text' ? { message, hint: 'put quotes around it' } : { message };
  }
  if (issue.code === 'invalid_value' || issue.code === 'invalid_union') {
    const values = (issue.code === 'invalid_value' ? issue.values : optionsOf(issue)).map(String);
    const near = typeof value === 'string' ? nearest(value, values) : undefined;
    const message = `${isMissing ? 'is missing: ' : 'must be '}${values.length > 1 ? 'one of ' : ''}${values.join(', ')}`;
    return near === undefined ? { message } : { message, hint: `did you mean ${near}?` };
  }
  if (issue.code === 'invalid_key') return { message: issue.issues[0]?.message ?? 'is not a valid name' };
  if (issue.code === 'unrecognized_keys') return { message: `unknown key ${issue.keys.join(', ')}` };
  if (issue.code === 'too_small' && issue.minimum === 1 && ['string', 'array'].includes(issue.origin)) {
    return { message: 'must not be empty' };
  }
  const isDefault = /^Too (small|big): expected number/.test(issue.message);
  if (issue.code === 'too_small' && isDefault) {
    return { message: `must be ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}` };
  }
  if (issue.code === 'too_big' && isDefault) {
    return { message: `must be ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}` };
  }
  return { message: issue.message.replace(/^(Too|Invalid) /, (start) => start.toLowerCase()) };
}

function expectedBy(issue: core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return words[issue.expected] ?? issue.expected;
  const roots = issue.code === 'invalid_union' ? issue.errors.flat() : [];
  const each = roots.map((one) => (one.code === 'invalid_value' ? one.values.join(', ') : expectedBy(one)));
  return [...new Set(each)].join(', or ');
}

const optionsOf = (issue: core.$ZodIssue): readonly unknown[] =>
  'options' in issue && Array.isArray(issue.options) ? issue.options : [];
