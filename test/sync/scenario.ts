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
import { openWorld, type World } from '../../sync/world.ts';

/** Accounts with contacts and a warehouse's usage, on two planes: enough to tell every promise by. */
export const kindsYaml = `
kinds:
  account:
    from: crm.Account
    with:
      owner: { from: crm.User, on: { parent: OwnerId, part: Id }, one: true }
      contacts: { from: crm.Contact, on: { parent: Id, part: AccountId }, order: Name, limit: 3 }
      deals: { from: crm.Deal, on: { parent: Id, part: AccountId }, where: { IsClosed: false }, order: Amount desc, limit: 5 }
      usage: { from: warehouse.usage, on: { parent: { field: Id, as: lower }, part: { field: ACCOUNT, as: lower } }, order: MONTH desc, limit: 2 }
    title: "{{Name}}"
    body: |
      {{Name}} is looked after by {{owner.Name}}.
      {{#each contacts}}
      Contact: {{Name}}.
      {{/each}}
      {{#each deals}}
      Deal of {{Amount}}.
      {{/each}}
      {{#each usage}}
      {{../Name}} used {{CALLS}} calls in {{MONTH}}.
      {{/each}}
    metadata: { industry: Industry }
    access: { everyone: the demo data is not secret }
`;

export const baseRows = (): ModelSourceOptions['streams'] => ({
  Account: {
    a1: { Id: 'a1', Name: 'Alder', OwnerId: 'u1', Industry: 'Energy' },
    a2: { Id: 'a2', Name: 'Birch', OwnerId: 'u1', Industry: 'Retail' },
    a3: { Id: 'a3', Name: 'Cedar', OwnerId: 'u2', Industry: 'Retail' },
  },
  User: { u1: { Id: 'u1', Name: 'Uma' }, u2: { Id: 'u2', Name: 'Viktor' } },
  Contact: { c1: { Id: 'c1', Name: 'Ann', AccountId: 'a1' }, c2: { Id: 'c2', Name: 'Ben', AccountId: 'a2' } },
  Deal: { d1: { Id: 'd1', AccountId: 'a1', Amount: 100, IsClosed: false } },
});

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
    fields: {
      Account: ['Id', 'Name', 'OwnerId', 'Industry'],
      User: ['Id', 'Name'],
      Contact: ['Id', 'Name', 'AccountId'],
      Deal: ['Id', 'AccountId', 'Amount', 'IsClosed'],
    },
    ...options.source,
    streams: options.rows ?? baseRows(),
  });
  const warehouse = modelSource({
    clock,
    type: 'model-warehouse',
    fields: { usage: ['ID', 'ACCOUNT', 'MONTH', 'CALLS'] },
    streams: options.usage ?? { usage: { u1: { ID: 'u1', ACCOUNT: 'A1', MONTH: '2026-01', CALLS: 7 } } },
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
  const yaml = `
namespace: acme
sources:
  crm:
    type: model
    streams:
      Account: { fields: [Id, Name, OwnerId, Industry]${options.reconcile ? `, reconcile: ${options.reconcile}` : ''} }
      User: { fields: [Id, Name] }
      Contact: { fields: [Id, Name, AccountId] }
      Deal: { fields: [Id, AccountId, Amount, IsClosed] }
  warehouse:
    type: model-warehouse
    streams:
      usage: { fields: [ID, ACCOUNT, MONTH, CALLS] }
destinations:
  left: { type: model-left, plane: stateful }
  right: { type: model-right, plane: stateless }
${options.kinds ?? kindsYaml}
pipelines:
  all: { kinds: [account], destinations: [left, right] }
`;
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
    /** One run of a process of its own: the catalog is opened, used and closed. */
    async sync(run: RunOptions & { yaml?: string } = {}): Promise<RunReport> {
      const world = await open(run.yaml === undefined ? {} : { yaml: run.yaml });
      try {
        return await runOnce(world, run);
      } finally {
        await world.close();
        world.catalog.close();
      }
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
