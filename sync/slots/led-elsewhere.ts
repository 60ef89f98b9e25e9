import type { Problem } from '../../core/observe/report.ts';
import type { OpenSlot, World } from '../world.ts';
import { halfMoved } from './finish.ts';

/** The service has the last word on where agents are led; told of the slot that the catalog leads them to. */
export async function ledElsewhere({ name, destination }: OpenSlot): Promise<Problem | undefined> {
  const { slots } = destination;
  const led = await slots?.led();
  if (led === undefined || led === slots!.name) return undefined;
  return {
    code: 'SLOT_LED',
    message: `the service leads agents to ${led}, and the catalog knows of ${slots!.label}`,
    where: `destinations.${name}`,
    hint: 'a pointer was moved by hand, or the catalog is an older one: move the pointer, or see `tributary slots`',
    next: 'act',
  };
}

/** At the end of a run: what it wrote may be where no agent looks. Not to be told is no failure of the run. */
export async function pointerWarning(world: World, slot: OpenSlot): Promise<Problem | undefined> {
  if (!isSettled(world, slot) || world.signal.aborted) return undefined;
  try {
    const problem = await ledElsewhere(slot);
    // Another process may have led agents elsewhere meanwhile.
    return isSettled(world, slot) ? problem : undefined;
  } catch (error) {
    world.log.debug('it could not be read where agents are led', {
      destination: slot.name,
      error: error instanceof Error ? error.name : undefined,
    });
    return undefined;
  }
}

/** The catalog leads agents to it, and no pointer is being moved. */
const isSettled = ({ catalog }: World, slot: OpenSlot): boolean =>
  halfMoved(catalog) === undefined &&
  catalog.slots.live(slot.name).some(({ id, state }) => id === slot.id && state === 'active');
