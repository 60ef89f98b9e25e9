import type { IndexDefinition, KindDefinition } from '../catalog.ts';
import type { Database } from './database.ts';
import { pushTo, type Definitions, type StoredIndex } from './definitions.ts';
import { markRetired } from './retire-kinds.ts';
import type { StreamIds } from './streams.ts';

/** The stream has no records, and nobody who may not know of the index can be writing any: it is whole as it is. */
const nothingToIndex =
  'NOT EXISTS (SELECT 1 FROM record WHERE stream=?1) AND NOT EXISTS (SELECT 1 FROM lease ' +
  "WHERE name='stream:'||?3 AND epoch<>(SELECT epoch FROM lease WHERE name='compose'))";

/** Inside a transaction: stores what is new of kinds and indexes. Another fingerprint makes every document dirty. */
export function defineKinds(
  database: Database,
  definitions: Definitions,
  streams: StreamIds,
  kinds: readonly KindDefinition[],
): void {
  const indexes = new Set<string>();
  for (const definition of kinds) {
    for (const node of definition.nodes) {
      for (const index of [node.parentIndex, node.partIndex]) {
        if (!index || indexes.has(index.definition)) continue;
        indexes.add(index.definition);
        database.run(
          `INSERT OR IGNORE INTO join_index(stream,definition,built_after) VALUES(?1,?2,CASE WHEN ${nothingToIndex} THEN NULL ELSE '' END)`,
          streams.id(index.stream),
          index.definition,
          index.stream,
        );
      }
    }
    database.run('INSERT OR IGNORE INTO kind(name) VALUES(?)', definition.name);
    if (definition.idle) continue;
    database.run(
      "UPDATE kind SET fingerprint=?, opened=0, waiting_since=NULL, fill_after='' WHERE name=? AND fingerprint IS NOT ?",
      definition.fingerprint,
      definition.name,
      definition.fingerprint,
    );
  }
  const active = kinds.filter((one) => !one.idle).map((one) => one.name);
  markRetired(database, active, [...indexes]);
  attachKinds(database, definitions, kinds);
}

/** Fills the definitions of this process from what is stored; false when an index is missing or not whole. */
export function attachKinds(
  database: Database,
  definitions: Definitions,
  kinds: readonly KindDefinition[],
): boolean {
  for (const map of Object.values(definitions) as Map<unknown, unknown>[]) map.clear();
  const byDefinition = new Map<string, StoredIndex>();
  let isWhole = true;
  let unknown = 0;
  const load = (index: IndexDefinition | undefined): StoredIndex | undefined => {
    if (!index) return undefined;
    const known = byDefinition.get(index.definition);
    if (known) return known;
    const row = database.get('SELECT id,built_after FROM join_index WHERE definition=?', index.definition);
    if (!row || row[1] !== null) isWhole = false;
    const stored: StoredIndex = { ...index, id: (row?.[0] as number | undefined) ?? --unknown };
    byDefinition.set(index.definition, stored);
    definitions.indexes.set(stored.id, stored);
    pushTo(definitions.indexesByStream, index.stream, stored);
    return stored;
  };
  for (const definition of kinds) {
    const row = database.get('SELECT id,opened FROM kind WHERE name=?', definition.name);
    const id = (row?.[0] as number | undefined) ?? --unknown;
    const nodes = definition.nodes.map((node) => ({
      ...node,
      kind: id,
      parentIndex: load(node.parentIndex),
      partIndex: load(node.partIndex),
    }));
    const kind = { id, name: definition.name, definition, nodes, opened: row?.[1] === 1 };
    definitions.kinds.set(definition.name, kind);
    definitions.kindsById.set(id, kind);
    for (const node of nodes) pushTo(definitions.nodesByStream, node.stream, node);
  }
  return isWhole;
}
