import type { BusinessDocument } from '../core/contract/document.ts';

/** A document as one slot is to get it. */
export interface ReadyDocument {
  readonly document: BusinessDocument;
  readonly fingerprint: string;
}

/**
 * What compose has just made and publish will want in a moment, bounded in bytes. What does not fit, or was pushed
 * out, is composed again: nothing depends on it.
 */
export interface Handover {
  put(slot: number, id: string, ready: ReadyDocument): void;
  get(slot: number, id: string, fingerprint: string): BusinessDocument | undefined;
  remove(slot: number, id: string): void;
}

export function createHandover(maxBytes: number): Handover {
  const entries = new Map<string, ReadyDocument & { bytes: number }>();
  let bytes = 0;
  const remove = (key: string): void => {
    bytes -= entries.get(key)?.bytes ?? 0;
    entries.delete(key);
  };
  return {
    put(slot, id, ready) {
      const key = `${slot}/${id}`;
      remove(key);
      const size = (ready.document.body.length + ready.document.title.length) * 2 + 1000;
      if (bytes + size > maxBytes) return;
      entries.set(key, { ...ready, bytes: size });
      bytes += size;
    },
    get(slot, id, fingerprint) {
      const entry = entries.get(`${slot}/${id}`);
      return entry?.fingerprint === fingerprint ? entry.document : undefined;
    },
    remove: (slot, id) => remove(`${slot}/${id}`),
  };
}
