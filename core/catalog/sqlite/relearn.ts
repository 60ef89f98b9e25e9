import type { Database } from './database.ts';
import { dueAgain } from './delete-guard.ts';

/** A holding beside what the destination shows of its document. */
export interface ShownHolding {
  readonly document: number;
  readonly held: string | null;
  readonly addresses: string | null;
  /** Null: not shown. */
  readonly status: string | null;
  readonly fingerprint: string | null;
  readonly shownAddresses: string | null;
}

/**
 * What a slot holds is what it shows, whatever the books say: a fingerprint where the service returns one, not known where
 * it lists no more than the id. For books that are older than the slot.
 */
export function relearnHeld(database: Database, slot: number, rows: readonly ShownHolding[]): void {
  for (const row of rows) {
    const held = heldOf(row.status, row.fingerprint);
    const addresses = bothLists(row.addresses, row.shownAddresses);
    if (held === row.held && addresses === row.addresses) continue;
    database.run(
      `UPDATE holding SET held=?1, addresses=?2, todo=CASE WHEN desired=?1 THEN 0 ELSE ${dueAgain} END WHERE slot=?3 AND document=?4`,
      held,
      addresses,
      slot,
      row.document,
    );
  }
}

/** What is held of a document that is shown like this; null when that is not known. */
export const heldOf = (status: string | null, fingerprint: string | null): string | null =>
  status === null ? '' : status === 'present' ? fingerprint : null;

function bothLists(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other;
  const all = new Set([...(JSON.parse(one) as string[]), ...(JSON.parse(other) as string[])]);
  return JSON.stringify([...all]);
}
