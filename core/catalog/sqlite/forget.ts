import type { ForgetFilter, Forgotten } from '../catalog.ts';
import type { Database } from './database.ts';
import { dueAgain } from './delete-guard.ts';

/** Documents of one step: well under 50 ms. */
const stepDocuments = 5000;
const lastDocument = Number.MAX_SAFE_INTEGER;

/** Part of a slot's holdings: documents after one, up to another. */
interface Range {
  readonly after: number;
  readonly upTo: number;
}

/** Forgets what a slot holds of the chosen documents, step by step. */
export function* forgetHeld(
  database: Database,
  transaction: <T>(work: () => T) => T,
  slot: number,
  filter: ForgetFilter,
): Generator<Forgotten> {
  for (const range of ranges(database, slot, filter)) {
    yield transaction(() => {
      const { where, values } = condition(slot, filter, range);
      database.run(
        `DELETE FROM document_quarantine WHERE slot=?1 AND (kind,record) IN (SELECT d.kind,d.record FROM document d WHERE d.id IN (SELECT document FROM holding WHERE ${where}))`,
        ...values,
      );
      const settled = database.get(`SELECT count(*) FROM holding WHERE todo=0 AND ${where}`, ...values)!;
      const documents = database.run(
        `UPDATE holding SET held=NULL, todo=${dueAgain} WHERE ${where}`,
        ...values,
      );
      return { documents, due: settled[0] as number };
    });
  }
}

/** How many documents `forgetHeld` would forget. */
export function countForget(database: Database, slot: number, filter: ForgetFilter): number {
  const { where, values } = condition(slot, filter, { after: 0, upTo: lastDocument });
  return database.get(`SELECT count(*) FROM holding WHERE ${where}`, ...values)![0] as number;
}

function* ranges(database: Database, slot: number, { id, documents }: ForgetFilter): Generator<Range> {
  const isFew = id !== undefined || documents !== undefined;
  let after = 0;
  for (;;) {
    const last = isFew
      ? undefined
      : (database.get(
          `SELECT document FROM holding WHERE slot=? AND document>? ORDER BY document LIMIT 1 OFFSET ${stepDocuments - 1}`,
          slot,
          after,
        )?.[0] as number | undefined);
    yield { after, upTo: last ?? lastDocument };
    if (last === undefined) return;
    after = last;
  }
}

function condition(
  slot: number,
  filter: ForgetFilter,
  { after, upTo }: Range,
): { where: string; values: (number | string)[] } {
  const conditions = [
    'slot=?1 AND document>?2 AND document<=?3',
    "(desired<>'' OR held IS NULL OR held<>'')",
  ];
  const values: (number | string)[] = [slot, after, upTo];
  if (filter.kind !== undefined) {
    values.push(filter.kind);
    conditions.push(
      `document IN (SELECT d.id FROM document d JOIN kind k ON k.id=d.kind WHERE d.id>?2 AND d.id<=?3 AND k.name=?${values.length})`,
    );
  }
  if (filter.id !== undefined) {
    values.push(filter.id);
    conditions.push(`document IN (SELECT id FROM document WHERE urn=?${values.length})`);
  }
  if (filter.documents !== undefined) {
    values.push(JSON.stringify(filter.documents));
    conditions.push(`document IN (SELECT value FROM json_each(?${values.length}))`);
  }
  return { where: conditions.join(' AND '), values };
}
