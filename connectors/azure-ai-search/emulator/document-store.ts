import { DatabaseSync } from 'node:sqlite';
import type { StoredDocument } from './document-validation.ts';
import { isVectorType, type IndexDefinition } from './index-definition.ts';

/** The documents of one index: what has been accepted, and what of it a query already sees. */
export interface DocumentStore {
  readonly database: DatabaseSync;
  /** The accepted state of a document, visible or not. */
  accepted(key: string): StoredDocument | undefined;
  exists(key: string): boolean;
  /** Takes one request's changes in one transaction; a query sees them after the visibility delay. */
  commit(changes: readonly { readonly key: string; readonly document: StoredDocument | undefined }[]): void;
  /** Lets queries see what is due. Called before every read. */
  settle(): void;
  /** Row ids whose text changed since the last call. */
  takeStale(): number[];
  /** Takes every document for changed. */
  touchAll(): void;
  close(): void;
}

interface PendingChange {
  readonly visibleAt: number;
  readonly key: string;
  readonly document: StoredDocument | undefined;
}

export function createDocumentStore(
  index: () => IndexDefinition,
  options: { readonly now: () => number; readonly visibilityDelayMs: number },
): DocumentStore {
  const database = new DatabaseSync(':memory:');
  database.exec(`
    PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
    CREATE TABLE document (id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, body BLOB NOT NULL);
    CREATE TABLE vector (id INTEGER NOT NULL, field TEXT NOT NULL, data BLOB NOT NULL, PRIMARY KEY (field, id)) WITHOUT ROWID;
  `);
  const find = database.prepare('SELECT id FROM document WHERE key = ?');
  const read = database.prepare('SELECT id, json(body) AS body FROM document WHERE key = ?');
  const insert = database.prepare('INSERT INTO document (key, body) VALUES (?, jsonb(?))');
  const update = database.prepare('UPDATE document SET body = jsonb(?) WHERE id = ?');
  const remove = database.prepare('DELETE FROM document WHERE id = ?');
  const dropVectors = database.prepare('DELETE FROM vector WHERE id = ?');
  const putVector = database.prepare('INSERT INTO vector (id, field, data) VALUES (?, ?, ?)');
  const readVectors = database.prepare('SELECT field, data FROM vector WHERE id = ?');

  let pending: PendingChange[] = [];
  const latest = new Map<string, PendingChange>();
  let stale: number[] = [];

  const show = (key: string, document: StoredDocument | undefined, vectorNames: readonly string[]): void => {
    const known = find.get(key)?.['id'] as number | undefined;
    if (known !== undefined) {
      stale.push(known);
      if (vectorNames.length > 0) dropVectors.run(known);
    }
    if (document === undefined) {
      if (known !== undefined) remove.run(known);
      return;
    }
    const body = vectorNames.length === 0 ? document : without(document, vectorNames);
    let id = known;
    if (id === undefined) {
      id = Number(insert.run(key, JSON.stringify(body)).lastInsertRowid);
      stale.push(id);
    } else update.run(JSON.stringify(body), id);
    for (const name of vectorNames) {
      const numbers = document[name];
      if (Array.isArray(numbers)) putVector.run(id, name, new Uint8Array(Float32Array.from(numbers).buffer));
    }
  };
  const showAll = (changes: readonly { key: string; document: StoredDocument | undefined }[]): void => {
    const vectorNames = index()
      .fields.filter((field) => isVectorType(field.type))
      .map((field) => field.name);
    database.exec('BEGIN');
    for (const { key, document } of changes) show(key, document, vectorNames);
    database.exec('COMMIT');
  };

  return {
    database,
    exists: (key) => {
      const waiting = latest.get(key);
      return waiting ? waiting.document !== undefined : find.get(key) !== undefined;
    },
    accepted(key) {
      const waiting = latest.get(key);
      if (waiting) return waiting.document;
      const row = read.get(key);
      if (!row) return undefined;
      const document = JSON.parse(row['body'] as string) as StoredDocument;
      for (const vector of readVectors.all(row['id'] as number)) {
        document[vector['field'] as string] = numbersOf(vector['data'] as Uint8Array);
      }
      return document;
    },
    commit(changes) {
      if (options.visibilityDelayMs <= 0) {
        showAll(changes);
        return;
      }
      const visibleAt = options.now() + options.visibilityDelayMs;
      for (const { key, document } of changes) {
        const change = { visibleAt, key, document };
        pending.push(change);
        latest.set(key, change);
      }
    },
    settle() {
      const now = options.now();
      if (pending.length === 0 || pending[0]!.visibleAt > now) return;
      const due = pending.filter((one) => one.visibleAt <= now);
      pending = pending.filter((one) => one.visibleAt > now);
      showAll(due);
      for (const one of due) if (latest.get(one.key) === one) latest.delete(one.key);
    },
    takeStale() {
      const taken = stale;
      stale = [];
      return taken;
    },
    touchAll() {
      stale = database
        .prepare('SELECT id FROM document')
        .all()
        .map((row) => row['id'] as number);
    },
    close: () => database.close(),
  };
}

export const numbersOf = (data: Uint8Array): number[] => [...new Float32Array(data.slice().buffer)];

function without(document: StoredDocument, names: readonly string[]): StoredDocument {
  const rest = { ...document };
  for (const name of names) delete rest[name];
  return rest;
}
