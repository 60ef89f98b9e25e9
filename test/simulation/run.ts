import { parseArgs } from 'node:util';
import { playHistory } from './history.ts';

/** `node test/simulation/run.ts --histories 10000 [--from 1] [--seconds 600]`, or `--seed 42` to see one again. */
const { values } = parseArgs({
  options: {
    histories: { type: 'string', default: '10000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    seconds: { type: 'string', default: 'Infinity' },
  },
});
const first = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.histories) : 1;
const started = Date.now();
const failed: number[] = [];
let played = 0;
for (; played < count && (Date.now() - started) / 1000 < Number(values.seconds); played++) {
  const seed = first + played;
  const broken = await playHistory(seed);
  if (broken.length > 0) {
    failed.push(seed);
    console.log(
      `seed ${seed}: see it again with  node test/simulation/run.ts --seed ${seed}\n  ${broken.join('\n  ')}`,
    );
  }
  if ((played + 1) % 500 === 0) console.log(`${played + 1} histories, ${failed.length} broken`);
}
const seconds = ((Date.now() - started) / 1000).toFixed(0);
console.log(`${played} histories from seed ${first} in ${seconds} s: ${failed.length} broken`);
process.exitCode = failed.length > 0 ? 1 : 0;
