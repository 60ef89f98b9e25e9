import type { DocumentStore } from './document-store.ts';
import { isStringType, type IndexDefinition } from './index-definition.ts';
import { invalidExpression } from './refusal.ts';

/** The words of an index: an FTS5 table ranked by bm25, brought up to date when somebody searches. */
export interface FullText {
  /** Reads the words of what changed since the last search, in steps that leave the event loop free. */
  refresh(): Promise<void>;
  /** SQL that yields `id` and `score` of the matches of one bound FTS5 expression. */
  readonly matchSql: string;
  /** The FTS5 expression of a search text, or undefined when nothing can match. */
  expression(text: string, mode: 'any' | 'all', searchFields: string | undefined): string | undefined;
}

const rowsPerStep = 500;

export function createFullText(index: IndexDefinition, store: DocumentStore): FullText {
  const { database } = store;
  const fields = index.fields.filter((field) => field.searchable && isStringType(field.type));
  const stems = fields.some((field) => field.analyzer?.startsWith('en.'));
  const columns = fields.map((_, at) => `c${at}`);
  database.exec('DROP TABLE IF EXISTS words');
  if (fields.length > 0) {
    database.exec(
      `CREATE VIRTUAL TABLE words USING fts5(${columns.join(', ')}, content='', contentless_delete=1,
        tokenize='${stems ? 'porter ' : ''}unicode61 remove_diacritics 0')`,
    );
  }
  const known = new Set<number>();
  const texts = fields.map((field) => `json_extract(body, '$.${field.name}')`).join(', ');
  let turn: Promise<void> = Promise.resolve();

  const readWords = async (): Promise<void> => {
    store.settle();
    const stale = [...new Set(store.takeStale())];
    if (fields.length === 0) return;
    const remove = database.prepare('DELETE FROM words WHERE rowid = ?');
    const insert = database.prepare(
      `INSERT INTO words (rowid, ${columns.join(', ')}) SELECT id, ${texts} FROM document WHERE id = ?`,
    );
    for (let from = 0; from < stale.length; from += rowsPerStep) {
      database.exec('BEGIN');
      for (const id of stale.slice(from, from + rowsPerStep)) {
        if (known.delete(id)) remove.run(id);
        if (insert.run(id).changes) known.add(id);
      }
      database.exec('COMMIT');
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  };

  return {
    refresh() {
      turn = turn.then(readWords);
      return turn;
    },
    matchSql: 'SELECT rowid AS id, -bm25(words) AS score FROM words WHERE words MATCH ?',
    expression(text, mode, searchFields) {
      const named = searchFields ? searchFields.split(',').map((one) => one.trim()) : undefined;
      const chosen = named?.map((name) => {
        const at = fields.findIndex((field) => field.name === name);
        if (at < 0) throw invalidExpression(`'${name}' is not a searchable field.`, 'searchFields');
        return columns[at]!;
      });
      const query = matchExpression(text, mode);
      if (query === undefined || fields.length === 0) return undefined;
      return chosen ? `{${chosen.join(' ')}} : (${query})` : query;
    },
  };
}

interface Clause {
  readonly text: string;
  readonly sign: '' | '+' | '-';
}

/** The simple syntax: https://learn.microsoft.com/azure/search/query-simple-syntax (`|` and groups are read as any). */
function matchExpression(text: string, mode: 'any' | 'all'): string | undefined {
  const clauses: Clause[] = [];
  const pattern = /([+-])?(?:"((?:[^"\\]|\\.)*)"|((?:\\.|[^\s"()|\\])+))|[()|]|\s+|"|\\/gy;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const [, sign, phrase, word] = match;
    const raw = phrase ?? word;
    if (raw === undefined) continue;
    const prefix = word?.endsWith('*') && !word.endsWith('\\*');
    // No word holds a NUL, and SQLite would end the expression there.
    const plain = (prefix ? raw.slice(0, -1) : raw).replace(/\\(.)/g, '$1').replaceAll('\0', ' ');
    if (!/[\p{L}\p{N}]/u.test(plain)) continue;
    clauses.push({
      text: `"${plain.replaceAll('"', '""')}"${prefix ? '*' : ''}`,
      sign: (sign ?? '') as Clause['sign'],
    });
  }
  const excluded = clauses.filter((one) => one.sign === '-').map((one) => one.text);
  const required = clauses.filter((one) => one.sign === '+').map((one) => one.text);
  const optional = clauses.filter((one) => one.sign === '').map((one) => one.text);
  if (required.length + optional.length === 0) return undefined;
  const wanted =
    mode === 'all'
      ? [...required, ...optional].join(' AND ')
      : required.length > 0
        ? required.join(' AND ')
        : optional.join(' OR ');
  return excluded.length === 0 ? wanted : `(${wanted}) NOT (${excluded.join(' OR ')})`;
}
