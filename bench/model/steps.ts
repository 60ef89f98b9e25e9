import { rmSync, statSync } from 'node:fs';
import { reindex } from '../../sync/reindex.ts';
import { runOnce } from '../../sync/run.ts';
import { status } from '../../sync/status.ts';
import { verify } from '../../sync/verify.ts';
import { createModelBench } from './config.ts';
import { openBenchWorld } from './open-bench-world.ts';
import { joined, oneToOne } from './workload.ts';

/**
 * The longest steps of every verb on a catalog of so many records, by statement: what keeps the event loop, and with it
 * heartbeats and the other plane. `node bench/model/steps.ts [one-to-one|joined] [1000000] [50]`: those above 50 ms.
 */
const [name = 'joined', count = '1000000', above = '50'] = process.argv.slice(2);
const workload = name === 'one-to-one' ? oneToOne(Number(count)) : joined(Number(count));
const bench = createModelBench(workload, { reconcile: '1ms' });
const { source, left } = bench;
const { world, database, folder, path } = await openBenchWorld(bench);

async function step(title: string, work: () => Promise<unknown>): Promise<void> {
  database.take();
  const start = process.cpuUsage();
  await work();
  const { longest } = database.take();
  const { user, system } = process.cpuUsage(start);
  console.log(`${title}: ${((user + system) / 1e6).toFixed(1)} s of processor time`);
  for (const { ms, what } of longest)
    if (ms > Number(above))
      console.log(`  ${String(ms).padStart(6)} ms  ${what.replace(/\s+/g, ' ').slice(0, 150)}`);
}

await step('first sync', () => runOnce(world));
await step('unchanged, keys listed', () => runOnce(world));
for (const [stream, rows] of Object.entries(workload.streams))
  for (let index = 0; index < rows.count; index += 100) source.touch(stream, rows.row(index)[0]);
await step('1 % touched', () => runOnce(world));
const [root] = workload.kindNames.includes('opportunity') ? ['Opportunity'] : ['Account'];
for (let index = 1; index < 20; index++)
  source.remove(root!, workload.streams[root!]!.row(index)[0], { silent: true });
await step('gone without a word', () => runOnce(world));
await step('status', () => status(world));
await step('verify', () => verify(world));
left.loseSlot();
await step('verify of a destination that has lost everything', () =>
  verify(world, { destinations: ['left'] }).catch(() => undefined),
);
await step('reindex of one destination', () => reindex(world, { destinations: ['right'] }));
await world.close();
world.catalog.close();
console.log(`catalog: ${Math.round(statSync(path).size / 2 ** 20)} MB`);
rmSync(folder, { recursive: true, force: true });
