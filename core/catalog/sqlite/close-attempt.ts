import type { Json } from '../../contract/json.ts';
import { noDestinationCounts, type DestinationCounts } from '../../observe/report.ts';
import type { AttemptItem, Closing } from '../catalog.ts';
import type { Database } from './database.ts';
import { encodePayload } from './payload.ts';
import { readSlotHoldings, settle, writeHoldings, type Holding } from './settle.ts';
import { freshLane } from './touch.ts';

/** Inside a transaction: verdicts about items of one attempt. The attempt's row goes when none is left open. */
export function closeAttempt(
  database: Database,
  slot: number,
  attempt: number,
  closings: ReadonlyMap<number, Closing>,
  since: string,
): DestinationCounts {
  const counts = noDestinationCounts();
  const row = database.get('SELECT items FROM attempt WHERE id=? AND slot=?', attempt, slot);
  if (!row) return counts;
  const items = JSON.parse(row[0] as string) as AttemptItem[];
  const holdings = readSlotHoldings(
    database,
    slot,
    items.map((item) => item.document),
  );
  const quarantined =
    database.get('SELECT 1 FROM document_quarantine WHERE slot=? LIMIT 1', slot) !== undefined;
  const changed: Holding[] = [];
  const gone: number[] = [];
  const open: AttemptItem[] = [];
  for (const item of items) {
    const closing = closings.get(item.document);
    if (!closing) open.push(item);
    else if (closing.status === 'accepted') open.push({ ...item, acceptance: closing.acceptance });
    else if (closing.status !== 'later') {
      const before = holdings.get(item.document) ?? absent(slot, item.document);
      if (closing.status === 'done') {
        const after = inForce(before, item, closing);
        countMove(before, after, item, counts);
        changed.push(after);
        if (quarantined) forgetQuarantine(database, slot, item.document);
        if (after.held === '' && after.desired === '') gone.push(item.document);
      } else refuseItem(database, item, closing, before, since, counts);
    }
  }
  writeHoldings(database, changed);
  if (gone.length > 0) dropGone(database, gone, attempt);
  if (open.length === 0) database.run('DELETE FROM attempt WHERE id=?', attempt);
  else database.run('UPDATE attempt SET items=? WHERE id=?', JSON.stringify(open), attempt);
  return counts;
}

const absent = (slot: number, document: number): Holding => ({
  slot,
  document,
  desired: '',
  held: '',
  todo: 0,
  note: null,
  receipt: null,
  addresses: null,
});

/** What the slot holds once an item is in force. */
function inForce(before: Holding, item: AttemptItem, done: Extract<Closing, { status: 'done' }>): Holding {
  const addresses = done.addresses ?? (item.action === 'write' ? item.addresses : []);
  return settle(
    before,
    {
      held: item.action === 'write' ? item.fingerprint : '',
      receipt: done.receipt === undefined ? null : JSON.stringify(done.receipt),
      addresses: addresses.length > 0 ? JSON.stringify(addresses) : null,
    },
    freshLane,
    false,
  );
}

/** Every move of a document between "nothing to do" and "to do" is counted once. */
function countMove(before: Holding, after: Holding, item: AttemptItem, counts: DestinationCounts): void {
  if (before.todo === 0 && after.todo > 0) counts.considered++;
  if (before.todo === 0 || after.todo > 0) return;
  if (item.action === 'write') counts.written++;
  else if (before.note) counts.withheld++;
  else counts.deleted++;
}

function refuseItem(
  database: Database,
  item: AttemptItem,
  closing: Exclude<Closing, { status: 'accepted' | 'done' | 'later' }>,
  before: Holding,
  since: string,
  counts: DestinationCounts,
): void {
  if (closing.status !== 'rejected') {
    if (before.todo === 0) counts.considered++;
    writeHoldings(database, [inDoubt(before, item, before.todo || freshLane)]);
  }
  if (closing.status !== 'unknown')
    quarantineDocument(database, before.slot, item.document, item.fingerprint, closing, since, counts);
}

/** What is there is not known; every address that may have been touched is kept until a verdict proves it gone. */
function inDoubt(before: Holding, item: AttemptItem, todo: number): Holding {
  const known = before.addresses === null ? [] : (JSON.parse(before.addresses) as string[]);
  const addresses = [...new Set([...known, ...item.addresses])];
  return { ...before, held: null, todo, addresses: JSON.stringify(addresses) };
}

/** Not tried again until something else is desired; what was held stays. */
export function quarantineDocument(
  database: Database,
  slot: number,
  document: number,
  fingerprint: string,
  why: { readonly code: string; readonly reason: string; readonly payload?: Json | undefined },
  since: string,
  counts: DestinationCounts,
): void {
  database.run(
    'INSERT INTO document_quarantine(slot,kind,record,fingerprint,code,reason,since,last_seen,payload) SELECT ?1,kind,record,?2,?3,?4,?5,?5,?7 FROM document WHERE id=?6 ' +
      'ON CONFLICT(slot,kind,record) DO UPDATE SET fingerprint=excluded.fingerprint, code=excluded.code, reason=excluded.reason, last_seen=excluded.last_seen, payload=excluded.payload, attempts=attempts+1, discarded=0',
    slot,
    fingerprint,
    why.code,
    why.reason,
    since,
    document,
    encodePayload(why.payload),
  );
  const holding = readSlotHoldings(database, slot, [document]).get(document);
  if (holding && holding.todo > 0 && holding.desired === fingerprint) {
    writeHoldings(database, [{ ...holding, todo: 0 }]);
    counts.quarantined++;
  }
}

function forgetQuarantine(database: Database, slot: number, document: number): void {
  database.run(
    'DELETE FROM document_quarantine WHERE slot=? AND (kind,record)=(SELECT kind,record FROM document WHERE id=?)',
    slot,
    document,
  );
}

/** Documents that no slot holds, wants or has an attempt open for, and whose record or kind is gone, are forgotten. */
export function dropGone(database: Database, documents: readonly number[], attempt: number): void {
  database.run(
    'DELETE FROM document WHERE id IN (SELECT value FROM json_each(?1)) ' +
      'AND (NOT EXISTS (SELECT 1 FROM body b WHERE b.id=document.record) OR EXISTS (SELECT 1 FROM kind k WHERE k.id=document.kind AND k.fingerprint IS NULL)) ' +
      'AND NOT EXISTS (SELECT 1 FROM slot s CROSS JOIN holding h WHERE h.slot=s.id AND h.document=document.id) ' +
      "AND id NOT IN (SELECT json_extract(i.value,'$.document') FROM attempt a, json_each(a.items) i WHERE a.id<>?2)",
    JSON.stringify(documents),
    attempt,
  );
}
