import { parseArgs } from 'node:util';
import { killCompanies } from './vendors/kill-companies.ts';

/** `node test/crash/run.ts [--rounds 1000] [--seed 1] [--parallel 2]`: kills so many processes in the middle of a sync. */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    parallel: { type: 'string', default: '2' },
  },
});
const started = Date.now();
const seconds = (): string => `${((Date.now() - started) / 1000).toFixed(0)} s`;
let told = 0;
const { killed, finished, rounds, broken } = await killCompanies({
  kills: Number(values.rounds),
  seed: Number(values.seed),
  parallel: Number(values.parallel),
  onRound(company, soFar) {
    if (company.broken.length > 0)
      console.log(
        `seed ${company.seed}: see it again with  node test/crash/run.ts --seed ${company.seed} --rounds ${company.killed} --parallel 1\n  ${company.broken.join('\n  ')}`,
      );
    if (soFar.killed - told < 20) return;
    told = soFar.killed;
    console.log(`${soFar.killed} killed, ${soFar.broken.length} broken, ${seconds()}`);
  },
});
console.log(
  `${killed} processes killed in ${rounds} rounds from seed ${values.seed} in ${seconds()} (${finished} more ended before their moment): ${broken.length} broken`,
);
process.exitCode = broken.length > 0 ? 1 : 0;
