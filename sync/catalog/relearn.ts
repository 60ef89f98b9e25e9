import type { Lease } from '../../core/catalog/index.ts';
import { ConfigError } from '../../core/contract/errors.ts';
import { retry } from '../../core/http/retry.ts';
import { claimWork } from '../claim.ts';
import { inSteps } from '../in-steps.ts';
import { refuseForeignSlot } from '../ownership.ts';
import { defineKinds, type OpenSlot, type World } from '../world.ts';

export interface RelearnedDestination {
  readonly destination: string;
  /** Documents of ours that it lists. */
  readonly found: number;
  /** Of those: told with their fingerprint, so that what is as it should be is not written again. */
  readonly known: number;
  /** Of those: in doubt until they have been written once more. */
  readonly inDoubt: number;
  /** What lies there and is not ours: never touched. */
  readonly foreign: number;
}

const step = 1000;
const attempts = 5;

/**
 * Puts what every destination lists in place of what the books say it holds: for books that are older than the planes, or
 * empty. Nothing is sent. What no kind accounts for yet waits until every kind is composed whole.
 */
export async function relearn(
  world: World,
  adopt: boolean,
  command: string,
): Promise<RelearnedDestination[]> {
  const { selection, lease } = await claimWork(world, {});
  try {
    await defineKinds(world, lease);
    const found: RelearnedDestination[] = [];
    for (const slot of selection.slots) found.push(await relearnSlot(world, lease, slot, { adopt, command }));
    return found;
  } finally {
    world.catalog.leases.release(lease);
  }
}

async function relearnSlot(
  world: World,
  lease: Lease,
  slot: OpenSlot,
  { adopt, command }: { adopt: boolean; command: string },
): Promise<RelearnedDestination> {
  const { holdings, leases } = world.catalog;
  const { destination } = slot;
  if (!destination.inventory) {
    throw new ConfigError('NO_INVENTORY', `${slot.title} cannot list what it holds`, {
      where: `destinations.${slot.name}`,
    });
  }
  const plan = await retry(
    async () => {
      await destination.check();
      return destination.plan();
    },
    { attempts, sleep: world.sleep },
  );
  refuseForeignSlot(world.catalog.installation, slot.name, plan, adopt, command);
  for (const { attempt, items } of holdings.openAttempts(slot.id)) {
    const closings = items.map((item) => [item.document, { status: 'unknown' as const }] as const);
    holdings.close(lease, slot.id, attempt, closings);
  }
  const prefix = `${encodeURIComponent(world.config.namespace)}:`;
  const comparison = holdings.inventory(slot.id, prefix);
  const counts = { found: 0, known: 0, inDoubt: 0, foreign: 0 };
  let items = [];
  for await (const item of plan.missing ? [] : destination.inventory()) {
    items.push(item);
    if (!item.id.startsWith(prefix)) counts.foreign++;
    else {
      counts.found++;
      counts[item.status === 'present' && item.fingerprint !== undefined ? 'known' : 'inDoubt']++;
    }
    if (items.length < step) continue;
    comparison.add(items);
    items = [];
    leases.renew(lease);
    world.signal.throwIfAborted();
  }
  comparison.add(items);
  await inSteps(world, comparison.finish(lease, { relearn: true }));
  return { destination: slot.title, ...counts };
}
