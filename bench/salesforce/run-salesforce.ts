import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Measured } from '../measure.ts';

/**
 * Reads an emulated org by both APIs and prints a table: `node bench/salesforce/run-salesforce.ts [<records> …]`. Each step
 * runs in a process of its own beside the org's; requests are those that the step made.
 */
const sizes = process.argv.slice(2).map(Number);
const steps = ['csv', 'bulk-read', 'bulk-pull', 'rest-read', 'rest-pull'];
const program = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const run = promisify(execFile);

console.log(
  `Node ${process.version}, ${cpus().length} cores, load ${loadavg()[0]!.toFixed(1)} at the start\n`,
);
console.log(
  '| Step | Records | Seconds | Records/s | Of the bare CSV | CPU s | Peak RSS MB | Catalog MB | Requests |',
);
console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
for (const records of sizes.length > 0 ? sizes : [100_000, 1_000_000]) {
  const org = fork(program('org-server.ts'), [String(records)], { execArgv: ['--max-old-space-size=6000'] });
  const [started] = (await once(org, 'message')) as [{ env: Record<string, string> }];
  const requests = async (): Promise<number> => {
    org.send('requests');
    return ((await once(org, 'message')) as [{ requests: number }])[0].requests;
  };
  let floor = 0;
  for (const step of steps) {
    const before = await requests();
    const { stdout } = await run(process.execPath, [program('measure-salesforce.ts'), step], {
      env: { ...process.env, ...started.env },
      maxBuffer: 2 ** 26,
    });
    const measured = JSON.parse(stdout.trim().split('\n').at(-1)!) as Measured & { catalogMb: number };
    const read = measured.counts['records']!;
    if (read !== records) throw new Error(`${step} read ${read} of ${records} records`);
    const rate = read / (measured.wallMs / 1000);
    if (step === 'csv') floor = rate;
    console.log(
      `| ${step} | ${read} | ${(measured.wallMs / 1000).toFixed(1)} | ${Math.round(rate)} | ${(rate / floor).toFixed(2)} | ${(measured.cpuMs / 1000).toFixed(1)} | ${measured.peakRssMb} | ${measured.catalogMb || ''} | ${(await requests()) - before} |`,
    );
  }
  org.disconnect();
  await once(org, 'exit');
}
