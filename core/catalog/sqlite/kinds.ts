import type { DirtyDocument, KindStore, Lease } from '../catalog.ts';
import { expandCauses } from './causes.ts';
import type { Database } from './database.ts';
import type { Definitions } from './definitions.ts';
import type { FencedLeases } from './leases.ts';
import { attachKinds, defineKinds } from './define-kinds.ts';
import { buildStep, liveRecords, stepRecords } from './links.ts';
import { retireStep } from './retire-kinds.ts';
import type { StreamIds } from './streams.ts';
import { bulkLane, freshLane, markDirty } from './touch.ts';
import { readTrees } from './trees.ts';

/** The name under which composing is leased: one composer at a time for a catalog. */
export const composeLease = 'compose';

export function createKindStore(
  database: Database,
  definitions: Definitions,
  leases: FencedLeases,
  streams: StreamIds,
): KindStore {
  const guarded = <T>(lease: Lease, work: () => T): T =>
    database.transaction(() => {
      leases.guard(lease, composeLease);
      return work();
    });
  const kindOf = (name: string) => {
    const kind = definitions.kinds.get(name);
    if (!kind) throw new Error(`kind ${name} was not defined`);
    return kind;
  };
  const isComplete = (stream: string): boolean =>
    database.get('SELECT complete FROM stream WHERE id=?', streams.id(stream))![0] === 1;

  return {
    define: (lease, kinds) => guarded(lease, () => defineKinds(database, definitions, streams, kinds)),
    retire: (lease) => guarded(lease, () => retireStep(database)),
    isOpen: (kind) => definitions.kinds.get(kind)?.opened ?? false,
    attach: (kinds) => attachKinds(database, definitions, kinds),
    buildIndexes: (lease) =>
      guarded(lease, () => {
        for (const index of definitions.indexes.values()) {
          if (buildStep(database, index, streams.id(index.stream))) return true;
        }
        return dropObsoleteIndex(database, definitions);
      }),
    open: (lease, now) =>
      guarded(lease, () => {
        const waiting = new Map<string, string[]>();
        for (const kind of definitions.kinds.values()) {
          if (kind.opened || kind.definition.idle) continue;
          const since = database.get('SELECT waiting_since FROM kind WHERE id=?', kind.id)![0] as
            number | null;
          const unread = kind.nodes.filter((node) => !isComplete(node.stream));
          const waits = unread.filter((node) => node.required || now - (since ?? now) < node.waitMs);
          if (waits.length > 0) {
            if (since === null) database.run('UPDATE kind SET waiting_since=? WHERE id=?', now, kind.id);
            waiting.set(kind.name, [...new Set(waits.map((node) => node.stream))]);
            continue;
          }
          database.run("UPDATE kind SET opened=1, fill_after=coalesce(fill_after,'') WHERE id=?", kind.id);
          kind.opened = true;
        }
        return waiting;
      }),
    missing: (kind) =>
      kindOf(kind)
        .nodes.filter((node) => !node.required && !isComplete(node.stream))
        .map((node) => node.path),
    expand: (lease) =>
      guarded(lease, () => fillStep(database, definitions, streams) || expandCauses(database, definitions)),
    countDirty: (kind) =>
      database.get('SELECT count(*) FROM dirty WHERE kind=?', kindOf(kind).id)![0] as number,
    takeDirty(kind, limit, among) {
      const id = kindOf(kind).id;
      const filter = among ? 'AND record IN (SELECT value FROM json_each(?))' : '';
      const take = (lane: number, most: number): DirtyDocument[] =>
        database
          .all(
            `SELECT record,mark FROM dirty ${lane === freshLane ? 'INDEXED BY dirty_fresh' : ''} WHERE kind=? AND lane=${lane} ${filter} ORDER BY record LIMIT ?`,
            id,
            ...(among ? [JSON.stringify(among)] : []),
            most,
          )
          .map((row) => ({ record: row[0] as number, mark: row[1] as number, bulk: lane === bulkLane }));
      const fresh = take(freshLane, Math.ceil(limit * 0.8));
      return [...fresh, ...take(bulkLane, limit - fresh.length)];
    },
    trees(kind, records) {
      const { nodes } = kindOf(kind);
      return readTrees(database, nodes, streams.id(nodes[0]!.stream), records);
    },
    rootRecords: (kind, after, limit) =>
      liveRecords(database, streams.id(kindOf(kind).nodes[0]!.stream), after, limit),
    findRoot: (kind, key) =>
      database.get(
        'SELECT id FROM record WHERE stream=? AND key=?',
        streams.id(kindOf(kind).nodes[0]!.stream),
        key,
      )?.[0] as number | undefined,
  };
}

/** One bounded step of making every root record of a newly opened or changed kind dirty; true while there is more. */
function fillStep(database: Database, definitions: Definitions, streams: StreamIds): boolean {
  for (const kind of definitions.kinds.values()) {
    if (!kind.opened) continue;
    const [after, orphansAfter] = database.get(
      'SELECT fill_after,orphans_after FROM kind WHERE id=?',
      kind.id,
    ) as [string | null, number | null];
    const stream = streams.id(kind.nodes[0]!.stream);
    if (after !== null) {
      const rows = liveRecords(database, stream, after);
      const next = rows.length === stepRecords ? rows.at(-1)!.key : null;
      touch(
        kind.id,
        rows.map((row) => row.id),
      );
      database.run(
        'UPDATE kind SET fill_after=?1, orphans_after=CASE WHEN ?1 IS NULL THEN 0 END WHERE id=?2',
        next,
        kind.id,
      );
      return true;
    }
    if (orphansAfter === null) continue;
    const { records, next } = orphans(database, kind.id, stream, orphansAfter);
    touch(kind.id, records);
    database.run('UPDATE kind SET orphans_after=? WHERE id=?', next, kind.id);
    if (next !== null) return true;
  }
  return false;

  function touch(kind: number, records: readonly number[]): void {
    if (records.length > 0) markDirty(database, kind, records, database.next('mark'), bulkLane);
  }
}

/**
 * Records that have or were refused a document and are no root of the kind any more, while no change of them could be
 * noted (the kind was not open, or it started from another stream): one step's worth, and where the next one begins.
 */
function orphans(
  database: Database,
  kind: number,
  stream: number,
  after: number,
): { readonly records: number[]; readonly next: number | null } {
  const isGone = 'NOT EXISTS (SELECT 1 FROM body b WHERE b.id=one.record AND b.stream=?2)';
  const rows = database.all(
    `SELECT one.record,${isGone} FROM document one WHERE one.kind=?1 AND one.record>?3 ORDER BY one.record LIMIT ${stepRecords}`,
    kind,
    stream,
    after,
  );
  const records = rows.filter((row) => row[1] === 1).map((row) => row[0] as number);
  if (rows.length === stepRecords) return { records, next: rows.at(-1)![0] as number };
  const refused = database.all(
    `SELECT DISTINCT one.record FROM document_quarantine one WHERE one.kind=?1 AND ${isGone}`,
    kind,
    stream,
  );
  return { records: [...new Set([...records, ...refused.map((row) => row[0] as number)])], next: null };
}

/** Forgets entries of an index that no kind uses any more, in bounded steps. */
function dropObsoleteIndex(database: Database, definitions: Definitions): boolean {
  for (const [id] of database.all('SELECT id FROM join_index')) {
    if (definitions.indexes.has(id as number)) continue;
    const dropped = database.run(
      'DELETE FROM link WHERE (idx,value,ord,key) IN (SELECT idx,value,ord,key FROM link WHERE idx=? LIMIT 5000)',
      id as number,
    );
    if (dropped === 0) database.run('DELETE FROM join_index WHERE id=?', id as number);
    return true;
  }
  return false;
}
