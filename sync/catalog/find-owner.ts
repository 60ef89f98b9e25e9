import { ConfigError } from '../../core/contract/errors.ts';
import { retry } from '../../core/http/retry.ts';
import { ledSlot } from './led-slot.ts';
import type { World } from '../world.ts';

const attempts = 5;

/** The installation that has left its id in the destinations, which the lost catalog knew; undefined where none has, or with `adopt`. */
export async function findOwner(
  world: World,
  { adopt = false }: { readonly adopt?: boolean },
): Promise<string | undefined> {
  const owners = new Map<string, string[]>();
  for (const name of Object.keys(world.config.destinations)) {
    const { destination } = await ledSlot(world, name);
    const plan = await retry(
      async () => {
        await destination.check();
        return destination.plan();
      },
      { attempts, sleep: world.sleep },
    );
    if (plan.owner !== undefined) owners.set(plan.owner, [...(owners.get(plan.owner) ?? []), name]);
  }
  if (owners.size <= 1 && !adopt) return [...owners.keys()][0];
  if (adopt) return undefined;
  const which = [...owners].map(([owner, names]) => `${names.join(', ')} to ${owner}`).join('; ');
  throw new ConfigError('OWNERS_DIFFER', `the destinations belong to different installations: ${which}`, {
    where: 'destinations',
    hint: 'leave out of the configuration what is not ours; if no other installation writes, take all over with --adopt',
  });
}
