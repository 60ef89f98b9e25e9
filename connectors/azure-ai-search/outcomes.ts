import type { IndexingResult } from '@azure/search-documents';
import type { Outcome } from '../../core/contract/destination.ts';
import {
  accessHint,
  isQuota,
  neverSent,
  quotaHint,
  withoutContent,
  type ServiceError,
} from './service-error.ts';
import type { Action } from './search-document.ts';

/** What one item of a 200 or 207 says of its action: https://learn.microsoft.com/azure/search/search-how-to-load-search-index */
export function itemOutcome(item: IndexingResult | undefined, action: Action['__actionType']): Outcome {
  if (item === undefined) return { status: 'unknown', reason: 'the answer does not name the document' };
  if (item.succeeded) return { status: 'done' };
  const reason = withoutContent(item.errorMessage ?? '') || `status ${item.statusCode}`;
  switch (item.statusCode) {
    case 409:
    case 422:
    case 503:
      return { status: 'later', reason };
    case 429:
      return quotaExceeded(reason);
    case 400:
      return { status: 'rejected', code: 'AZURE_SEARCH_400', reason };
    // Missing: what was to be deleted is gone; what is sent whole needs nothing to be there, so the next try decides.
    case 404:
      return action === 'delete' ? { status: 'done' } : { status: 'later', reason };
    default:
      return { status: 'unknown', reason };
  }
}

const quotaExceeded = (reason: string): Outcome => ({
  status: 'halted',
  reason: `The quota of the search service is used up: ${reason}`,
  hint: quotaHint,
});

/** What a failed request says about every document in it, unless the request can be divided. */
export function requestOutcome(error: ServiceError): Outcome {
  const reason = error.message;
  const later: Outcome = {
    status: 'later',
    reason,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
  };
  if (neverSent(error)) return later;
  if (isQuota(error)) return quotaExceeded(reason);
  switch (error.status) {
    case 401:
    case 403:
      return {
        status: 'halted',
        reason: `Azure AI Search refused access (${error.status}).`,
        hint: accessHint,
      };
    case 404:
      return {
        status: 'halted',
        reason: 'The index does not exist.',
        hint: 'Apply the plan of this destination, which creates it.',
      };
    case 409:
    case 422:
    case 429:
    case 503:
      return later;
    case 400:
      return { status: 'rejected', code: error.code ?? 'AZURE_SEARCH_400', reason };
    case 413:
      return {
        status: 'rejected',
        code: 'AZURE_SEARCH_413',
        reason: `the service refuses a request of this size: ${reason}`,
      };
    default:
      return { status: 'unknown', reason };
  }
}

/** The index lacks a field that every document has: not the fault of a document. */
export const isShapeMismatch = (error: ServiceError): boolean =>
  error.status === 400 &&
  /property '[^']*' does not exist on type 'search\.documentFields'/.test(error.message);

export const shapeMismatch = (error: ServiceError): Outcome => ({
  status: 'halted',
  reason: `The index does not have the shape that the configuration asks for: ${error.message}`,
  hint: 'Apply the plan of this destination.',
});

/** The positions in the batch that a refused request blames, `N: …` in its details or `actions : N: …` in its message. */
export function blamedOrdinals(error: ServiceError, count: number): ReadonlySet<number> {
  const texts = [...error.details, error.message.replace(/^.*?actions : /s, '')];
  const found = texts.flatMap((text) => {
    const match = /^(\d+): /.exec(text);
    return match ? [Number(match[1])] : [];
  });
  return new Set(found.filter((ordinal) => ordinal < count));
}

const gravity: readonly Outcome['status'][] = ['done', 'accepted', 'later', 'rejected', 'unknown', 'halted'];

/** One outcome for a change from those of its actions: what is only partly done is not known. */
export function combine(outcomes: readonly Outcome[], addresses: readonly string[]): Outcome {
  const gravest = outcomes.reduce((a, b) => (gravity.indexOf(b.status) > gravity.indexOf(a.status) ? b : a));
  if (gravest.status === 'done') return { status: 'done', addresses };
  if (!outcomes.some((one) => one.status === 'done')) return gravest;
  const why = 'reason' in gravest ? `: ${gravest.reason}` : '';
  return { status: 'unknown', reason: `only part of the change was taken${why}` };
}
