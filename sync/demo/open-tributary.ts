import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Config, Registry } from '../../core/config/config.ts';
import { parseConfig } from '../../core/config/load-config.ts';
import { secretsOf } from '../../core/config/redact.ts';
import type { Log } from '../../core/contract/context.ts';
import type { Observer } from '../../core/observe/events.ts';
import { createTributary, type Tributary } from '../tributary.ts';

export interface OpenOptions {
  readonly configPath: string;
  /** How the configuration's file is called in messages. */
  readonly shownPath: string;
  /** The only environment the configuration sees: neither the process's nor a `.env` is read. */
  readonly env: Readonly<Record<string, string>>;
  /** Where the catalog goes. */
  readonly folder: string;
  readonly registry?: Registry | undefined;
  readonly createLog: (secrets: readonly string[]) => Log;
  readonly observe: Observer;
  readonly signal: AbortSignal;
}

/** Tributary over a configuration file as it stands, with its catalog elsewhere. */
export async function openTributary(options: OpenOptions): Promise<Tributary> {
  const registry = options.registry ?? (await import('../../connectors/index.ts')).registry;
  const read = await parseConfig(await readFile(options.configPath, 'utf8'), registry, {
    env: options.env,
    folder: dirname(options.configPath),
    file: options.shownPath,
  });
  const config: Config = {
    ...read,
    catalog: { ...read.catalog, path: join(options.folder, 'catalog.sqlite') },
  };
  Object.defineProperty(config, 'locate', { value: read.locate });
  return createTributary({
    config,
    registry,
    log: options.createLog(secretsOf(read)),
    observe: options.observe,
    signal: options.signal,
  });
}
