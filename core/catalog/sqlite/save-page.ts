import { hash } from 'node:crypto';
import type { JsonObject } from '../../contract/json.ts';
import { noStreamCounts, type StreamCounts } from '../../observe/report.ts';
import type { PageInput } from '../catalog.ts';
import type { Database, SqlValue } from './database.ts';
import type { Definitions } from './definitions.ts';
import { moveLinks, readBodies } from './links.ts';
import { bulkLane, collectTouches, freshLane, type Touches } from './touch.ts';

export const maxKeyLength = 512;

interface Stored {
  readonly id: number;
  /** Null: a tombstone. */
  readonly hash: string | null;
  readonly version: string | null;
  readonly asOf: string;
}

/** What saving the records of one page shares. */
interface Step {
  readonly database: Database;
  readonly definitions: Definitions;
  readonly stream: { readonly id: number; readonly name: string };
  readonly asOf: string;
  readonly oldData: ReadonlyMap<number, JsonObject>;
  readonly touches: Touches;
  readonly counts: StreamCounts;
  newId(): number;
}

/**
 * Inside a transaction. A record is replaced only by one that is not older: by the source's version where both have
 * one, else by when its read began. A delete leaves a tombstone that a read begun before it cannot overwrite.
 */
export function savePage(
  database: Database,
  definitions: Definitions,
  stream: { readonly id: number; readonly name: string },
  page: PageInput,
): StreamCounts {
  const counts = noStreamCounts();
  const quarantine = (key: string, reason: string): void => {
    counts.read++;
    counts.quarantined++;
    database.run(
      'INSERT INTO record_quarantine(stream,key,reason,since) VALUES(?,?,?,?) ON CONFLICT(stream,key) DO UPDATE SET reason=excluded.reason',
      stream.id,
      key,
      reason,
      page.asOf,
    );
  };
  const incoming = new Map<string, PageInput['records'][number] | undefined>();
  for (const key of page.deleted) incoming.set(key, undefined);
  for (const { key, into } of page.merged ?? []) {
    incoming.set(key, undefined);
    database.run('INSERT OR REPLACE INTO alias(stream,key,into_key) VALUES(?,?,?)', stream.id, key, into);
  }
  for (const record of page.records) {
    if (typeof record.key !== 'string' || record.key === '') quarantine('', 'the record has no key');
    else if (record.key.length > maxKeyLength)
      quarantine(record.key.slice(0, 64), `the key is longer than ${maxKeyLength} characters`);
    else {
      if (incoming.has(record.key)) {
        counts.read++;
        counts.older++;
      }
      incoming.set(record.key, record);
    }
  }
  for (const { key, reason } of page.unreadable) quarantine(key ?? '', reason);

  const stored = lookUp(database, stream.id, [...incoming.keys()]);
  let nextId = incoming.size > stored.size ? database.next('record', incoming.size - stored.size) : 0;
  const step: Step = {
    database,
    definitions,
    stream,
    asOf: page.asOf,
    oldData: readChanged(database, incoming, stored),
    touches: collectTouches(database, definitions, page.bulk ? bulkLane : freshLane),
    counts,
    newId: () => nextId++,
  };
  for (const [key, record] of incoming) {
    counts.read++;
    if (record) saveRecord(step, record, stored.get(key));
    else saveDelete(step, key, stored.get(key));
  }
  clearQuarantine(database, stream.id, [...incoming.keys()]);
  step.touches.write();
  saveCursor(database, stream.id, page);
  return counts;
}

function saveCursor(database: Database, stream: number, page: PageInput): void {
  const cursor = page.cursor === undefined ? null : JSON.stringify(page.cursor);
  const own = page.partition === undefined ? cursor : null;
  database.run('UPDATE stream SET as_of=?, cursor=coalesce(?,cursor) WHERE id=?', page.asOf, own, stream);
  if (page.partition !== undefined && cursor !== null) {
    database.run('UPDATE partition SET cursor=? WHERE stream=? AND name=?', cursor, stream, page.partition);
  }
}

export function lookUp(database: Database, stream: number, keys: readonly string[]): Map<string, Stored> {
  const rows = database.all(
    'SELECT r.key,r.id,r.hash,r.version,r.as_of FROM json_each(?) j CROSS JOIN record r WHERE r.stream=? AND r.key=j.value',
    JSON.stringify(keys),
    stream,
  );
  return new Map(rows.map((row) => [row[0] as string, toStored(row)]));
}

const toStored = (row: SqlValue[]): Stored => ({
  id: row[1] as number,
  hash: row[2] as string | null,
  version: row[3] as string | null,
  asOf: row[4] as string,
});

/** SHA-256 over the record as it arrived: a source that reorders its keys costs a composition, never a wrong result. */
const hashOf = (text: string): string => hash('sha256', text, 'base64url').slice(0, 22);

const texts = new WeakMap<object, { text: string; hash: string }>();
function textOf(record: { data: JsonObject }): { text: string; hash: string } {
  let made = texts.get(record);
  if (!made) {
    const text = JSON.stringify(record.data);
    made = { text, hash: hashOf(text) };
    texts.set(record, made);
  }
  return made;
}

/** The stored bodies of records that are about to change or go: they hold the old join values. */
function readChanged(
  database: Database,
  incoming: Map<string, PageInput['records'][number] | undefined>,
  stored: Map<string, Stored>,
): Map<number, JsonObject> {
  const ids: number[] = [];
  for (const [key, record] of incoming) {
    const before = stored.get(key);
    if (before?.hash && (!record || textOf(record).hash !== before.hash)) ids.push(before.id);
  }
  if (ids.length === 0) return new Map();
  return readBodies(database, ids);
}

function saveRecord(step: Step, record: PageInput['records'][number], before: Stored | undefined): void {
  const { database, stream, asOf, counts } = step;
  const version = record.version ?? null;
  if (before && isOlder(before, version, asOf)) {
    counts.older++;
    return;
  }
  const { text, hash } = textOf(record);
  if (before?.hash === hash) {
    counts.unchanged++;
    if (version !== before.version) {
      database.run(
        'UPDATE record SET version=?, as_of=? WHERE stream=? AND key=?',
        version,
        asOf,
        stream.id,
        record.key,
      );
    }
    return;
  }
  const id = before?.id ?? step.newId();
  const old = before?.hash ? step.oldData.get(id) : undefined;
  if (before) {
    database.run(
      'UPDATE record SET hash=?, version=?, as_of=? WHERE stream=? AND key=?',
      hash,
      version,
      asOf,
      stream.id,
      record.key,
    );
  } else {
    database.run(
      'INSERT INTO record(stream,key,id,hash,version,as_of) VALUES(?,?,?,?,?,?)',
      stream.id,
      record.key,
      id,
      hash,
      version,
      asOf,
    );
  }
  database.run(
    'INSERT INTO body(id,stream,key,modified_at,data) VALUES(?,?,?,?,?) ON CONFLICT(id) DO UPDATE SET modified_at=excluded.modified_at, data=excluded.data',
    id,
    stream.id,
    record.key,
    record.modifiedAt ?? null,
    text,
  );
  moveLinks(database, step.definitions.indexesByStream.get(stream.name), record.key, id, old, record.data);
  step.touches.record(stream.name, id, old, record.data);
  if (before?.hash) counts.changed++;
  else counts.new++;
}

function saveDelete(step: Step, key: string, before: Stored | undefined): void {
  const { database, stream, asOf, counts } = step;
  if (!before) {
    database.run(
      'INSERT INTO record(stream,key,id,hash,version,as_of) VALUES(?,?,?,NULL,NULL,?)',
      stream.id,
      key,
      step.newId(),
      asOf,
    );
    counts.older++;
    return;
  }
  if (asOf < before.asOf || before.hash === null) {
    counts.older++;
    return;
  }
  removeRecord(step, key, before.id, step.oldData.get(before.id));
  counts.deleted++;
}

/** Leaves a tombstone: key and time, no data. */
export function removeRecord(
  step: Pick<Step, 'database' | 'definitions' | 'stream' | 'asOf' | 'touches'>,
  key: string,
  id: number,
  old: JsonObject | undefined,
): void {
  const { database, stream } = step;
  database.run(
    'UPDATE record SET hash=NULL, version=NULL, as_of=? WHERE stream=? AND key=?',
    step.asOf,
    stream.id,
    key,
  );
  database.run('DELETE FROM body WHERE id=?', id);
  moveLinks(database, step.definitions.indexesByStream.get(stream.name), key, id, old, undefined);
  step.touches.record(stream.name, id, old, undefined);
}

function isOlder(before: Stored, version: string | null, asOf: string): boolean {
  if (before.hash === null) return asOf < before.asOf;
  if (version !== null && before.version !== null && version !== before.version)
    return version < before.version;
  return asOf < before.asOf;
}

/** What could be read again is no longer quarantined. */
function clearQuarantine(database: Database, stream: number, keys: readonly string[]): void {
  if (!database.get('SELECT 1 FROM record_quarantine WHERE stream=? LIMIT 1', stream)) return;
  database.run(
    'DELETE FROM record_quarantine WHERE stream=? AND key IN (SELECT value FROM json_each(?))',
    stream,
    JSON.stringify(keys),
  );
}
