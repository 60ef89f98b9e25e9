import { matches } from '../../core/documents/index.ts';
import type { Lease, Work } from '../../core/catalog/index.ts';
import type { BusinessDocument } from '../../core/contract/document.ts';
import { retry } from '../../core/http/retry.ts';
import type { DestinationReport, Problem } from '../../core/observe/report.ts';
import type { Prepared } from '../batch.ts';
import { createDeleteGuard, stagedDeletes } from '../delete-guard.ts';
import { forgetHeld } from '../forget-held.ts';
import { createLedger, type Ledger } from '../ledger.ts';
import { baseOf } from '../prepare.ts';
import { toProblem } from '../problem.ts';
import { publishSlot } from '../publish.ts';
import { selectWork, type Selection } from '../selection.ts';
import type { OpenKind, OpenSlot, World } from '../world.ts';
import { waitForLease } from './lease.ts';
import { makeSlotReady } from './make-ready.ts';

const readyAttempts = 5;
const patienceMs = 600_000;

/**
 * Publishes to one slot what the catalog says should be there, under the lease of that slot alone: runs go on beside it,
 * compose what changes, and bring it to the other slots. What they compose meanwhile is published here too.
 */
export async function fillSlot(world: World, slot: OpenSlot): Promise<DestinationReport> {
  const startedAt = world.now();
  const selection = await selectWork(world, { destinations: [slot.name] });
  const lease = await waitForLease(world, [`slot:${slot.id}`]);
  try {
    const forget = (): Promise<unknown> => forgetHeld(world, lease, slot.id);
    await retry(() => makeSlotReady(world, lease, slot, false, forget), {
      attempts: readyAttempts,
      sleep: world.sleep,
    });
    const ledger = createLedger(world, { ...selection, slots: [slot] }, true);
    const problem = await publish(world, lease, slot, selection, ledger);
    return close(world, ledger, slot, problem, (world.now() - startedAt) / 1000);
  } catch (error) {
    if (world.signal.aborted) throw error;
    const problem = toProblem(error, world.signal);
    world.observe({ type: 'destination-halted', destination: slot.title, problem });
    return close(world, createLedger(world, { ...selection, slots: [slot] }, true), slot, problem, 0);
  } finally {
    world.catalog.leases.release(lease);
  }
}

/** What runs beside it make due meanwhile is considered too. */
function close(
  world: World,
  ledger: Ledger,
  slot: OpenSlot,
  problem: Problem | undefined,
  seconds: number,
): DestinationReport {
  const report = ledger.close(slot, { problem, seconds, stagedDeletes: stagedDeletes(world, slot) });
  const { written, deleted, unchanged, withheld, quarantined, pending, staged, deferred } = report;
  const considered = written + deleted + unchanged + withheld + quarantined + pending + staged + deferred;
  return { ...report, considered };
}

function publish(
  world: World,
  lease: Lease,
  slot: OpenSlot,
  selection: Selection,
  ledger: Ledger,
): Promise<Problem | undefined> {
  const judge = createDeleteGuard(world, lease, {});
  return publishSlot({
    world,
    lease,
    slot,
    count: (counts) => ledger.count(slot.id, counts),
    counts: () => ledger.counts(slot.id),
    prepare: (work) => prepareFromCatalog(world, selection.allKinds, slot, work),
    taken: () => undefined,
    more: () => false,
    judgeDeletes: () => judge(slot),
    patienceMs,
  });
}

/** Like a run's own preparation, but writes nothing: what no longer is as it is desired waits for whoever composes. */
function prepareFromCatalog(
  world: World,
  kinds: ReadonlyMap<string, OpenKind>,
  slot: OpenSlot,
  work: readonly Work[],
): readonly Prepared[] {
  const made = new Map<number, BusinessDocument>();
  for (const [name, own] of Map.groupBy(work, (one) => (one.desired === '' ? '' : one.kind))) {
    const open = kinds.get(name);
    if (!open || !world.catalog.kinds.isOpen(name)) continue;
    for (const [document, one] of compose(world, open, slot, own)) made.set(document, one);
  }
  return work.flatMap((one): Prepared[] => {
    if (one.desired === '')
      return [{ work: one, change: { ...baseOf(one), action: 'delete' }, addresses: [] }];
    const document = made.get(one.document);
    if (!document) return [];
    const change = { ...baseOf(one), action: 'write' as const, document, fingerprint: one.desired };
    return [{ work: one, change, addresses: [] }];
  });
}

function* compose(
  { catalog }: World,
  { kind }: OpenKind,
  slot: OpenSlot,
  work: readonly Work[],
): Iterable<readonly [number, BusinessDocument]> {
  const missing = catalog.kinds.missing(kind.name);
  const trees = catalog.kinds.trees(
    kind.name,
    work.map((one) => one.record),
  );
  for (const one of work) {
    const tree = trees.get(one.record);
    if (!tree || (kind.root.where && !matches(kind.root.where, tree.data))) continue;
    const composition = kind.compose(tree, missing);
    if (composition.status !== 'composed' || composition.document.id !== one.id) continue;
    const decision = slot.policy.decide(composition.document, composition.content);
    if (decision.status === 'send' && decision.fingerprint === one.desired)
      yield [one.document, decision.document];
  }
}
