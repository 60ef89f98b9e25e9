import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { ConfigError } from '../../core/contract/errors.ts';
import type { Table } from '../../core/testing/table.ts';
import { readDataFolder } from '../../core/testing/table-files.ts';
import { generateDemoCompany, type DemoCompany } from '../../examples/demo-company/generate.ts';

export interface InputOptions {
  /** A folder of somebody's own data, in place of the demo company. */
  readonly data?: string | undefined;
  readonly scale?: number | undefined;
  readonly seed?: number | undefined;
  readonly cwd: string;
}

/** What the emulated sources are loaded with. */
export interface Input {
  /** Undefined for a folder of somebody's own data. */
  readonly company: DemoCompany | undefined;
  readonly salesforce: readonly Table[];
  readonly snowflake: readonly Table[];
  /** The folder's own configuration, else the one that comes with Tributary. */
  readonly configPath: string;
  /** The configuration is the folder's own. */
  readonly ownConfig: boolean;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Reads the folder, or invents the company as of today's beginning: the same the whole day. */
export async function readInput(options: InputOptions): Promise<Input> {
  if (options.data === undefined) {
    const company = generateDemoCompany({
      now: Math.floor((Date.now() - hourMs) / dayMs) * dayMs,
      scale: options.scale ?? 1,
      ...(options.seed === undefined ? {} : { seed: options.seed }),
    });
    const { salesforce, snowflake } = company;
    return { company, salesforce, snowflake, configPath: shippedConfig(), ownConfig: false };
  }
  const { salesforce, snowflake, configPath } = await readDataFolder(resolve(options.cwd, options.data));
  return {
    company: undefined,
    salesforce,
    snowflake,
    configPath: configPath ?? shippedConfig(),
    ownConfig: configPath !== undefined,
  };
}

export const countRows = (tables: readonly Table[]): number =>
  tables.reduce((sum, table) => sum + table.rows.length, 0);

/** `connectors.config.yaml` at the root of the package, from the sources and from the build alike. */
function shippedConfig(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const path = join(folder, 'connectors.config.yaml');
    if (existsSync(path)) return path;
    if (folder === dirname(folder)) break;
  }
  throw new ConfigError('CONFIG_NOT_FOUND', 'the configuration that comes with Tributary is missing', {
    hint: 'install Tributary again',
  });
}

/** A path as it is shortest to say. */
export function shortPath(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short === '' || short.startsWith('..') ? path : short;
}
