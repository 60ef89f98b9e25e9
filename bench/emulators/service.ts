import { recordId18 } from '../../connectors/salesforce/record-id.ts';
import { startBedrockEmulator } from '../../connectors/bedrock-knowledge-base/emulator/index.ts';
import { generateDemoCompany, type DemoCompany } from '../../examples/demo-company/generate.ts';
import { startServices, type ServiceName, type Services } from '../../sync/demo/services.ts';

/**
 * One emulated service in a process of its own, holding the demo company, its limits off; Bedrock indexes in 50 ms.
 * `node bench/emulators/service.ts <salesforce|snowflake|bedrock|azure> <scale>`, answers over the IPC channel.
 */
export type ToService = { readonly ask: 'counts' } | { readonly ask: 'change'; readonly share: number };
export type FromService =
  | { readonly env: Readonly<Record<string, string>>; readonly records: number }
  | ServiceCounts
  | { readonly changed: number };
export interface ServiceCounts {
  /** Since the last time they were asked for. */
  readonly requests: Readonly<Record<string, number>>;
  readonly bytesIn: number;
  readonly documents: number;
  readonly cpuMs: number;
}

/** Changes are stamped so far in the past that a source's safety margin does not hide them. */
const changedAgoMs = 120_000;
let behindMs = 0;
const now = (): number => Date.now() - behindMs;

const [name, scale] = process.argv.slice(2) as [ServiceName, string];
const needsCompany = name === 'salesforce' || name === 'snowflake';
const company: DemoCompany | undefined = needsCompany
  ? generateDemoCompany({ scale: Number(scale) })
  : undefined;

/** Stands still while a request is handled, so that no pause of this process lies between two stamps of one answer. */
let moment: number | undefined;
const steadyNow = (): number => {
  if (moment === undefined) {
    moment = Date.now();
    setImmediate(() => (moment = undefined));
  }
  return moment;
};
const bedrock =
  name === 'bedrock'
    ? await startBedrockEmulator({
        limits: false,
        now: steadyNow,
        timings: { pendingMs: 0, progressMs: 0, indexedMs: [50, 50], deletedMs: [50, 50] },
      })
    : undefined;
const services = await startServices({
  salesforce: company?.salesforce ?? [],
  snowflake: company?.snowflake ?? [],
  names: name === 'bedrock' ? [] : [name],
  limits: false,
  now,
});
const servers = bedrock
  ? [bedrock.server, bedrock.runtimeServer]
  : services.list.flatMap((one) => one.servers);

let requests: Record<string, number> = {};
let bytesIn = 0;
let cpu = process.cpuUsage();
for (const server of servers) {
  server.fault({
    when({ method, path, body }) {
      const what = `${method} ${path.replace(/\d+/g, 'n').replace(/[0-9a-f]{4,}(-[0-9a-fn]+)+/g, 'id')}`;
      requests[what] = (requests[what] ?? 0) + 1;
      bytesIn += body.length;
      return false;
    },
    effect: { kind: 'cut-before' },
  });
}

function takeCounts(): ServiceCounts {
  const { user, system } = process.cpuUsage(cpu);
  const counts: ServiceCounts = {
    requests,
    bytesIn,
    documents: bedrock?.documents().size ?? services.azure?.documents('customer-knowledge').length ?? 0,
    cpuMs: Math.round((user + system) / 1000),
  };
  requests = {};
  bytesIn = 0;
  cpu = process.cpuUsage();
  return counts;
}

/** Changes every n-th row of each table in a field that documents show; answers how many. */
function change({ salesforce, snowflake }: Services, share: number): number {
  const every = Math.round(1 / share);
  let changed = 0;
  behindMs = changedAgoMs;
  for (const table of company?.salesforce ?? []) {
    if (!salesforce) continue;
    const field =
      { Contact: 'Title', User: 'Title', Case: 'Status', Escalation__c: 'Severity__c' }[table.name] ??
      'Description';
    table.rows.forEach((row, index) => {
      if (index % every !== 0) return;
      salesforce.org.update(table.name, recordId18(String(row['Id'])), {
        [field]: `${String(row[field] ?? '')} (changed)`,
      });
      changed++;
    });
  }
  behindMs = 0;
  const stamp = new Date(now() - changedAgoMs).toISOString();
  for (const table of company?.snowflake ?? []) {
    if (!snowflake) continue;
    table.rows.forEach((row, index) => {
      if (index % every !== 0) return;
      const key = table.key.map((column) => String(row[column]));
      const value =
        'API_CALLS' in row
          ? { API_CALLS: Number(row['API_CALLS']) + 1 }
          : { STATUS: `${String(row['STATUS'])}*` };
      snowflake.warehouse.update(table.name, key, { ...value, UPDATED_AT: stamp });
      changed++;
    });
  }
  return changed;
}

process.on('message', (message: ToService) => {
  if (message.ask === 'counts') process.send!(takeCounts());
  else process.send!({ changed: change(services, message.share) });
});
process.on('disconnect', () => process.exit(0));
const tables = [...(company?.salesforce ?? []), ...(company?.snowflake ?? [])].filter(
  (table) => table.name.startsWith('ANALYTICS') === (name === 'snowflake'),
);
process.send!({
  env: { ...services.env, ...bedrock?.env },
  records: tables.reduce((sum, table) => sum + table.rows.length, 0),
});
