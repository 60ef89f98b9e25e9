import { DatabaseSync } from 'node:sqlite';
import type { DocumentStore } from './document-store.ts';

export interface RankedChunk {
  readonly id: string;
  readonly chunk: number;
  readonly text: string;
  readonly score: number;
}
export interface Ranking {
  /** Chunks that share a word with the question, best first. */
  search(question: string): Iterable<RankedChunk>;
  close(): void;
}

/** About 300 tokens with 20 % overlap, the service's default chunking. */
const wordsPerChunk = 220;
const overlapWords = 44;

/** Full-text ranking (BM25) in place of embeddings. Texts are indexed when a question is first asked after a change. */
export function createRanking(store: DocumentStore): Ranking {
  const database = new DatabaseSync(':memory:');
  database.exec(
    "CREATE TABLE place (row INTEGER PRIMARY KEY, id TEXT NOT NULL, chunk INTEGER NOT NULL); CREATE INDEX place_id ON place (id); CREATE VIRTUAL TABLE chunks USING fts5(text, tokenize='porter unicode61');",
  );
  const forgetChunks = database.prepare(
    'DELETE FROM chunks WHERE rowid IN (SELECT row FROM place WHERE id = ?)',
  );
  const forgetPlaces = database.prepare('DELETE FROM place WHERE id = ?');
  const addPlace = database.prepare('INSERT INTO place (id, chunk) VALUES (?, ?)');
  const addChunk = database.prepare('INSERT INTO chunks (rowid, text) VALUES (?, ?)');
  const find = database.prepare(
    'SELECT place.id, place.chunk, chunks.text, -bm25(chunks) AS score FROM chunks JOIN place ON place.row = chunks.rowid WHERE chunks MATCH ? ORDER BY bm25(chunks), place.row',
  );

  const refresh = (): void => {
    const changed = store.changedSinceLastRead();
    if (changed.size === 0) return;
    database.exec('BEGIN');
    for (const id of changed) {
      forgetChunks.run(id);
      forgetPlaces.run(id);
      const live = store.get(id)?.live;
      for (const [chunk, text] of (live ? cut(live.text) : []).entries())
        addChunk.run(addPlace.run(id, chunk).lastInsertRowid, text);
    }
    database.exec('COMMIT');
  };
  return {
    *search(question) {
      refresh();
      const words = question.match(/[\p{L}\p{N}]+/gu) ?? [];
      if (words.length === 0) return;
      const rows = find.iterate(words.map((word) => `"${word}"`).join(' OR '));
      for (const row of rows)
        yield {
          id: String(row['id']),
          chunk: Number(row['chunk']),
          text: String(row['text']),
          score: squash(Number(row['score'])),
        };
    },
    close: () => database.close(),
  };
}

/** BM25 has no upper bound; the service's scores lie between 0 and 1. */
const squash = (score: number): number => score / (1 + score);

/** Fixed-size chunks, cut at white space, with the text between the words untouched. */
export function cut(text: string): readonly string[] {
  const words = [...text.matchAll(/\S+/g)];
  if (words.length <= wordsPerChunk) return words.length === 0 ? [] : [text];
  const chunks: string[] = [];
  for (let from = 0; from < words.length; from += wordsPerChunk - overlapWords) {
    const last = words[Math.min(from + wordsPerChunk, words.length) - 1];
    if (last) chunks.push(text.slice(words[from]?.index, last.index + last[0].length));
    if (from + wordsPerChunk >= words.length) break;
  }
  return chunks;
}
