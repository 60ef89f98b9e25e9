import type { InventoryComparison, InventoryResult, Lease } from '../catalog.ts';
import type { Database, Row } from './database.ts';
import { relearnHeld, type ShownHolding } from './relearn.ts';
import { adoptShown, foreignAndUnknown } from './shown-strangers.ts';
import { dueAgain } from './delete-guard.ts';

/** Ids that a report names of each sort. */
export const shownIds = 100;
/** Documents of one step: well under 50 ms. */
const stepDocuments = 2000;

type Counted = { -readonly [Name in keyof InventoryResult]: InventoryResult[Name] };
type Lists = Record<'missing' | 'different' | 'unexpected' | 'forbidden', string[]>;

/**
 * Collects what a destination says it holds in a temporary table, then compares, step by step. With a lease it corrects
 * `held` to the truth, so that the next ordinary publish repairs it; documents with an open attempt are left to their verdict.
 */
export function compareInventory(
  database: Database,
  slot: number,
  prefix: string,
  guarded: (lease: Lease, work: () => void) => void,
): InventoryComparison {
  database.run(
    'CREATE TEMP TABLE IF NOT EXISTS shown(urn TEXT PRIMARY KEY, status TEXT, fingerprint TEXT, addresses TEXT, known INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID',
  );
  database.run('CREATE TEMP TABLE IF NOT EXISTS busy(document INTEGER PRIMARY KEY)');
  database.run('DELETE FROM shown');
  database.run('DELETE FROM busy');
  return {
    add(items) {
      database.transaction(() =>
        database.insert(
          'INSERT OR REPLACE INTO shown(urn,status,fingerprint,addresses)',
          items.map((item) => [item.id, item.status, item.fingerprint ?? null, addressesOf(item)]),
        ),
      );
    },
    *finish(repair, { relearn = false } = {}) {
      const step = (work: () => void): void => (repair ? guarded(repair, work) : database.transaction(work));
      const lists: Lists = { missing: [], different: [], unexpected: [], forbidden: [] };
      const counted = begin(database, slot);
      let after: number | undefined = 0;
      while (after !== undefined) {
        const from: number = after;
        step(
          () =>
            (after = compareStep(database, slot, from, {
              counted,
              lists,
              correct: repair !== undefined,
              relearn,
            })),
        );
        yield undefined;
      }
      for (const found of foreignAndUnknown(database, prefix)) {
        counted.foreignCount += found.foreign;
        counted.unexpectedCount += found.unknown.length;
        lists.unexpected.push(...found.unknown.slice(0, shownIds));
        yield undefined;
      }
      if (repair && counted.unexpectedCount > 0)
        for (const work of adoptShown(database, slot)) {
          step(work);
          yield undefined;
        }
      const sorted = (list: readonly string[]): string[] => [...list].sort().slice(0, shownIds);
      yield {
        ...counted,
        missing: sorted(lists.missing),
        different: sorted(lists.different),
        unexpected: lists.unexpected.slice(0, shownIds),
        forbidden: sorted(lists.forbidden),
      };
    },
  };
}

function begin(database: Database, slot: number): Counted {
  database.run(
    "INSERT OR IGNORE INTO busy(document) SELECT json_extract(i.value,'$.document') FROM attempt a, json_each(a.items) i WHERE a.slot=?",
    slot,
  );
  const idleBusy = database.get(
    'SELECT count(*) FROM busy b WHERE NOT EXISTS (SELECT 1 FROM holding h WHERE h.slot=? AND h.document=b.document AND h.todo>0)',
    slot,
  )!;
  return {
    expected: 0,
    present: 0,
    missing: [],
    missingCount: 0,
    different: [],
    differentCount: 0,
    unexpected: [],
    unexpectedCount: 0,
    forbidden: [],
    forbiddenCount: 0,
    foreignCount: 0,
    seen: 0,
    accepted: 0,
    unsettled: idleBusy[0] as number,
  };
}

/** One step in document order; answers where the next one begins, or undefined at the end. */
function compareStep(
  database: Database,
  slot: number,
  after: number,
  {
    counted,
    lists,
    correct,
    relearn,
  }: { counted: Counted; lists: Lists; correct: boolean; relearn: boolean },
): number | undefined {
  const rows = database.all(
    'SELECT h.document,d.urn,h.held,h.todo,s.status,s.fingerprint,b.document IS NULL,h.addresses,s.addresses,h.note FROM holding h CROSS JOIN document d ON d.id=h.document ' +
      `LEFT JOIN shown s ON s.urn=d.urn LEFT JOIN busy b ON b.document=h.document WHERE h.slot=? AND h.document>? ORDER BY h.document LIMIT ${stepDocuments}`,
    slot,
    after,
  );
  const proved: number[] = [];
  const unknown: number[] = [];
  const known: string[] = [];
  for (const row of rows) {
    const [document, urn] = row as [number, string];
    if (row[4] !== null) known.push(urn);
    if ((row[3] as number) > 0) counted.unsettled++;
    const found = sortOf(row, counted);
    if (found === undefined) continue;
    counted[`${found}Count`]++;
    if (lists[found].length < shownIds) lists[found].push(urn);
    (found === 'missing' ? proved : unknown).push(document);
  }
  database.run(
    'UPDATE shown SET known=1 WHERE urn IN (SELECT value FROM json_each(?))',
    JSON.stringify(known),
  );
  if (correct && relearn) relearnHeld(database, slot, rows.filter((row) => row[6] === 1).map(toShown));
  else if (correct) correctHeld(database, slot, proved, unknown);
  return rows.length === stepDocuments ? (rows.at(-1)![0] as number) : undefined;
}

const toShown = (row: Row): ShownHolding => ({
  document: row[0] as number,
  held: row[2] as string | null,
  status: row[4] as string | null,
  fingerprint: row[5] as string | null,
  addresses: row[7] as string | null,
  shownAddresses: row[8] as string | null,
});

/** Beyond the id itself. What is under way is in doubt, also where it has no address of its own. */
function addressesOf({
  id,
  status,
  addresses = [],
}: Parameters<InventoryComparison['add']>[0][number]): string | null {
  const own = addresses.filter((address) => address !== id);
  return own.length > 0 || status === 'pending' ? JSON.stringify(own) : null;
}

/** What the books and the service say differently of one document, if they do. */
function sortOf(row: Row, counted: Counted): keyof Lists | undefined {
  const [held, status, fingerprint] = [row[2], row[4], row[5]] as (string | null)[];
  const isIdle = row[6] === 1;
  // Only what policy withholds has a note.
  if (row[9] !== null && status !== null && isIdle) return 'forbidden';
  if (held === '') return status !== null && isIdle ? 'unexpected' : undefined;
  if (held === null) return undefined;
  counted.expected++;
  if (status === null || status === 'failed') return isIdle ? 'missing' : undefined;
  counted.present++;
  if (fingerprint === null) {
    counted.accepted++;
    return undefined;
  }
  counted.seen++;
  return fingerprint !== held && isIdle ? 'different' : undefined;
}

function correctHeld(
  database: Database,
  slot: number,
  proved: readonly number[],
  unknown: readonly number[],
): void {
  const set = (assignment: string, documents: readonly number[]): void => {
    if (documents.length > 0)
      database.run(
        `UPDATE holding SET ${assignment} WHERE slot=? AND document IN (SELECT value FROM json_each(?))`,
        slot,
        JSON.stringify(documents),
      );
  };
  set(`held='', todo=CASE WHEN desired='' AND todo<>1 THEN 0 ELSE ${dueAgain} END`, proved);
  set(`held=NULL, todo=${dueAgain}`, unknown);
}
