import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { describeEnvironment, load } from '../environment.ts';
import { markdownTable } from '../markdown-table.ts';
import { median } from '../median.ts';
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
const rows: (string | number)[][] = [];
const raw: object[] = [];
for (const faults of [false, true]) {
  for (const { name, program } of sides) {
    const plays: MeasuredRound[][] = [];
    for (let at = 0; at < repeats; at++) plays.push(await playSide(program, faults));
    for (const [at, { step }] of plays[0]!.entries()) {
      const of = (figure: keyof Omit<MeasuredRound, 'step'>): number =>
        median(plays.map((play) => play[at]![figure]));
      const seconds = of('wallMs') / 1000;
      rows.push([
        name,
        step,
        Number(seconds.toFixed(1)),
        Math.round(count / seconds),
        of('tokens'),
        of('actions'),
        of('requests'),
        of('missing'),
        of('surplus'),
        of('calls'),
        Number((of('cpuMs') / 1000).toFixed(1)),
        Number((of('serviceCpuMs') / 1000).toFixed(1)),
        of('peakRssMb'),
      ]);
      raw.push({ side: name, faults, step, rounds: plays.map((play) => play[at]) });
    }
  }
}
const heads =
  'By|Step|Seconds|Documents/s|Tokens embedded|Actions sent|Requests|Missing|Surplus|Calls|CPU s|CPU s of the emulators|Peak RSS MB'.split(
    '|',
  );
const text = `# Azure AI Search: passages with vectors

${new Date().toISOString().slice(0, 10)}. ${describeEnvironment()} Load of the machine before and after: ${before} and ${load()}. ${repeats === 1 ? 'Measured once.' : `Medians of ${repeats}.`}

${count.toLocaleString('en-GB')} documents of four passages each (about 700 characters) go into an emulated index with vectors of 256 numbers, made by an
emulated deployment that charges a token for four characters. Emulators, with the limits of the service on, run in a process of their own on
the same cores, so that a step's seconds contain their work. Both sides send the same passages.

- _Tributary_ does its whole work: it reads the documents from a model source, stores the records in a catalog on disk, composes, cuts,
  embeds and publishes. Text, metadata, access and provenance of each passage are written.
- _LangChain JS_ is \`AzureAISearchVectorStore\` of \`@langchain/community\` 1.1.29 under \`index()\` of \`@langchain/core\`, with
  \`cleanup: 'full'\` and an in-memory record manager. It gets the passages ready-made; it reads nothing and stores no state on disk.

_First load, busy service_: of the requests that write, each seventh is answered 503 and each eleventh 429, both without \`Retry-After\`; in each
third, one document of twenty is answered 503 and not taken (207). _Calls_ is how often the side had to be called until it claimed to be done
(ten at most). _Again_ is one more call after the service is well. _Missing_ passages should be in the index and are not; _surplus_ ones are and
should not be.

${markdownTable(heads, rows)}
`;
process.stdout.write(text);
if (values.save) {
  const base = here(`../results/${new Date().toISOString().slice(0, 10)}-azure`);
  writeFileSync(`${base}.md`, text);
  writeFileSync(`${base}.json`, `${JSON.stringify(raw, undefined, 1)}\n`);
}
