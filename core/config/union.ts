import type { core } from 'zod';
import { isSection, valueAt } from './path.ts';
import { nearest } from './suggest.ts';

/** Which alternative of a union a person most likely meant: the one with the least wrong, by its issues. */
export function likeliestGroup(groups: readonly (readonly core.$ZodIssue[])[], value: unknown): number {
  const weights = groups.map((issues) => issues.reduce((sum, issue) => sum + weight(issue, value), 0));
  return weights.indexOf(Math.min(...weights));
}

/** True when the value is not even of the alternative's general type (text where a section is due). */
export function isOtherType(issue: core.$ZodIssue): boolean {
  if (issue.path.length > 0) return false;
  if (issue.code !== 'invalid_union') return issue.code === 'invalid_type' || issue.code === 'invalid_value';
  return issue.errors.length > 0 && issue.errors.every((group) => group.some(isOtherType));
}

function weight(issue: core.$ZodIssue, value: unknown): number {
  if (isOtherType(issue)) return 1000;
  if (issue.code === 'invalid_union' && issue.path.length === 0) {
    const group = issue.errors[likeliestGroup(issue.errors, value)] ?? [];
    return group.reduce((sum, one) => sum + weight(one, value), 0);
  }
  if (issue.code === 'invalid_value') return 100;
  if (issue.code === 'unrecognized_keys') return 10 * issue.keys.length;
  const key = issue.path[0];
  const isMissing = issue.code === 'invalid_type' && valueAt(value, issue.path as string[]) === undefined;
  if (!isMissing || typeof key !== 'string' || !isSection(value)) return 3;
  return nearest(key, Object.keys(value)) === undefined ? 10 : 5;
}
