import type { SQLInputValue } from 'node:sqlite';
import { noDestinationCounts, type DestinationCounts } from '../../observe/report.ts';
import type { ComposedDocument, DocumentRow, DocumentStore, SavedDocuments, SlotTarget } from '../catalog.ts';
import { dropGone } from './close-attempt.ts';
import type { Database } from './database.ts';
import type { Definitions } from './definitions.ts';
import { aim, isStillRefused, keepLastGood, sameAim, withWithdrawals } from './aim.ts';
import { composeLease } from './kinds.ts';
import type { FencedLeases } from './leases.ts';
import { readHoldings, writeHoldings, type Holding } from './settle.ts';
import { abandon, adopt, findStrangers } from './strangers.ts';
import type { StreamIds } from './streams.ts';
import { bulkLane, freshLane } from './touch.ts';

export function createDocumentStore(
  database: Database,
  definitions: Definitions,
  leases: FencedLeases,
  streams: StreamIds,
  now: () => number,
): DocumentStore {
  return {
    slot(destination, name) {
      database.run('INSERT OR IGNORE INTO slot(destination,name) VALUES(?,?)', destination, name);
      return database.get(
        'SELECT id FROM slot WHERE destination=? AND name=?',
        destination,
        name,
      )![0] as number;
    },
    saveComposed(lease, kindName, documents) {
      return database.transaction(() => {
        leases.guard(lease, composeLease);
        return saveComposed(
          database,
          definitions.kinds.get(kindName)!.id,
          documents,
          new Date(now()).toISOString(),
        );
      });
    },
    find(kindName, key): DocumentRow | undefined {
      const kind = definitions.kinds.get(kindName);
      if (!kind) return undefined;
      const row = database.get(
        'SELECT d.id,d.record,d.urn,d.content FROM record r JOIN document d ON d.kind=? AND d.record=r.id WHERE r.stream=? AND r.key=?',
        kind.id,
        streams.id(kind.nodes[0]!.stream),
        key,
      );
      if (!row) return undefined;
      const [document, record] = row as [number, number];
      return {
        document,
        record,
        kind: kindName,
        id: row[2] as string,
        content: (row[3] as string | null) ?? undefined,
        holdings: [...readHoldings(database, [document]).get(document)!.values()].map((holding) => ({
          slot: holding.slot,
          desired: holding.desired,
          held: holding.held ?? undefined,
          todo: holding.todo > 0,
          note: holding.note ?? undefined,
          quarantine: quarantineReason(database, holding.slot, kind.id, record),
        })),
      };
    },
  };
}

const quarantineReason = (
  database: Database,
  slot: number,
  kind: number,
  record: number,
): string | undefined =>
  database.get(
    'SELECT reason FROM document_quarantine WHERE slot IN (0,?) AND kind=? AND record=?',
    slot,
    kind,
    record,
  )?.[0] as string | undefined;

/**
 * Inside a transaction. Clears what was dirty when the records were read, and no later touch; writes what should exist.
 * Every move of a document between "nothing to do" and "to do" on a slot is counted once, so that the accounts close.
 */
function saveComposed(
  database: Database,
  kind: number,
  documents: readonly ComposedDocument[],
  since: string,
): SavedDocuments {
  const counts = new Map<number, DestinationCounts>();
  const toWrite = new Set<string>();
  const countsOf = (slot: number): DestinationCounts => {
    let own = counts.get(slot);
    if (!own) counts.set(slot, (own = noDestinationCounts()));
    return own;
  };
  const records = JSON.stringify(documents.map((one) => one.record));
  const rows = new Map(
    database
      .all(
        'SELECT d.record,d.id,d.urn,d.content FROM json_each(?) j CROSS JOIN document d WHERE d.kind=? AND d.record=j.value',
        records,
        kind,
      )
      .map((row) => [
        row[0] as number,
        { document: row[1] as number, id: row[2] as string, content: row[3] as string | null },
      ]),
  );
  const holdings = readHoldings(
    database,
    [...rows.values()].map((row) => row.document),
  );
  const quarantined = readQuarantine(database, kind, records);
  const strangers = findStrangers(database, documents);
  const fresh = documents.filter(
    (one) => one.id !== undefined && !one.rejected && rows.get(one.record)?.id !== one.id,
  ).length;
  let nextDocument = fresh > 0 ? database.next('document', fresh) : 0;
  const added: SQLInputValue[][] = [];
  const aimed: Holding[] = [];
  const vanished: number[] = [];

  clearDirty(database, kind, documents);
  for (const one of documents) {
    let row = rows.get(one.record);
    if (one.rejected) {
      aimed.push(...keepLastGood(database, kind, one, row && holdings.get(row.document), countsOf, since));
      continue;
    }
    if (quarantined.get(`0/${one.record}`) !== undefined) {
      database.run('DELETE FROM document_quarantine WHERE slot=0 AND kind=? AND record=?', kind, one.record);
    }
    if (row && one.id !== undefined && row.id !== one.id) {
      if (one.partial) continue;
      aimed.push(...abandon(database, row.document, holdings.get(row.document)!, countsOf));
      row = undefined;
    }
    if (!row) {
      if (one.id === undefined) {
        countWithheld(one.targets, countsOf);
        continue;
      }
      const taken = strangers.get(one.id);
      row = { document: taken ?? nextDocument++, id: one.id, content: null };
      if (taken === undefined) added.push([row.document, kind, one.record, one.id, one.content ?? null]);
      else adopt(database, taken, kind, one, holdings);
    } else if (one.content !== undefined && row.content !== one.content) {
      database.run('UPDATE document SET content=? WHERE id=?', one.content, row.document);
    }
    const own = holdings.get(row.document) ?? new Map<number, Holding>();
    for (const target of one.partial ? one.targets : withWithdrawals(one.targets, own)) {
      const before = own.get(target.slot);
      const after = aim(row.document, target, before, {
        lane: one.bulk ? bulkLane : freshLane,
        quarantined: quarantined.size > 0 ? quarantined.get(`${target.slot}/${one.record}`) : undefined,
        counts: countsOf(target.slot),
      });
      if (quarantined.has(`${target.slot}/${one.record}`) && !isStillRefused(after)) {
        database.run(
          'DELETE FROM document_quarantine WHERE slot=? AND kind=? AND record=?',
          target.slot,
          kind,
          one.record,
        );
      }
      if (!after) continue;
      if (!before || !sameAim(before, after)) aimed.push(after);
      if (after.todo > 0 && target.desired !== '') toWrite.add(`${target.slot}/${row.id}`);
    }
    if (one.id === undefined && !one.partial) vanished.push(row.document);
  }
  database.insert('INSERT INTO document(id,kind,record,urn,content)', added);
  writeHoldings(database, aimed);
  if (vanished.length > 0) dropGone(database, vanished, 0);
  return { counts, toWrite };
}

/** Up to the marks that were read; a later touch stays. */
function clearDirty(database: Database, kind: number, documents: readonly ComposedDocument[]): void {
  for (const [mark, own] of Map.groupBy(documents, (one) => one.mark)) {
    database.run(
      'DELETE FROM dirty WHERE kind=? AND record IN (SELECT value FROM json_each(?)) AND mark<=?',
      kind,
      JSON.stringify(own.map((one) => one.record)),
      mark,
    );
  }
}

/** Policy keeps it from everywhere before it ever became a document. */
function countWithheld(targets: readonly SlotTarget[], countsOf: (slot: number) => DestinationCounts): void {
  for (const target of targets) {
    if (!target.withheld) continue;
    countsOf(target.slot).considered++;
    countsOf(target.slot).withheld++;
  }
}

function readQuarantine(database: Database, kind: number, records: string): Map<string, string> {
  if (!database.get('SELECT 1 FROM document_quarantine LIMIT 1')) return new Map();
  return new Map(
    database
      .all(
        'SELECT q.slot,q.record,q.fingerprint FROM document_quarantine q WHERE q.kind=? AND q.record IN (SELECT value FROM json_each(?))',
        kind,
        records,
      )
      .map((row) => [`${row[0]}/${row[1]}`, (row[2] as string | null) ?? '']),
  );
}
