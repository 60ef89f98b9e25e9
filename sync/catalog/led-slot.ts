import { slotsLease } from '../../core/catalog/index.ts';
import type { Destination } from '../../core/contract/destination.ts';
import { busy } from '../claim.ts';
import type { World } from '../world.ts';

export interface LedSlot {
  readonly destination: Destination;
  /** Set where agents are led to another slot than the one of the configuration: a reindex without downtime has opened it. */
  readonly other?: { readonly name: string; readonly label: string };
}

/** The slot that agents are led to, as the service itself tells: the catalog that knew it is lost. */
export async function ledSlot(world: World, destination: string): Promise<LedSlot> {
  const own = await world.bind({ destination, name: 'default', settings: undefined });
  const led = (await own.slots?.list())?.find((one) => one.active);
  if (!led || led.name === own.slots!.name) return { destination: own };
  const bound = await world.bind({ destination, name: led.name, settings: undefined });
  return { destination: bound, other: { name: led.name, label: bound.slots?.label ?? led.name } };
}

/** Writes down, in a catalog without slots of its own, to which ones agents are led. */
export async function noteLedSlots(world: World): Promise<void> {
  const { slots, leases } = world.catalog;
  for (const [destination, { connector, settings }] of Object.entries(world.config.destinations)) {
    const { other } = await ledSlot(world, destination);
    if (!other) continue;
    const before = slots.live(destination).map(({ id }) => ({ slot: id, state: 'retired' as const }));
    const lease = leases.acquire([slotsLease, 'compose']);
    if ('heldBy' in lease) throw busy(lease);
    const kept = connector.slotSettings?.of(settings) ?? null;
    const [opened] = slots.change(lease, {
      open: [{ destination, ...other, settings: kept }],
      states: before,
    });
    slots.change(lease, { states: [{ slot: opened!, state: 'active' }] });
    leases.release(lease);
  }
}
