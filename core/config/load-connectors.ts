import type { z } from 'zod';
import type { DestinationConnector } from '../contract/destination.ts';
import type { SourceConnector } from '../contract/source.ts';
import type { DestinationConfig, Registry, SourceConfig, StreamConfig } from './config.ts';
import { definitionsAllowList, definitionsOptions, definitionsStream } from './definitions.ts';
import { formatPath, isSection } from './path.ts';
import type { Path } from './path.ts';
import type { Resolved } from './references.ts';
import { destinationBaseSchema, sourceBaseSchema, streamBaseSchema } from './schema.ts';
import { suggestion } from './suggest.ts';
import { validate } from './validate.ts';
import type { Validation } from './validate.ts';

/** Splits what the engine reads from what belongs to the connector. */
function split(value: Record<string, unknown>, engine: z.ZodObject) {
  const keys = Object.keys(engine.shape);
  const rest = Object.entries(value).filter(([key]) => !keys.includes(key));
  return { keys, rest: Object.fromEntries(rest) };
}

const entriesOf = (
  resolved: Resolved,
  key: string,
): readonly (readonly [string, Record<string, unknown>])[] => {
  const holder = isSection(resolved.value) ? resolved.value[key] : undefined;
  if (!isSection(holder)) return [];
  return Object.entries(holder).flatMap(([name, item]) => (isSection(item) ? [[name, item] as const] : []));
};

/** Every source whose connector is known, with its settings and streams checked by the connector's schemas. */
export async function loadSources(resolved: Resolved, registry: Registry, validation: Validation) {
  const sources: Record<string, SourceConfig> = {};
  for (const [name, written] of entriesOf(resolved, 'sources')) {
    const path = ['sources', name];
    const connector = await findConnector('source', written['type'], path, registry, validation);
    if (connector === undefined) continue;
    const { keys, rest } = split(written, sourceBaseSchema);
    const settings = await validate(connector.config, rest, validation, path, keys);
    const streams = await loadStreams(name, written['streams'], connector, validation);
    if (settings !== undefined) sources[name] = { name, connector, settings: settings.output, streams };
  }
  return sources;
}

async function loadStreams(
  source: string,
  written: unknown,
  connector: SourceConnector,
  validation: Validation,
) {
  const streams: Record<string, StreamConfig> = {};
  if (!isSection(written)) return streams;
  for (const [name, stream] of Object.entries(written)) {
    if (!isSection(stream)) continue;
    const { keys, rest } = split(stream, streamBaseSchema);
    const path = ['sources', source, 'streams', name];
    const isDefinitions = name === definitionsStream;
    const options = await validate(
      isDefinitions ? definitionsOptions : connector.stream,
      rest,
      validation,
      path,
      keys,
    );
    if (isDefinitions) await validate(definitionsAllowList, { fields: stream['fields'] }, validation, path);
    const base = streamBaseSchema.safeParse(stream);
    if (options === undefined || !base.success) continue;
    const { fields, access, classification, trust, reconcile } = base.data;
    const id = `${source}.${name}`;
    streams[name] = {
      id,
      name,
      fields,
      access,
      classification,
      trust,
      reconcileMs: reconcile,
      options: options.output,
    };
  }
  return streams;
}

export async function loadDestinations(resolved: Resolved, registry: Registry, validation: Validation) {
  const destinations: Record<string, DestinationConfig> = {};
  for (const [name, written] of entriesOf(resolved, 'destinations')) {
    const path = ['destinations', name];
    const connector = await findConnector('destination', written['type'], path, registry, validation);
    if (connector === undefined) continue;
    const { keys, rest } = split(written, destinationBaseSchema);
    const settings = await validate(connector.config, rest, validation, path, keys);
    const base = destinationBaseSchema.safeParse(written);
    if (settings === undefined || !base.success) continue;
    const { plane, accepts } = base.data;
    destinations[name] = { name, connector, settings: settings.output, plane, accepts };
  }
  return destinations;
}

interface Connectors {
  readonly source: SourceConnector;
  readonly destination: DestinationConnector;
}
async function findConnector<Role extends keyof Connectors>(
  role: Role,
  type: unknown,
  path: Path,
  registry: Registry,
  { problems, resolved }: Validation,
): Promise<Connectors[Role] | undefined> {
  const at = [...path, 'type'];
  const key = formatPath(at);
  if (typeof type !== 'string' || resolved.unresolved.has(key)) return undefined;
  const mine = registry[`${role}s`] as Readonly<Record<string, () => Promise<Connectors[Role]>>>;
  if (Object.hasOwn(mine, type)) return mine[type]?.();
  const others = role === 'source' ? registry.destinations : registry.sources;
  const shown = resolved.origins.get(key)?.shown ?? type;
  const isOther = Object.hasOwn(others, type);
  const message = isOther ? `${type} cannot be a ${role}` : `there is no connector ${shown} for a ${role}`;
  problems.atValue(at, message, suggestion(type, Object.keys(mine)));
  return undefined;
}
