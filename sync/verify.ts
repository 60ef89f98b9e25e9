import { ConfigError } from '../core/contract/errors.ts';
import type { InventoryResult } from '../core/catalog/index.ts';
import type { RunReport } from '../core/observe/report.ts';
import { inSteps } from './in-steps.ts';
import { runOnce } from './run.ts';
import { selectWork } from './selection.ts';
import { readBack, type DeepOptions, type DeepResult } from './verify-deep.ts';
import { defineKinds, type World } from './world.ts';

export interface VerifiedDestination extends InventoryResult {
  readonly destination: string;
  /** The best grade this destination's documents could be told by. */
  readonly grade: 'seen as' | 'accepted as' | 'present';
  /** Deletes that the guard holds back, among the unsettled. */
  readonly staged?: number;
  /** What reading documents back has shown, when asked for and where the destination can. */
  readonly deep?: DeepResult;
}
export interface VerifyReport {
  readonly destinations: readonly VerifiedDestination[];
  /** Documents that are wanted on these planes and that they do not all hold in the wanted version. */
  readonly divergent: number;
  readonly divergentIds: readonly string[];
  /** The run that repaired what was found, when asked for. */
  readonly repaired?: RunReport;
}

export interface VerifyOptions {
  readonly destinations?: readonly string[] | undefined;
  readonly repair?: boolean;
  /** Has documents read back: all where the service tells fingerprints, else a sample. */
  readonly deep?: Partial<DeepOptions> | undefined;
}

const shown = 20;
/** So many good ones say that fewer than 3 % differ, in 19 of 20 cases. */
const usualSample = 100;
const step = 1000;

/**
 * Reads each destination's whole inventory and corrects the books to the truth, so that the next run (or `repair`, at
 * once) writes and deletes what differs. Grades: *present* (it is there), *accepted as* (our receipt says which version),
 * *seen as* (the service itself returned the fingerprint).
 */
export async function verify(world: World, options: VerifyOptions = {}): Promise<VerifyReport> {
  const selected = await selectWork(world, { destinations: options.destinations });
  // One that is being filled lacks documents by its nature; the reindex verifies it before agents are led there.
  const selection = { ...selected, slots: selected.slots.filter((slot) => slot.state !== 'filling') };
  const lease = world.catalog.leases.acquire([
    'compose',
    ...selection.slots.map((slot) => `slot:${slot.id}`),
  ]);
  if ('heldBy' in lease) {
    throw new ConfigError('BUSY', `a run is at work on ${lease.name} (host ${lease.heldBy})`, {
      hint: 'verify again when it has finished',
    });
  }
  const destinations: VerifiedDestination[] = [];
  let divergent: { count: number; ids: readonly string[] };
  try {
    await defineKinds(world, lease);
    for (const slot of selection.slots) {
      await slot.destination.check();
      if (!slot.destination.inventory) {
        throw new ConfigError('NO_INVENTORY', `${slot.title} cannot list what it holds`, {
          where: `destinations.${slot.name}`,
        });
      }
      const comparison = world.catalog.holdings.inventory(
        slot.id,
        `${encodeURIComponent(world.config.namespace)}:`,
      );
      let items = [];
      for await (const item of slot.destination.inventory()) {
        items.push(item);
        if (items.length < step) continue;
        comparison.add(items);
        items = [];
        world.catalog.leases.renew(lease);
      }
      comparison.add(items);
      const [result] = await inSteps(world, comparison.finish(lease));
      const whole = result!.seen > 0;
      const { sample = usualSample, seed = world.now() % 1_000_000 } = options.deep ?? {};
      const deep = options.deep && (await readBack(world, lease, slot, { sample, seed, whole }));
      destinations.push({
        destination: slot.title,
        grade: gradeOf(result!),
        ...result!,
        staged: world.catalog.holdings.countGuarded(slot.id).heldBack,
        ...(deep ? { deep } : {}),
      });
    }
    const slots = selection.slots.map((slot) => slot.id);
    divergent = (await inSteps(world, world.catalog.insight.divergent(slots, shown)))[0]!;
  } finally {
    world.catalog.leases.release(lease);
  }
  const report = { destinations, divergent: divergent.count, divergentIds: divergent.ids };
  if (!options.repair) return report;
  return { ...report, repaired: await runOnce(world, { pull: false, destinations: options.destinations }) };
}

/** How far a comparison reached. */
export const gradeOf = (result: InventoryResult): VerifiedDestination['grade'] =>
  result.seen > 0 ? 'seen as' : result.accepted > 0 ? 'accepted as' : 'present';

/** Whether every destination holds exactly what its books say, and nothing is left to do. */
export const isVerified = (report: VerifyReport): boolean =>
  report.divergent === 0 &&
  report.destinations.every(
    (one) =>
      one.missingCount + one.differentCount + one.unexpectedCount + one.forbiddenCount + one.unsettled ===
        0 && (one.deep?.differentCount ?? 0) === 0,
  );
