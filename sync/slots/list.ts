import type { SlotState } from '../../core/catalog/index.ts';
import type { Problem } from '../../core/observe/report.ts';
import { toProblem } from '../problem.ts';
import type { World } from '../world.ts';
import { readProcedure, type Procedure } from './procedure.ts';

export interface ListedSlot {
  readonly destination: string;
  readonly slot: string;
  readonly state: SlotState;
  /** Documents that it holds, and changes that it lacks. */
  readonly held: number;
  readonly open: number;
  /** Whether the service itself leads agents here; absent where it could not be asked or has no pointer. */
  readonly led?: boolean;
}
export interface SlotList {
  readonly slots: readonly ListedSlot[];
  /** The last procedure: a reindex, or the way back. */
  readonly procedure?: Procedure;
  readonly problems: readonly { readonly destination: string; readonly problem: Problem }[];
}

/** Every slot that gets changes, and where the services themselves lead agents. */
export async function listSlots(world: World): Promise<SlotList> {
  const { catalog } = world;
  const slots: ListedSlot[] = [];
  const problems: SlotList['problems'][number][] = [];
  for (const destination of Object.keys(world.config.destinations)) {
    const open = await world.slots(destination);
    let led: string | undefined;
    try {
      led = (await open[0]!.destination.slots?.list())?.find((one) => one.active)?.name;
    } catch (error) {
      if (world.signal.aborted) throw error;
      problems.push({ destination, problem: toProblem(error, world.signal) });
    }
    for (const { id, state, destination: opened } of open) {
      slots.push({
        destination,
        slot: opened.slots?.label ?? '',
        state,
        held: catalog.holdings.countHeld(id),
        open: catalog.holdings.countWork(id),
        ...(led === undefined ? {} : { led: led === opened.slots?.name }),
      });
    }
  }
  const procedure = readProcedure(catalog);
  return { slots, ...(procedure ? { procedure } : {}), problems };
}
