import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { parse } from 'csv-parse';
import { salesforce } from '../../connectors/salesforce/index.ts';
import { openCatalog } from '../../core/catalog/index.ts';
import type { Registry } from '../../core/config/config.ts';
import { parseConfig } from '../../core/config/load-config.ts';
import { modelDestination } from '../../core/testing/index.ts';
import { keepMemorySmall } from '../../sync/commands/memory.ts';
import { pullStream } from '../../sync/pull.ts';
import { openWorld, toStream, type World } from '../../sync/world.ts';
import { measure } from '../measure.ts';

/**
 * One step in one process, its figures as JSON: `node bench/salesforce/measure-salesforce.ts <step>`.
 * - `csv`: a job's result downloaded and parsed by hand, and nothing else: the floor.
 * - `bulk-read`, `rest-read`: the connector alone. `bulk-pull`, `rest-pull`: into a catalog in a file.
 */
keepMemorySmall();
const [step = 'csv'] = process.argv.slice(2);
const env = process.env as Readonly<Record<string, string>>;
const fields =
  'Name, Industry, AnnualRevenue, NumberOfEmployees, Active__c, Phone, Website, BillingCity, BillingCountry, FoundedOn__c, Description';
const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'));

async function bareCsv(): Promise<number> {
  const url = env['SALESFORCE_LOGIN_URL']!;
  const login = await fetch(`${url}/services/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: env['SALESFORCE_CLIENT_ID']!,
      client_secret: env['SALESFORCE_CLIENT_SECRET']!,
    }),
  });
  const { access_token } = (await login.json()) as { access_token: string };
  const headers = { authorization: `Bearer ${access_token}` };
  const jobs = `${url}/services/data/v62.0/jobs/query`;
  const query = `SELECT Id, ${fields}, SystemModstamp, IsDeleted, MasterRecordId FROM Account`;
  const made = await fetch(jobs, {
    method: 'POST',
    headers,
    body: JSON.stringify({ operation: 'queryAll', query }),
  });
  const { id } = (await made.json()) as { id: string };
  for (let state = ''; state !== 'JobComplete';) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    ({ state } = (await (await fetch(`${jobs}/${id}`, { headers })).json()) as { state: string });
  }
  let rows = 0;
  for (let locator: string | null = ''; locator !== null && locator !== 'null';) {
    const page: Response = await fetch(
      `${jobs}/${id}/results?maxRecords=50000${locator && `&locator=${locator}`}`,
      {
        headers,
      },
    );
    const parser = Readable.fromWeb(page.body as ReadableStream).pipe(parse());
    for await (const row of parser) if ((row as string[])[0] !== 'Id') rows++;
    locator = page.headers.get('sforce-locator');
  }
  return rows;
}

async function openBenchWorld(method: string): Promise<World> {
  const model = modelDestination({ type: 'model', keepDocuments: false });
  const registry: Registry = {
    sources: { salesforce: async () => salesforce as never },
    destinations: { model: async () => model.connector as never },
  };
  const yaml = `
namespace: bench
sources:
  crm:
    type: salesforce
    loginUrl: ${env['SALESFORCE_LOGIN_URL']}
    auth: { clientId: ${env['SALESFORCE_CLIENT_ID']}, clientSecret: '\${SALESFORCE_CLIENT_SECRET}' }
    streams:
      Account: { method: ${method}, fields: [${fields}] }
destinations:
  index: { type: model, plane: stateless }
kinds:
  account: { from: crm.Account, title: '{{Name}}', body: '{{Description}}', access: { everyone: made-up companies } }
pipelines:
  all: { kinds: [account], destinations: [index] }
`;
  return openWorld({
    config: await parseConfig(yaml, registry, { env, folder }),
    catalog: openCatalog(join(folder, 'catalog.sqlite')),
    log: { debug() {}, info() {}, warn: console.error, error: console.error },
    signal: new AbortController().signal,
    observe: () => undefined,
    now: Date.now,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  });
}

async function read(world: World): Promise<number> {
  const stream = world.config.sources['crm']!.streams['Account']!;
  const { source } = await world.source('crm');
  let records = 0;
  const pages = source.read({ stream: toStream(stream), from: undefined, signal: world.signal });
  for await (const page of pages) records += page.records.length;
  return records;
}

async function pull(world: World): Promise<number> {
  const stream = world.config.sources['crm']!.streams['Account']!;
  const lease = world.catalog.leases.acquire([`stream:${stream.id}`]);
  if ('heldBy' in lease) throw new Error(`${lease.name} is held by ${lease.heldBy}`);
  const report = await pullStream(world, 'crm', stream, lease);
  if (report.error) throw new Error(`${report.error.code}: ${report.error.message}`);
  return report.read;
}

const [method = 'rest', how] = step.split('-');
const world = step === 'csv' ? undefined : await openBenchWorld(method);
const measured = await measure(step, async () => ({
  records: world === undefined ? await bareCsv() : how === 'pull' ? await pull(world) : await read(world),
}));
await world?.close();
world?.catalog.close();
const catalogMb = how === 'pull' ? Math.round(statSync(join(folder, 'catalog.sqlite')).size / 2 ** 20) : 0;
rmSync(folder, { recursive: true, force: true });
process.stdout.write(`${JSON.stringify({ ...measured, catalogMb })}\n`);
