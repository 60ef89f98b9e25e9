import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { emulatorTable, ratioTable, runEmulators, runGrowth } from './emulators/suite.ts';
import { describeEnvironment, load } from './environment.ts';
import { modelTable, runModel } from './model/suite.ts';
import { emulatorMethod, modelMethod } from './method.ts';

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '100000' },
    repeat: { type: 'string', default: '3' },
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const help = `npm run bench -- [options]

  --records <n>     about so many records (100000)
  --repeat <n>      how often each measurement is made; medians are told (3)
  --only <which>    model, emulators or growth
  --quick           5,000 records, once: that everything works, not how fast it is
  --save            write the figures to bench/results
`;

async function main(): Promise<void> {
  if (values.help) return void process.stdout.write(help);
  const records = values.quick ? 5_000 : Number(values.records);
  const repeats = values.quick ? 1 : Number(values.repeat);
  const wants = (name: string): boolean => values.only === undefined || values.only === name;
  const before = load();
  const lines = (title: string, method: string, ...parts: string[]): string =>
    [
      `# ${title}`,
      '',
      `${new Date().toISOString().slice(0, 10)}. ${describeEnvironment()} Load of the machine before and after: ${before} and ${load()}. ` +
        `${repeats === 1 ? 'Measured once.' : `Medians of ${repeats}.`}`,
      '',
      method,
      ...parts.flatMap((part) => ['', part]),
      '',
    ].join('\n');

  if (wants('model')) {
    const runs = await runModel(records, repeats);
    report('model', lines('The engine on model connectors', modelMethod, modelTable(runs)), runs);
  }
  if (wants('emulators')) {
    const runs = await runEmulators(records, repeats);
    const text = lines(
      'The command line on emulated services',
      emulatorMethod,
      emulatorTable(runs),
      ratioTable(runs),
    );
    report('emulators', text, runs);
  }
  if (wants('growth') && !values.quick) {
    const runs = await runGrowth(records);
    report('growth', lines('Memory when the records grow', emulatorMethod, emulatorTable(runs)), runs);
  }
}

/** Prints the figures, and keeps them with the raw ones when asked to. */
function report(name: string, text: string, raw: unknown): void {
  process.stdout.write(`${text}\n`);
  if (!values.save) return;
  const folder = fileURLToPath(new URL('results/', import.meta.url));
  const base = `${folder}${new Date().toISOString().slice(0, 10)}-${name}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${base}.md`, text);
  writeFileSync(`${base}.json`, `${JSON.stringify(raw, undefined, 1)}\n`);
}

await main();
