import type { Database } from './database.ts';
import type { Definitions, StoredNode } from './definitions.ts';
import { readBodies } from './links.ts';
import { markDirty } from './touch.ts';

const stepCauses = 500;
const stepAnchors = 2000;

/**
 * One bounded step, inside a transaction: turns the oldest causes of one node into dirty documents, or into causes of
 * the node above it. A cause that concerns more documents than a step takes keeps its place. True while there is more.
 */
export function expandCauses(database: Database, definitions: Definitions): boolean {
  const first = database.get('SELECT kind,path FROM cause ORDER BY id LIMIT 1');
  if (!first) return false;
  const [kindId, path] = first as [number, string];
  const kind = definitions.kindsById.get(kindId);
  const node = kind?.nodes.find((one) => one.path === path);
  if (!kind || !node?.parentIndex) {
    database.run('DELETE FROM cause WHERE kind=? AND path=?', kindId, path);
    return true;
  }
  const causes = database.all(
    'SELECT id,lane FROM cause WHERE kind=? AND path=? ORDER BY id LIMIT ?',
    kindId,
    path,
    stepCauses,
  );
  const lastCause = causes.at(-1)![0] as number;
  const anchors = database.all(
    `SELECT c.id,l.key,l.record,c.lane FROM (SELECT id,value,after_key,lane FROM cause WHERE kind=? AND path=? ORDER BY id LIMIT ?) c
     CROSS JOIN link l ON l.idx=? AND l.value=c.value AND l.ord='' AND l.key>c.after_key ORDER BY c.id,l.key LIMIT ?`,
    kindId,
    path,
    stepCauses,
    node.parentIndex.id,
    stepAnchors,
  );
  const parent = kind.nodes.find((one) => one.path === node.parent)!;
  raise(
    database,
    kindId,
    parent,
    anchors.map((row) => ({ record: row[2] as number, lane: row[3] as number })),
  );

  if (anchors.length < stepAnchors) {
    database.run('DELETE FROM cause WHERE kind=? AND path=? AND id<=?', kindId, path, lastCause);
  } else {
    const [openCause, openKey] = anchors.at(-1) as [number, string];
    database.run('DELETE FROM cause WHERE kind=? AND path=? AND id<?', kindId, path, openCause);
    database.run('UPDATE cause SET after_key=? WHERE id=?', openKey, openCause);
  }
  return true;
}

function raise(
  database: Database,
  kind: number,
  node: StoredNode,
  anchors: readonly { record: number; lane: number }[],
): void {
  for (const lane of [1, 2]) {
    const records = [...new Set(anchors.filter((one) => one.lane === lane).map((one) => one.record))];
    if (records.length === 0) continue;
    if (!node.partIndex) {
      markDirty(database, kind, records, database.next('mark'), lane);
      continue;
    }
    const values = new Set<string>();
    for (const data of readBodies(database, records).values()) {
      const value = node.partIndex.entry(data)?.value;
      if (value !== undefined) values.add(value);
    }
    for (const value of values) {
      database.run('INSERT INTO cause(kind,path,value,lane) VALUES(?,?,?,?)', kind, node.path, value, lane);
    }
  }
}
