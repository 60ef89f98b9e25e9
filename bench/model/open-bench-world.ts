import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCatalog } from '../../core/catalog/open-catalog.ts';
import { parseConfig } from '../../core/config/load-config.ts';
import { openWorld, type World } from '../../sync/world.ts';
import type { ModelBench } from './config.ts';
import { openTimedDatabase } from './timed-database.ts';

export interface BenchWorld {
  readonly world: World;
  readonly database: ReturnType<typeof openTimedDatabase>;
  readonly folder: string;
  readonly path: string;
}

/** The engine over the bench, on the real clock, with a catalog in a folder of its own whose statements are timed. */
export async function openBenchWorld({ registry, yaml }: ModelBench): Promise<BenchWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
  const path = join(folder, 'catalog.sqlite');
  const database = openTimedDatabase(path);
  const world = openWorld({
    config: await parseConfig(yaml, registry, { env: {}, folder }),
    catalog: createCatalog(database, Date.now),
    log: { debug() {}, info() {}, warn: console.error, error: console.error },
    signal: new AbortController().signal,
    observe: () => undefined,
    now: Date.now,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  });
  return { world, database, folder, path };
}
