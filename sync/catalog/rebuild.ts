import { existsSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  besides,
  copyBackup,
  createCatalogOf,
  readBackup,
  syncFolder,
  type CatalogBackup,
} from '../../core/catalog/index.ts';
import { ConfigError } from '../../core/contract/errors.ts';
import type { RunReport } from '../../core/observe/report.ts';
import { busy } from '../claim.ts';
import { makePlan, type RunPlan } from '../plan.ts';
import { runOnce } from '../run.ts';
import type { World } from '../world.ts';
import { findOwner } from './find-owner.ts';
import { noteLedSlots } from './led-slot.ts';
import { relearn, type RelearnedDestination } from './relearn.ts';

export interface RebuildOptions {
  /** Take over slots that belong to other installations, or to several. */
  readonly adopt?: boolean;
  /** Works in a copy that is thrown away, and plans the run that would follow. */
  readonly dryRun?: boolean;
}
export interface RestoreOptions extends RebuildOptions {
  /** Puts the catalog that is there aside, under another name. */
  readonly force?: boolean;
}
export interface RebuildReport {
  readonly installation: string;
  readonly destinations: readonly RelearnedDestination[];
  readonly backup?: CatalogBackup;
  /** Where the catalog that was there lies now. */
  readonly replaced?: string;
  /** What a run would do: in a dry run. */
  readonly plan?: RunPlan;
  /** The run that followed. */
  readonly run?: RunReport;
}
/** Where catalogs lie and how they are opened. */
export interface CatalogPlace {
  readonly path: string;
  open(path: string): World;
  /** The catalog in its place, opened. */
  own(): World;
  /** A path in a folder that is removed afterwards. */
  scratch<T>(work: (path: string) => Promise<T>): Promise<T>;
}

/**
 * A catalog in place of one that was lost: what the destinations list is taken into books that are otherwise empty, then an
 * ordinary run reads the sources. Interrupted before that run, nothing has changed.
 */
export async function rebuild(place: CatalogPlace, options: RebuildOptions): Promise<RebuildReport> {
  refuseInUse(place);
  return replaceCatalog(place, options, 'catalog rebuild', async (part) => {
    const owner = await place.scratch((path) => within(place, path, (world) => findOwner(world, options)));
    if (existsSync(place.path)) copyBackup(place.path, part);
    createCatalogOf(part, owner);
    await within(place, part, noteLedSlots);
    return {};
  });
}

/**
 * A backup in place of the catalog. The planes have moved on since: what they list counts, not what the backup says they
 * hold; an ordinary run reads what has changed at the sources.
 */
export async function restore(
  place: CatalogPlace,
  file: string,
  options: RestoreOptions,
): Promise<RebuildReport> {
  const backup = readBackup(file);
  if (existsSync(place.path) && !options.force && !options.dryRun) {
    throw new ConfigError('CATALOG_EXISTS', `there is a catalog at ${place.path}`, {
      hint: '--force puts it aside under another name',
    });
  }
  return replaceCatalog(place, options, 'catalog restore', async (part) => {
    copyBackup(file, part);
    return { backup };
  });
}

async function replaceCatalog(
  place: CatalogPlace,
  { adopt = false, dryRun = false }: RebuildOptions,
  command: string,
  prepare: (part: string) => Promise<{ readonly backup?: CatalogBackup }>,
): Promise<RebuildReport> {
  const make = async (part: string): Promise<RebuildReport> => {
    const prepared = await prepare(part);
    return within(place, part, async (world) => {
      const destinations = await relearn(world, adopt, command);
      const report = { installation: world.catalog.installation, destinations, ...prepared };
      return dryRun ? { ...report, plan: await makePlan(world, true, { adopt }) } : report;
    });
  };
  if (dryRun) return place.scratch(make);
  const part = besides(place.path);
  try {
    const report = await make(part);
    const replaced = putInPlace(place, part);
    const run = await runOnce(place.own(), { adopt });
    return { ...report, ...(replaced === undefined ? {} : { replaced }), run };
  } finally {
    for (const end of ['', '-wal', '-shm']) rmSync(part + end, { force: true });
  }
}

/** Whoever is at work keeps the catalog; a write-ahead log left behind must not be taken for the new one's. */
function putInPlace({ path, open }: CatalogPlace, part: string): string | undefined {
  let replaced: string | undefined;
  if (existsSync(path)) {
    const world = open(path);
    const lease = world.catalog.leases.acquire(['compose']);
    world.catalog.close();
    if ('heldBy' in lease) throw busy(lease);
    replaced = `${path}.replaced-${new Date(world.now()).toISOString().replace(/[:.]/g, '-')}`;
    renameSync(path, replaced);
  }
  for (const end of ['-wal', '-shm'])
    if (existsSync(path + end)) renameSync(path + end, `${replaced ?? `${path}.lost`}${end}`);
  renameSync(part, path);
  syncFolder(dirname(path));
  return replaced;
}

/** A catalog by which something was published is not lost. */
function refuseInUse({ path, open }: CatalogPlace): void {
  if (!existsSync(path)) return;
  const { config, catalog } = open(path);
  try {
    const slots = Object.keys(config.destinations).flatMap((name) => catalog.slots.live(name));
    const isUsed = slots.some(
      ({ id }) =>
        catalog.holdings.countPerhapsHeld(id, undefined) > 0 || catalog.holdings.openAttempts(id).length > 0,
    );
    if (!isUsed) return;
  } finally {
    catalog.close();
  }
  throw new ConfigError('CATALOG_EXISTS', `the catalog at ${path} is not lost: it knows what planes hold`, {
    hint: '`tributary verify` compares it with them; to begin anew all the same, move it away',
  });
}

async function within<T>(place: CatalogPlace, path: string, work: (world: World) => Promise<T>): Promise<T> {
  const world = place.open(path);
  try {
    return await work(world);
  } finally {
    await world.close();
    world.catalog.close();
  }
}
