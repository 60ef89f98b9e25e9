import type { Catalog, SlotRow, SlotState } from '../core/catalog/index.ts';
import type { Config, DestinationConfig, SourceConfig, StreamConfig } from '../core/config/config.ts';
import type { Context, Log } from '../core/contract/context.ts';
import type { Destination } from '../core/contract/destination.ts';
import type { Json } from '../core/contract/json.ts';
import { ConfigError } from '../core/contract/errors.ts';
import type { Source, SourceIdentity, Stream } from '../core/contract/source.ts';
import type { Kind } from '../core/documents/index.ts';
import type { Observer } from '../core/observe/events.ts';
import { createPlanePolicy, type PlanePolicy } from '../core/policy/plane-policy.ts';
import { checkKinds, compileKinds, type Systems } from './compile-kinds.ts';
import { defineKind } from './define-kind.ts';
import { titledSlots } from './slot-title.ts';
import { withDefinitions } from './definitions.ts';
import { writeTogether } from './write-together.ts';

/** What every verb works on: the configuration, the catalog, and connectors opened when first needed. */
export interface World {
  readonly config: Config;
  readonly catalog: Catalog;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly observe: Observer;
  now(): number;
  sleep(ms: number): Promise<void>;
  source(name: string): Promise<OpenSource>;
  /** The slot that agents are led to. */
  slot(destination: string): Promise<OpenSlot>;
  /** Every slot that gets changes: one, but for the time of a reindex without downtime. */
  slots(destination: string): Promise<readonly OpenSlot[]>;
  /** A slot that is live, about to be, or no more. */
  bind(slot: Pick<SlotRow, 'destination' | 'name' | 'settings'>): Promise<Destination>;
  /** Every kind of the configuration, made ready; asks sources for their identity only when the catalog does not know it. */
  kinds(): Promise<ReadonlyMap<string, OpenKind>>;
  close(): Promise<void>;
}
export interface OpenSource {
  readonly config: SourceConfig;
  readonly source: Source;
}
export interface OpenSlot {
  /** Of the destination in the configuration. */
  readonly name: string;
  /** What a person reads: the name, with the slot where the destination has more than one. */
  readonly title: string;
  readonly id: number;
  readonly state: SlotState;
  /** Tells it from a slot of the same name that was retired before. */
  readonly opened: number;
  /** The settings that it was last made ready under. While it stands beside others, it is opened with these. */
  readonly kept: Json | undefined;
  readonly config: DestinationConfig;
  readonly destination: Destination;
  readonly policy: PlanePolicy;
}
export interface OpenKind {
  readonly kind: Kind;
  readonly targets: readonly OpenSlot[];
}
export interface WorldOptions {
  readonly config: Config;
  readonly catalog: Catalog;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly observe: Observer;
  now(): number;
  sleep(ms: number): Promise<void>;
}

/** A stream as its connector sees it. */
export const toStream = (stream: StreamConfig): Stream => ({
  name: stream.name,
  fields: stream.fields,
  options: stream.options,
});

export function openWorld(options: WorldOptions): World {
  const { config, catalog } = options;
  const sources = new Map<string, Promise<OpenSource>>();
  const destinations = new Map<string, Promise<Destination>>();
  let kinds: { readonly slots: number; readonly opening: Promise<ReadonlyMap<string, OpenKind>> } | undefined;

  const contextFor = (name: string): Context => ({
    name,
    signal: options.signal,
    log: options.log,
    now: options.now,
    sleep: options.sleep,
    installation: catalog.installation,
    cache(cache, { shared = false, maxBytes } = {}) {
      const scoped = shared ? `/${cache}` : `${name}/${cache}`;
      return {
        get: async (key) => catalog.cache.get(scoped, key),
        set: writeTogether((entries) => catalog.cache.set(scoped, entries, maxBytes)),
      };
    },
  });
  const memoised = <T>(map: Map<string, Promise<T>>, name: string, open: () => Promise<T>): Promise<T> => {
    let opening = map.get(name);
    if (!opening) {
      opening = open();
      map.set(name, opening);
      opening.catch(() => map.delete(name));
    }
    return opening;
  };
  const configOf = (name: string): DestinationConfig => {
    const found = config.destinations[name];
    if (!found) throw new ConfigError('DESTINATION_UNKNOWN', `there is no destination named ${name}`);
    return found;
  };
  const world: World = {
    ...options,
    source: (name) =>
      memoised(sources, name, async () => {
        const sourceConfig = config.sources[name];
        if (!sourceConfig) throw new ConfigError('SOURCE_UNKNOWN', `there is no source named ${name}`);
        const source = await sourceConfig.connector.create(sourceConfig.settings, contextFor(name));
        return { config: sourceConfig, source: withDefinitions(source, sourceConfig, options.now) };
      }),
    async slot(name) {
      const open = await world.slots(name);
      return open.find(({ state }) => state === 'active') ?? open[0]!;
    },
    async slots(name) {
      const slotConfig = configOf(name);
      const rows = titledSlots(catalog, name);
      return Promise.all(
        rows.map(async (row): Promise<OpenSlot> => {
          const settings = rows.length > 1 ? row.settings : undefined;
          const destination = await world.bind({ ...row, settings });
          return {
            name,
            title: row.title,
            id: row.id,
            state: row.state,
            opened: row.opened,
            kept: row.settings,
            config: slotConfig,
            destination,
            policy: createPlanePolicy({
              destination: name,
              plane: slotConfig.plane,
              accepts: slotConfig.accepts,
              profile: destination.profile,
            }),
          };
        }),
      );
    },
    bind: ({ destination, name, settings }) =>
      memoised(destinations, JSON.stringify([destination, name, settings ?? null]), async () => {
        const { connector, settings: configured } = configOf(destination);
        const kept =
          settings === undefined
            ? configured
            : (connector.slotSettings?.with(configured, settings) ?? configured);
        return connector.create(kept, contextFor(destination), name === 'default' ? undefined : name);
      }),
    kinds() {
      const version = catalog.slots.version();
      if (kinds?.slots !== version) kinds = { slots: version, opening: openKinds(world) };
      kinds.opening.catch(() => (kinds = undefined));
      return kinds.opening;
    },
    async close() {
      for (const opening of sources.values())
        await opening.then((open) => open.source.close?.()).catch(() => undefined);
      for (const opening of destinations.values())
        await opening.then((open) => open.close?.()).catch(() => undefined);
    },
  };
  return world;
}

/** The identity that the catalog knows, or the source's own answer; another instance than before is refused. */
export async function identify(world: World, source: string, ask: boolean): Promise<SourceIdentity> {
  const known = world.catalog.notes.get(`identity:${source}`) as SourceIdentity | undefined;
  if (known && !ask) return known;
  const found = await (await world.source(source)).source.identity();
  if (known && known.instance !== found.instance) {
    throw new ConfigError(
      'SOURCE_CHANGED',
      `${source} now leads to instance ${found.instance}; the catalog holds records of ${known.instance}`,
      {
        where: `sources.${source}`,
        hint: 'give the other instance a source name or a catalog of its own, or point the source back',
      },
    );
  }
  world.catalog.notes.set(`identity:${source}`, {
    instance: found.instance,
    ...(found.link ? { link: found.link } : {}),
  });
  return found;
}

async function openKinds(world: World): Promise<ReadonlyMap<string, OpenKind>> {
  const { config } = world;
  checkKinds(config);
  const systems: Record<string, Systems[string]> = {};
  for (const source of Object.values(config.sources)) {
    if (!usedSources(config).has(source.name)) continue;
    const { instance, link } = await identify(world, source.name, false);
    systems[source.name] = {
      system: source.connector.type,
      instance,
      link: (stream, key) =>
        link?.replace('{stream}', encodeURIComponent(stream)).replace('{key}', encodeURIComponent(key)),
    };
  }
  const opened = new Map<string, OpenKind>();
  for (const [name, kind] of compileKinds(config, systems)) {
    const destinations = new Set<string>();
    for (const pipeline of Object.values(config.pipelines)) {
      if (pipeline.kinds.includes(name))
        for (const destination of pipeline.destinations) destinations.add(destination);
    }
    const targets = await Promise.all(
      [...destinations].sort().map((destination) => world.slots(destination)),
    );
    opened.set(name, { kind, targets: targets.flat() });
  }
  return opened;
}

/** Sources that some kind reads from. */
export function usedSources(config: Config): Set<string> {
  const used = new Set<string>();
  const visit = (part: { from: string; with?: Record<string, { from: string }> | undefined }): void => {
    used.add(part.from.slice(0, part.from.indexOf('.')));
    for (const child of Object.values(part.with ?? {})) visit(child);
  };
  for (const kind of Object.values(config.kinds)) visit(kind);
  return used;
}

/** Tells the catalog of the kinds of the whole configuration; once per process, under the compose lease. */
export async function defineKinds(
  world: World,
  lease: Parameters<Catalog['kinds']['define']>[0],
): Promise<void> {
  const kinds = await world.kinds();
  world.catalog.kinds.define(
    lease,
    [...kinds.values()].map((open) => defineKind(open)),
  );
}
