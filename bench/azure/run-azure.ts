import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { describeEnvironment, load } from '../environment.ts';
import { resultPage, type MeasuredStep } from './render-results.ts';
import type { MeasuredRound } from './rounds.ts';
import type { ServiceAddresses } from './service.ts';

/** `node bench/azure/run-azure.ts [--documents 5000] [--repeat 3] [--save]`; the peer needs `npm ci` in bench/peers first. */
const { values } = parseArgs({
  options: {
    documents: { type: 'string', default: '5000' },
    repeat: { type: 'string', default: '3' },
    save: { type: 'boolean', default: false },
  },
});
const count = Number(values.documents);
const repeats = Number(values.repeat);
const run = promisify(execFile);
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const sides = [
  { name: 'Tributary', program: here('measure-azure.ts') },
  ...(existsSync(here('../peers/node_modules'))
    ? [{ name: 'LangChain JS', program: here('../peers/langchain-azure.mjs') }]
    : []),
];

/** One side on fresh services, in processes of their own on the same cores. */
async function playSide(program: string, faults: boolean): Promise<MeasuredRound[]> {
  const service = fork(here('service.ts'), [], { execArgv: ['--max-old-space-size=4000'] });
  const [addresses] = (await once(service, 'message')) as [ServiceAddresses];
  const { stdout } = await run(process.execPath, [program], {
    env: {
      ...process.env,
      BENCH_SERVICE: JSON.stringify(addresses),
      BENCH_DOCUMENTS: String(count),
      BENCH_FAULTS: String(faults),
    },
    maxBuffer: 2 ** 26,
  });
  service.disconnect();
  await once(service, 'exit');
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as MeasuredRound);
}

const before = load();
const steps: MeasuredStep[] = [];
for (const faults of [false, true]) {
  for (const { name, program } of sides) {
    const plays: MeasuredRound[][] = [];
    for (let at = 0; at < repeats; at++) plays.push(await playSide(program, faults));
    for (const [at, { step }] of plays[0]!.entries())
      steps.push({ side: name, step, rounds: plays.map((play) => play[at]!) });
  }
}
const date = new Date().toISOString().slice(0, 10);
const text = resultPage({
  count,
  repeats,
  date,
  environment: describeEnvironment(),
  load: `${before} and ${load()}`,
  steps,
});
process.stdout.write(text);
if (values.save) {
  const base = here(`../results/${date}-azure`);
  writeFileSync(`${base}.md`, text);
  writeFileSync(`${base}.json`, `${JSON.stringify(steps, undefined, 1)}\n`);
}
