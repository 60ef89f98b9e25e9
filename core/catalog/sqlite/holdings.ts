import type { Json } from '../../contract/json.ts';
import { noDestinationCounts } from '../../observe/report.ts';
import type { AttemptItem, HoldingStore, Lease, Work } from '../catalog.ts';
import { closeAttempt, quarantineDocument } from './close-attempt.ts';
import type { Database } from './database.ts';
import { compareInventory } from './inventory.ts';
import { countForget, forgetHeld } from './forget.ts';
import type { FencedLeases } from './leases.ts';
import { plannedWork } from './planned-work.ts';
import { createDeleteGuard } from './delete-guard.ts';

const stepDocuments = 2000;

export function createHoldingStore(
  database: Database,
  leases: FencedLeases,
  now: () => number,
): HoldingStore {
  const guarded = <T>(lease: Lease, slot: number, work: () => T): T =>
    database.transaction(() => {
      leases.guard(lease, `slot:${slot}`);
      return work();
    });
  const columns =
    'h.document,d.record,k.name,d.urn,h.desired,h.receipt,h.addresses,h.held IS NULL AND h.addresses IS NOT NULL';
  /** Left to itself, SQLite walks the primary key past everything that is settled. */
  const workIn = (index: string, todo: number): string =>
    `SELECT ${columns} FROM holding h INDEXED BY ${index} CROSS JOIN document d ON d.id=h.document LEFT JOIN kind k ON k.id=d.kind ` +
    `WHERE h.slot=? AND h.todo=${todo} AND h.document>? ORDER BY h.document LIMIT ?`;
  const workSql = { fresh: workIn('holding_fresh', 1), bulk: workIn('holding_bulk', 2) };
  return {
    work: (slot, lane, after, limit) =>
      database.all(workSql[lane], slot, after, limit).map((row): Work => ({
        document: row[0] as number,
        record: row[1] as number,
        kind: (row[2] as string | null) ?? '',
        id: row[3] as string,
        desired: row[4] as string,
        receipt: row[5] === null ? undefined : (JSON.parse(row[5] as string) as Json),
        addresses: row[6] === null ? [] : (JSON.parse(row[6] as string) as string[]),
        inDoubt: row[7] === 1,
        bulk: lane === 'bulk',
      })),
    current: (slot, work) =>
      new Set(
        database
          .all(
            "SELECT h.document FROM json_each(?) j CROSS JOIN holding h ON h.slot=? AND h.document=json_extract(j.value,'$[0]') " +
              "WHERE h.todo IN (1,2) AND h.desired=json_extract(j.value,'$[1]')",
            JSON.stringify(work.map(({ document, desired }) => [document, desired])),
            slot,
          )
          .map((row) => row[0] as number),
      ),
    isEmpty: (slot) =>
      database.get(
        'SELECT 1 FROM holding WHERE slot=?1 UNION ALL SELECT 1 FROM attempt WHERE slot=?1 LIMIT 1',
        slot,
      ) === undefined,
    countWork: (slot) =>
      (database.get('SELECT count(*) FROM holding WHERE slot=? AND todo=1', slot)![0] as number) +
      (database.get('SELECT count(*) FROM holding WHERE slot=? AND todo=2', slot)![0] as number),
    countPlanned(slot) {
      const row = database.get(
        "SELECT total(desired<>''),total(desired='') FROM holding WHERE slot=? AND todo IN (1,2)",
        slot,
      )!;
      return { writes: row[0] as number, deletes: row[1] as number };
    },
    ...createDeleteGuard(database, guarded),
    planned: (slot, targeted) => plannedWork(database, slot, targeted),
    countHeld: (slot) =>
      database.get("SELECT count(*) FROM holding WHERE slot=? AND held<>''", slot)![0] as number,
    countWanted: (slot) =>
      database.get("SELECT count(*) FROM holding WHERE slot=? AND desired<>''", slot)![0] as number,
    openAttempt: (lease, slot, items) =>
      guarded(lease, slot, () => {
        const attempt = database.next('attempt');
        database.run(
          'INSERT INTO attempt(id,slot,epoch,items) VALUES(?,?,?,?)',
          attempt,
          slot,
          lease.epoch,
          JSON.stringify(items),
        );
        return attempt;
      }),
    close: (lease, slot, attempt, closings) =>
      guarded(lease, slot, () =>
        closeAttempt(database, slot, attempt, new Map(closings), new Date(now()).toISOString()),
      ),
    openAttempts: (slot) =>
      database.all('SELECT id,epoch,items FROM attempt WHERE slot=? ORDER BY id', slot).map((row) => ({
        attempt: row[0] as number,
        epoch: row[1] as number,
        items: JSON.parse(row[2] as string) as AttemptItem[],
      })),
    reject: (lease, slot, items) =>
      guarded(lease, slot, () => {
        const counts = noDestinationCounts();
        const since = new Date(now()).toISOString();
        for (const item of items)
          quarantineDocument(database, slot, item.document, item.fingerprint, item, since, counts);
        return counts;
      }),
    *settled(slot) {
      for (let after = 0; ;) {
        const rows = database.all(
          'SELECT h.document,d.record,k.name,d.urn,h.desired FROM holding h CROSS JOIN document d ON d.id=h.document JOIN kind k ON k.id=d.kind ' +
            `WHERE h.slot=? AND h.document>? AND h.desired<>'' AND h.held=h.desired ORDER BY h.document LIMIT ${stepDocuments}`,
          slot,
          after,
        );
        if (rows.length > 0)
          yield rows.map(([document, record, kind, id, desired]) => ({
            document: document as number,
            record: record as number,
            kind: kind as string,
            id: id as string,
            desired: desired as string,
          }));
        if (rows.length < stepDocuments) return;
        after = rows.at(-1)![0] as number;
      }
    },
    countForget: (slot, filter) => countForget(database, slot, filter),
    forget: (lease, slot, filter) => forgetHeld(database, (work) => guarded(lease, slot, work), slot, filter),
    inventory: (slot, prefix) =>
      compareInventory(database, slot, prefix, (lease, work) => guarded(lease, slot, work)),
  };
}
