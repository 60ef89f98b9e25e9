import type { Database } from './database.ts';
import { dueAgain, unjudged } from './delete-guard.ts';
import { heldOf } from './relearn.ts';

/** Ids of one step. */
const stepIds = 2000;
/** In the column `known` of what a destination shows: 0 ours and in no book of this slot, 1 in the books, 2 somebody else's. */
const foreign = 2;

/** What is shown and stands in no book of the slot, step by step: how many ids are not ours, and those that are. */
export function* foreignAndUnknown(
  database: Database,
  prefix: string,
): Generator<{ readonly foreign: number; readonly unknown: readonly string[] }> {
  for (const ids of unknownIds(database)) {
    const others = ids.filter((id) => !id.startsWith(prefix));
    if (others.length > 0)
      database.run(
        `UPDATE shown SET known=${foreign} WHERE urn IN (SELECT value FROM json_each(?))`,
        JSON.stringify(others),
      );
    yield { foreign: others.length, unknown: ids.filter((id) => id.startsWith(prefix)) };
  }
}

/**
 * What lies in our slot and is not in our books is to be deleted, unless it is wanted after all: the slot has one owner. What
 * runs beside compose for the slot meanwhile stays as wanted as they made it. Gives the work of each step.
 */
export function* adoptShown(database: Database, slot: number): Generator<() => void> {
  const known = new Map<string, number>();
  let after = 0;
  /** Documents get ever higher numbers, so those that have come since are read next. */
  const readMore = (): boolean => {
    const rows = database.all(
      'SELECT d.id,CASE WHEN s.known=0 THEN d.urn END FROM document d LEFT JOIN shown s ON s.urn=d.urn WHERE d.id>? ORDER BY d.id LIMIT ?',
      after,
      stepIds,
    );
    for (const [id, urn] of rows) if (urn !== null) known.set(urn as string, id as number);
    after = (rows.at(-1)?.[0] as number | undefined) ?? after;
    return rows.length === stepIds;
  };
  while (readMore()) yield () => undefined;
  for (const ids of unknownIds(database)) {
    yield () => {
      while (readMore());
      const missing = ids.filter((id) => !known.has(id));
      const first = missing.length > 0 ? database.next('document', missing.length) : 0;
      database.insert(
        'INSERT INTO document(id,kind,record,urn)',
        missing.map((id, at) => [first + at, 0, -(first + at), id]),
      );
      missing.forEach((id, at) => known.set(id, first + at));
      const shown = database.all(
        'SELECT urn,status,fingerprint,addresses FROM shown WHERE urn IN (SELECT value FROM json_each(?))',
        JSON.stringify(ids),
      ) as [string, string, string | null, string | null][];
      database.insert(
        'INSERT INTO holding(slot,document,desired,held,todo,addresses)',
        shown.map(([id, status, fingerprint, addresses]) => [
          slot,
          known.get(id)!,
          '',
          heldOf(status, fingerprint),
          unjudged,
          addresses,
        ]),
        `ON CONFLICT(slot,document) DO UPDATE SET held=excluded.held,addresses=excluded.addresses,todo=${dueAgain}`,
      );
    };
  }
}

function* unknownIds(database: Database): Generator<string[]> {
  for (let after = ''; ;) {
    const rows = database.all(
      'SELECT urn FROM shown WHERE known=0 AND urn>? ORDER BY urn LIMIT ?',
      after,
      stepIds,
    );
    if (rows.length > 0) yield rows.map((row) => row[0] as string);
    if (rows.length < stepIds) return;
    after = rows.at(-1)![0] as string;
  }
}
