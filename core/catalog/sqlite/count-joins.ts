import type { JoinReport } from '../../observe/report.ts';
import type { Database, SqlValue } from './database.ts';
import type { Definitions, StoredIndex, StoredNode } from './definitions.ts';
import type { StreamIds } from './streams.ts';

/** Entries of one step: well under 50 ms, however many there are. */
const stepEntries = 10_000;
const note = 'joins';

type Counted = Omit<JoinReport, 'kind' | 'part'>;
interface Noted {
  /** Of which indexes, after how many changes of their streams. */
  readonly of: string;
  readonly counted: Counted;
}

/**
 * How many roots have each part, and how many part records found none: counted step by step, with nothing in a step
 * that is not a report. What has not changed since it was counted last is not counted again.
 */
export function* countJoins(
  database: Database,
  definitions: Definitions,
  streams: StreamIds,
): Generator<JoinReport | undefined> {
  const noted = readNoted(database);
  const kept: Record<string, Noted> = {};
  for (const kind of definitions.kinds.values()) {
    for (const node of kind.nodes) {
      const { parentIndex, partIndex } = node;
      if (!parentIndex || !partIndex) continue;
      const parent = kind.nodes.find((one) => one.path === node.parent)!;
      const name = `${kind.name}/${node.path}`;
      const of = stateOf(database, streams, parent, parentIndex, partIndex);
      const known = noted[name];
      const counted = known?.of === of ? known.counted : yield* count(parent, parentIndex, partIndex);
      kept[name] = { of, counted };
      yield { kind: kind.name, part: node.path, ...counted };
    }
  }
  if (JSON.stringify(kept) !== JSON.stringify(noted))
    database.run('INSERT OR REPLACE INTO meta(key,value) VALUES(?,?)', note, JSON.stringify(kept));

  function* count(
    parent: StoredNode,
    parentIndex: StoredIndex,
    partIndex: StoredIndex,
  ): Generator<undefined, Counted> {
    const parents = yield* countRecords(database, streams.id(parent.stream));
    const ofParents = yield* countLinks(database, parentIndex.id, partIndex.id);
    const ofParts = yield* countLinks(database, partIndex.id, parentIndex.id);
    return {
      parents,
      parentsWithPart: ofParents.matched,
      partRecords: ofParts.links,
      partRecordsWithoutParent: ofParts.links - ofParts.matched,
    };
  }
}

function readNoted(database: Database): Record<string, Noted> {
  const row = database.get('SELECT value FROM meta WHERE key=?', note);
  return row ? (JSON.parse(row[0] as string) as Record<string, Noted>) : {};
}

/** Links change with the records of their streams alone, or while their index is built. */
function stateOf(
  database: Database,
  streams: StreamIds,
  parent: StoredNode,
  parentIndex: StoredIndex,
  partIndex: StoredIndex,
): string {
  const changesOf = (stream: string): SqlValue =>
    database.get('SELECT changes FROM stream WHERE id=?', streams.id(stream))![0]!;
  const indexOf = ({ id, definition, stream }: StoredIndex): SqlValue[] => [
    definition,
    changesOf(stream),
    database.get('SELECT built_after FROM join_index WHERE id=?', id)?.[0] ?? null,
  ];
  return JSON.stringify([changesOf(parent.stream), indexOf(parentIndex), indexOf(partIndex)]);
}

function* countRecords(database: Database, stream: number): Generator<undefined, number> {
  let count = 0;
  let after = '';
  for (;;) {
    const last = database.get(
      `SELECT key FROM record WHERE stream=? AND key>? ORDER BY key LIMIT 1 OFFSET ${stepEntries - 1}`,
      stream,
      after,
    )?.[0] as string | undefined;
    count += database.get(
      `SELECT count(*) FROM record WHERE stream=? AND key>? ${last === undefined ? '' : 'AND key<=?'} AND hash IS NOT NULL`,
      stream,
      after,
      ...(last === undefined ? [] : [last]),
    )![0] as number;
    yield;
    if (last === undefined) return count;
    after = last;
  }
}

/** Entries of an index, and how many of them have the join value of an entry in the other. */
function* countLinks(
  database: Database,
  index: number,
  other: number,
): Generator<undefined, { readonly links: number; readonly matched: number }> {
  let links = 0;
  let matched = 0;
  let after = ['', '', ''];
  for (;;) {
    const last = database.get(
      `SELECT value,ord,key FROM link WHERE idx=? AND (value,ord,key)>(?,?,?) ORDER BY value,ord,key LIMIT 1 OFFSET ${stepEntries - 1}`,
      index,
      ...after,
    ) as string[] | undefined;
    const row = database.get(
      'SELECT count(*),total(EXISTS (SELECT 1 FROM link b WHERE b.idx=? AND b.value=a.value)) FROM link a ' +
        `WHERE a.idx=? AND (a.value,a.ord,a.key)>(?,?,?) ${last ? 'AND (a.value,a.ord,a.key)<=(?,?,?)' : ''}`,
      other,
      index,
      ...after,
      ...(last ?? []),
    )!;
    links += row[0] as number;
    matched += row[1] as number;
    yield;
    if (!last) return { links, matched };
    after = last;
  }
}
