import type { DocumentStore } from './document-store.ts';
import type { SqlCondition } from './filter-sql.ts';
import type { FullText } from './full-text.ts';
import type { IndexDefinition } from './index-definition.ts';
import { boostSql } from './scoring.ts';
import { vectorFields, type SearchBody } from './search-request.ts';
import { vectorise, vectorizerOf } from './vector-search.ts';

/** `FROM … WHERE …` over everything the request matches, `document d` among it, and the SQL of a match's score. */
export interface Matched extends SqlCondition {
  readonly score: string;
}

const defaultK = 50;
const rankConstant = 60;
const textRecall = 1000;

export async function match(
  body: SearchBody,
  filter: SqlCondition,
  index: IndexDefinition,
  store: DocumentStore,
  fullText: FullText,
  now: number,
): Promise<Matched> {
  const boost = boostSql(body.scoringProfile, index, now);
  const text = (body.search ?? '').trim();
  const hasVectors = (body.vectorQueries?.length ?? 0) > 0;
  const words =
    text === '*' || (text === '' && !hasVectors)
      ? everything(filter)
      : text === ''
        ? undefined
        : await byWords(text, body, filter, fullText, boost);
  if (!hasVectors) return words!;
  const arms: { weight: number; ranked: readonly Scored[] }[] = [];
  for (const query of body.vectorQueries!) {
    for (const field of vectorFields(query, index)) {
      const vector =
        query.vector ?? (await vectorise(query.text!, vectorizerOf(index, field)!, field.dimensions!));
      const ranked = nearest(vector, field.name, query.k ?? defaultK, filter, store);
      arms.push({ weight: query.weight ?? 1, ranked });
    }
  }
  if (words) {
    const rows = store.database
      .prepare(
        `SELECT d.id, ${words.score} AS score ${words.sql} ORDER BY score DESC, d.id LIMIT ${textRecall}`,
      )
      .all(...words.values);
    arms.push({
      weight: 1,
      ranked: rows.map((row) => ({ id: row['id'] as number, score: row['score'] as number })),
    });
  }
  return {
    sql: `FROM (SELECT json_extract(value, '$.id') AS id, json_extract(value, '$.score') AS score FROM json_each(?)) AS s
      JOIN document d ON d.id = s.id WHERE 1`,
    values: [JSON.stringify(arms.length === 1 ? arms[0]!.ranked : fuse(arms))],
    score: 's.score',
  };
}

const everything = (filter: SqlCondition): Matched => ({
  sql: `FROM document d WHERE ${filter.sql}`,
  values: filter.values,
  score: '1.0',
});

async function byWords(
  text: string,
  body: SearchBody,
  filter: SqlCondition,
  fullText: FullText,
  boost: string,
): Promise<Matched> {
  const expression = fullText.expression(text, body.searchMode ?? 'any', body.searchFields);
  await fullText.refresh();
  if (expression === undefined) return { sql: 'FROM document d WHERE 0', values: [], score: '0.0' };
  return {
    sql: `FROM (${fullText.matchSql}) AS w JOIN document d ON d.id = w.id WHERE ${filter.sql}`,
    values: [expression, ...filter.values],
    score: `w.score * ${boost}`,
  };
}

interface Scored {
  readonly id: number;
  readonly score: number;
}

/** https://learn.microsoft.com/azure/search/vector-search-ranking#scores-in-a-vector-search-results: 1 / (1 + distance) */
function nearest(
  vector: readonly number[],
  field: string,
  k: number,
  filter: SqlCondition,
  store: DocumentStore,
): readonly Scored[] {
  const rows = store.database
    .prepare(
      `SELECT d.id, v.data FROM vector v JOIN document d ON d.id = v.id WHERE v.field = ? AND ${filter.sql}`,
    )
    .iterate(field, ...filter.values);
  const scored: Scored[] = [];
  const length = Math.hypot(...vector);
  for (const row of rows) {
    const data = row['data'] as Uint8Array;
    const other = new Float32Array(data.slice().buffer);
    let product = 0;
    let square = 0;
    for (let at = 0; at < other.length; at++) {
      product += other[at]! * vector[at]!;
      square += other[at]! * other[at]!;
    }
    const cosine = product / (length * Math.sqrt(square) || 1);
    scored.push({ id: row['id'] as number, score: 1 / (2 - cosine) });
  }
  return scored.sort((a, b) => b.score - a.score || a.id - b.id).slice(0, k);
}

/** https://learn.microsoft.com/azure/search/hybrid-search-ranking */
function fuse(
  arms: readonly { readonly weight: number; readonly ranked: readonly Scored[] }[],
): readonly Scored[] {
  const scores = new Map<number, number>();
  for (const { weight, ranked } of arms) {
    ranked.forEach(({ id }, at) => scores.set(id, (scores.get(id) ?? 0) + weight / (at + 1 + rankConstant)));
  }
  return [...scores].map(([id, score]) => ({ id, score }));
}
