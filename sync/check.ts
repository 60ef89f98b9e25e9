import type { Destination, Plan } from '../core/contract/destination.ts';
import type { SlotDescription } from '../core/contract/slots.ts';
import { formatMany } from '../core/observe/format.ts';
import type { Problem } from '../core/observe/report.ts';
import { toProblem } from './problem.ts';
import { identify, toStream, usedSources, type OpenSlot, type World } from './world.ts';

export interface Checked {
  readonly what: 'source' | 'destination' | 'kinds';
  readonly name: string;
  readonly type: string;
  /** What was found to be in order, as one sentence. */
  readonly found?: string;
  readonly plan?: Plan;
  readonly problem?: Problem;
}

/** Credentials, permissions, streams and fields, indexes and data sources, templates: everything that can be told before a run. */
export async function check(world: World): Promise<Checked[]> {
  const results: Checked[] = [];
  const used = usedSources(world.config);
  for (const config of Object.values(world.config.sources)) {
    const base = { what: 'source' as const, name: config.name, type: config.connector.title };
    try {
      const { source } = await world.source(config.name);
      const { instance } = await identify(world, config.name, true);
      const streams = Object.values(config.streams);
      await source.check(streams.map(toStream));
      const idle = used.has(config.name) ? '' : '; no kind uses it';
      results.push({
        ...base,
        found: `${formatMany(streams.length, 'stream')} of instance ${instance}${idle}`,
      });
    } catch (error) {
      results.push({ ...base, problem: toProblem(error) });
    }
  }
  for (const config of Object.values(world.config.destinations)) {
    const base = { what: 'destination' as const, name: config.name, type: config.connector.title };
    try {
      for (const slot of await world.slots(config.name)) results.push(await checkSlot(world, slot, base));
    } catch (error) {
      results.push({ ...base, problem: toProblem(error) });
    }
  }
  try {
    const kinds = await world.kinds();
    results.push({
      what: 'kinds',
      name: [...kinds.keys()].join(', '),
      type: 'kinds',
      found: 'templates, joins and access are in order',
    });
  } catch (error) {
    results.push({
      what: 'kinds',
      name: Object.keys(world.config.kinds).join(', '),
      type: 'kinds',
      problem: toProblem(error),
    });
  }
  return results;
}

async function checkSlot(
  world: World,
  { title, state, config, destination }: OpenSlot,
  base: Pick<Checked, 'what' | 'type'>,
): Promise<Checked> {
  try {
    await destination.check();
    const plan = await destination.plan();
    const led = state === 'active' ? await whereLed(destination) : undefined;
    const isElsewhere = led !== undefined && led.name !== destination.slots?.name;
    const foreign = plan.owner !== undefined && plan.owner !== world.catalog.installation;
    return {
      ...base,
      name: title,
      found: `${config.plane} plane`,
      plan,
      ...(isElsewhere ? { problem: ledElsewhere(led.name, title, config.name) } : {}),
      ...(foreign ? { problem: ownedBy(plan.owner, config.name) } : {}),
    };
  } catch (error) {
    return { ...base, name: title, problem: toProblem(error) };
  }
}

/** Asked only of a destination that has a pointer: others need no right to list what stands beside them. */
async function whereLed({ slots }: Destination): Promise<SlotDescription | undefined> {
  const hasPointer = await slots?.check().then(
    () => true,
    () => false,
  );
  return hasPointer ? (await slots!.list()).find((one) => one.active) : undefined;
}

const ledElsewhere = (led: string, title: string, destination: string): Problem => ({
  code: 'SLOT_LED',
  message: `the service leads agents to ${led}, and the catalog knows of ${title}`,
  where: `destinations.${destination}`,
  hint: 'a pointer was moved by hand, or the catalog is an older one: move the pointer, or see `tributary slots`',
  next: 'act',
});

const ownedBy = (owner: string | undefined, destination: string): Problem => ({
  code: 'SLOT_OWNED',
  message: `it belongs to another installation (${owner})`,
  where: `destinations.${destination}`,
  hint: 'name another index or data source, or take this one over with `tributary sync --adopt`',
  next: 'act',
});
