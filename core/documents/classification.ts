import { classifications, type Classification } from '../config/schema.ts';
import type { Trust } from '../contract/document.ts';

const trustOrder: readonly Trust[] = ['system', 'internal', 'external'];

/** Whether `one` asks for more protection than `other`. A name that is not known is stricter than every other. */
export const isStricter = (one: string, other: string): boolean => rank(one) > rank(other);

export const strictest = (one: Classification, other: Classification | undefined): Classification =>
  other !== undefined && isStricter(other, one) ? other : one;

export const lowestTrust = (one: Trust, other: Trust | undefined): Trust =>
  other !== undefined && trustOrder.indexOf(other) > trustOrder.indexOf(one) ? other : one;

function rank(name: string): number {
  const at = (classifications as readonly string[]).indexOf(name);
  return at === -1 ? classifications.length : at;
}
