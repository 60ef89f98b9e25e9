import type { DeleteCause, PlannedKind } from '../catalog.ts';
import type { Database } from './database.ts';

/** Why a document is to go; `?2`: names of the kinds that pipelines still bring to the slot. */
export const causeSql = `CASE
        WHEN h.note IS NOT NULL THEN 'policy'
        WHEN k.id IS NULL THEN 'identity'
        WHEN k.fingerprint IS NULL OR k.name NOT IN (SELECT value FROM json_each(?2)) THEN 'configuration'
        WHEN NOT EXISTS (SELECT 1 FROM body b WHERE b.id=d.record) THEN 'source'
        ELSE 'condition' END`;

/** What is to be done on a slot, by kind; deletes by why their documents are to go. */
export function plannedWork(database: Database, slot: number, targeted: readonly string[]): PlannedKind[] {
  const rows = database.all(
    `SELECT k.name,
      CASE
        WHEN h.desired<>'' AND h.held='' THEN 'create'
        WHEN h.desired<>'' AND h.held IS NULL AND h.receipt IS NULL AND h.addresses IS NOT NULL THEN 'create'
        WHEN h.desired<>'' THEN 'update'
        ELSE ${causeSql}
      END AS what, count(*)
     FROM holding h CROSS JOIN document d ON d.id=h.document LEFT JOIN kind k ON k.id=d.kind
     WHERE h.slot=?1 AND h.todo IN (1,2) GROUP BY k.name, what ORDER BY k.name`,
    slot,
    JSON.stringify(targeted),
  );
  const kinds = Map.groupBy(rows, (row) => row[0] as string | null);
  return [...kinds].map(([name, own]) => {
    const counts = new Map(own.map((row) => [row[1] as string, row[2] as number]));
    const { create = 0, update = 0, ...deletes } = Object.fromEntries(counts);
    return {
      kind: name ?? undefined,
      create,
      update,
      deletes: deletes as Partial<Record<DeleteCause, number>>,
    };
  });
}
