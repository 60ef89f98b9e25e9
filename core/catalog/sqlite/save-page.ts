import { hash } from 'node:crypto';
import type { Json, JsonObject } from '../../contract/json.ts';
import { noStreamCounts, type StreamCounts } from '../../observe/report.ts';
import type { PageInput } from '../catalog.ts';
import type { Database, SqlValue } from './database.ts';
import type { Definitions } from './definitions.ts';
import { moveLinks, readBodies, writeLinks, type LinkRow } from './links.ts';
import { clearQuarantine, quarantineRecord } from './record-quarantine.ts';
import { refusal, shortKey, textOf } from './record-text.ts';
import { bulkLane, collectTouches, freshLane, type Touches } from './touch.ts';

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
  /** Rows to insert, written together when the page has been gone through. */
  readonly added: { readonly records: RecordRow[]; readonly bodies: BodyRow[]; readonly links: LinkRow[] };
  /** Begins every version that is stored: those of another shape (another cursor field) are not comparable. */
  readonly versionTag: string;
  newId(): number;
}
type RecordRow = [
  stream: number,
  key: string,
  id: number,
  hash: string | null,
  version: string | null,
  asOf: string,
];
type BodyRow = [id: number, stream: number, key: string, modifiedAt: string | null, data: string];

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
  const quarantine = (key: string, reason: string, content: Json | undefined): void => {
    counts.read++;
    counts.quarantined++;
    const payload = page.keepPayload ? content : undefined;
    quarantineRecord(database, stream.id, key, { reason, payload }, page.asOf);
  };
  const incoming = new Map<string, PageInput['records'][number] | undefined>();
  const remove = (key: string): void => {
    if (key.isWellFormed()) return void incoming.set(key, undefined);
    // Never stored under such a key.
    counts.read++;
    counts.older++;
    clearQuarantine(database, stream.id, [shortKey(key)]);
  };
  for (const key of page.deleted) remove(key);
  for (const { key, into } of page.merged ?? []) {
    remove(key);
    database.run('INSERT OR REPLACE INTO alias(stream,key,into_key) VALUES(?,?,?)', stream.id, key, into);
  }
  for (const record of page.records) {
    const reason = refusal(record);
    if (reason !== undefined) quarantine(String(record.key ?? ''), reason, record.data);
    else {
      const earlier = incoming.get(record.key);
      if (incoming.has(record.key)) {
        counts.read++;
        counts.older++;
      }
      if (earlier?.version !== undefined && record.version !== undefined && record.version < earlier.version)
        continue;
      incoming.set(record.key, record);
    }
  }
  for (const { key, reason, payload } of page.unreadable) quarantine(key ?? '', reason, payload);

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
    added: { records: [], bodies: [], links: [] },
    versionTag: tagOf(database, stream.id),
    newId: () => nextId++,
  };
  for (const [key, record] of incoming) {
    counts.read++;
    if (record) saveRecord(step, keepUntold(step, page.fields, record, stored.get(key)), stored.get(key));
    else saveDelete(step, key, stored.get(key));
  }
  writeAdded(database, step.added);
  clearQuarantine(database, stream.id, [...incoming.keys()]);
  step.touches.write();
  saveCursor(database, stream.id, page, counts);
  return counts;
}

function writeAdded(database: Database, { records, bodies, links }: Step['added']): void {
  records.sort((one, other) => (one[1] < other[1] ? -1 : 1));
  database.insert('INSERT INTO record(stream,key,id,hash,version,as_of)', records);
  database.insert(
    'INSERT INTO body(id,stream,key,modified_at,data)',
    bodies,
    'ON CONFLICT(id) DO UPDATE SET modified_at=excluded.modified_at, data=excluded.data',
  );
  writeLinks(database, links);
}

const tagLength = 4;

function tagOf(database: Database, stream: number): string {
  const shape = database.get('SELECT shape FROM stream WHERE id=?', stream)?.[0] as string | null | undefined;
  return hash('sha256', shape ?? '', 'base64url').slice(0, tagLength);
}

function saveCursor(database: Database, stream: number, page: PageInput, counts: StreamCounts): void {
  const cursor = page.cursor === undefined ? null : JSON.stringify(page.cursor);
  const own = page.partition === undefined ? cursor : null;
  database.run(
    'UPDATE stream SET as_of=?, cursor=coalesce(?,cursor), changes=changes+? WHERE id=?',
    page.asOf,
    own,
    counts.new + counts.changed + counts.deleted,
    stream,
  );
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

/** A field that the source cannot tell any more (a permission was lost) must not look like one that was emptied. */
function keepUntold(
  step: Step,
  fields: readonly string[] | undefined,
  record: PageInput['records'][number],
  before: Stored | undefined,
): PageInput['records'][number] {
  const old = before?.hash ? step.oldData.get(before.id) : undefined;
  if (!old || !fields?.some((field) => !(field in record.data) && field in old)) return record;
  const data: Record<string, Json> = {};
  for (const [field, value] of Object.entries(old)) {
    const told = record.data[field];
    if (told !== undefined) data[field] = told;
    else if (fields.includes(field)) data[field] = value;
  }
  return { ...record, data: { ...data, ...record.data } };
}

function saveRecord(step: Step, record: PageInput['records'][number], before: Stored | undefined): void {
  const { database, stream, asOf, counts, added } = step;
  const version = record.version === undefined ? null : step.versionTag + record.version;
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
    added.records.push([stream.id, record.key, id, hash, version, asOf]);
  }
  added.bodies.push([id, stream.id, record.key, record.modifiedAt ?? null, text]);
  const indexes = step.definitions.indexesByStream.get(stream.name);
  moveLinks(database, indexes, record.key, id, old, record.data, added.links);
  step.touches.record(stream.name, id, old, record.data);
  if (before?.hash) counts.changed++;
  else counts.new++;
}

function saveDelete(step: Step, key: string, before: Stored | undefined): void {
  const { stream, asOf, counts, added } = step;
  if (!before) {
    added.records.push([stream.id, key, step.newId(), null, null, asOf]);
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
  moveLinks(database, step.definitions.indexesByStream.get(stream.name), key, id, old, undefined, []);
  step.touches.record(stream.name, id, old, undefined);
}

function isOlder(before: Stored, version: string | null, asOf: string): boolean {
  if (before.hash === null) return asOf < before.asOf;
  const known = before.version;
  const isComparable = version?.slice(0, tagLength) === known?.slice(0, tagLength);
  if (version === null || known === null || version === known || !isComparable) return asOf < before.asOf;
  return version < known;
}
