import type { Plan } from '../core/contract/destination.ts';
import { ConfigError } from '../core/contract/errors.ts';

/** A slot has one owner: another installation's is refused unless it is to be taken over. */
export function refuseForeignSlot(
  installation: string,
  destination: string,
  plan: Plan,
  adopt: boolean,
  command = 'sync',
): void {
  if (adopt || plan.owner === undefined || plan.owner === installation) return;
  throw new ConfigError(
    'SLOT_OWNED',
    `${destination} belongs to another installation of Tributary (${plan.owner})`,
    {
      where: `destinations.${destination}`,
      hint: `give this installation a slot of its own; if the other one no longer writes, take the slot over with \`tributary ${command} --adopt\``,
    },
  );
}
