import type { LoopbackReply } from '../../../core/testing/loopback-server.ts';
import { numbersOf, type DocumentStore } from './document-store.ts';
import type { StoredDocument } from './document-validation.ts';
import { countFacets } from './facets.ts';
import { filterSql } from './filter-sql.ts';
import type { FullText } from './full-text.ts';
import {
  isCollectionType,
  isVectorType,
  type FieldDefinition,
  type IndexDefinition,
} from './index-definition.ts';
import { match } from './match.ts';
import { orderSql, readSearchBody, selectedFields } from './search-request.ts';
import { rerankedResults, semanticRanker } from './semantic.ts';

const defaultPage = 50;
const largestPage = 1000;

/** Full text (BM25), vectors (cosine) and both (reciprocal rank fusion); the filter comes before everything else. */
export async function searchDocuments(
  raw: unknown,
  index: IndexDefinition,
  store: DocumentStore,
  fullText: FullText,
  context: string,
  options: { readonly semanticRanker: boolean; readonly now: number },
): Promise<Pick<LoopbackReply, 'status' | 'body'>> {
  const body = readSearchBody(raw);
  const ranker = semanticRanker(body, index);
  const selected = selectedFields(body.select, index);
  const order = orderSql(body.orderby, index);
  const filter = filterSql(body.filter, index);
  store.settle();
  const matched = await match(body, filter, index, store, fullText, options.now);
  const { database } = store;
  const total = (): number =>
    Number(database.prepare(`SELECT count(*) AS n ${matched.sql}`).get(...matched.values)?.['n']);
  const skip = body.skip ?? 0;
  const size = Math.min(body.top ?? defaultPage, largestPage);
  const found = (limit: number, offset: number): Row[] =>
    database
      .prepare(
        `SELECT d.id, json(d.body) AS body, ${matched.score} AS score ${matched.sql} ORDER BY ${order} LIMIT ? OFFSET ?`,
      )
      .all(...matched.values, limit, offset)
      .map((row) => ({
        id: row['id'] as number,
        document: JSON.parse(row['body'] as string) as StoredDocument,
        base: row['score'] as number,
      }));
  const meaning = options.semanticRanker ? ranker : undefined;
  const rows: (Row & { readonly score?: number })[] = meaning
    ? meaning.rerank(found(rerankedResults, 0)).slice(skip, skip + size + 1)
    : found(size + 1, skip);
  const asked = body.top ?? Infinity;
  const next =
    rows.length > size && asked > size
      ? { ...body, skip: skip + size, ...(body.top == null ? {} : { top: body.top - size }) }
      : undefined;
  return {
    status: ranker && !meaning ? 206 : 200,
    body: {
      ...(body.count ? { '@odata.count': total() } : {}),
      ...(body.facets?.length
        ? { '@search.facets': countFacets(body.facets, matched, index, database) }
        : {}),
      ...(meaning && body.answers ? { '@search.answers': [] } : {}),
      ...(ranker && !meaning
        ? {
            '@search.semanticPartialResponseReason': 'capacityOverloaded',
            '@search.semanticPartialResponseType': 'baseResults',
          }
        : {}),
      ...(next ? { '@search.nextPageParameters': next } : {}),
      value: rows.slice(0, size).map(({ id, document, base, score }) => {
        const caption = meaning?.caption(document);
        return {
          '@search.score': base,
          ...(score === undefined ? {} : { '@search.rerankerScore': score }),
          ...(caption ? { '@search.captions': [caption] } : {}),
          ...shown(id, document, selected, store),
        };
      }),
      ...(next ? { '@odata.nextLink': context } : {}),
    },
  };
}

interface Row {
  readonly id: number;
  readonly document: StoredDocument;
  readonly base: number;
}

/** A document as a reader sees it: every selected field, absent ones as null or an empty list. */
export function shown(
  id: number,
  document: StoredDocument,
  fields: readonly FieldDefinition[],
  store: DocumentStore,
): StoredDocument {
  const answer: StoredDocument = {};
  for (const field of fields) {
    if (isVectorType(field.type)) {
      const row = store.database
        .prepare('SELECT data FROM vector WHERE id = ? AND field = ?')
        .get(id, field.name);
      answer[field.name] = row ? numbersOf(row['data'] as Uint8Array) : [];
    } else answer[field.name] = document[field.name] ?? (isCollectionType(field.type) ? [] : null);
  }
  return answer;
}
