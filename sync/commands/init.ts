import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import type { Registry } from '../../core/config/config.ts';
import { isInvalidConfig } from '../../core/config/problems.ts';
import { parseConfig } from '../../core/config/load-config.ts';
import { suggestion } from '../../core/config/suggest.ts';
import { ConfigError, isConfigError } from '../../core/contract/errors.ts';
import type { StreamDescription } from '../../core/contract/source.ts';
import { formatMany } from '../../core/observe/format.ts';
import { createPalette, wantsColor } from '../../core/observe/palette.ts';
import { createTributary } from '../tributary.ts';
import { exitCodes } from './exit-codes.ts';
import { askForChoice, namespaceProblem, type Choice } from './init/choose.ts';
import { draftStreams, listed, type Draft, type DraftSource } from './init/draft.ts';
import { genericDestination, genericSource } from './init/generic-starter.ts';
import { destinationStarters, sourceStarters, type SourceStarter } from './init/starters.ts';
import { writeConfig, writeEnvironment } from './init/write-config.ts';
import { writeJson, writeText, type CliIo, type GlobalOptions } from './io.ts';
import { configPath, environmentFor } from './session.ts';

export interface InitCommandOptions extends GlobalOptions {
  readonly source?: readonly string[];
  readonly destination?: readonly string[];
  readonly namespace?: string;
  readonly stream?: readonly string[];
  readonly discover: boolean;
  readonly yes?: boolean;
  readonly force?: boolean;
}

/** Writes a configuration that `check` accepts once the environment is filled in, and `.env.example` beside it. */
export async function runInit(options: InitCommandOptions, io: CliIo): Promise<number> {
  const registry = io.registry ?? (await import('../../connectors/index.ts')).registry;
  const path = configPath(options, io);
  const example = join(dirname(path), '.env.example');
  if (!options.force) refuseExisting(path);
  const choice = await choose(options, registry, io);
  const env = await environmentFor(path, io);
  const sources: DraftSource[] = [];
  for (const type of choice.sources) sources.push(await draftSource(type, options, registry, env, io));
  const destinations = await Promise.all(
    choice.destinations.map(async (type) => ({
      type,
      starter: destinationStarters[type] ?? genericDestination(await registry.destinations[type]!()),
    })),
  );
  const draft: Draft = { namespace: choice.namespace, sources, destinations };
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, writeConfig(draft, { env, timeZone, schema: findSchema(path) }));
  const files = [path];
  if (options.force || !existsSync(example)) {
    await writeFile(example, writeEnvironment(draft));
    files.push(example);
  }
  report(draft, files, options, io);
  return exitCodes.ok;
}

function refuseExisting(path: string): void {
  if (!existsSync(path)) return;
  throw new ConfigError('FILE_EXISTS', `${path} is there already`, {
    hint: 'choose another file with --config, or write over it with --force',
  });
}

async function choose(options: InitCommandOptions, registry: Registry, io: CliIo): Promise<Choice> {
  const offered = {
    sources: Object.keys(registry.sources),
    destinations: Object.keys(registry.destinations),
  };
  refuseUnknown('source', options.source, offered.sources);
  refuseUnknown('destination', options.destination, offered.destinations);
  const problem = options.namespace === undefined ? undefined : namespaceProblem(options.namespace);
  if (problem !== undefined) throw new ConfigError('NAMESPACE_INVALID', `--namespace: ${problem}`);
  const given = {
    ...(options.source ? { sources: options.source } : {}),
    ...(options.destination ? { destinations: options.destination } : {}),
    ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
  };
  if (io.stdin.isTTY === true && !options.yes) return askForChoice(io, given, offered);
  if (!options.yes && options.source === undefined) {
    throw new ConfigError('NOT_ASKED', 'there is no terminal to ask in', {
      hint: 'name --source, --destination and --namespace, or take every connector with --yes',
    });
  }
  return { ...offered, namespace: 'acme', ...given };
}

function refuseUnknown(what: string, names: readonly string[] | undefined, known: readonly string[]): void {
  const unknown = names?.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new ConfigError('CONNECTOR_UNKNOWN', `there is no connector ${unknown} for a ${what}`, {
    hint: suggestion(unknown, known) ?? `choose from: ${known.join(', ')}`,
  });
}

async function draftSource(
  type: string,
  options: InitCommandOptions,
  registry: Registry,
  env: Readonly<Record<string, string | undefined>>,
  io: CliIo,
): Promise<DraftSource> {
  const starter = sourceStarters[type] ?? genericSource(await registry.sources[type]!());
  const asked = streamsAskedFor(starter.name, options);
  const found = options.discover ? await discover(type, starter, asked, registry, env, io) : undefined;
  if (found !== undefined && found.length === 0) {
    throw new ConfigError('NO_STREAMS', `${starter.name} shows no streams to these credentials`, {
      hint: 'grant them read access, name streams with --stream, or use --no-discover',
    });
  }
  return {
    type,
    starter,
    discovered: found !== undefined,
    streams: draftStreams(starter, found ?? starter.examples),
  };
}

/** `salesforce.Account`; the source's name may be left out when there is only one. */
function streamsAskedFor(source: string, { stream = [], source: sources }: InitCommandOptions): string[] {
  return stream.flatMap((name) => {
    if (name.startsWith(`${source}.`)) return [name.slice(source.length + 1)];
    return sources?.length === 1 ? [name] : [];
  });
}

/** Asks a source for its streams; undefined when its credentials are not in the environment. */
async function discover(
  type: string,
  starter: SourceStarter,
  asked: readonly string[],
  registry: Registry,
  env: Readonly<Record<string, string | undefined>>,
  io: CliIo,
): Promise<readonly StreamDescription[] | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-init-'));
  const settings = [
    'sources:',
    `  ${starter.name}:`,
    `    type: ${type}`,
    ...starter.settings(env).map((line) => `    ${line}`),
  ];
  const rest = ['    streams: {}', 'namespace: init', 'destinations: {}', 'kinds: {}', 'pipelines: {}'];
  try {
    const config = await parseConfig([...settings, ...rest].join('\n'), registry, {
      env,
      folder,
      file: starter.name,
    });
    const tributary = await createTributary({ config, registry, signal: io.signal });
    try {
      if (asked.length > 0) return await tributary.discover(starter.name, asked);
      if (!starter.streams) return await tributary.discover(starter.name);
      return await discoverUsual(starter.streams, (name) => tributary.discover(starter.name, [name]));
    } finally {
      await tributary.close();
    }
  } catch (error) {
    if (!isInvalidConfig(error)) throw error;
    const unset = error.problems.every((problem) => problem.message.includes('environment variable'));
    if (
      !unset ||
      starter.environment.some(({ name, comment }) => env[name] && /secret|key|token/.test(comment))
    )
      throw error;
    return undefined;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Not every organisation has every usual stream; when it has none, the reason is told. */
async function discoverUsual(
  names: readonly string[],
  ask: (name: string) => Promise<readonly StreamDescription[]>,
): Promise<readonly StreamDescription[]> {
  const found: StreamDescription[] = [];
  let refusal: unknown;
  for (const name of names) {
    try {
      found.push(...(await ask(name)));
    } catch (error) {
      if (!isConfigError(error)) throw error;
      refusal ??= error;
    }
  }
  if (found.length === 0 && refusal !== undefined) throw refusal;
  return found;
}

/** The schema that comes with the package, as an editor finds it from the configuration. */
function findSchema(path: string): string | undefined {
  const name = 'connectors.schema.json';
  const places = [name, join('node_modules', 'tributary', name)];
  return places
    .filter((place) => existsSync(resolve(dirname(path), place)))
    .map((place) => `./${relative(dirname(path), resolve(dirname(path), place))}`)[0];
}

function report(draft: Draft, files: readonly string[], options: InitCommandOptions, io: CliIo): void {
  const sources = draft.sources.map(({ starter, discovered, streams }) => {
    const left = streams.flatMap((stream) => stream.fields.filter((field) => field.leftOut !== undefined));
    const fields = streams.reduce((sum, stream) => sum + listed(stream).length, 0);
    return { source: starter.name, discovered, streams: streams.length, fields, leftOut: left.length };
  });
  if (options.json) return writeJson(io, { files, sources });
  const { bold, green, dim } = createPalette(wantsColor(io.stdout, io.env));
  const told = sources.map((one) =>
    one.discovered
      ? `  ${one.source}: ${formatMany(one.fields, 'field')} of ${formatMany(one.streams, 'stream')} listed, ${one.leftOut} sensitive or calculated left out`
      : `  ${one.source}: examples, since its credentials are not set`,
  );
  const next = sources.every((one) => one.discovered)
    ? ['  1. read through the configuration, above all `access` and `fields`']
    : ['  1. copy .env.example to .env, fill it in, and run `tributary init --force` for real field names'];
  writeText(
    io,
    [
      ...files.map((file) => `${green('✓')} ${bold(file)}`),
      ...told,
      '',
      bold('Next'),
      ...next,
      `  2. tributary check             ${dim('logs in everywhere, knows every field')}`,
      `  3. tributary sync --dry-run    ${dim('what would be written')}`,
      `  4. tributary sync`,
    ].join('\n'),
  );
}
