import { ConfigError } from '../core/contract/errors.ts';
import type { RunReport } from '../core/observe/report.ts';
import { claimWork } from './claim.ts';
import { forgetHeld } from './forget-held.ts';
import { runOnce } from './run.ts';
import { defineKinds, type World } from './world.ts';

export interface ReindexOptions {
  readonly pipelines?: readonly string[] | undefined;
  readonly destinations?: readonly string[] | undefined;
  readonly kind?: string | undefined;
  readonly id?: string | undefined;
  /** Says how many documents would be written again, and changes nothing. */
  readonly dryRun?: boolean;
}
export interface ReindexReport {
  /** Documents forgotten, by destination. */
  readonly documents: Readonly<Record<string, number>>;
  readonly run?: RunReport;
}

/** Writes documents again from the catalog: what is held is forgotten, an ordinary publish follows. The sources are not read. */
export async function reindex(world: World, options: ReindexOptions = {}): Promise<ReindexReport> {
  if (options.kind !== undefined && !world.config.kinds[options.kind]) {
    throw new ConfigError('KIND_UNKNOWN', `there is no kind named ${options.kind}`, {
      hint: `choose from: ${Object.keys(world.config.kinds).join(', ')}`,
    });
  }
  const { selection, lease } = await claimWork(world, options);
  const documents: Record<string, number> = {};
  try {
    await defineKinds(world, lease);
    for (const slot of selection.slots) {
      const kinds =
        options.kind !== undefined
          ? [options.kind]
          : options.id !== undefined || !options.pipelines?.length
            ? [undefined]
            : selection.kinds.map(({ kind }) => kind.name);
      documents[slot.title] = 0;
      for (const kind of kinds) {
        documents[slot.title]! += options.dryRun
          ? world.catalog.holdings.countForget(slot.id, { kind, id: options.id })
          : (await forgetHeld(world, lease, slot.id, { kind, id: options.id })).documents;
      }
    }
  } finally {
    world.catalog.leases.release(lease);
  }
  if (options.id !== undefined && Object.values(documents).every((count) => count === 0)) {
    throw new ConfigError('DOCUMENT_UNKNOWN', `no destination holds a document with the id ${options.id}`, {
      hint: 'see `tributary show <id>`',
    });
  }
  if (options.dryRun) return { documents };
  return {
    documents,
    run: await runOnce(world, {
      pull: false,
      pipelines: options.pipelines,
      destinations: options.destinations,
    }),
  };
}
