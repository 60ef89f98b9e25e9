import type { DeleteCause } from '../core/catalog/index.ts';
import type { PlanStep } from '../core/contract/destination.ts';
import type { Problem, RunReport, StagedDeletes } from '../core/observe/report.ts';
import { targetedKinds } from './delete-guard.ts';
import { forgetHeld } from './forget-held.ts';
import { estimateWrites } from './estimate-writes.ts';
import { refuseForeignSlot } from './ownership.ts';
import { fingerprintConfig, planStale, type PlanInputs } from './plan-file.ts';
import { toProblem } from './problem.ts';
import { runOnce } from './run.ts';
import { selectWork } from './selection.ts';
import type { OpenSlot, World } from './world.ts';

export interface PlanOptions {
  readonly pipelines?: readonly string[] | undefined;
  readonly destinations?: readonly string[] | undefined;
  readonly acceptDeletes?: readonly string[] | undefined;
  readonly allowDeletes?: number | undefined;
  /** Looks also at what another installation owns. */
  readonly adopt?: boolean;
}
export interface KindPlan {
  readonly kind: string;
  readonly create: number;
  readonly update: number;
  readonly delete: number;
  /** The deletes by why. */
  readonly deletes: Readonly<Partial<Record<DeleteCause, number>>>;
  /** Composed and kept away by policy. */
  readonly withheld: number;
}
export interface DestinationPlan {
  readonly destination: string;
  readonly kinds: readonly KindPlan[];
  readonly create: number;
  readonly update: number;
  readonly delete: number;
  readonly withheld: number;
  readonly quarantined: number;
  /** Deletes that the guard would hold back: of documents here, and of records that look gone. */
  readonly staged: number;
  readonly stagedDeletes: readonly StagedDeletes[];
  /** At the least: full batches, as many documents and bytes as one request may hold; with the deletes that `apply` lets pass. */
  readonly requests: number;
  /** At the least: at the pace that the destination allows. */
  readonly seconds: number;
  /** Of the writes, worked out from a sample of them. */
  readonly bytes: number;
  /** About how many tokens are embedded for the writes, at the most; 0 where the destination embeds nothing. */
  readonly embeddingTokens: number;
  /** Where the destination chooses among several: which way the documents go. */
  readonly road?: string;
  /** What is done to the index or data source first. */
  readonly steps: readonly PlanStep[];
  /** Why the destination could not be looked at; its figures rest on the books alone. */
  readonly error?: Problem;
}
export interface RunPlan extends PlanInputs {
  readonly streams: RunReport['streams'];
  readonly kinds: RunReport['kinds'];
  readonly destinations: readonly DestinationPlan[];
}

/** Works out what a run would do, in a copy of the catalog: the sources are read, the destinations only looked at. */
export async function makePlan(copy: World, isNew: boolean, options: PlanOptions): Promise<RunPlan> {
  const { catalog } = copy;
  const epoch = isNew ? 0 : catalog.leases.lastEpoch();
  const report = await runOnce(copy, { ...options, publish: false });
  const { slots } = await selectWork(copy, options);
  const destinations = await Promise.all(
    slots.map(async (slot): Promise<DestinationPlan> => {
      const { isMissing, ...looked } = await lookAt(copy, slot, options.adopt ?? false);
      const counts = report.destinations.find((one) => one.destination === slot.title)!;
      const targeted = targetedKinds(copy.config, slot.name);
      const kinds = kindPlans(copy, slot, targeted, counts.withheldByKind ?? {}, isMissing);
      const sum = (name: 'create' | 'update' | 'delete' | 'withheld'): number =>
        kinds.reduce((total, one) => total + one[name], 0);
      const [create, update, gone] = [sum('create'), sum('update'), sum('delete')];
      const expected = slot.destination.expect?.(create + update + gone);
      const { maxDocuments, maxBytes, requestsPerSecond } = slot.destination.limits();
      const { bytes, embeddingTokens } = await estimateWrites(copy, slot, create + update);
      const writes = Math.max(Math.ceil((create + update) / maxDocuments), Math.ceil(bytes / maxBytes));
      const staged = counts.stagedDeletes ?? [];
      const carried = staged.reduce((all, one) => all + (one.cause === 'source' ? 0 : one.count), 0);
      const requests = writes + Math.ceil((gone + carried) / maxDocuments);
      return {
        destination: slot.title,
        kinds,
        create,
        update,
        delete: gone,
        withheld: sum('withheld'),
        quarantined: counts.quarantined,
        staged: counts.staged,
        stagedDeletes: staged,
        requests,
        bytes,
        embeddingTokens,
        seconds: expected?.seconds ?? Math.ceil(requests / requestsPerSecond),
        ...(expected === undefined ? {} : { road: expected.road }),
        ...looked,
      };
    }),
  );
  return {
    format: 1,
    madeAt: new Date(copy.now()).toISOString(),
    configuration: fingerprintConfig(copy.config),
    catalog: { ...(isNew ? {} : { installation: catalog.installation }), epoch },
    options: {
      pipelines: [...(options.pipelines ?? [])],
      destinations: [...(options.destinations ?? [])],
      acceptDeletes: [...(options.acceptDeletes ?? [])],
      ...(options.allowDeletes === undefined ? {} : { allowDeletes: options.allowDeletes }),
    },
    plannedDeletes: destinations.flatMap((one) => plannedDeletes(one)),
    streams: report.streams,
    kinds: report.kinds,
    destinations,
  };
}

/** Runs what was planned, unless the configuration has changed or any verb has worked on the catalog since. */
export async function applyPlan(world: World, plan: PlanInputs): Promise<RunReport> {
  if (plan.configuration !== fingerprintConfig(world.config))
    throw planStale('the configuration has changed since the plan was made');
  const { installation, epoch } = plan.catalog;
  if (installation !== undefined && installation !== world.catalog.installation)
    throw planStale('the plan was made for another catalog');
  if (epoch !== world.catalog.leases.lastEpoch()) throw planStale();
  return runOnce(world, { ...plan.options, plannedDeletes: plan.plannedDeletes, afterEpoch: epoch });
}

/** A plan that has shown them is enough for deletes that the configuration asks for; for records that look gone it is not. */
const plannedDeletes = (one: DestinationPlan): PlanInputs['plannedDeletes'] =>
  one.stagedDeletes.flatMap(({ kind, cause, count }) =>
    cause === 'source'
      ? []
      : [{ destination: one.destination, ...(kind === undefined ? {} : { kind }), cause, count }],
  );

/** A slot that is gone holds nothing: what the books say it holds is to be created again. */
async function lookAt(
  copy: World,
  slot: OpenSlot,
  adopt: boolean,
): Promise<{ readonly isMissing: boolean; readonly steps: readonly PlanStep[]; readonly error?: Problem }> {
  try {
    await slot.destination.check();
    const found = await slot.destination.plan();
    refuseForeignSlot(copy.catalog.installation, slot.name, found, adopt);
    if (found.missing) await forgetAll(copy, slot);
    return { isMissing: found.missing ?? false, steps: found.steps.filter((step) => step.action !== 'none') };
  } catch (error) {
    if (copy.signal.aborted) throw error;
    return { isMissing: false, steps: [], error: toProblem(error, copy.signal) };
  }
}

async function forgetAll(world: World, slot: OpenSlot): Promise<void> {
  const { catalog } = world;
  const lease = catalog.leases.acquire([`slot:${slot.id}`]);
  if ('heldBy' in lease) return;
  await forgetHeld(world, lease, slot.id);
  catalog.leases.release(lease);
}

function kindPlans(
  { catalog }: World,
  slot: OpenSlot,
  targeted: readonly string[],
  withheld: Readonly<Record<string, number>>,
  isMissing: boolean,
): KindPlan[] {
  const planned = catalog.holdings.planned(slot.id, targeted).map((one): KindPlan => ({
    ...one,
    create: isMissing ? one.create + one.update : one.create,
    update: isMissing ? 0 : one.update,
    kind: one.kind ?? '(no kind)',
    delete: Object.values(one.deletes).reduce((sum, count) => sum + count, 0),
    withheld: withheld[one.kind ?? ''] ?? 0,
  }));
  const others = Object.entries(withheld).filter(([kind]) => !planned.some((one) => one.kind === kind));
  return [
    ...planned,
    ...others.map(([kind, count]) => ({
      kind,
      create: 0,
      update: 0,
      delete: 0,
      deletes: {},
      withheld: count,
    })),
  ];
}
