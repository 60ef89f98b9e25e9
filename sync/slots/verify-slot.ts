import type { InventoryResult, Lease } from '../../core/catalog/index.ts';
import { ConfigError } from '../../core/contract/errors.ts';
import { inSteps } from '../in-steps.ts';
import { gradeOf, type VerifiedDestination } from '../verify.ts';
import type { OpenSlot, World } from '../world.ts';
import { askSamples, type Samples } from './ask-samples.ts';
import { waitForLease } from './lease.ts';

const step = 1000;
/** A service may show what it has just taken only after a moment. */
const visibleAfterMs = 3000;

/** A new slot beside the one that agents are led to. */
export interface VerifiedSlot extends Omit<VerifiedDestination, 'destination'> {
  readonly destination: string;
  readonly slot: string;
  /** Documents that are as they should be in the old slot, and not in the new one. */
  readonly behind: { readonly count: number; readonly ids: readonly string[] };
  readonly samples: Samples;
  readonly verified: boolean;
}

/** Counts, inventory, sample questions. What the inventory shows to differ is noted, so that filling again repairs it. */
export async function verifySlot(world: World, slot: OpenSlot, old: OpenSlot): Promise<VerifiedSlot> {
  const lease = await waitForLease(world, [`slot:${slot.id}`]);
  try {
    if (!slot.destination.inventory) {
      throw new ConfigError('NO_INVENTORY', `${slot.title} cannot list what it holds`, {
        where: `destinations.${slot.name}`,
      });
    }
    let result = await compare(world, slot, undefined);
    if (differs(result)) {
      await world.sleep(visibleAfterMs);
      result = await compare(world, slot, lease);
    }
    const [behind] = await inSteps(world, world.catalog.insight.behind(old.id, slot.id, 20));
    const samples = await askSamples(world, slot, old);
    return {
      ...result,
      destination: slot.name,
      slot: slot.title,
      grade: gradeOf(result),
      behind: behind!,
      samples,
      verified: !differs(result) && behind!.count === 0 && samples.missed.length === 0,
    };
  } finally {
    world.catalog.leases.release(lease);
  }
}

const differs = (result: InventoryResult): boolean =>
  result.missingCount + result.differentCount + result.unexpectedCount + result.forbiddenCount > 0;

async function compare(world: World, slot: OpenSlot, lease: Lease | undefined): Promise<InventoryResult> {
  const prefix = `${encodeURIComponent(world.config.namespace)}:`;
  const comparison = world.catalog.holdings.inventory(slot.id, prefix);
  let items = [];
  for await (const item of slot.destination.inventory!()) {
    items.push(item);
    if (items.length < step) continue;
    comparison.add(items);
    items = [];
  }
  comparison.add(items);
  const [result] = await inSteps(world, comparison.finish(lease));
  return result!;
}
