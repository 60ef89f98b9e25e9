import type { DestinationCounts } from '../../observe/report.ts';
import type { ComposedDocument } from '../catalog.ts';
import { aim } from './aim.ts';
import type { Database } from './database.ts';
import { readHoldings, type Holding } from './settle.ts';
import { bulkLane } from './touch.ts';

/** Documents that lie in our slots under the ids of those to be made and that no kind's records account for: by id. */
export function findStrangers(
  database: Database,
  documents: readonly ComposedDocument[],
): Map<string, number> {
  if (!database.get('SELECT 1 FROM document WHERE kind=0 LIMIT 1')) return new Map();
  const ids = documents.flatMap((one) => one.id ?? []);
  return new Map(
    database
      .all(
        'SELECT urn,id FROM document WHERE kind=0 AND urn IN (SELECT value FROM json_each(?))',
        JSON.stringify(ids),
      )
      .map((row) => [row[0] as string, row[1] as number]),
  );
}

/** A document that was to go is wanted again: it keeps its attempts, so that no second change of it leaves meanwhile. */
export function adopt(
  database: Database,
  document: number,
  kind: number,
  one: ComposedDocument,
  holdings: Map<number, Map<number, Holding>>,
): void {
  database.run(
    'UPDATE document SET kind=?, record=?, content=? WHERE id=?',
    kind,
    one.record,
    one.content ?? null,
    document,
  );
  holdings.set(document, readHoldings(database, [document]).get(document)!);
}

/** The record now makes a document under another id (another namespace, another instance): the old one is to go. */
export function abandon(
  database: Database,
  document: number,
  own: ReadonlyMap<number, Holding>,
  countsOf: (slot: number) => DestinationCounts,
): Holding[] {
  database.run('UPDATE document SET kind=0, record=-id WHERE id=?', document);
  return [...own.values()].flatMap(
    (before) =>
      aim(document, { slot: before.slot, desired: '' }, before, {
        lane: bulkLane,
        quarantined: undefined,
        counts: countsOf(before.slot),
      }) ?? [],
  );
}
