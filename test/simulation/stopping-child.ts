import { writeSync } from 'node:fs';
import { toProblem } from '../../sync/problem.ts';
import { openFileCompany } from '../crash/file-company.ts';

/**
 * `node stopping-child.ts <folder> <moment>`: syncs, and freezes itself at the n-th page read or document sent (0: never)
 * until somebody continues it. Its last line is what became of the sync.
 */
const [folder, moment] = process.argv.slice(2) as [string, string];
const company = openFileCompany(folder);
let moments = 0;
const count = (): void => {
  if (++moments !== Number(moment)) return;
  writeSync(1, 'stopping\n');
  process.kill(process.pid, 'SIGSTOP');
};
for (const plane of [company.left, company.right]) plane.switches.onWrite = count;
for (const source of [company.crm, company.warehouse]) source.switches.onPage = count;
const outcome = await company.sync().then(
  (report) => [...report.streams, ...report.destinations].flatMap((one) => one.error?.code ?? []),
  (error: unknown) => [toProblem(error).code],
);
writeSync(1, `${JSON.stringify(outcome)}\n`);
