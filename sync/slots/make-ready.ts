import type { Lease } from '../../core/catalog/index.ts';
import { canonicalJson } from '../../core/documents/index.ts';
import { refuseForeignSlot } from '../ownership.ts';
import type { OpenSlot, World } from '../world.ts';

/**
 * Checks the slot, creates or adjusts what it lacks, and leaves the mark of its owner. What the books say of a slot that
 * is gone is forgotten before it is made again: a process that dies in between forgets once more.
 */
export async function makeSlotReady(
  world: World,
  lease: Lease,
  slot: OpenSlot,
  adopt: boolean,
  forget: () => Promise<unknown>,
): Promise<void> {
  await slot.destination.check();
  const plan = await slot.destination.plan();
  refuseForeignSlot(world.catalog.installation, slot.name, plan, adopt);
  if (plan.missing) await forget();
  await slot.destination.apply(plan, { adopt });
  keepSettings(world, lease, slot);
}

/** What the slot now has the shape of, for the time when another one stands beside it and the configuration is that one's. */
function keepSettings({ catalog }: World, lease: Lease, slot: OpenSlot): void {
  const { connector, settings } = slot.config;
  if (!connector.slotSettings || catalog.slots.live(slot.name).length > 1) return;
  const kept = connector.slotSettings.of(settings);
  if (slot.kept !== undefined && canonicalJson(kept) === canonicalJson(slot.kept)) return;
  catalog.slots.keepSettings(lease, slot.id, kept);
}
