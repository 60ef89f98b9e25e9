import type {
  DocumentPlace,
  Lease,
  QuarantinedDocument,
  QuarantinedRecord,
  QuarantineEntry,
  QuarantinePayload,
  QuarantineStore,
} from '../catalog.ts';
import type { Database, Row } from './database.ts';
import { composeLease } from './kinds.ts';
import type { FencedLeases } from './leases.ts';
import { decodePayload } from './payload.ts';
import { freshLane, markDirty } from './touch.ts';

const recordsSql = `SELECT s.name,q.key,q.reason,q.since,q.last_seen,q.attempts,
  EXISTS (SELECT 1 FROM record r WHERE r.stream=q.stream AND r.key=q.key AND r.hash IS NOT NULL)
  FROM record_quarantine q JOIN stream s ON s.id=q.stream`;

const titleSql = `CASE WHEN (SELECT count(*) FROM slot o WHERE o.destination=s.destination AND o.state IN ('filling','active','previous'))>1
  THEN s.destination||' ('||coalesce(s.label,s.name)||')' ELSE s.destination END`;

const documentsSql = `SELECT q.slot,q.kind,q.record,${titleSql},d.urn,k.name,b.key,q.code,q.reason,q.since,q.last_seen,q.attempts,
  EXISTS (SELECT 1 FROM slot o CROSS JOIN holding h WHERE q.slot IN (0,o.id) AND h.slot=o.id AND h.document=d.id AND h.held<>''),
  EXISTS (SELECT 1 FROM holding h WHERE h.slot=q.slot AND h.document=d.id AND h.desired='')
  FROM document_quarantine q LEFT JOIN slot s ON s.id=q.slot LEFT JOIN document d ON d.kind=q.kind AND d.record=q.record
  LEFT JOIN kind k ON k.id=q.kind LEFT JOIN body b ON b.id=q.record`;

function toRecord(row: Row): QuarantinedRecord {
  const [stream, key, reason, since, lastSeen, attempts, keeps] = row as [
    ...[string, string, string, string, string],
    ...[number, number],
  ];
  const entry: QuarantineEntry = {
    name: `${stream}/${key}`,
    scope: 'record',
    stage: 'read',
    stream,
    key,
    code: 'RECORD_UNREADABLE',
    reason,
    since,
    lastSeen,
    attempts,
    keepsEarlier: keeps === 1,
  };
  return { stream, key, entry };
}

function toDocument(row: Row): QuarantinedDocument {
  const [slot, kind, record, destination, urn, kindName, key, code, reason, since, lastSeen] = row as [
    ...[number, number, number, string | null, string | null, string | null, string | null],
    ...[string, string, string, string],
  ];
  const name = urn ?? `${kindName ?? '(no kind)'}/${key ?? '(gone)'}`;
  const entry: QuarantineEntry = {
    name,
    scope: 'document',
    stage: slot === 0 ? 'compose' : row[13] === 1 ? 'delete' : 'write',
    ...(kindName === null ? {} : { kind: kindName }),
    ...(key === null ? {} : { key }),
    ...(destination === null ? {} : { destination }),
    ...(urn === null ? {} : { id: urn }),
    ...(row[13] === 1 ? { isToGo: true } : {}),
    code,
    reason,
    since,
    lastSeen,
    attempts: row[11] as number,
    keepsEarlier: row[12] === 1,
  };
  return { slot, kind, record, entry };
}

/** The first entries: records by stream and key, then documents. */
export function listQuarantine(database: Database, limit: number): QuarantineEntry[] {
  const records = database.all(`${recordsSql} ORDER BY q.stream,q.key LIMIT ?`, limit).map(toRecord);
  const documents = database
    .all(`${documentsSql} WHERE q.discarded=0 ORDER BY q.slot,q.kind,q.record LIMIT ?`, limit)
    .map(toDocument);
  return [...records, ...documents].slice(0, limit).map((one) => one.entry);
}

export const countQuarantine = (database: Database): number =>
  database.get(
    'SELECT (SELECT count(*) FROM record_quarantine) + (SELECT count(*) FROM document_quarantine WHERE discarded=0)',
  )![0] as number;

const stepPayloads = 200;
const payloadPlaces = [
  ['record_quarantine', 'stream,key'],
  ['document_quarantine', 'slot,kind,record'],
] as const;

export function createQuarantineStore(database: Database, leases: FencedLeases): QuarantineStore {
  const guarded = (lease: Lease, names: Iterable<string>, work: () => void): void =>
    database.transaction(() => {
      for (const name of new Set(names)) leases.guard(lease, name);
      work();
    });
  const leasesOf = (places: readonly DocumentPlace[]): string[] =>
    places.map(({ slot }) => (slot === 0 ? composeLease : `slot:${slot}`));
  return {
    count: () => countQuarantine(database),
    recordPayload: ({ stream, key }) =>
      toPayload(
        database.get(
          'SELECT payload FROM record_quarantine WHERE stream=(SELECT id FROM stream WHERE name=?) AND key=?',
          stream,
          key,
        ),
      ),
    documentPayload: ({ slot, kind, record }) =>
      toPayload(
        database.get(
          'SELECT payload FROM document_quarantine WHERE slot=? AND kind=? AND record=?',
          slot,
          kind,
          record,
        ),
      ),
    dropPayloads(lease) {
      let dropped = 0;
      guarded(lease, [composeLease], () => {
        for (const [table, place] of payloadPlaces)
          dropped += database.run(
            `UPDATE ${table} SET payload=NULL WHERE (${place}) IN (SELECT ${place} FROM ${table} WHERE payload IS NOT NULL LIMIT ${stepPayloads})`,
          );
      });
      return dropped > 0;
    },
    records: (after, limit) =>
      database
        .all(
          `${recordsSql} WHERE (q.stream,q.key)>(coalesce((SELECT id FROM stream WHERE name=?),0),?) ORDER BY q.stream,q.key LIMIT ?`,
          after?.stream ?? null,
          after?.key ?? '',
          limit,
        )
        .map(toRecord),
    documents: (after, limit) =>
      database
        .all(
          `${documentsSql} WHERE (q.slot,q.kind,q.record)>(?,?,?) AND q.discarded=0 ORDER BY q.slot,q.kind,q.record LIMIT ?`,
          after?.slot ?? -1,
          after?.kind ?? 0,
          after?.record ?? 0,
          limit,
        )
        .map(toDocument),
    find(name) {
      const records = splits(name).flatMap(([stream, key]) =>
        database.all(`${recordsSql} WHERE s.name=? AND q.key=?`, stream, key).map(toRecord),
      );
      const documents = documentNames(name).flatMap(([kind, key]) =>
        database
          .all(
            `${documentsSql} WHERE q.slot IN (SELECT 0 UNION ALL SELECT id FROM slot) AND q.kind=(SELECT id FROM kind WHERE name=?)
             AND q.record IN (SELECT r.id FROM stream t CROSS JOIN record r ON r.stream=t.id AND r.key=?) AND q.discarded=0`,
            kind,
            key,
          )
          .map(toDocument),
      );
      return { records, documents };
    },
    retryDocuments: (lease, places) =>
      guarded(lease, leasesOf(places), () => {
        const mark = database.next('mark');
        for (const { slot, kind, record } of places) {
          if (slot === 0) markDirty(database, kind, [record], mark, freshLane);
          else {
            database.run(
              'UPDATE document_quarantine SET fingerprint=NULL WHERE slot=? AND kind=? AND record=?',
              slot,
              kind,
              record,
            );
            database.run(
              `UPDATE holding SET todo=${freshLane} WHERE slot=? AND document=(SELECT id FROM document WHERE kind=? AND record=?) AND todo<3 AND (held IS NULL OR held<>desired)`,
              slot,
              kind,
              record,
            );
          }
        }
      }),
    discardRecords: (lease, places) =>
      guarded(
        lease,
        places.map(({ stream }) => `stream:${stream}`),
        () => {
          for (const { stream, key } of places) {
            database.run(
              'DELETE FROM record_quarantine WHERE stream=(SELECT id FROM stream WHERE name=?) AND key=?',
              stream,
              key,
            );
          }
        },
      ),
    discardDocuments: (lease, places) =>
      guarded(lease, leasesOf(places), () => {
        for (const { slot, kind, record } of places) {
          database.run(
            'UPDATE document_quarantine SET discarded=1, payload=NULL WHERE slot=? AND kind=? AND record=?',
            slot,
            kind,
            record,
          );
        }
      }),
  };
}

const toPayload = (row: Row | undefined): QuarantinePayload | undefined =>
  typeof row?.[0] === 'string' ? decodePayload(row[0]) : undefined;

/** Every way to cut a name in two at a slash: streams and keys may hold slashes. */
function splits(name: string): [string, string][] {
  const found: [string, string][] = [];
  for (let at = name.indexOf('/'); at > 0; at = name.indexOf('/', at + 1))
    found.push([name.slice(0, at), name.slice(at + 1)]);
  return found;
}

/** Kind and key that a document's id or `<kind>/<key>` stands for. */
function documentNames(name: string): [string, string][] {
  const parts = name.split(':');
  if (parts.length !== 6) return splits(name).slice(0, 1);
  try {
    return [[decodeURIComponent(parts[1]!), decodeURIComponent(parts[5]!)], ...splits(name).slice(0, 1)];
  } catch {
    return splits(name).slice(0, 1);
  }
}
