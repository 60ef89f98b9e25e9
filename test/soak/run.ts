import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { markdownTable } from '../../bench/markdown-table.ts';
import { joined } from '../../bench/model/workload.ts';
import { openCatalog } from '../../core/catalog/index.ts';
import { parseConfig } from '../../core/config/load-config.ts';
import { keepMemorySmall } from '../../sync/commands/memory.ts';
import { runOnce } from '../../sync/run.ts';
import { openWorld } from '../../sync/world.ts';
import { countingDestination, numberOf } from './counting-destination.ts';
import { endlessSource } from './endless-source.ts';

/**
 * `node [--expose-gc] test/soak/run.ts [--records 1000000] [--runs 48] [--hours 1] [--json]`: one process, a first load,
 * then a run every so many hours of a clock of its own, each with its changes, deletes and new records. Ends with 1 when
 * memory, file handles or the catalog have grown, or a plane does not hold what it should.
 */
const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '1000000' },
    runs: { type: 'string', default: '48' },
    hours: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
keepMemorySmall();
const hourMs = 3_600_000;
let ahead = 0;
const now = (): number => Date.now() + ahead;
let hour = 0;
const workload = joined(Number(values.records));
const source = endlessSource(workload, { hour: () => hour, now });
const left = countingDestination('left', 'accepting');
const right = countingDestination('right', 'done');
const fieldsOf = (stream: string): string[] => Object.keys(workload.streams[stream]!.row(0)[1]);
const yaml = `
namespace: soak
sources:
  crm:
    type: endless
    streams:
${Object.keys(workload.streams)
  .map((stream) => `      ${stream}: { fields: [${fieldsOf(stream).join(', ')}] }`)
  .join('\n')}
destinations:
  left: { type: left, plane: stateful }
  right: { type: right, plane: stateless }
kinds:${workload.kinds}
pipelines:
  all: { kinds: [${workload.kindNames.join(', ')}], destinations: [left, right] }
`;
const folder = mkdtempSync(join(tmpdir(), 'tributary-soak-'));
const path = join(folder, 'catalog.sqlite');
const registry = {
  sources: { endless: async () => source.connector as never },
  destinations: { left: async () => left.connector as never, right: async () => right.connector as never },
};
const world = openWorld({
  config: await parseConfig(yaml, registry, { env: {}, folder }),
  catalog: openCatalog(path, now),
  log: { debug() {}, info() {}, warn: console.error, error: console.error },
  signal: new AbortController().signal,
  observe: () => undefined,
  now,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
});

interface Sample {
  readonly hour: number;
  readonly seconds: number;
  readonly changes: number;
  /** The most that was resident during the run. */
  readonly rssMb: number;
  /** Alive after a collection; only with `--expose-gc`. */
  readonly heapMb: number;
  readonly handles: number;
  /** What the catalog holds, free pages included; its write-ahead log comes on top. */
  readonly catalogMb: number;
  readonly walMb: number;
}
const megabytes = (bytes: number, perMegabyte = 10): number =>
  Math.round((bytes / 2 ** 20) * perMegabyte) / perMegabyte;
function catalogBytes(): number {
  const database = new DatabaseSync(path, { readOnly: true });
  const row = database
    .prepare('SELECT page_count*page_size AS bytes FROM pragma_page_count, pragma_page_size')
    .get()!;
  database.close();
  return row['bytes'] as number;
}
const samples: Sample[] = [];

async function oneRun(): Promise<void> {
  const before = left.counts.writes + left.counts.deletes;
  const start = performance.now();
  let rss = 0;
  const watch = setInterval(() => (rss = Math.max(rss, process.memoryUsage.rss())), 20);
  const report = await runOnce(world);
  clearInterval(watch);
  const wrong = [...report.streams, ...report.destinations].find((one) => one.error);
  if (wrong) throw new Error(wrong.error!.message);
  globalThis.gc?.();
  samples.push({
    hour,
    seconds: Math.round(performance.now() - start) / 1000,
    changes: left.counts.writes + left.counts.deletes - before,
    rssMb: megabytes(Math.max(rss, process.memoryUsage.rss())),
    heapMb: megabytes(process.memoryUsage().heapUsed),
    handles: readdirSync('/proc/self/fd').length,
    catalogMb: megabytes(catalogBytes(), 1000),
    walMb: megabytes(statSync(`${path}-wal`).size),
  });
  const last = samples.at(-1)!;
  if (!values.json)
    console.log(
      `hour ${last.hour}: ${last.changes} changes in ${last.seconds} s, ${last.rssMb} MB resident, ${last.handles} handles, catalog ${last.catalogMb} MB`,
    );
}

await oneRun();
for (let run = 1; run <= Number(values.runs); run++) {
  hour += Number(values.hours);
  ahead += Number(values.hours) * hourMs;
  await oneRun();
}
await world.close();
world.catalog.close();

let documents = 0;
let sum = 0n;
for (const kind of workload.kindNames) {
  const stream = kind === 'account' ? 'Account' : 'Opportunity';
  for (const key of source.keys(stream)) {
    documents++;
    sum += BigInt(numberOf(`soak:${kind}:endless:endless:${stream}:${key}`));
  }
}
rmSync(folder, { recursive: true, force: true });

/** The first runs after the load set the measure, the last ones are measured. */
const changing = samples.slice(1);
const part = Math.max(1, Math.floor(changing.length / 6));
const most = (some: readonly Sample[], of: Exclude<keyof Sample, 'hour'>): number =>
  Math.max(...some.map((one) => one[of]));
const growth = (of: Exclude<keyof Sample, 'hour'>): number =>
  Math.round((most(changing.slice(-part), of) / most(changing.slice(0, part), of) - 1) * 1000) / 1000;
const result = {
  records: Number(values.records),
  runs: changing.length,
  virtualHours: hour,
  changes: left.counts.writes + left.counts.deletes,
  peakRssMb: most(samples, 'rssMb'),
  peakWalMb: most(samples, 'walMb'),
  growth: {
    rss: growth('rssMb'),
    heap: growth('heapMb'),
    handles: growth('handles'),
    catalog: growth('catalogMb'),
  },
  isEqual: [left, right].every((one) => one.held().documents === documents && one.held().sum === sum),
  samples,
};
if (values.json) console.log(JSON.stringify(result));
else {
  const columns = ['hour', 'seconds', 'changes', 'rssMb', 'heapMb', 'handles', 'catalogMb', 'walMb'] as const;
  const shown = samples.filter((_, at) => at <= 1 || at === samples.length - 1 || at % part === 0);
  console.log(
    markdownTable(
      [...columns],
      shown.map((one) => columns.map((name) => one[name])),
    ),
  );
  console.log(JSON.stringify({ ...result, samples: undefined }, null, 1));
}
const { growth: grown } = result;
const isFlat = grown.rss <= 0.2 && grown.handles <= 0.2 && grown.catalog <= 0.2;
process.exitCode = isFlat && result.isEqual ? 0 : 1;
