import type { StreamConfig } from '../core/config/config.ts';
import { ConfigError } from '../core/contract/errors.ts';
import type { OpenKind, OpenSlot, World } from './world.ts';

/** What a run works on: kinds of the chosen pipelines, the streams they need, the slots they go to. */
export interface Selection {
  readonly kinds: readonly OpenKind[];
  readonly allKinds: ReadonlyMap<string, OpenKind>;
  readonly streams: readonly { readonly source: string; readonly stream: StreamConfig }[];
  readonly slots: readonly OpenSlot[];
}

export async function selectWork(
  world: World,
  choice: {
    readonly pipelines?: readonly string[] | undefined;
    readonly destinations?: readonly string[] | undefined;
  },
): Promise<Selection> {
  const { config } = world;
  const names =
    choice.pipelines && choice.pipelines.length > 0 ? choice.pipelines : Object.keys(config.pipelines);
  for (const name of names) {
    if (!config.pipelines[name]) {
      throw new ConfigError('PIPELINE_UNKNOWN', `there is no pipeline named ${name}`, {
        hint: `choose from: ${Object.keys(config.pipelines).join(', ')}`,
      });
    }
  }
  for (const name of choice.destinations ?? []) {
    if (!config.destinations[name]) {
      throw new ConfigError('DESTINATION_UNKNOWN', `there is no destination named ${name}`, {
        hint: `choose from: ${Object.keys(config.destinations).join(', ')}`,
      });
    }
  }
  const wantedKinds = new Set(names.flatMap((name) => config.pipelines[name]!.kinds));
  const wantedSlots = new Set(names.flatMap((name) => config.pipelines[name]!.destinations));
  if (!choice.pipelines?.length) for (const name of leftBehind(world, wantedSlots)) wantedSlots.add(name);
  const allKinds = await world.kinds();
  const kinds = [...allKinds.values()].filter(({ kind }) => wantedKinds.has(kind.name));
  const slots = await Promise.all(
    [...wantedSlots]
      .filter((name) => !choice.destinations?.length || choice.destinations.includes(name))
      .map((name) => world.slots(name)),
  );
  const ids = new Set(kinds.flatMap(({ kind }) => kind.nodes.map((node) => node.stream)));
  const streams = Object.values(config.sources).flatMap((source) =>
    Object.values(source.streams)
      .filter((stream) => ids.has(stream.id))
      .map((stream) => ({ source: source.name, stream })),
  );
  return { kinds, allKinds, streams, slots: slots.flat() };
}

/** Destinations that no pipeline names any more and that still hold what one brought there: it is to be withdrawn. */
function leftBehind({ config, catalog }: World, named: ReadonlySet<string>): string[] {
  return Object.keys(config.destinations).filter(
    (name) => !named.has(name) && catalog.slots.live(name).some(({ id }) => !catalog.holdings.isEmpty(id)),
  );
}
