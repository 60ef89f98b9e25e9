import type { InventoryComparison, InventoryResult, Lease } from '../catalog.ts';
import type { Database } from './database.ts';
import { bulkLane } from './touch.ts';

const shown = 100;

/**
 * Collects what a destination says it holds in a temporary table, then compares. With a lease it corrects `held` to the
 * truth, so that the next ordinary publish repairs it; documents with an open attempt are left to their verdict.
 */
export function compareInventory(
  database: Database,
  slot: number,
  prefix: string,
  guarded: (lease: Lease, work: () => InventoryResult) => InventoryResult,
): InventoryComparison {
  database.run(
    'CREATE TEMP TABLE IF NOT EXISTS shown(urn TEXT PRIMARY KEY, status TEXT, fingerprint TEXT, known INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID',
  );
  database.run('CREATE TEMP TABLE IF NOT EXISTS busy(document INTEGER PRIMARY KEY)');
  database.run('DELETE FROM shown');
  database.run('DELETE FROM busy');
  return {
    add(items) {
      database.transaction(() => {
        for (const item of items) {
          database.run(
            'INSERT OR REPLACE INTO shown(urn,status,fingerprint) VALUES(?,?,?)',
            item.id,
            item.status,
            item.fingerprint ?? null,
          );
        }
      });
    },
    finish(repair) {
      database.run(
        "INSERT OR IGNORE INTO busy(document) SELECT json_extract(i.value,'$.document') FROM attempt a, json_each(a.items) i WHERE a.slot=?",
        slot,
      );
      database.run(
        'UPDATE shown SET known=1 WHERE urn IN (SELECT d.urn FROM holding h CROSS JOIN document d ON d.id=h.document WHERE h.slot=?)',
        slot,
      );
      // known=2: somebody else's
      database.run('UPDATE shown SET known=2 WHERE known=0 AND substr(urn,1,?)<>?', prefix.length, prefix);
      return repair ? guarded(repair, () => compare(database, slot, true)) : compare(database, slot, false);
    },
  };
}

function compare(database: Database, slot: number, correct: boolean): InventoryResult {
  const idle = 'h.document NOT IN (SELECT document FROM busy)';
  const from =
    'FROM holding h CROSS JOIN document d ON d.id=h.document LEFT JOIN shown s ON s.urn=d.urn WHERE h.slot=?';
  const present = "s.urn IS NOT NULL AND s.status<>'failed'";
  const missing = `h.held<>'' AND NOT (${present}) AND ${idle}`;
  const different = `h.held<>'' AND ${present} AND s.fingerprint IS NOT NULL AND s.fingerprint<>h.held AND ${idle}`;
  const surplus = `h.held='' AND s.urn IS NOT NULL AND ${idle}`;
  const count = (where: string): number =>
    database.get(`SELECT count(*) ${from} AND ${where}`, slot)![0] as number;
  const ids = (where: string): string[] =>
    database
      .all(`SELECT d.urn ${from} AND ${where} ORDER BY d.urn LIMIT ${shown}`, slot)
      .map((row) => row[0] as string);
  const strangers = 'FROM shown s WHERE s.known=0';

  const result: InventoryResult = {
    expected: count("h.held<>''"),
    present: count(`h.held<>'' AND ${present}`),
    missing: ids(missing),
    missingCount: count(missing),
    different: ids(different),
    differentCount: count(different),
    unexpected: [
      ...ids(surplus),
      ...database
        .all(`SELECT s.urn ${strangers} ORDER BY s.urn LIMIT ${shown}`)
        .map((row) => row[0] as string),
    ].slice(0, shown),
    unexpectedCount: count(surplus) + (database.get(`SELECT count(*) ${strangers}`)![0] as number),
    foreignCount: database.get('SELECT count(*) FROM shown WHERE known=2')![0] as number,
    seen: count(`h.held<>'' AND ${present} AND s.fingerprint IS NOT NULL`),
    accepted: count(`h.held<>'' AND ${present} AND s.fingerprint IS NULL`),
    unsettled:
      (database.get('SELECT count(*) FROM holding WHERE slot=? AND todo>0', slot)![0] as number) +
      (database.get(
        'SELECT count(*) FROM busy b WHERE NOT EXISTS (SELECT 1 FROM holding h WHERE h.slot=? AND h.document=b.document AND h.todo>0)',
        slot,
      )![0] as number),
  };
  if (correct) {
    const set = (assignment: string, where: string): void => {
      database.run(
        `UPDATE holding SET ${assignment}, todo=CASE todo WHEN 1 THEN 1 ELSE ${bulkLane} END WHERE slot=?1 AND document IN (SELECT h.document ${from.replace('h.slot=?', 'h.slot=?1')} AND ${where})`,
        slot,
      );
    };
    set("held=''", missing);
    set('held=NULL', different);
    set('held=NULL', surplus);
    adoptStrangers(database, slot, strangers);
    database.run('UPDATE holding SET todo=0 WHERE slot=? AND todo=2 AND held=desired', slot);
  }
  return result;
}

/** What lies in our slot and is not in our books is to be deleted: the slot has one owner. */
function adoptStrangers(database: Database, slot: number, strangers: string): void {
  const known = database.all(`SELECT d.urn,d.id FROM document d WHERE d.urn IN (SELECT s.urn ${strangers})`);
  const ids = new Map(known.map((row) => [row[0] as string, row[1] as number]));
  for (const [urn] of database.all(`SELECT s.urn ${strangers}`)) {
    let document = ids.get(urn as string);
    if (document === undefined) {
      document = database.next('document');
      database.run(
        'INSERT INTO document(id,kind,record,urn) VALUES(?,0,?,?)',
        document,
        -document,
        urn as string,
      );
    }
    database.run(
      "INSERT OR REPLACE INTO holding(slot,document,desired,held,todo) VALUES(?,?,'',NULL,?)",
      slot,
      document,
      bulkLane,
    );
  }
}
