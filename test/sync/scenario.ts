import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCatalog } from '../../core/catalog/index.ts';
import { parseConfig } from '../../core/config/load-config.ts';
import type { Registry } from '../../core/config/config.ts';
import type { SourceConnector } from '../../core/contract/source.ts';
import type { RunEvent } from '../../core/observe/events.ts';
import type { RunReport } from '../../core/observe/report.ts';
import {
  createRecordingLog,
  createTestClock,
  modelDestination,
  modelSource,
} from '../../core/testing/index.ts';
import type { ModelDestinationOptions, ModelSource, ModelSourceOptions } from '../../core/testing/index.ts';
import { runOnce, type RunOptions } from '../../sync/run.ts';
import { createTributary, type Tributary } from '../../sync/tributary.ts';
import { openWorld, type World } from '../../sync/world.ts';
import { baseRows, baseUsage, crmFields, warehouseFields, yamlOf } from './company.ts';

export { baseRows, kindsYaml } from './company.ts';

export interface ScenarioOptions {
  readonly rows?: ModelSourceOptions['streams'];
  readonly usage?: ModelSourceOptions['streams'];
  readonly source?: Partial<ModelSourceOptions>;
  readonly left?: ModelDestinationOptions;
  readonly right?: ModelDestinationOptions;
  /** How often the accounts' keys are listed. */
  readonly reconcile?: string;
  /** Puts something around the model source's connector. */
  readonly wrapCrm?: (crm: ModelSource) => SourceConnector;
  /** Replaces the part `kinds:` of the configuration. */
  readonly kinds?: string;
}

/** A company on a model source and a model warehouse, two model planes, and a catalog in a folder of its own. */
export function createScenario(options: ScenarioOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-'));
  const clock = createTestClock();
  const crm = modelSource({
    clock,
    pageSize: 2,
    versions: true,
    fields: crmFields,
    ...options.source,
    streams: options.rows ?? baseRows(),
  });
  const warehouse = modelSource({
    clock,
    type: 'model-warehouse',
    fields: warehouseFields,
    streams: options.usage ?? baseUsage(),
  });
  const left = modelDestination({ type: 'model-left', mode: 'accepting', ...options.left });
  const right = modelDestination({ type: 'model-right', fingerprints: true, ...options.right });
  const registry: Registry = {
    sources: {
      model: async () => (options.wrapCrm?.(crm) ?? crm.connector) as never,
      'model-warehouse': async () => warehouse.connector as never,
    },
    destinations: {
      'model-left': async () => left.connector as never,
      'model-right': async () => right.connector as never,
    },
  };
  const yaml = yamlOf(options);
  const events: RunEvent[] = [];
  const log = createRecordingLog();
  const open = async (more: { yaml?: string; signal?: AbortSignal } = {}): Promise<World> => {
    const config = await parseConfig(more.yaml ?? yaml, registry, { env: {}, folder });
    const catalog = openCatalog(join(folder, 'catalog.sqlite'), clock.now);
    return openWorld({
      config,
      catalog,
      log,
      signal: more.signal ?? new AbortController().signal,
      observe: (event) => void events.push(event),
      now: clock.now,
      sleep: clock.sleep,
    });
  };
  /** Does something with the catalog in a process of its own: it is opened, used and closed. */
  const within = async <T>(work: (world: World) => T | Promise<T>, text = yaml): Promise<T> => {
    const world = await open({ yaml: text });
    try {
      return await work(world);
    } finally {
      await world.close();
      world.catalog.close();
    }
  };
  return {
    clock,
    registry,
    crm,
    warehouse,
    left,
    right,
    yaml,
    folder,
    events,
    log,
    open,
    within,
    /** The same through the library. */
    async withTributary<T>(work: (tributary: Tributary) => T | Promise<T>, text = yaml): Promise<T> {
      const config = await parseConfig(text, registry, { env: {}, folder });
      const tributary = await createTributary({
        config: { ...config, catalog: { ...config.catalog, path: 'catalog.sqlite' } },
        registry,
        now: clock.now,
        sleep: clock.sleep,
      });
      try {
        return await work(tributary);
      } finally {
        await tributary.close();
      }
    },
    /** One run, whose accounts close. */
    async sync(run: RunOptions & { yaml?: string } = {}): Promise<RunReport> {
      const report = await within((world) => runOnce(world, run), run.yaml);
      const open = accountsClose(report);
      if (open.length > 0) throw new Error(open.join('; '));
      return report;
    },
    end(): void {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
export type Scenario = ReturnType<typeof createScenario>;

/** Promise 8: both accounts close. */
export function accountsClose(report: RunReport): string[] {
  const open: string[] = [];
  for (const one of report.streams) {
    const sum = one.new + one.changed + one.unchanged + one.deleted + one.older + one.quarantined;
    if (one.read !== sum) open.push(`${one.stream}: read ${one.read}, accounted for ${sum}`);
  }
  for (const one of report.destinations) {
    const sum =
      one.written +
      one.deleted +
      one.unchanged +
      one.withheld +
      one.quarantined +
      one.pending +
      one.staged +
      one.deferred;
    if (one.considered !== sum)
      open.push(`${one.destination}: considered ${one.considered}, accounted for ${sum}`);
  }
  return open;
}

/** Title by id of what a plane holds. */
export const bodies = (plane: Scenario['left']): Record<string, string> =>
  Object.fromEntries(
    [...plane.held()].map(([id, held]) => [
      id.split(':').at(-1)!,
      held.document?.body.replace(/\s+/g, ' ').trim() ?? '',
    ]),
  );
