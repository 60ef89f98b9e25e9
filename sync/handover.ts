import type { BusinessDocument } from '../core/contract/document.ts';

/** A document as one slot is to get it. */
export interface ReadyDocument {
  readonly document: BusinessDocument;
  readonly fingerprint: string;
}

/**
 * What compose has just made and publish will want in a moment, bounded in bytes. What does not fit is composed again:
 * nothing depends on it. Every slot has the same share, so that a slow one does not take the room of a fast one.
 */
export interface Handover {
  put(slot: number, id: string, ready: ReadyDocument): void;
  get(slot: number, id: string, fingerprint: string): BusinessDocument | undefined;
  remove(slot: number, id: string): void;
}

interface Share {
  readonly entries: Map<string, ReadyDocument & { readonly bytes: number }>;
  bytes: number;
}

export function createHandover(maxBytes: number): Handover {
  const shares = new Map<number, Share>();
  const shareOf = (slot: number): Share => {
    let share = shares.get(slot);
    if (!share) shares.set(slot, (share = { entries: new Map(), bytes: 0 }));
    return share;
  };
  const remove = (share: Share, id: string): void => {
    const entry = share.entries.get(id);
    if (!entry) return;
    share.bytes -= entry.bytes;
    share.entries.delete(id);
  };
  return {
    put(slot, id, ready) {
      const share = shareOf(slot);
      remove(share, id);
      const bytes = (ready.document.body.length + ready.document.title.length) * 2 + 1000;
      if (share.bytes + bytes > maxBytes / shares.size) return;
      share.entries.set(id, { ...ready, bytes });
      share.bytes += bytes;
    },
    get(slot, id, fingerprint) {
      const entry = shares.get(slot)?.entries.get(id);
      return entry?.fingerprint === fingerprint ? entry.document : undefined;
    },
    remove: (slot, id) => remove(shareOf(slot), id),
  };
}
