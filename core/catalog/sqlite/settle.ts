import type { Database, Row } from './database.ts';
import { heldBack, unjudged } from './delete-guard.ts';
import { bulkLane, freshLane } from './touch.ts';

/** What should be and what is, for one document on one slot. */
export interface Holding {
  readonly slot: number;
  readonly document: number;
  /** Fingerprint, or '' for absent. */
  readonly desired: string;
  /** Fingerprint; '' proved absent; null not known. */
  readonly held: string | null;
  /** 0 nothing to do, 1 fresh, 2 bulk, 3 a delete that the guard has not judged yet, 4 one that it holds back. */
  readonly todo: number;
  readonly note: string | null;
  readonly receipt: string | null;
  /** JSON list: addresses that no verdict has proved gone, beyond what the document itself stands at. */
  readonly addresses: string | null;
}

/**
 * Works out whether there is anything to do after a change; the faster lane wins over one already taken. A delete waits for
 * the guard's judgement, but where policy asks for it; one that the guard has let pass is not judged again.
 */
export function settle(
  before: Holding,
  change: Partial<Holding>,
  lane: number,
  quarantined: boolean,
): Holding {
  const after = { ...before, ...change };
  if (after.held === after.desired || quarantined) return { ...after, todo: 0 };
  const isDue = before.todo === freshLane || before.todo === bulkLane;
  const isFree = after.desired !== '' || after.note !== null || (isDue && before.desired === '');
  if (!isFree) return { ...after, todo: before.todo === heldBack ? heldBack : unjudged };
  return { ...after, todo: isDue ? Math.min(before.todo, lane) : lane };
}

const saysSomething = (one: Holding): boolean => one.desired !== '' || one.held !== '' || one.note !== null;

/** Writes many holdings, each at most once, in the order in which they lie; those that say nothing any more go. */
export function writeHoldings(database: Database, holdings: readonly Holding[]): void {
  for (const one of holdings) {
    if (!saysSomething(one))
      database.run('DELETE FROM holding WHERE slot=? AND document=?', one.slot, one.document);
  }
  database.insert(
    'INSERT INTO holding(slot,document,desired,held,todo,note,receipt,addresses)',
    holdings
      .filter(saysSomething)
      .sort((left, right) => left.slot - right.slot || left.document - right.document)
      .map((one) => [
        one.slot,
        one.document,
        one.desired,
        one.held,
        one.todo,
        one.note,
        one.receipt,
        one.addresses,
      ]),
    'ON CONFLICT(slot,document) DO UPDATE SET desired=excluded.desired,held=excluded.held,todo=excluded.todo,note=excluded.note,receipt=excluded.receipt,addresses=excluded.addresses',
  );
}

const columns = 'h.slot,h.document,h.desired,h.held,h.todo,h.note,h.receipt,h.addresses';

const toHolding = (row: Row): Holding => ({
  slot: row[0] as number,
  document: row[1] as number,
  desired: row[2] as string,
  held: row[3] as string | null,
  todo: row[4] as number,
  note: row[5] as string | null,
  receipt: row[6] as string | null,
  addresses: row[7] as string | null,
});

/** By document, then by slot. Every document asked for has an entry. */
export function readHoldings(
  database: Database,
  documents: readonly number[],
): Map<number, Map<number, Holding>> {
  const found = new Map<number, Map<number, Holding>>(documents.map((document) => [document, new Map()]));
  if (documents.length === 0) return found;
  for (const [slot] of database.all('SELECT id FROM slot')) {
    for (const [document, holding] of readSlotHoldings(database, slot as number, documents))
      found.get(document)!.set(slot as number, holding);
  }
  return found;
}

/** By document: what one slot holds or is to hold of them. */
export function readSlotHoldings(
  database: Database,
  slot: number,
  documents: readonly number[],
): Map<number, Holding> {
  const rows = database.all(
    `SELECT ${columns} FROM json_each(?) j CROSS JOIN holding h WHERE h.slot=? AND h.document=j.value`,
    JSON.stringify(documents),
    slot,
  );
  return new Map(rows.map((row) => [row[1] as number, toHolding(row)]));
}
