import type { Lease } from '../core/catalog/index.ts';
import { ConfigError } from '../core/contract/errors.ts';
import { selectWork, type Selection } from './selection.ts';
import type { World } from './world.ts';

export interface Claim {
  readonly selection: Selection;
  readonly lease: Lease;
}

/** Selects what a run works on and takes it; once more when slots have come or gone in between. */
export async function claimWork(world: World, choice: Parameters<typeof selectWork>[1]): Promise<Claim> {
  for (;;) {
    const version = world.catalog.slots.version();
    const claim = takeLease(world, await selectWork(world, choice));
    if (world.catalog.slots.version() === version) return claim;
    world.catalog.leases.release(claim.lease);
  }
}

/**
 * All the names a run works under, or none: two runs never share a stream or a slot. A slot that another process is
 * filling is left to it: what should be there is written to the catalog, and that process publishes it.
 */
function takeLease(world: World, selection: Selection): Claim {
  let { slots } = selection;
  for (;;) {
    const lease = world.catalog.leases.acquire([
      'compose',
      ...selection.streams.map((one) => `stream:${one.stream.id}`),
      ...slots.map((slot) => `slot:${slot.id}`),
    ]);
    if (!('heldBy' in lease)) return { lease, selection: { ...selection, slots } };
    const others = slots.filter((one) => one.state !== 'filling' || `slot:${one.id}` !== lease.name);
    if (others.length === slots.length) throw busy(lease);
    slots = others;
  }
}

const inWords = (name: string): string =>
  name.startsWith('stream:') ? `the stream ${name.slice('stream:'.length)}` : 'this catalog';

export const busy = ({ heldBy, name }: { readonly heldBy: string; readonly name: string }): ConfigError =>
  new ConfigError('BUSY', `another run is at work on ${inWords(name)} (host ${heldBy})`, {
    hint: 'wait for it to finish; if its host is gone, its claim ends within a minute',
  });
