import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Measured } from '../measure.ts';

/**
 * Reads an emulated table of ten columns and prints a table: `node bench/snowflake/run-snowflake.ts [<rows> …]`. The account
 * and each step run in processes of their own, on the same cores.
 */
const sizes = process.argv.slice(2).map(Number);
const steps = ['driver', 'read', 'pull', 'reconcile'];
const program = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const run = promisify(execFile);

console.log(
  `Node ${process.version}, ${cpus().length} cores, load ${loadavg()[0]!.toFixed(1)} at the start\n`,
);
console.log(
  '| Step | Rows | New | Seconds | Rows/s | Of the driver | CPU s | Peak RSS MB | Catalog MB | Load |',
);
console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
for (const rows of sizes.length > 0 ? sizes : [100_000, 1_000_000]) {
  const account = fork(program('account-server.ts'), [String(rows)], {
    execArgv: ['--max-old-space-size=8000'],
  });
  const [started] = (await once(account, 'message')) as [{ env: Record<string, string> }];
  let driverMs = 0;
  for (const step of steps) {
    const { stdout } = await run(process.execPath, [program('measure-snowflake.ts'), step], {
      env: { ...process.env, ...started.env },
      maxBuffer: 2 ** 26,
    });
    for (const line of stdout.trim().split('\n')) {
      const measured = JSON.parse(line) as Measured & { catalogMb: number };
      if (step === 'driver') driverMs = measured.wallMs;
      const isNew = measured.counts['records']!;
      if (isNew !== (measured.step === 'reconcile-again' ? 0 : rows))
        throw new Error(`${measured.step} read ${isNew} of ${rows} rows`);
      console.log(
        `| ${measured.step} | ${rows} | ${isNew} | ${(measured.wallMs / 1000).toFixed(1)} | ${Math.round(rows / (measured.wallMs / 1000))} | ${(driverMs / measured.wallMs).toFixed(2)} | ${(measured.cpuMs / 1000).toFixed(1)} | ${measured.peakRssMb} | ${measured.catalogMb || ''} | ${loadavg()[0]!.toFixed(1)} |`,
      );
    }
  }
  account.disconnect();
  await once(account, 'exit');
}
