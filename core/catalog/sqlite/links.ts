import type { JsonObject } from '../../contract/json.ts';
import type { Database } from './database.ts';
import type { StoredIndex } from './definitions.ts';

/** Index, join value, order, key, record. */
export type LinkRow = [index: number, value: string, order: string, key: string, record: number];

/** Brings a record's entries in the join indexes from its old fields to its new ones; the new ones are collected in `added`. */
export function moveLinks(
  database: Database,
  indexes: readonly StoredIndex[] | undefined,
  key: string,
  record: number,
  before: JsonObject | undefined,
  after: JsonObject | undefined,
  added: LinkRow[],
): void {
  for (const index of indexes ?? []) {
    const old = before && index.entry(before);
    const now = after && index.entry(after);
    if (old && now && old.value === now.value && old.order === now.order) continue;
    if (old)
      database.run(
        'DELETE FROM link WHERE idx=? AND value=? AND ord=? AND key=?',
        index.id,
        old.value,
        old.order,
        key,
      );
    if (now) added.push([index.id, now.value, now.order, key, record]);
  }
}

/** Writes new entries in the order in which they lie. */
export function writeLinks(database: Database, rows: LinkRow[]): void {
  rows.sort(
    (one, other) =>
      one[0] - other[0] || order(one[1], other[1]) || order(one[2], other[2]) || order(one[3], other[3]),
  );
  database.insert('INSERT OR REPLACE INTO link(idx,value,ord,key,record)', rows);
}

const order = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** How many records one step of an index build or a fill takes: well under 50 ms on two cores. */
export const stepRecords = 2000;

/** One bounded step of building an index over what is already stored; true while there is more. */
export function buildStep(database: Database, index: StoredIndex, stream: number): boolean {
  const after = database.get('SELECT built_after FROM join_index WHERE id=?', index.id)?.[0];
  if (after === null || after === undefined) return false;
  const rows = liveRecords(database, stream, after as string);
  const bodies = readBodies(
    database,
    rows.map((row) => row.id),
  );
  const added: LinkRow[] = [];
  for (const { key, id } of rows) {
    const data = bodies.get(id);
    const entry = data && index.entry(data);
    if (entry) added.push([index.id, entry.value, entry.order, key, id]);
  }
  writeLinks(database, added);
  const more = rows.length === stepRecords;
  database.run('UPDATE join_index SET built_after=? WHERE id=?', more ? rows.at(-1)!.key : null, index.id);
  return more;
}

/** Live records of a stream in key order, one step's worth. */
export function liveRecords(
  database: Database,
  stream: number,
  after: string,
  limit = stepRecords,
): { key: string; id: number }[] {
  return database
    .all(
      'SELECT key,id FROM record WHERE stream=? AND key>? AND hash IS NOT NULL ORDER BY key LIMIT ?',
      stream,
      after,
      limit,
    )
    .map((row) => ({ key: row[0] as string, id: row[1] as number }));
}

export function readBodies(database: Database, ids: readonly number[]): Map<number, JsonObject> {
  const rows = database.all(
    'SELECT b.id,b.data FROM json_each(?) j CROSS JOIN body b WHERE b.id=j.value',
    JSON.stringify(ids),
  );
  return new Map(rows.map((row) => [row[0] as number, JSON.parse(row[1] as string) as JsonObject]));
}
