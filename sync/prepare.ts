import type { Work } from '../core/catalog/index.ts';
import type { Change } from '../core/contract/destination.ts';
import type { Prepared } from './batch.ts';
import { composeRecords, type Composer } from './compose.ts';
import type { OpenKind, OpenSlot } from './world.ts';

/** Turns work into changes: deletes as they are, writes with the document handed over by compose or composed again. */
export function prepareWork(
  composer: Composer,
  kinds: ReadonlyMap<string, OpenKind>,
  slot: OpenSlot,
  work: readonly Work[],
): readonly Prepared[] {
  const changes = new Map<number, Change>();
  const again = new Map<string, Work[]>();
  for (const one of work) {
    const base = baseOf(one);
    if (one.desired === '') {
      changes.set(one.document, { ...base, action: 'delete' });
      continue;
    }
    const document = composer.handover.get(slot.id, one.id, one.desired);
    if (document) changes.set(one.document, { ...base, action: 'write', document, fingerprint: one.desired });
    else if (kinds.has(one.kind) && composer.world.catalog.kinds.isOpen(one.kind))
      again.set(one.kind, [...(again.get(one.kind) ?? []), one]);
  }
  for (const [kind, missed] of again) {
    const dirty = missed.map((one) => ({ record: one.record, mark: 0, bulk: one.bulk }));
    const ready = new Map(
      composeRecords(composer, kinds.get(kind)!, dirty, [slot], true).map((one) => [one.document.id, one]),
    );
    for (const one of missed) {
      const made = ready.get(one.id);
      if (!made) continue;
      composer.handover.put(slot.id, one.id, made);
      changes.set(one.document, {
        ...baseOf(one),
        action: 'write',
        document: made.document,
        fingerprint: made.fingerprint,
      });
    }
  }
  return work.flatMap((one) => {
    const change = changes.get(one.document);
    return change ? [{ work: one, change, addresses: [] }] : [];
  });
}

export const baseOf = (work: Work) => ({
  id: work.id,
  addresses: work.addresses,
  ...(work.receipt === undefined ? {} : { receipt: work.receipt }),
  ...(work.inDoubt ? { inDoubt: true } : {}),
});
