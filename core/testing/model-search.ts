import type { SearchHit, SearchRequest } from '../contract/destination.ts';
import type { BusinessDocument } from '../contract/document.ts';
import { filterValues, matchesFilter } from '../retrieval/match-filter.ts';
import type { HeldDocument } from './model-store.ts';

/** The share of the question's words that a document holds, among the documents that the asker may read. */
export function searchModel(held: Iterable<HeldDocument>, request: SearchRequest): SearchHit[] {
  const words = new Set(wordsOf(request.text));
  const hits: SearchHit[] = [];
  for (const { document } of held) {
    if (!document || !mayRead(document, request.principals ?? []) || !passes(document, request)) continue;
    const own = new Set(wordsOf(`${document.title} ${document.body}`));
    const score = [...words].filter((word) => own.has(word)).length / Math.max(1, words.size);
    if (score === 0) continue;
    const { id, title, version, body } = document;
    const url = document.url === undefined ? {} : { url: document.url };
    hits.push({ id, title, version, text: body.slice(0, 500), score, ...url });
  }
  return hits.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1)).slice(0, request.limit);
}

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

function mayRead({ access }: BusinessDocument, principals: readonly string[]): boolean {
  if ('everyone' in access) return true;
  return (
    principals.some((one) => access.allow.includes(one)) &&
    !principals.some((one) => access.deny.includes(one))
  );
}

const passes = (document: BusinessDocument, { filter = {}, where }: SearchRequest): boolean =>
  (where === undefined || matchesFilter(where, filterValues(document))) &&
  Object.entries(filter).every(([name, value]) => {
    const own = name === 'kind' ? document.kind : document.metadata[name];
    return Array.isArray(own) ? own.includes(String(value)) : own === value;
  });
