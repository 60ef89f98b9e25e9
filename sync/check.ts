import type { Plan } from '../core/contract/destination.ts';
import { formatMany } from '../core/observe/format.ts';
import type { Problem } from '../core/observe/report.ts';
import { toProblem } from './problem.ts';
import { ledElsewhere } from './slots/led-elsewhere.ts';
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
  slot: OpenSlot,
  base: Pick<Checked, 'what' | 'type'>,
): Promise<Checked> {
  const { title, config, destination } = slot;
  try {
    await destination.check();
    const plan = await destination.plan();
    const problem = slot.state === 'active' ? await ledElsewhere(slot) : undefined;
    const foreign = plan.owner !== undefined && plan.owner !== world.catalog.installation;
    return {
      ...base,
      name: title,
      found: `${config.plane} plane`,
      plan,
      ...(problem ? { problem } : {}),
      ...(foreign ? { problem: ownedBy(plan.owner, config.name) } : {}),
    };
  } catch (error) {
    return { ...base, name: title, problem: toProblem(error) };
  }
}

const ownedBy = (owner: string | undefined, destination: string): Problem => ({
  code: 'SLOT_OWNED',
  message: `it belongs to another installation (${owner})`,
  where: `destinations.${destination}`,
  hint: 'name another index or data source, or take this one over with `tributary sync --adopt`',
  next: 'act',
});
