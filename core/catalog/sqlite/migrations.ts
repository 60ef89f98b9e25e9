import type { DatabaseSync } from 'node:sqlite';
import { randomUUID } from 'node:crypto';
import { ConfigError } from '../../contract/errors.ts';

/**
 * Each entry brings the schema one version further, in a transaction of its own. Entries are never edited once
 * released. Narrow tables that are looked up by a key are WITHOUT ROWID; bodies lie in a rowid table in order of arrival.
 */
const migrations: readonly string[] = [
  `
  CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE sequence(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE lease(name TEXT PRIMARY KEY, holder TEXT NOT NULL, epoch INTEGER NOT NULL, expires_at INTEGER NOT NULL) WITHOUT ROWID;

  -- changes: records that were added, changed or deleted, ever
  CREATE TABLE stream(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, shape TEXT, cursor TEXT, live_cursor TEXT, as_of TEXT, complete INTEGER NOT NULL DEFAULT 0, changes INTEGER NOT NULL DEFAULT 0);
  -- hash NULL: a tombstone (key and time, no data)
  CREATE TABLE record(stream INTEGER, key TEXT, id INTEGER NOT NULL, hash TEXT, version TEXT, as_of TEXT NOT NULL, PRIMARY KEY(stream,key)) WITHOUT ROWID;
  CREATE INDEX record_gone ON record(stream,as_of) WHERE hash IS NULL;
  CREATE TABLE body(id INTEGER PRIMARY KEY, stream INTEGER NOT NULL, key TEXT NOT NULL, modified_at TEXT, data TEXT NOT NULL);
  -- a first load under way: each partition's cursor; the stream's own cursor follows when all are done
  CREATE TABLE partition(stream INTEGER, name TEXT, value TEXT NOT NULL, cursor TEXT, done INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(stream,name)) WITHOUT ROWID;
  -- a record that was merged into another one
  CREATE TABLE alias(stream INTEGER, key TEXT, into_key TEXT NOT NULL, PRIMARY KEY(stream,key)) WITHOUT ROWID;
  -- what enumerations have shown of each key, and of each scope
  CREATE TABLE etag(stream INTEGER, key TEXT, scope TEXT NOT NULL, etag TEXT NOT NULL, PRIMARY KEY(stream,key)) WITHOUT ROWID;
  CREATE INDEX etag_scope ON etag(stream,scope);
  CREATE TABLE scope(stream INTEGER, scope TEXT, etag TEXT NOT NULL, PRIMARY KEY(stream,scope)) WITHOUT ROWID;
  CREATE TABLE seen(enumeration INTEGER, chunk INTEGER, bits BLOB NOT NULL, PRIMARY KEY(enumeration,chunk)) WITHOUT ROWID;

  -- built_after: the last record key that is in the index; NULL once it is whole
  CREATE TABLE join_index(id INTEGER PRIMARY KEY, stream INTEGER NOT NULL, definition TEXT NOT NULL UNIQUE, built_after TEXT);
  CREATE TABLE link(idx INTEGER, value TEXT, ord TEXT, key TEXT, record INTEGER NOT NULL, PRIMARY KEY(idx,value,ord,key)) WITHOUT ROWID;

  -- fill_after: key of the last root record that the fill has made dirty; NULL when no fill is under way
  -- orphans_after: the last record whose document has been looked at for a root that is gone, after the fill
  CREATE TABLE kind(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, fingerprint TEXT, opened INTEGER NOT NULL DEFAULT 0, waiting_since INTEGER, fill_after TEXT, orphans_after INTEGER);
  CREATE TABLE cause(id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, path TEXT NOT NULL, value TEXT NOT NULL, after_key TEXT NOT NULL DEFAULT '', lane INTEGER NOT NULL);
  CREATE INDEX cause_node ON cause(kind,path,id);
  CREATE TABLE dirty(kind INTEGER, record INTEGER, mark INTEGER NOT NULL, lane INTEGER NOT NULL, PRIMARY KEY(kind,record)) WITHOUT ROWID;
  CREATE INDEX dirty_fresh ON dirty(kind,record) WHERE lane=1;

  -- opened: larger for one that was opened later; settings: as its connector keeps them
  CREATE TABLE slot(id INTEGER PRIMARY KEY, destination TEXT NOT NULL, name TEXT NOT NULL, label TEXT, state TEXT NOT NULL DEFAULT 'active', opened INTEGER NOT NULL DEFAULT 0, settings TEXT, UNIQUE(destination,name));
  CREATE TABLE document(id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, record INTEGER NOT NULL, urn TEXT NOT NULL, content TEXT, UNIQUE(kind,record));
  -- held NULL: not known (in doubt); '': proved absent. todo: 0 settled, 1 fresh, 2 bulk; deletes: 3 the guard has not judged it yet, 4 the guard holds it back
  CREATE TABLE holding(slot INTEGER, document INTEGER, desired TEXT NOT NULL, held TEXT, todo INTEGER NOT NULL, note TEXT, receipt TEXT, addresses TEXT, PRIMARY KEY(slot,document)) WITHOUT ROWID;
  CREATE INDEX holding_fresh ON holding(slot,document) WHERE todo=1;
  CREATE INDEX holding_held ON holding(slot,document) WHERE held<>'';
  CREATE INDEX holding_bulk ON holding(slot,document) WHERE todo=2;
  CREATE INDEX holding_guarded ON holding(slot,todo,document) WHERE todo>2;
  CREATE TABLE attempt(id INTEGER PRIMARY KEY, slot INTEGER NOT NULL, epoch INTEGER NOT NULL, items TEXT NOT NULL);
  CREATE INDEX attempt_slot ON attempt(slot);

  -- payload: what failed, bounded; NULL unless the configuration asks for it
  CREATE TABLE record_quarantine(stream INTEGER, key TEXT, reason TEXT NOT NULL, since TEXT NOT NULL, last_seen TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 1, payload TEXT, PRIMARY KEY(stream,key)) WITHOUT ROWID;
  CREATE INDEX record_payload ON record_quarantine(stream,key) WHERE payload IS NOT NULL;
  -- slot 0: it could not be composed at all; discarded: a person has seen it and wants to hear no more of it
  CREATE TABLE document_quarantine(slot INTEGER, kind INTEGER, record INTEGER, fingerprint TEXT, code TEXT NOT NULL, reason TEXT NOT NULL, since TEXT NOT NULL, last_seen TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 1, discarded INTEGER NOT NULL DEFAULT 0, payload TEXT, PRIMARY KEY(slot,kind,record)) WITHOUT ROWID;
  CREATE INDEX document_payload ON document_quarantine(slot,kind,record) WHERE payload IS NOT NULL;

  CREATE TABLE run(id INTEGER PRIMARY KEY, report TEXT NOT NULL);
  -- used: the day, so that using an entry again the same day writes nothing
  CREATE TABLE cache(name TEXT, key TEXT, used INTEGER NOT NULL, value BLOB NOT NULL, PRIMARY KEY(name,key));
  CREATE INDEX cache_used ON cache(name,used,key);
  CREATE TABLE cache_size(name TEXT PRIMARY KEY, bytes INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TRIGGER cache_added AFTER INSERT ON cache BEGIN
    INSERT INTO cache_size(name,bytes) VALUES(new.name,length(new.key)+length(new.value)) ON CONFLICT(name) DO UPDATE SET bytes=bytes+excluded.bytes;
  END;
  CREATE TRIGGER cache_changed AFTER UPDATE OF value ON cache BEGIN
    UPDATE cache_size SET bytes=bytes+length(new.value)-length(old.value) WHERE name=new.name;
  END;
  CREATE TRIGGER cache_removed AFTER DELETE ON cache BEGIN
    UPDATE cache_size SET bytes=bytes-length(old.key)-length(old.value) WHERE name=old.name;
  END;
  `,
];

export const schemaVersion = migrations.length;

/** Refuses a catalog that a newer version has written. */
export function migrate(connection: DatabaseSync): void {
  const found = Number(
    (connection.prepare('PRAGMA user_version').get() as { user_version: number }).user_version,
  );
  if (found > schemaVersion) {
    throw new ConfigError(
      'CATALOG_TOO_NEW',
      `the catalog has schema version ${found}, this program knows up to ${schemaVersion}`,
      {
        hint: 'use the version of tributary that wrote it, or a newer one',
      },
    );
  }
  for (let version = found; version < schemaVersion; version++) {
    connection.exec('BEGIN IMMEDIATE');
    const again = Number(
      (connection.prepare('PRAGMA user_version').get() as { user_version: number }).user_version,
    );
    if (again === version) {
      connection.exec(migrations[version]!);
      connection.exec(`PRAGMA user_version=${version + 1}`);
    }
    connection.exec('COMMIT');
  }
  connection.prepare("INSERT OR IGNORE INTO meta(key,value) VALUES('installation',?)").run(randomUUID());
}
