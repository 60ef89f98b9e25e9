import type { Outcome } from '../../core/contract/destination.ts';
import type { AdaptiveLimits } from './adaptive-limits.ts';
import type { AzureSearchClient } from './client.ts';
import { blamedOrdinals, isShapeMismatch, itemOutcome, requestOutcome, shapeMismatch } from './outcomes.ts';
import type { Action } from './search-document.ts';
import { ServiceError } from './service-error.ts';

/** After so many refusals of single documents and not one success, the fault is not the documents'. */
const refusalsThatBlameTheService = 25;

/** Sends actions of distinct keys as one request; only a request that is refused as a whole is divided. Keyed by key. */
export async function writeBatch(
  actions: readonly Action[],
  client: AzureSearchClient,
  limits: AdaptiveLimits,
): Promise<ReadonlyMap<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  const settle = (some: readonly Action[], outcome: Outcome): void =>
    some.forEach((action) => outcomes.set(action.key, outcome));

  /** Parts still to be sent; after a refusal that concerns them all, they are answered without being sent. */
  const queue: (readonly Action[])[] = [actions];
  let refusals = 0;
  let taken = 0;
  for (let part = queue.shift(); part !== undefined; part = queue.shift()) {
    if (part.length === 0) continue;
    try {
      const results = await client.indexDocuments(part);
      const items = new Map(results.map((item) => [item.key, item]));
      for (const action of part)
        outcomes.set(action.key, itemOutcome(items.get(action.key), action.__actionType));
      taken += results.length;
      if (results.some((item) => item.statusCode === 503)) limits.slowDown();
      else limits.succeeded();
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      const divided = divide(part, error, settle);
      if (divided !== undefined) {
        if (error.status === 413) limits.tooLarge();
        queue.unshift(...divided);
        continue;
      }
      const outcome = isShapeMismatch(error) ? shapeMismatch(error) : requestOutcome(error);
      if (error.status === 503 || error.status === 429) limits.slowDown();
      settle(part, outcome);
      if (outcome.status === 'rejected') {
        if (++refusals < refusalsThatBlameTheService || taken > 0) continue;
        const halted: Outcome = {
          status: 'halted',
          reason: `The service refuses every document: ${outcome.reason}`,
        };
        settle(actions, halted);
        return outcomes;
      }
      const rest: Outcome =
        outcome.status === 'unknown' ? { status: 'later', reason: outcome.reason } : outcome;
      for (const unsent of queue.splice(0)) settle(unsent, rest);
    }
  }
  return outcomes;
}

/** The parts to send instead of a request refused as a whole, or undefined when dividing it makes no sense. */
function divide(
  part: readonly Action[],
  error: ServiceError,
  settle: (some: readonly Action[], outcome: Outcome) => void,
): readonly (readonly Action[])[] | undefined {
  if (part.length < 2 || isShapeMismatch(error)) return undefined;
  if (error.status === 400) {
    const blamed = blamedOrdinals(error, part.length);
    if (blamed.size > 0) {
      settle(
        part.filter((_, at) => blamed.has(at)),
        requestOutcome(error),
      );
      return [part.filter((_, at) => !blamed.has(at))];
    }
  } else if (error.status !== 413) return undefined;
  const half = Math.ceil(part.length / 2);
  return [part.slice(0, half), part.slice(half)];
}
