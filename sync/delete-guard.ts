import type { GuardedDeletes, Lease } from '../core/catalog/index.ts';
import type { StagedDeletes } from '../core/observe/report.ts';
import type { Config } from '../core/config/config.ts';
import type { OpenSlot, World } from './world.ts';

/** Deletes of one kind of thing at once that need no person, however few there are of it. */
const freeDeletes = 20;
/** Above this share, deletes wait for a person. */
const maxShare = 0.05;

/** Deletes that a plan has shown: as many of this kind and cause may pass when it is applied. */
export interface PlannedDeletes {
  readonly destination: string;
  readonly kind?: string | undefined;
  readonly cause: string;
  readonly count: number;
}
/** What a person has said of deletes that the guard would hold back. */
export interface GuardOptions {
  /** Streams (`<source>.<stream>`) whose deletes may pass in this run. */
  readonly acceptDeletes?: readonly string[] | undefined;
  /** As many deletes as this, of a stream's records or on one destination, may pass in this run. */
  readonly allowDeletes?: number | undefined;
  readonly plannedDeletes?: readonly PlannedDeletes[] | undefined;
}

/** So many at once may be a mistake: a lost permission, a filter, a setting. */
export const isTooMany = (deletes: number, of: () => number): boolean =>
  deletes > freeDeletes && deletes > of() * maxShare;

/** The guard of one run: decides about the deletes of a slot that wait for it, and answers how many pass. */
export function createDeleteGuard(
  world: World,
  lease: Lease,
  options: GuardOptions,
): (slot: OpenSlot) => number {
  const { holdings } = world.catalog;
  /** What could not be judged yet, by slot: looked at again when it has moved. */
  const left = new Map<number, number>();
  return (slot) => {
    const { heldBack, unjudged } = holdings.countGuarded(slot.id);
    if (heldBack + unjudged === 0 || unjudged === left.get(slot.id)) return 0;
    const passed = judgeDeletes(world, lease, slot, options);
    left.set(slot.id, holdings.countGuarded(slot.id).unjudged);
    return passed;
  };
}

/**
 * By kind and cause: few deletes pass, many wait for a person. What policy withdraws never comes here. What no kind accounts
 * for is judged only when every kind of the slot has been composed whole: before that, it may still turn out to be wanted.
 */
function judgeDeletes(world: World, lease: Lease, slot: OpenSlot, options: GuardOptions): number {
  const { holdings } = world.catalog;
  const targeted = targetedKinds(world.config, slot.name);
  const groups = holdings
    .guardedDeletes(slot.id, targeted, 'all')
    .filter((group) => group.cause !== 'identity' || isComposed(world, targeted))
    .map((group) => ({
      group,
      many: isTooMany(group.count, () => holdings.countPerhapsHeld(slot.id, group.kind)),
    }));
  const total = groups.reduce((sum, { group, many }) => sum + (many ? group.count : 0), 0);
  const allowed = options.allowDeletes !== undefined && total <= options.allowDeletes;
  let passed = 0;
  for (const { group, many } of groups) {
    const pass = !many || allowed || isAccepted(world.config, slot, group, options);
    holdings.judgeDeletes(lease, slot.id, targeted, group, pass);
    if (pass) passed += group.count;
  }
  return passed;
}

/** What the guard holds back on a slot, as a report shows it. */
export function stagedDeletes(
  { catalog, config }: World,
  slot: Pick<OpenSlot, 'id' | 'name'>,
): StagedDeletes[] {
  if (catalog.holdings.countGuarded(slot.id).heldBack === 0) return [];
  return catalog.holdings
    .guardedDeletes(slot.id, targetedKinds(config, slot.name), 'heldBack')
    .map(({ kind, cause, count, ids }) => {
      const stream = streamOf(config, kind);
      return {
        ...(kind === undefined ? {} : { kind }),
        cause: cause as StagedDeletes['cause'],
        count,
        of: catalog.holdings.countPerhapsHeld(slot.id, kind),
        ...(stream === undefined ? {} : { stream }),
        ids,
      };
    });
}

/** Names of the kinds that pipelines bring to a destination. */
export const targetedKinds = (config: Config, destination: string): string[] => [
  ...new Set(
    Object.values(config.pipelines)
      .filter((one) => one.destinations.includes(destination))
      .flatMap((one) => one.kinds),
  ),
];

const streamOf = (config: Config, kind: string | undefined): string | undefined =>
  kind === undefined ? undefined : config.kinds[kind]?.from;

const isComposed = ({ catalog }: World, targeted: readonly string[]): boolean =>
  targeted.every((kind) => catalog.kinds.isOpen(kind) && catalog.kinds.countDirty(kind) === 0);

/** Named by its stream, or shown by the plan that is being applied; a plan alone never lets records go that only look gone. */
function isAccepted(
  config: Config,
  slot: OpenSlot,
  group: GuardedDeletes,
  { acceptDeletes = [], plannedDeletes = [] }: GuardOptions,
): boolean {
  const stream = streamOf(config, group.kind);
  if (stream !== undefined && acceptDeletes.includes(stream)) return true;
  if (group.cause === 'source') return false;
  return plannedDeletes.some(
    (one) =>
      one.destination === slot.title &&
      one.kind === group.kind &&
      one.cause === group.cause &&
      group.count <= one.count,
  );
}
