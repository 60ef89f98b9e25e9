import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parse as parseDotenv } from 'dotenv';
import { ConfigError } from '../contract/errors.ts';
import { checkNames } from './check-names.ts';
import type { Config, Registry } from './config.ts';
import { loadDestinations, loadSources } from './load-connectors.ts';
import { isSection } from './path.ts';
import { createProblems, invalidConfig } from './problems.ts';
import { readYaml } from './read-yaml.ts';
import { rememberSecrets } from './redact.ts';
import { resolveReferences } from './references.ts';
import type { Environment } from './references.ts';
import { configSchema } from './schema.ts';
import type { KindConfig } from './schema.ts';
import { validate } from './validate.ts';
import type { Validation } from './validate.ts';

export interface LoadOptions {
  /** The process environment when absent. */
  readonly env?: Environment | undefined;
  /** Where relative paths start; the configuration's own folder when absent. */
  readonly folder?: string | undefined;
}
export interface ParseOptions extends LoadOptions {
  /** The name that problems are reported under. */
  readonly file?: string | undefined;
}

/**
 * Reads and checks a configuration. `.env` beside it fills in what the environment does not set; the process
 * environment itself is left as it is. Throws one `ConfigError` that lists every problem.
 */
export async function loadConfig(
  path: string,
  registry: Registry,
  options: LoadOptions = {},
): Promise<Config> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new ConfigError(
      isMissing ? 'CONFIG_NOT_FOUND' : 'CONFIG_UNREADABLE',
      isMissing ? `there is no configuration at ${path}` : `the configuration at ${path} cannot be read`,
      {
        where: path,
        hint: isMissing ? 'run `tributary init` to write one' : 'check that it is a readable file',
      },
    );
  });
  const folder = options.folder ?? dirname(path);
  const env = { ...(await readDotenv(join(dirname(path), '.env'))), ...set(options.env ?? process.env) };
  return parseConfig(text, registry, { env, folder, file: path });
}

/** Like `loadConfig`, from text. Reads no `.env`. */
export async function parseConfig(
  text: string,
  registry: Registry,
  options: ParseOptions = {},
): Promise<Config> {
  const file = options.file ?? 'connectors.config.yaml';
  const folder = resolve(options.folder ?? '.');
  const problems = createProblems(file);
  const written = readYaml(text, file, problems);
  if (written === undefined) throw invalidConfig(problems.list);
  if (!isSection(written)) {
    const message =
      written === null ? 'the configuration is empty' : 'a configuration is a section of `key: value` lines';
    problems.at({ file, line: 1, column: 1 }, '', message, 'run `tributary init` to write one');
    throw invalidConfig(problems.list);
  }
  const environment = options.env ?? process.env;
  const resolved = await resolveReferences(written, { environment, folder, problems });
  const validation: Validation = { problems, resolved, secrets: new Set() };

  const engine = await validate(configSchema, resolved.value, validation);
  const sources = await loadSources(resolved, registry, validation);
  const destinations = await loadDestinations(resolved, registry, validation);
  checkNames(resolved, problems);
  if (engine === undefined || problems.list.length > 0) throw invalidConfig(problems.list);

  const { namespace, catalog, limits, questions, kinds, pipelines } = engine.output;
  const config: Config = {
    folder,
    namespace,
    catalog,
    limits,
    questions,
    sources,
    destinations,
    kinds: kinds as Record<string, KindConfig>,
    pipelines,
  };
  const locate: Config['locate'] = (path, inside) => {
    const origin = resolved.origins.get(path);
    if (inside !== undefined && origin?.file !== undefined) return { file: origin.file, ...inside };
    const exact = origin === undefined && inside !== undefined ? problems.marks.get(path)?.inside : undefined;
    return exact === undefined || inside === undefined ? problems.locate(path) : exact(inside);
  };
  Object.defineProperty(config, 'locate', { value: locate });
  rememberSecrets(config, validation.secrets);
  return config;
}

async function readDotenv(path: string): Promise<Environment> {
  try {
    return parseDotenv(await readFile(path));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw new ConfigError('CONFIG_UNREADABLE', `${path} cannot be read`, {
      where: path,
      hint: 'check its permissions',
    });
  }
}

const set = (env: Environment): Environment =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
