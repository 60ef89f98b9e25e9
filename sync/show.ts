import type { DocumentRow, RecordTree } from '../core/catalog/index.ts';
import { ConfigError } from '../core/contract/errors.ts';
import type { Composition } from '../core/documents/index.ts';
import { composeNow } from './compose.ts';
import { defineKind } from './define-kind.ts';
import type { World } from './world.ts';

export interface ShownDocument {
  readonly kind: string;
  readonly key: string;
  /** As it would be composed now; undefined when the kind's condition filters the record out. */
  readonly composition: Composition | undefined;
  readonly records: RecordTree;
  /** What each destination is to hold and holds; empty before the document was first composed. */
  readonly holdings: readonly (Omit<DocumentRow['holdings'][number], 'slot'> & {
    readonly destination: string;
  })[];
}

/** Finds a document by its id (also that of a record merged into another since), or by `<kind>/<key>` or a record's key alone, and composes it from the catalog. */
export async function show(world: World, name: string): Promise<ShownDocument> {
  const kinds = await world.kinds();
  await makeReady(world);
  for (const { kind: kindName, key } of candidates(name, [...kinds.keys()])) {
    const open = kinds.get(kindName);
    if (!open) continue;
    const current = world.catalog.streams.alias(open.kind.root.stream, key) ?? key;
    const record = world.catalog.kinds.findRoot(kindName, current);
    const now = record === undefined ? undefined : composeNow(world, open, record);
    if (!now) continue;
    const row = world.catalog.documents.find(kindName, current);
    const holdings = await Promise.all(
      (row?.holdings ?? []).map(async ({ slot, ...holding }) => {
        const target = open.targets.find((one) => one.id === slot);
        return { ...holding, destination: target?.title ?? `slot ${slot}` };
      }),
    );
    return { kind: kindName, key: current, composition: now.composition, records: now.tree, holdings };
  }
  throw new ConfigError('DOCUMENT_UNKNOWN', `the catalog has no document ${name}`, {
    hint: 'give an id as `ask` prints it, or <kind>/<record key>; run `tributary sync` first if nothing was read yet',
  });
}

function candidates(name: string, kinds: readonly string[]): { kind: string; key: string }[] {
  const parts = name.split(':');
  if (parts.length === 6)
    return [{ kind: decodeURIComponent(parts[1]!), key: decodeURIComponent(parts[5]!) }];
  const slash = name.indexOf('/');
  if (slash > 0) return [{ kind: name.slice(0, slash), key: name.slice(slash + 1) }];
  return kinds.map((kind) => ({ kind, key: name }));
}

/** Looks beside a running sync; only where an index was never built it has to be built first. */
async function makeReady(world: World): Promise<void> {
  const kinds = [...(await world.kinds()).values()].map((open) => defineKind(open));
  if (world.catalog.kinds.attach(kinds)) return;
  const lease = world.catalog.leases.acquire(['compose']);
  if ('heldBy' in lease) {
    throw new ConfigError(
      'BUSY',
      `a run is at work (host ${lease.heldBy}) and has not indexed every record yet`,
      {
        hint: 'try again in a moment',
      },
    );
  }
  try {
    world.catalog.kinds.define(lease, kinds);
    while (world.catalog.kinds.buildIndexes(lease));
  } finally {
    world.catalog.leases.release(lease);
  }
}
