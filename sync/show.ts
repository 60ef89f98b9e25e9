import type { DocumentRow, RecordTree } from '../core/catalog/index.ts';
import { ConfigError } from '../core/contract/errors.ts';
import type { Composition } from '../core/documents/index.ts';
import { composeNow } from './compose.ts';
import { defineKinds, type World } from './world.ts';

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

/** Finds a document by its id, or by `<kind>/<key>` or a record's key alone, and composes it from the catalog. */
export async function show(world: World, name: string): Promise<ShownDocument> {
  const kinds = await world.kinds();
  const lease = world.catalog.leases.acquire(['compose']);
  if ('heldBy' in lease)
    throw new ConfigError('BUSY', `a run is at work (host ${lease.heldBy})`, {
      hint: 'try again when it has finished',
    });
  try {
    await defineKinds(world, lease);
  } finally {
    world.catalog.leases.release(lease);
  }
  for (const { kind: kindName, key } of candidates(name, [...kinds.keys()])) {
    const open = kinds.get(kindName);
    if (!open) continue;
    const record = world.catalog.kinds.findRoot(kindName, key);
    const now = record === undefined ? undefined : composeNow(world, open, record);
    if (!now) continue;
    const row = world.catalog.documents.find(kindName, key);
    const holdings = await Promise.all(
      (row?.holdings ?? []).map(async ({ slot, ...holding }) => {
        const target = open.targets.find((one) => one.id === slot);
        return { ...holding, destination: target?.name ?? `slot ${slot}` };
      }),
    );
    return { kind: kindName, key, composition: now.composition, records: now.tree, holdings };
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
