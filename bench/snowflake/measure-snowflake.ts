import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { snowflakeConfig } from '../../connectors/snowflake/config.ts';
import { createConnection, type Statement } from '../../connectors/snowflake/driver.ts';
import { snowflake } from '../../connectors/snowflake/index.ts';
import { openCatalog } from '../../core/catalog/index.ts';
import type { Registry } from '../../core/config/config.ts';
import { parseConfig } from '../../core/config/load-config.ts';
import { modelDestination } from '../../core/testing/index.ts';
import { keepMemorySmall } from '../../sync/commands/memory.ts';
import { pullStream } from '../../sync/pull.ts';
import { openWorld, toStream, type World } from '../../sync/world.ts';
import { measure } from '../measure.ts';

/**
 * Steps in one process, the figures of each as a line of JSON: `node bench/snowflake/measure-snowflake.ts <step>`.
 * - `driver`: the vendor's driver streams the table as text in one statement, and nothing else: the floor.
 * - `read`: the connector alone, by its cursor. `pull`: into a catalog in a file.
 * - `reconcile`: pulled by comparing buckets, with etags noted; then pulled twice more unchanged (`reconcile-again`).
 */
keepMemorySmall();
const [step = 'driver'] = process.argv.slice(2);
const env = process.env as Readonly<Record<string, string>>;
const columns = [
  'ID',
  'ACCOUNT',
  'PLAN',
  'MONTH',
  'SEATS',
  'REVENUE',
  'IS_ACTIVE',
  'NOTE',
  'DETAIL',
  'UPDATED_AT',
];
const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
const log = { debug() {}, info() {}, warn: console.error, error: console.error };
const signal = new AbortController().signal;

async function bareDriver(): Promise<number> {
  const config = snowflakeConfig.parse({
    account: env['SNOWFLAKE_ACCOUNT'],
    accessUrl: env['SNOWFLAKE_ACCESS_URL'],
    user: env['SNOWFLAKE_USER'],
    role: env['SNOWFLAKE_ROLE'],
    warehouse: env['SNOWFLAKE_WAREHOUSE'],
    database: 'BENCH',
    schema: 'MART',
    auth: { token: env['SNOWFLAKE_TOKEN'] },
  });
  const connection = await createConnection(config);
  await new Promise<void>((resolve, reject) => {
    connection.connect((error) => (error ? reject(error) : resolve()));
  });
  const text = `TO_VARCHAR(ID), ACCOUNT, PLAN, TO_VARCHAR(MONTH, 'YYYY-MM-DD'), TO_VARCHAR(SEATS), TO_VARCHAR(REVENUE), IS_ACTIVE, NOTE, TO_JSON(DETAIL), TO_VARCHAR(UPDATED_AT, 'YYYY-MM-DD"T"HH24:MI:SS.FF9')`;
  const statement = await new Promise<Statement>((resolve, reject) => {
    connection.execute({
      sqlText: `SELECT ${text} FROM BENCH.MART.USAGE`,
      streamResult: true,
      complete: (error, done) => (error ? reject(error) : resolve(done)),
    });
  });
  let rows = 0;
  for await (const _ of statement.streamRows()) rows++;
  await new Promise<void>((resolve) => connection.destroy(() => resolve()));
  return rows;
}

async function openBenchWorld(options: string): Promise<World> {
  const model = modelDestination({ type: 'model', keepDocuments: false });
  const registry: Registry = {
    sources: { snowflake: async () => snowflake as never },
    destinations: { model: async () => model.connector as never },
  };
  const yaml = `
namespace: bench
sources:
  warehouse:
    type: snowflake
    account: ${env['SNOWFLAKE_ACCOUNT']}
    accessUrl: ${env['SNOWFLAKE_ACCESS_URL']}
    user: ${env['SNOWFLAKE_USER']}
    role: ${env['SNOWFLAKE_ROLE']}
    warehouse: ${env['SNOWFLAKE_WAREHOUSE']}
    database: BENCH
    schema: MART
    auth: { token: '\${SNOWFLAKE_TOKEN}' }
    streams:
      usage: { table: USAGE, key: [ID], fields: [${columns.join(', ')}], ${options} }
destinations:
  index: { type: model, plane: stateless }
kinds:
  usage: { from: warehouse.usage, title: '{{ID}}', body: '{{NOTE}}', access: { everyone: made-up companies } }
pipelines:
  all: { kinds: [usage], destinations: [index] }
`;
  return openWorld({
    config: await parseConfig(yaml, registry, { env, folder }),
    catalog: openCatalog(join(folder, 'catalog.sqlite')),
    log,
    signal,
    observe: () => undefined,
    now: Date.now,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  });
}

async function read(world: World): Promise<number> {
  const { source } = await world.source('warehouse');
  const stream = world.config.sources['warehouse']!.streams['usage']!;
  let records = 0;
  for await (const page of source.read({ stream: toStream(stream), from: undefined, signal }))
    records += page.records.length;
  return records;
}

async function pull(world: World): Promise<number> {
  const stream = world.config.sources['warehouse']!.streams['usage']!;
  const lease = world.catalog.leases.acquire([`stream:${stream.id}`]);
  if ('heldBy' in lease) throw new Error(`${lease.name} is held by ${lease.heldBy}`);
  const report = await pullStream(world, 'warehouse', stream, lease);
  world.catalog.leases.release(lease);
  if (report.error) throw new Error(`${report.error.code}: ${report.error.message}`);
  return report.new;
}

async function report(name: string, work: () => Promise<number>): Promise<void> {
  const measured = await measure(name, async () => ({ records: await work() }));
  const path = join(folder, 'catalog.sqlite');
  const catalogMb = step === 'driver' ? 0 : Math.round(statSync(path).size / 2 ** 20);
  process.stdout.write(`${JSON.stringify({ ...measured, catalogMb })}\n`);
}

if (step === 'driver') await report(step, bareDriver);
else {
  const world = await openBenchWorld(
    step === 'reconcile' ? 'changes: reconcile, reconcile: 1ms' : 'cursor: UPDATED_AT',
  );
  await report(step, () => (step === 'read' ? read(world) : pull(world)));
  if (step === 'reconcile') {
    await report('reconcile-again', () => pull(world));
    await report('reconcile-again', () => pull(world));
  }
  await world.close();
  world.catalog.close();
}
rmSync(folder, { recursive: true, force: true });
