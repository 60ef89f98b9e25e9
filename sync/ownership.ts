import type { Plan } from '../core/contract/destination.ts';
import { ConfigError } from '../core/contract/errors.ts';
import type { OpenSlot, World } from './world.ts';

/** A slot has one owner: another installation's is refused unless it is to be taken over. */
export function refuseForeignSlot(world: World, slot: OpenSlot, plan: Plan, adopt = false): void {
  if (adopt || plan.owner === undefined || plan.owner === world.catalog.installation) return;
  throw new ConfigError(
    'SLOT_OWNED',
    `${slot.name} belongs to another installation of Tributary (${plan.owner})`,
    {
      where: `destinations.${slot.name}`,
      hint: 'give this installation a slot of its own; if the other one no longer writes, take the slot over with `tributary sync --adopt`',
    },
  );
}
