import type { Json } from '../../contract/json.ts';
import { slotsLease, type SlotRow, type SlotState, type SlotStore } from '../slot-store.ts';
import { dropGone } from './close-attempt.ts';
import type { Database, Row } from './database.ts';
import { composeLease } from './kinds.ts';
import type { FencedLeases } from './leases.ts';

const stepDocuments = 2000;
const columns = 'id,destination,name,label,state,settings,opened';
const isLive = "state IN ('filling','active','previous')";

const toSlot = (row: Row): SlotRow => ({
  id: row[0] as number,
  destination: row[1] as string,
  name: row[2] as string,
  label: (row[3] as string | null) ?? undefined,
  state: row[4] as SlotState,
  settings: row[5] === null ? undefined : (JSON.parse(row[5] as string) as Json),
  opened: row[6] as number,
});

export function createSlotStore(database: Database, leases: FencedLeases): SlotStore {
  const live = (destination: string): SlotRow[] =>
    database
      .all(`SELECT ${columns} FROM slot WHERE destination=? AND ${isLive} ORDER BY opened,id`, destination)
      .map(toSlot);
  const setState = (slot: number, state: SlotState): void => {
    database.run('UPDATE slot SET state=? WHERE id=?', state, slot);
  };
  return {
    live(destination) {
      const found = live(destination);
      if (found.length > 0) return found;
      database.run(
        "INSERT INTO slot(destination,name) VALUES(?,'default') ON CONFLICT(destination,name) DO UPDATE SET state='active'",
        destination,
      );
      return live(destination);
    },
    retiring: () =>
      database.all(`SELECT ${columns} FROM slot WHERE state='retiring' ORDER BY id`).map(toSlot),
    version: () =>
      (database.get("SELECT value FROM sequence WHERE name='slots'")?.[0] as number | undefined) ?? 0,
    procedure() {
      const row = database.get("SELECT value FROM meta WHERE key='procedure'");
      return row ? (JSON.parse(row[0] as string) as Json) : undefined;
    },
    change: (lease, { open = [], states = [], procedure }) =>
      database.transaction(() => {
        leases.guard(lease, slotsLease);
        if (open.length > 0 || states.some(({ state }) => state === 'retiring'))
          leases.guard(lease, composeLease);
        const version = database.next('slots');
        const opened = open.map((one) => {
          database.run(
            "INSERT INTO slot(destination,name,label,settings,opened,state) VALUES(?,?,?,?,?,'filling') " +
              'ON CONFLICT(destination,name) DO UPDATE SET label=excluded.label,settings=excluded.settings,opened=excluded.opened,state=excluded.state',
            one.destination,
            one.name,
            one.label,
            JSON.stringify(one.settings),
            version,
          );
          return database.get(
            'SELECT id FROM slot WHERE destination=? AND name=?',
            one.destination,
            one.name,
          )![0] as number;
        });
        for (const { slot, state, label } of states) {
          setState(slot, state);
          if (label !== undefined) database.run('UPDATE slot SET label=? WHERE id=?', label, slot);
        }
        if (procedure !== undefined) {
          database.run(
            "INSERT INTO meta(key,value) VALUES('procedure',?) ON CONFLICT(key) DO UPDATE SET value=excluded.value",
            JSON.stringify(procedure(opened)),
          );
        }
        return opened;
      }),
    keepSettings: (lease, slot, settings) =>
      database.transaction(() => {
        leases.guard(lease, `slot:${slot}`);
        database.run('UPDATE slot SET settings=? WHERE id=?', JSON.stringify(settings), slot);
      }),
    forgetStep: (lease, slot) =>
      database.transaction(() => {
        leases.guard(lease, composeLease);
        leases.guard(lease, slotsLease);
        database.run('DELETE FROM attempt WHERE slot=?', slot);
        const documents = database
          .all(`SELECT document FROM holding WHERE slot=? LIMIT ${stepDocuments}`, slot)
          .map((row) => row[0] as number);
        database.run(
          'DELETE FROM holding WHERE slot=? AND document IN (SELECT value FROM json_each(?))',
          slot,
          JSON.stringify(documents),
        );
        dropGone(database, documents, 0);
        const refused = database.run(
          `DELETE FROM document_quarantine WHERE slot=?1 AND (kind,record) IN (SELECT kind,record FROM document_quarantine WHERE slot=?1 LIMIT ${stepDocuments})`,
          slot,
        );
        if (documents.length + refused > 0) return true;
        setState(slot, 'retired');
        database.next('slots');
        return false;
      }),
  };
}
