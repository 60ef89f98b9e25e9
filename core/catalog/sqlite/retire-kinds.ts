import { dropGone } from './close-attempt.ts';
import type { Database } from './database.ts';
import { readHoldings, settle, writeHoldings, type Holding } from './settle.ts';
import { bulkLane } from './touch.ts';

const stepDocuments = 500;

/** Inside a transaction: kinds that lead nowhere any more give up their documents; indexes without a kind are not kept up and never used again. */
export function markRetired(database: Database, kinds: readonly string[], indexes: readonly string[]): void {
  database.run(
    "UPDATE kind SET fingerprint=NULL, opened=0, fill_after='' WHERE fingerprint IS NOT NULL AND name NOT IN (SELECT value FROM json_each(?))",
    JSON.stringify(kinds),
  );
  database.run(
    "UPDATE join_index SET definition='obsolete '||id WHERE definition NOT LIKE 'obsolete %' AND definition NOT IN (SELECT value FROM json_each(?))",
    JSON.stringify(indexes),
  );
}

/** One bounded step of taking the documents of retired kinds back from every slot; true while there is more. */
export function retireStep(database: Database): boolean {
  const row = database.get(
    'SELECT id,fill_after FROM kind WHERE fingerprint IS NULL AND fill_after IS NOT NULL LIMIT 1',
  );
  if (!row) return false;
  const [kind, after] = row as [number, string];
  const documents = database.all(
    'SELECT id,record FROM document WHERE kind=? AND record>? ORDER BY record LIMIT ?',
    kind,
    Number(after),
    stepDocuments,
  );
  const ids = documents.map(([id]) => id as number);
  const holdings = readHoldings(database, ids);
  const withdrawn: Holding[] = [];
  for (const own of holdings.values()) {
    for (const holding of own.values()) {
      if (holding.desired !== '' || holding.note !== null)
        withdrawn.push(settle(holding, { desired: '', note: null }, bulkLane, false));
    }
  }
  writeHoldings(database, withdrawn);
  if (ids.length > 0) dropGone(database, ids, 0);
  const last = documents.length < stepDocuments ? null : String(documents.at(-1)![1]);
  if (last === null) database.run('DELETE FROM document_quarantine WHERE kind=?', kind);
  database.run('UPDATE kind SET fill_after=? WHERE id=?', last, kind);
  return true;
}
