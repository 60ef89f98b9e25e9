import { blueGreen } from '../../sync/slots/blue-green.ts';
import { isHalfDone } from '../../sync/slots/finish.ts';
import { retire } from '../../sync/slots/retire.ts';
import { rollBack } from '../../sync/slots/rollback.ts';
import type { OpenSlot, World } from '../../sync/world.ts';
import type { Scenario } from '../sync/scenario.ts';

/** One verb about slots; the accounts of the runs inside them are not told. */
export async function actOnSlots(world: World, choice: number): Promise<string[]> {
  if (choice === 0) await rollBack(world);
  else if (choice === 1 || choice === 2) await retire(world);
  else if (choice === 3) await retire(world, { filling: true });
  else if (choice === 4) await blueGreen(world, { prepareOnly: true });
  else if (choice === 5) await blueGreen(world, { destinations: ['right'] });
  else await blueGreen(world);
  return [];
}

/** A verb about slots that cannot be done now says so, and nothing is broken by it. */
export const isRefusal = (code: string | undefined): boolean =>
  code !== undefined && /^(SLOT_|SLOTS_|REINDEX_)/.test(code);

/** Where the catalog and the planes do not agree about who leads where. */
export function describeHalfWay(
  { left, right }: Scenario,
  world: World,
  slots: readonly OpenSlot[],
): readonly string[] {
  const broken = isHalfDone(world) ? ['a procedure stands half-way'] : [];
  for (const { name, title, state, destination } of slots) {
    if (!destination.slots) continue;
    const isLed = (name === 'left' ? left : right).active() === destination.slots.name;
    if (isLed !== (state === 'active'))
      broken.push(`${title} is ${state}, and agents are ${isLed ? '' : 'not '}led to it`);
  }
  return broken;
}
