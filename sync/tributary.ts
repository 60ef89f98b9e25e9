import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { backupCatalog, copyCatalog, openCatalog, type CatalogBackup } from '../core/catalog/index.ts';
import type { Config, Registry } from '../core/config/config.ts';
import { loadConfig } from '../core/config/load-config.ts';
import type { Log } from '../core/contract/context.ts';
import type { Grant } from '../core/contract/survey.ts';
import type { StreamDescription } from '../core/contract/source.ts';
import type { Observer } from '../core/observe/events.ts';
import type { DestinationReport, RunReport } from '../core/observe/report.ts';
import { ask, type Answer, type AskOptions } from './ask.ts';
import {
  rebuild,
  restore,
  type RebuildOptions,
  type RebuildReport,
  type RestoreOptions,
} from './catalog/rebuild.ts';
import { check, type Checked } from './check.ts';
import {
  discardQuarantine,
  listQuarantine,
  retryQuarantine,
  showQuarantine,
  type DiscardReport,
  type QuarantineList,
  type RetryOptions,
  type RetryReport,
  type ShownEntry,
  type ShowQuarantineOptions,
} from './quarantine.ts';
import { applyPlan, makePlan, type PlanOptions, type RunPlan } from './plan.ts';
import { parsePlan } from './plan-file.ts';
import { grantsOf, provision, type Provisioned, type ProvisionOptions } from './provision.ts';
import { reindex, type ReindexOptions, type ReindexReport } from './reindex.ts';
import { runOnce, type RunOptions } from './run.ts';
import { show, type ShownDocument } from './show.ts';
import { titledSlots } from './slot-title.ts';
import { blueGreen, type BlueGreenOptions, type BlueGreenReport } from './slots/blue-green.ts';
import { listSlots, type SlotList } from './slots/list.ts';
import { retire, type RetireOptions, type RetireReport } from './slots/retire.ts';
import { rollBack, type RollbackOptions, type RollbackReport } from './slots/rollback.ts';
import { status, type Status } from './status.ts';
import { createSteadyClock } from './steady-clock.ts';
import { verify, type VerifyOptions, type VerifyReport } from './verify.ts';
import { verifySources, type VerifiedStream } from './verify-source.ts';
import { openWorld, type World } from './world.ts';

export interface TributaryOptions {
  /** Path of a connectors.config.yaml, or a configuration already loaded. */
  readonly config: string | Config;
  /** The connectors that the configuration may name; by default all that come with Tributary. */
  readonly registry?: Registry;
  readonly log?: Log;
  /** Told what happens in a run as it happens. */
  readonly observe?: Observer;
  /** Aborting it stops a run at its next step; nothing is lost. */
  readonly signal?: AbortSignal;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly now?: () => number;
  /** Waits; goes with `now` where a clock of one's own is used. */
  readonly sleep?: (ms: number) => Promise<void>;
}
export interface SyncOptions extends Omit<RunOptions, 'pull' | 'publish'> {
  /** Reads the sources and composes in a copy of the catalog; says what would be written, and changes nothing. */
  readonly dryRun?: boolean;
}

/** The verbs of the product over one configuration and its catalog. The command line is a thin layer over this. */
export interface Tributary {
  readonly config: Config;
  check(): Promise<Checked[]>;
  /** What indexes and data sources lack, what they stand on; with `apply`, creates and adjusts. */
  provision(options?: ProvisionOptions): Promise<Provisioned[]>;
  /** The least permissions, by destination; asks the services only when they are not told by the configuration alone. */
  grants(destinations?: readonly string[], name?: string): Promise<ReadonlyMap<string, readonly Grant[]>>;
  discover(source: string, streams?: readonly string[]): Promise<readonly StreamDescription[]>;
  sync(options?: SyncOptions): Promise<RunReport>;
  /** What a run would do, per destination and kind. Reads the sources, changes nothing. */
  plan(options?: PlanOptions): Promise<RunPlan>;
  /** Runs a plan (also one read back from JSON); refused when the configuration or the catalog has changed since. */
  apply(plan: unknown): Promise<RunReport>;
  reindex(options?: ReindexOptions): Promise<ReindexReport>;
  /** Reindex without downtime: fills a second slot, verifies it, leads agents to it. Called again, it goes on. */
  blueGreen(options?: BlueGreenOptions): Promise<BlueGreenReport>;
  /** Slots that stand side by side during and after a reindex without downtime. */
  readonly slots: {
    list(): Promise<SlotList>;
    rollBack(options?: RollbackOptions): Promise<RollbackReport>;
    retire(options?: RetireOptions): Promise<RetireReport>;
  };
  verify(options?: VerifyOptions): Promise<VerifyReport>;
  /** Compares the catalog's records with the keys that the sources list. */
  verifySources(): Promise<readonly VerifiedStream[]>;
  status(): Promise<Status>;
  readonly quarantine: {
    list(options?: { readonly limit?: number }): Promise<QuarantineList>;
    show(name: string, options?: ShowQuarantineOptions): Promise<readonly ShownEntry[]>;
    retry(options: RetryOptions): Promise<RetryReport>;
    discard(names: readonly string[], options?: { readonly dryRun?: boolean }): Promise<DiscardReport>;
  };
  /** The catalog file itself. */
  readonly catalog: {
    /** A consistent copy in one file, also beside a running sync. */
    backup(file: string, options?: { readonly force?: boolean }): CatalogBackup;
    /** A backup in place of the catalog; what the planes hold by now is taken over, and a run follows. */
    restore(file: string, options?: RestoreOptions): Promise<RebuildReport>;
    /** A catalog in place of one that was lost, from what the planes hold; a run follows. */
    rebuild(options?: RebuildOptions): Promise<RebuildReport>;
  };
  show(document: string): Promise<ShownDocument>;
  ask(question: string, options?: AskOptions): Promise<Answer[]>;
  close(): Promise<void>;
}

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

export async function createTributary(options: TributaryOptions): Promise<Tributary> {
  const registry = options.registry ?? (await import('../connectors/index.ts')).registry;
  const config =
    typeof options.config === 'string'
      ? await loadConfig(options.config, registry, options.env ? { env: options.env } : {})
      : options.config;
  const clock = createSteadyClock(options.now ?? Date.now);
  const { now } = clock;
  const signal = options.signal ?? new AbortController().signal;
  const catalogPath = resolve(config.folder, config.catalog.path);
  const open = (path: string): World =>
    openWorld({
      config,
      catalog: openCatalog(path, now),
      log: options.log ?? silent,
      signal,
      observe: options.observe ?? (() => undefined),
      now,
      sleep: options.sleep ?? ((ms) => delay(ms, undefined, { signal })),
    });
  const scratch = async <T>(work: (path: string) => Promise<T>): Promise<T> => {
    const folder = await mkdtemp(join(tmpdir(), 'tributary-dry-run-'));
    try {
      return await work(join(folder, 'catalog.sqlite'));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
  let world: World | undefined;
  const own = (): World => (world ??= open(catalogPath));

  /** Works on a copy of the catalog that is removed afterwards. */
  const inCopy = <T>(work: (copy: World, isNew: boolean) => Promise<T>): Promise<T> =>
    scratch(async (path) => {
      const isNew = !existsSync(catalogPath);
      copyCatalog(catalogPath, path);
      const copy = open(path);
      try {
        return await work(copy, isNew);
      } finally {
        await copy.close();
        copy.catalog.close();
      }
    });

  const place = { path: catalogPath, open, own, scratch };

  return {
    config,
    check: () => check(own()),
    provision: (provisionOptions) => provision(own(), provisionOptions),
    async grants(destinations, name = 'tributary') {
      const told = grantsOf({ config }, destinations);
      if ([...told.values()].some((all) => all.some((one) => one.name === name))) return told;
      const all = await provision(own(), { destinations });
      return new Map(all.map((one) => [one.destination, one.grants]));
    },
    discover: async (source, streams) => (await own().source(source)).source.discover(streams),
    async sync({ dryRun, ...run } = {}) {
      clock.settle();
      if (!dryRun) return runOnce(own(), run);
      return inCopy(async (copy) => toPlan(copy, await runOnce(copy, { ...run, publish: false })));
    },
    plan: (planOptions) => inCopy((copy, isNew) => makePlan(copy, isNew, planOptions ?? {})),
    apply: async (plan) => applyPlan(own(), parsePlan(plan)),
    reindex: (reindexOptions) => reindex(own(), reindexOptions),
    blueGreen: (blueGreenOptions) => blueGreen(own(), blueGreenOptions),
    slots: {
      list: () => listSlots(own()),
      rollBack: (rollbackOptions) => rollBack(own(), rollbackOptions),
      retire: (retireOptions) => retire(own(), retireOptions),
    },
    verify: (verifyOptions) => verify(own(), verifyOptions),
    verifySources: () => verifySources(own()),
    status: () => status(own()),
    quarantine: {
      list: async (listOptions) => listQuarantine(own(), listOptions),
      show: async (name, showOptions) => showQuarantine(own(), name, showOptions),
      retry: (retryOptions) => retryQuarantine(own(), retryOptions),
      discard: (names, discardOptions) => discardQuarantine(own(), names, discardOptions),
    },
    catalog: {
      backup: (file, { force = false } = {}) => backupCatalog(catalogPath, file, force),
      restore: (file, restoreOptions) => restore(place, file, restoreOptions ?? {}),
      rebuild: (rebuildOptions) => rebuild(place, rebuildOptions ?? {}),
    },
    show: (document) => show(own(), document),
    ask: (question, askOptions) => ask(own(), question, askOptions),
    async close() {
      await world?.close();
      world?.catalog.close();
      world = undefined;
    },
  };
}

/** What a run that sent nothing would have written and deleted, in the places where a real run says what it did. */
function toPlan(world: World, report: RunReport): RunReport {
  const titled = Object.keys(world.config.destinations).flatMap((name) => titledSlots(world.catalog, name));
  const slots = new Map(titled.map((slot) => [slot.title, slot.id]));
  return {
    ...report,
    dryRun: true,
    destinations: report.destinations.map((one): DestinationReport => {
      const { writes, deletes } = world.catalog.holdings.countPlanned(slots.get(one.destination)!);
      return { ...one, written: writes, deleted: deletes, deferred: one.deferred - writes - deletes };
    }),
  };
}
