import { openFileCompany } from './file-company.ts';

/** `node killed-child.ts <folder> <moment>`: syncs, and kills itself at the n-th page read or document sent. */
const [folder, moment] = process.argv.slice(2) as [string, string];
const company = openFileCompany(folder);
let moments = 0;
const count = (): void => {
  if (++moments === Number(moment)) process.kill(process.pid, 'SIGKILL');
};
for (const plane of [company.left, company.right]) plane.switches.onWrite = count;
for (const source of [company.crm, company.warehouse]) source.switches.onPage = count;
await company.sync();
