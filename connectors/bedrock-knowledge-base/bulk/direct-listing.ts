import { hash } from 'node:crypto';
import type { Change, Destination } from '../../../core/contract/destination.ts';
import type { Choice } from './choose-road.ts';
import { standsOn } from './travel.ts';

/**
 * What stands on the direct road, listed once when a large load brings documents of which the books know nothing: books
 * that were made anew from the planes keep no receipts. A short hash of each id is kept.
 */
export function createDirectListing(direct: Destination): {
  /** The choice, with the direct road left where the document may stand on it; in a large load, where it does. */
  complete(change: Change, choice: Choice, isLargeLoad: boolean): Promise<Choice>;
  /** A request for it may have been taken. */
  add(id: string): void;
} {
  const added = new Set<number>();
  let listing: Promise<ReadonlySet<number>> | undefined;
  const list = async (): Promise<ReadonlySet<number>> => {
    const ids = new Set<number>();
    for await (const { id } of direct.inventory!()) ids.add(shortHash(id));
    return ids;
  };
  return {
    async complete(change, choice, isLargeLoad) {
      if (change.action === 'delete' || choice.road !== 's3') return choice;
      const stands = standsOn(change.receipt);
      if (stands === 'direct' || stands === 's3') return choice;
      // A few needless deletes cost less than a list.
      if (!isLargeLoad) return { ...choice, then: ['direct'] };
      listing ??= list();
      listing.catch(() => (listing = undefined));
      const key = shortHash(change.id);
      const isThere = (await listing).has(key) || added.has(key);
      return { ...choice, then: isThere ? ['direct'] : [] };
    },
    add: (id) => void added.add(shortHash(id)),
  };
}

/** Enough to tell some million ids apart. */
export const shortHash = (id: string): number => Number.parseInt(hash('sha256', id).slice(0, 12), 16);
