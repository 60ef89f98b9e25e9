import type { ComposedDocument, DirtyDocument, Lease, RecordTree } from '../core/catalog/index.ts';
import type { Json } from '../core/contract/json.ts';
import { matches, type Composition } from '../core/documents/index.ts';
import type { DestinationCounts } from '../core/observe/report.ts';
import type { Handover, ReadyDocument } from './handover.ts';
import type { OpenKind, OpenSlot, World } from './world.ts';

/** Documents composed in one transaction. */
export const composeBatch = 500;

export interface ComposeTotals {
  composed: number;
  readonly leftOut: Record<string, number>;
}
/** What composing needs beside the world: where counts, ready documents and left-out parts go. */
export interface Composer {
  readonly world: World;
  readonly lease: Lease;
  readonly handover: Handover;
  count(slot: number, counts: DestinationCounts, kind: string): void;
  totals(kind: string): ComposeTotals;
}

interface Ready extends ReadyDocument {
  readonly slot: number;
}

/**
 * The second movement: documents whose records changed are composed and their desired state is written, in one
 * transaction with the dirty marks it clears. A pure function of records and policy. Answers how many were composed.
 */
export function composeDirty(composer: Composer, open: OpenKind, among?: readonly number[]): number {
  const { catalog } = composer.world;
  const dirty = catalog.kinds.takeDirty(open.kind.name, composeBatch, among);
  if (dirty.length === 0) return 0;
  for (const { slot, document, fingerprint } of composeRecords(composer, open, dirty, open.targets, false)) {
    composer.handover.put(slot, document.id, { document, fingerprint });
  }
  return dirty.length;
}

/** Composes given records; answers those that are to be written. `partial` looks at `targets` only (publish composing again). */
export function composeRecords(
  composer: Composer,
  open: OpenKind,
  dirty: readonly DirtyDocument[],
  targets: readonly OpenSlot[],
  partial: boolean,
): readonly Ready[] {
  const { world } = composer;
  const { catalog } = world;
  const { kind } = open;
  const missing = catalog.kinds.missing(kind.name);
  const trees = catalog.kinds.trees(
    kind.name,
    dirty.map((one) => one.record),
  );
  const totals = composer.totals(kind.name);
  const ready: Ready[] = [];
  const composed = dirty.map((one): ComposedDocument => {
    const tree = trees.get(one.record);
    const wanted = tree && (!kind.root.where || matches(kind.root.where, tree.data)) ? tree : undefined;
    const composition = wanted && kind.compose(wanted, missing);
    if (!partial) totals.composed++;
    const made = toComposed(one, composition, targets, partial, ready, totals);
    if (!made.rejected || !world.config.catalog.quarantinePayload) return made;
    return { ...made, rejected: { ...made.rejected, payload: tree as unknown as Json } };
  });
  const { counts, toWrite } = catalog.documents.saveComposed(composer.lease, kind.name, composed);
  for (const [slot, own] of counts) composer.count(slot, own, kind.name);
  return ready.filter(({ slot, document }) => toWrite.has(`${slot}/${document.id}`));
}

function toComposed(
  one: DirtyDocument,
  composition: Composition | undefined,
  targets: readonly OpenSlot[],
  partial: boolean,
  ready: Ready[],
  totals: ComposeTotals,
): ComposedDocument {
  const base = { record: one.record, mark: one.mark, bulk: one.bulk, partial };
  const everywhere = (desired: string, withheld?: string) =>
    targets.map((slot) => ({ slot: slot.id, desired, withheld }));
  if (!composition) return { ...base, id: undefined, content: undefined, targets: everywhere('') };
  if (composition.status === 'withheld') {
    return { ...base, id: undefined, content: undefined, targets: everywhere('', composition.reason) };
  }
  if (composition.status === 'rejected') {
    const kept = targets.map(({ id, policy }) => ({
      slot: id,
      desired: '',
      withheld: policy.refuses(composition.classification),
    }));
    return { ...base, id: undefined, content: undefined, targets: kept, rejected: composition };
  }
  const { document, content, leftOut } = composition;
  if (!partial)
    for (const { part, records } of leftOut) totals.leftOut[part] = (totals.leftOut[part] ?? 0) + records;
  return {
    ...base,
    id: document.id,
    content,
    targets: targets.map((slot) => {
      const decision = slot.policy.decide(document, content);
      if (decision.status === 'withheld') return { slot: slot.id, desired: '', withheld: decision.reason };
      ready.push({ slot: slot.id, document: decision.document, fingerprint: decision.fingerprint });
      return { slot: slot.id, desired: decision.fingerprint };
    }),
  };
}

/** A record with its parts, composed now without writing anything: what `show` prints. */
export function composeNow(
  world: World,
  open: OpenKind,
  record: number,
): { tree: RecordTree; composition: Composition | undefined } | undefined {
  const tree = world.catalog.kinds.trees(open.kind.name, [record]).get(record);
  if (!tree) return undefined;
  const wanted = !open.kind.root.where || matches(open.kind.root.where, tree.data);
  return {
    tree,
    composition: wanted ? open.kind.compose(tree, world.catalog.kinds.missing(open.kind.name)) : undefined,
  };
}
