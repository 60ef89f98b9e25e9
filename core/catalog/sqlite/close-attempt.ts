import { noDestinationCounts, type DestinationCounts } from '../../observe/report.ts';
import type { AttemptItem, Closing } from '../catalog.ts';
import type { Database } from './database.ts';
import { readHoldings, settle, writeHolding, type Holding } from './settle.ts';
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
  const holdings = readHoldings(
    database,
    items.map((item) => item.document),
  );
  const open: AttemptItem[] = [];
  for (const item of items) {
    const closing = closings.get(item.document);
    if (!closing) open.push(item);
    else if (closing.status === 'accepted') open.push({ ...item, acceptance: closing.acceptance });
    else {
      const holding = holdings.get(item.document)?.get(slot) ?? absent(slot, item.document);
      closeItem(database, attempt, item, closing, holding, since, counts);
    }
  }
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

function closeItem(
  database: Database,
  attempt: number,
  item: AttemptItem,
  closing: Exclude<Closing, { status: 'accepted' }>,
  before: Holding,
  since: string,
  counts: DestinationCounts,
): void {
  switch (closing.status) {
    case 'later':
      return;
    case 'done': {
      const held = item.action === 'write' ? item.fingerprint : '';
      const after = settle(
        {
          ...before,
          held,
          receipt: closing.receipt === undefined ? null : JSON.stringify(closing.receipt),
          addresses:
            closing.addresses && closing.addresses.length > 0 ? JSON.stringify(closing.addresses) : null,
        },
        freshLane,
        false,
      );
      if (before.todo === 0 && after.todo > 0) counts.considered++;
      if (before.todo > 0 && after.todo === 0) {
        if (item.action === 'write') counts.written++;
        else if (before.note) counts.withheld++;
        else counts.deleted++;
      }
      writeHolding(database, after);
      forgetQuarantine(database, before.slot, item.document);
      if (held === '' && after.desired === '') dropIfGone(database, item.document, attempt);
      return;
    }
    case 'unknown': {
      if (before.todo === 0) counts.considered++;
      writeHolding(database, inDoubt(before, item, before.todo || freshLane));
      return;
    }
    case 'failed':
    case 'rejected': {
      if (closing.status === 'failed') {
        if (before.todo === 0) counts.considered++;
        writeHolding(database, inDoubt(before, item, before.todo || freshLane));
      }
      quarantineDocument(database, before.slot, item.document, item.fingerprint, closing, since, counts);
      return;
    }
  }
}

/** What is there is not known; every address that may have been touched is kept until a verdict proves it gone. */
function inDoubt(before: Holding, item: AttemptItem, todo: number): Holding {
  const known = before.addresses === null ? [] : (JSON.parse(before.addresses) as string[]);
  const addresses = [...new Set([...known, ...item.addresses])];
  return { ...before, held: null, todo, addresses: addresses.length > 0 ? JSON.stringify(addresses) : null };
}

/** Not tried again until something else is desired; what was held stays. */
export function quarantineDocument(
  database: Database,
  slot: number,
  document: number,
  fingerprint: string,
  why: { readonly code: string; readonly reason: string },
  since: string,
  counts: DestinationCounts,
): void {
  database.run(
    'INSERT INTO document_quarantine(slot,kind,record,fingerprint,code,reason,since) SELECT ?,kind,record,?,?,?,? FROM document WHERE id=? ' +
      'ON CONFLICT(slot,kind,record) DO UPDATE SET fingerprint=excluded.fingerprint, code=excluded.code, reason=excluded.reason',
    slot,
    fingerprint,
    why.code,
    why.reason,
    since,
    document,
  );
  const holding = readHoldings(database, [document]).get(document)?.get(slot);
  if (holding && holding.todo > 0 && holding.desired === fingerprint) {
    writeHolding(database, { ...holding, todo: 0 });
    counts.quarantined++;
  }
}

function forgetQuarantine(database: Database, slot: number, document: number): void {
  if (!database.get('SELECT 1 FROM document_quarantine WHERE slot=? LIMIT 1', slot)) return;
  database.run(
    'DELETE FROM document_quarantine WHERE slot=? AND (kind,record)=(SELECT kind,record FROM document WHERE id=?)',
    slot,
    document,
  );
}

/** A document that no slot holds, wants or has an attempt open for, and whose record is gone, is forgotten. */
function dropIfGone(database: Database, document: number, attempt: number): void {
  database.run(
    'DELETE FROM document WHERE id=?1 AND NOT EXISTS (SELECT 1 FROM body b WHERE b.id=document.record) ' +
      'AND NOT EXISTS (SELECT 1 FROM slot s CROSS JOIN holding h WHERE h.slot=s.id AND h.document=?1) ' +
      "AND NOT EXISTS (SELECT 1 FROM attempt a, json_each(a.items) i WHERE a.id<>?2 AND json_extract(i.value,'$.document')=?1)",
    document,
    attempt,
  );
}
