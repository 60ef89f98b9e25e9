import type { JsonObject } from '../../contract/json.ts';
import type { Database } from './database.ts';
import type { Definitions, StoredNode } from './definitions.ts';

export const freshLane = 1;
export const bulkLane = 2;

/** Collects what a transaction makes dirty, then writes it: root records directly, parts as causes to be expanded later. */
export interface Touches {
  /** A record appeared (`before` undefined), changed, or went (`after` undefined). */
  record(stream: string, id: number, before: JsonObject | undefined, after: JsonObject | undefined): void;
  write(): void;
}

export function collectTouches(database: Database, definitions: Definitions, lane: number): Touches {
  const roots = new Map<number, Set<number>>();
  const causes = new Map<string, { node: StoredNode; value: string }>();
  return {
    record(stream, id, before, after) {
      for (const node of definitions.nodesByStream.get(stream) ?? []) {
        if (!definitions.kindsById.get(node.kind)?.opened) continue;
        if (before && after && !node.fields.some((field) => !sameJson(before[field], after[field]))) continue;
        if (!node.partIndex) {
          const set = roots.get(node.kind);
          if (set) set.add(id);
          else roots.set(node.kind, new Set([id]));
          continue;
        }
        for (const data of [before, after]) {
          const value = data && node.partIndex.entry(data)?.value;
          if (value !== undefined) causes.set(`${node.kind}\n${node.path}\n${value}`, { node, value });
        }
      }
    },
    write() {
      if (roots.size > 0) {
        const mark = database.next('mark');
        for (const [kind, ids] of roots) markDirty(database, kind, [...ids], mark, lane);
      }
      database.insert(
        'INSERT INTO cause(kind,path,value,lane)',
        [...causes.values()].map(({ node, value }) => [node.kind, node.path, value, lane]),
      );
    },
  };
}

/** A later mark wins, so that a touch made while a document is composed is not cleared with it; the faster lane wins. */
export function markDirty(
  database: Database,
  kind: number,
  records: readonly number[],
  mark: number,
  lane: number,
): void {
  database.run(
    'INSERT INTO dirty(kind,record,mark,lane) SELECT ?,value,?,? FROM json_each(?) WHERE true ORDER BY value ' +
      'ON CONFLICT(kind,record) DO UPDATE SET mark=excluded.mark, lane=min(lane,excluded.lane)',
    kind,
    mark,
    lane,
    JSON.stringify(records),
  );
}

function sameJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  return JSON.stringify(left) === JSON.stringify(right);
}
