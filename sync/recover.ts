import type { Work } from '../core/catalog/index.ts';
import type { Confirmation } from './confirm.ts';
import type { Publishing } from './publish.ts';

/** How long a write may be on its way, for a destination that does not tell. */
const usualLongestWriteMs = 300_000;

/** Attempts that an earlier holder left open: asked about where the service had accepted them, else in doubt. */
export function recoverAttempts(
  { world, slot, lease, count }: Publishing,
  confirmation: Pick<Confirmation, 'add'>,
): void {
  const { holdings } = world.catalog;
  for (const { attempt, items } of holdings.openAttempts(slot.id)) {
    const doubtful = items.filter((item) => item.acceptance === undefined || !slot.destination.confirm);
    const accepted = items.filter((item) => !doubtful.includes(item));
    if (doubtful.length > 0) {
      count(
        holdings.close(
          lease,
          slot.id,
          attempt,
          doubtful.map((item) => [item.document, { status: 'unknown' }]),
        ),
      );
    }
    if (accepted.length > 0) confirmation.add(attempt, accepted);
  }
}

/** Keeps back what an earlier holder, who may still be alive, may have a request about on its way. */
export interface Settling {
  /** Whether this piece of work has to wait; noted until `begin`. */
  holds(work: Work): boolean;
  begin(): void;
  /** Milliseconds that something noted has to wait for yet. */
  leftMs(): number;
}

export function createSettling({ world, slot }: Publishing): Settling {
  const takenOverAt = world.catalog.leases.takenOverAt(`slot:${slot.id}`);
  const longestMs = slot.destination.longestWriteMs ?? usualLongestWriteMs;
  // Under a clock that was set back since, the wait would be longer than any write.
  const until = takenOverAt === undefined ? 0 : Math.min(takenOverAt, world.now()) + longestMs;
  let isHeld = false;
  return {
    holds(work) {
      if (!work.inDoubt || world.now() >= until) return false;
      isHeld = true;
      return true;
    },
    begin: () => void (isHeld = false),
    leftMs: () => (isHeld ? Math.max(0, until - world.now()) : 0),
  };
}
