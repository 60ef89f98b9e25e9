import type { GuardedDeletes, HoldingStore, Lease } from '../catalog.ts';
import type { Database } from './database.ts';
import { causeSql } from './planned-work.ts';
import { bulkLane, freshLane } from './touch.ts';

/** `todo` of a delete that the guard has not judged yet, and of one that it holds back. */
export const unjudged = 3;
export const heldBack = 4;

const stepDocuments = 2000;
const shown = 10;

/** `todo` of what is to be done again: lanes and judgements stay; a delete that nobody has asked for waits for the guard. */
export const dueAgain = `CASE WHEN todo IN (${freshLane},${unjudged},${heldBack}) THEN todo WHEN todo=0 AND desired='' AND note IS NULL THEN ${unjudged} ELSE ${bulkLane} END`;

/** SQLite uses a partial index only where its own condition stands in the query. */
const guardedFrom =
  'FROM holding h INDEXED BY holding_guarded CROSS JOIN document d ON d.id=h.document LEFT JOIN kind k ON k.id=d.kind WHERE h.slot=?1 AND h.todo>2';

/** Deletes that wait: the engine decides about them by groups, this says which there are and carries the decision out. */
export function createDeleteGuard(
  database: Database,
  guarded: <T>(lease: Lease, slot: number, work: () => T) => T,
): Pick<HoldingStore, 'guardedDeletes' | 'judgeDeletes' | 'countGuarded' | 'countPerhapsHeld'> {
  const count = (slot: number, todo: number): number =>
    database.get(
      `SELECT count(*) FROM holding INDEXED BY holding_guarded WHERE slot=? AND todo>2 AND todo=${todo}`,
      slot,
    )![0] as number;
  return {
    countGuarded: (slot) => ({ heldBack: count(slot, heldBack), unjudged: count(slot, unjudged) }),
    countPerhapsHeld: (slot, kind) =>
      (kind === undefined
        ? database.get("SELECT count(*) FROM holding WHERE slot=? AND held IS NOT ''", slot)
        : database.get(
            "SELECT count(*) FROM document d CROSS JOIN holding h ON h.slot=?1 AND h.document=d.id WHERE d.kind=(SELECT id FROM kind WHERE name=?2) AND h.held IS NOT ''",
            slot,
            kind,
          ))![0] as number,
    guardedDeletes(slot, targeted, which) {
      const from = which === 'heldBack' ? `${guardedFrom} AND h.todo=${heldBack}` : guardedFrom;
      const list = JSON.stringify(targeted);
      const groups = database.all(
        `SELECT k.name,${causeSql} AS cause,count(*) ${from} GROUP BY k.name,cause ORDER BY k.name,cause`,
        slot,
        list,
      );
      return groups.map(([kind, cause, found]): GuardedDeletes => ({
        kind: (kind as string | null) ?? undefined,
        cause: cause as GuardedDeletes['cause'],
        count: found as number,
        ids: database
          .all(
            `SELECT d.urn ${from} AND k.name IS ?3 AND ${causeSql}=?4 LIMIT ${shown}`,
            slot,
            list,
            kind as string | null,
            cause as string,
          )
          .map((row) => row[0] as string)
          .toSorted(),
      }));
    },
    judgeDeletes(lease, slot, targeted, { kind, cause }, pass) {
      const lane = cause === 'source' || cause === 'condition' ? freshLane : bulkLane;
      const which = pass ? '' : `AND h.todo=${unjudged}`;
      const step = (): number =>
        database.run(
          `UPDATE holding SET todo=${pass ? lane : heldBack} WHERE slot=?1 AND document IN ` +
            `(SELECT h.document ${guardedFrom} ${which} AND k.name IS ?3 AND ${causeSql}=?4 LIMIT ${stepDocuments})`,
          slot,
          JSON.stringify(targeted),
          kind ?? null,
          cause,
        );
      while (guarded(lease, slot, step) === stepDocuments);
    },
  };
}
