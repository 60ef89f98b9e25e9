import type { DestinationCounts } from '../../observe/report.ts';
import type { ComposedDocument, SlotTarget } from '../catalog.ts';
import type { Database } from './database.ts';
import { encodePayload } from './payload.ts';
import { settle, type Holding } from './settle.ts';
import { bulkLane, freshLane } from './touch.ts';

/** A slot that holds the document although it is no longer among the targets is to lose it. */
export function withWithdrawals(
  targets: readonly SlotTarget[],
  own: ReadonlyMap<number, Holding>,
): SlotTarget[] {
  const wanted = new Set(targets.map((target) => target.slot));
  const others = [...own.keys()].filter((slot) => !wanted.has(slot));
  return [...targets, ...others.map((slot) => ({ slot, desired: '' }))];
}

/** Aims one slot at what it should hold; undefined when it neither holds nor should hold anything. */
export function aim(
  document: number,
  target: SlotTarget,
  before: Holding | undefined,
  more: { lane: number; quarantined: string | undefined; counts: DestinationCounts },
): Holding | undefined {
  if (!before && target.desired === '' && !target.withheld) return undefined;
  const note = target.withheld ? `withheld: ${target.withheld}` : null;
  const holding = before ?? {
    slot: target.slot,
    document,
    desired: '',
    held: '',
    todo: 0,
    note: null,
    receipt: null,
    addresses: null,
  };
  const isQuarantined = target.desired !== '' && more.quarantined === target.desired;
  const after = settle(holding, { desired: target.desired, note }, more.lane, isQuarantined);
  if (holding.todo === 0) more.counts.considered++;
  if (after.todo === 0) {
    if (isQuarantined) more.counts.quarantined++;
    else if (target.withheld) more.counts.withheld++;
    else more.counts.unchanged++;
  }
  return after;
}

/** Not settled yet, or what was refused is still what is wanted. */
export const isStillRefused = (after: Holding | undefined): boolean =>
  after !== undefined && (after.todo > 0 || after.held !== after.desired);

export const sameAim = (before: Holding, after: Holding): boolean =>
  before.desired === after.desired && before.todo === after.todo && before.note === after.note;

/**
 * What cannot be composed keeps its last good document where it may be, and is not tried until its records change. What
 * was to go (withheld, or no longer among the targets) still goes. Answers the holdings to write.
 */
export function keepLastGood(
  database: Database,
  kind: number,
  one: ComposedDocument,
  own: ReadonlyMap<number, Holding> | undefined,
  countsOf: (slot: number) => DestinationCounts,
  since: string,
): Holding[] {
  database.run(
    'INSERT INTO document_quarantine(slot,kind,record,fingerprint,code,reason,since,last_seen,payload) VALUES(0,?1,?2,NULL,?3,?4,?5,?5,?6) ' +
      'ON CONFLICT(slot,kind,record) DO UPDATE SET code=excluded.code, reason=excluded.reason, last_seen=excluded.last_seen, payload=excluded.payload, attempts=attempts+1, discarded=0',
    kind,
    one.record,
    one.rejected!.code,
    one.rejected!.reason,
    since,
    encodePayload(one.rejected!.payload),
  );
  const stopped: Holding[] = [];
  for (const target of one.targets) {
    const { slot } = target;
    const holding = own?.get(slot);
    const counts = countsOf(slot);
    if (target.withheld && holding) {
      stopped.push(
        aim(holding.document, target, holding, { lane: freshLane, quarantined: undefined, counts })!,
      );
      continue;
    }
    if (holding && holding.todo > 0 && holding.desired === '') continue;
    if (!holding || holding.todo === 0) counts.considered++;
    else stopped.push({ ...holding, todo: 0 });
    counts.quarantined++;
  }
  if (one.partial) return stopped;
  const targets = new Set(one.targets.map((target) => target.slot));
  for (const [slot, before] of own ?? []) {
    if (targets.has(slot)) continue;
    const more = { lane: bulkLane, quarantined: undefined, counts: countsOf(slot) };
    const withdrawn = aim(before.document, { slot, desired: '' }, before, more);
    if (withdrawn) stopped.push(withdrawn);
  }
  return stopped;
}
