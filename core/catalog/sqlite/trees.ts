import type { JsonObject } from '../../contract/json.ts';
import type { RecordTree } from '../catalog.ts';
import type { Database, Row } from './database.ts';
import type { StoredNode } from './definitions.ts';

interface MutableTree extends RecordTree {
  readonly parts: Record<string, RecordTree[]>;
}

/** Root records with their parts: one query for each node and batch; a limited part costs its limit, not its children. */
export function readTrees(
  database: Database,
  nodes: readonly StoredNode[],
  stream: number,
  records: readonly number[],
): Map<number, RecordTree> {
  const rows = database.all(
    'SELECT b.id,b.key,b.modified_at,b.data FROM json_each(?) j CROSS JOIN body b WHERE b.id=j.value AND b.stream=?',
    JSON.stringify(records),
    stream,
  );
  const roots = new Map<number, MutableTree>(rows.map((row) => [row[0] as number, toTree(row)]));
  const children = (parent: string): StoredNode[] => nodes.filter((node) => node.parent === parent);
  const attach = (parents: readonly MutableTree[], node: StoredNode): void => {
    if (!node.parentIndex || !node.partIndex) return;
    const wanted = new Map<string, MutableTree[]>();
    for (const parent of parents) {
      parent.parts[node.name] = [];
      const value = node.parentIndex.entry(parent.data)?.value;
      if (value === undefined) continue;
      const list = wanted.get(value);
      if (list) list.push(parent);
      else wanted.set(value, [parent]);
    }
    if (wanted.size === 0) return;
    const found = readParts(database, node, node.partIndex.id, [...wanted.keys()]);
    const all: MutableTree[] = [];
    for (const [value, trees] of found) {
      all.push(...trees);
      for (const parent of wanted.get(value)!) parent.parts[node.name] = trees;
    }
    for (const child of children(node.path)) attach(all, child);
  };
  for (const node of children('')) attach([...roots.values()], node);
  return roots;
}

const toTree = (row: Row): MutableTree => ({
  key: row[1] as string,
  ...(row[2] === null ? {} : { modifiedAt: row[2] as string }),
  data: JSON.parse(row[3] as string) as JsonObject,
  parts: {},
});

/** Parts by join value, in the node's order (ties by key), at most its limit each. */
function readParts(
  database: Database,
  node: StoredNode,
  index: number,
  values: readonly string[],
): Map<string, MutableTree[]> {
  const found = new Map<string, MutableTree[]>();
  const enough = values.length * Math.min(node.limit, 25) * 4 + 1000;
  const rows = database.all(
    `SELECT b.id,b.key,b.modified_at,b.data,l.value FROM json_each(?) j CROSS JOIN link l ON l.idx=? AND l.value=j.value
     CROSS JOIN body b ON b.id=l.record LIMIT ?`,
    JSON.stringify(values),
    index,
    enough,
  );
  if (rows.length < enough) {
    const byValue = new Map<string, Row[]>();
    for (const row of rows) {
      const list = byValue.get(row[4] as string);
      if (list) list.push(row);
      else byValue.set(row[4] as string, [row]);
    }
    for (const [value, own] of byValue) {
      const ordered = node.descending ? own.reverse() : own;
      found.set(value, ordered.slice(0, node.limit).map(toTree));
    }
    return found;
  }
  const direction = node.descending ? 'DESC' : 'ASC';
  for (const value of values) {
    const own = database.all(
      `SELECT b.id,b.key,b.modified_at,b.data FROM (SELECT record,ord,key FROM link WHERE idx=? AND value=? ORDER BY ord ${direction},key ${direction} LIMIT ?) l
       CROSS JOIN body b ON b.id=l.record ORDER BY l.ord ${direction},l.key ${direction}`,
      index,
      value,
      node.limit,
    );
    if (own.length > 0) found.set(value, own.map(toTree));
  }
  return found;
}
