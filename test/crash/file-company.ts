import { join } from 'node:path';
import { openCatalog } from '../../core/catalog/index.ts';
import type { Registry } from '../../core/config/config.ts';
import { parseConfig } from '../../core/config/load-config.ts';
import type { RunReport } from '../../core/observe/report.ts';
import { fileDestination } from '../../core/testing/model-destination.ts';
import { fileSource } from '../../core/testing/model-source.ts';
import { runOnce } from '../../sync/run.ts';
import { openWorld, type World } from '../../sync/world.ts';
import { baseRows, baseUsage, crmFields, warehouseFields, yamlOf } from '../sync/company.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * The company of the scenarios with everything in files of one folder: any process that opens it sees the same. `aheadMs`
 * is how far the clock of this process is ahead, so that a claim runs out without waiting.
 */
export function openFileCompany(
  folder: string,
  { aheadMs = 0, slots }: { readonly aheadMs?: number; readonly slots?: boolean } = {},
) {
  const more = slots === undefined ? {} : { slots };
  const now = (): number => Date.now() + aheadMs;
  const file = (name: string): string => join(folder, `${name}.jsonl`);
  const crm = fileSource(file('crm'), {
    pageSize: 2,
    versions: true,
    fields: crmFields,
    streams: baseRows(),
  });
  const warehouse = fileSource(file('warehouse'), {
    type: 'model-warehouse',
    fields: warehouseFields,
    streams: baseUsage(),
  });
  const limits = { maxDocuments: 2 };
  const left = fileDestination(file('left'), { type: 'model-left', mode: 'accepting', limits, ...more });
  const right = fileDestination(file('right'), { type: 'model-right', limits, pieceLength: 40, ...more });
  left.switches.confirmPolls = 0;
  const registry: Registry = {
    sources: {
      model: async () => crm.connector as never,
      'model-warehouse': async () => warehouse.connector as never,
    },
    destinations: {
      'model-left': async () => left.connector as never,
      'model-right': async () => right.connector as never,
    },
  };
  /** Does something with a catalog that is opened for it alone. */
  async function within<T>(work: (world: World) => Promise<T>): Promise<T> {
    const world = openWorld({
      config: await parseConfig(yamlOf(), registry, { env: {}, folder }),
      catalog: openCatalog(join(folder, 'catalog.sqlite'), now),
      log: silent,
      signal: new AbortController().signal,
      observe: () => undefined,
      now,
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    });
    try {
      return await work(world);
    } finally {
      await world.close();
      world.catalog.close();
    }
  }
  return { crm, warehouse, left, right, registry, within, sync: (): Promise<RunReport> => within(runOnce) };
}
