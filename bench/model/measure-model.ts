import { rmSync, statSync } from 'node:fs';
import type { RunReport } from '../../core/observe/report.ts';
import { reindex } from '../../sync/reindex.ts';
import { runOnce } from '../../sync/run.ts';
import { toStream, type World } from '../../sync/world.ts';
import { measure, type Measured } from '../measure.ts';
import { createModelBench } from './config.ts';
import { openBenchWorld } from './open-bench-world.ts';
import { joined, oneToOne } from './workload.ts';

/**
 * One process: generated rows of a model source through the engine to two model destinations that keep fingerprints
 * only. Prints its figures as JSON. `node bench/model/measure-model.ts <one-to-one|joined> <records> [<steps>]`
 */
const [name = 'one-to-one', count = '100000', most = '99'] = process.argv.slice(2);
const records = Number(count);
const workload = name === 'joined' ? joined(records) : oneToOne(records);
const bench = createModelBench(workload);
const { source, left, right } = bench;
const { world, database, folder, path } = await openBenchWorld(bench);

const countsOf = (report: RunReport): Record<string, number> => {
  const sum = (of: (one: RunReport['streams'][number]) => number): number =>
    report.streams.reduce((total, one) => total + of(one), 0);
  for (const one of [...report.streams, ...report.destinations])
    if (one.error) throw new Error(`${one.error.code}: ${one.error.message}`);
  return {
    read: sum((one) => one.read),
    new: sum((one) => one.new),
    changed: sum((one) => one.changed),
    unchanged: sum((one) => one.unchanged),
    gone: sum((one) => one.deleted),
    deleted: report.destinations.reduce((total, one) => total + one.deleted, 0),
    written: report.destinations.reduce((total, one) => total + one.written, 0),
    requests: left.counts.requests + right.counts.requests,
  };
};

const results: Measured[] = [];
async function step(title: string, work: () => Promise<RunReport | undefined>): Promise<void> {
  if (results.length >= Number(most)) return;
  left.resetCounts();
  right.resetCounts();
  database.take();
  results.push(
    await measure(title, async () => {
      const report = await work();
      const { transactions, totalMs, longestMs } = database.take();
      return {
        ...(report ? countsOf(report) : { read: source.counts.records }),
        transactions,
        transactionsMs: totalMs,
        longestTransactionMs: longestMs,
      };
    }),
  );
}

/** What the source costs by itself: generating the rows and paging through them. */
async function drain(): Promise<undefined> {
  const { source: opened } = await world.source('crm');
  source.counts.records = 0;
  for (const stream of Object.values(world.config.sources['crm']!.streams)) {
    const pages = opened.read({ stream: toStream(stream), from: undefined, signal: world.signal });
    for await (const page of pages) if (page.records.length === 0) break;
  }
  return undefined;
}

/** The next run reads every stream from the start. */
function forgetCursors(target: World): void {
  const { streams, leases } = target.catalog;
  const ids = Object.values(target.config.sources['crm']!.streams).map((stream) => stream.id);
  const lease = leases.acquire(ids.map((id) => `stream:${id}`));
  if ('heldBy' in lease) throw new Error(`${lease.name} is held by ${lease.heldBy}`);
  for (const id of ids) streams.reshape(lease, id, streams.state(id).shape!);
  leases.release(lease);
}

function changeSome(share: number): void {
  for (const [stream, rows] of Object.entries(workload.streams)) {
    for (let index = 0; index < rows.count; index += Math.round(1 / share)) {
      const [key, data] = rows.row(index);
      const field = ['Name', 'LastName', 'API_CALLS'].find((one) => one in data)!;
      source.put(stream, key, { ...data, [field]: `${data[field]}1` });
    }
  }
}

function removeSome(share: number): void {
  const stream = workload.kindNames.includes('opportunity') ? 'Opportunity' : 'Account';
  const { count: live, row } = workload.streams[stream]!;
  for (let index = 1; index < live; index += Math.round(1 / share)) source.remove(stream, row(index)[0]);
}

await step('source alone', drain);
await step('first sync', () => runOnce(world));
await step('unchanged, from the cursor', () => runOnce(world));
forgetCursors(world);
await step('unchanged, full re-read', () => runOnce(world));
changeSome(0.01);
await step('1 % changed', () => runOnce(world));
removeSome(0.05);
await step('5 % deleted', () => runOnce(world));
await step('reindex of one destination', async () => (await reindex(world, { destinations: ['left'] })).run);
await world.close();
world.catalog.close();
const catalogMb = Math.round(statSync(path).size / 2 ** 20);
rmSync(folder, { recursive: true, force: true });
process.stdout.write(`${JSON.stringify({ workload: workload.name, records, catalogMb, results })}\n`);
