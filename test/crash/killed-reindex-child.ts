import { blueGreen } from '../../sync/slots/blue-green.ts';
import { retire } from '../../sync/slots/retire.ts';
import { rollBack } from '../../sync/slots/rollback.ts';
import { openFileCompany } from './file-company.ts';

/**
 * `node killed-reindex-child.ts <folder> <moment>`: reindexes without downtime, leads back and forward, deletes the former
 * slots, and kills itself at the n-th moment before or after a document is sent, a pointer moved or a slot deleted.
 */
const [folder, moment] = process.argv.slice(2) as [string, string];
const company = openFileCompany(folder, { slots: true });
let moments = 0;
const count = (): void => {
  if (++moments === Number(moment)) process.kill(process.pid, 'SIGKILL');
};
for (const { switches } of [company.left, company.right])
  Object.assign(switches, { onWrite: count, onActivate: count, onRetire: count });
const refusals = /no slot is kept|for the way back|is under way/;
for (const verb of [blueGreen, rollBack, rollBack, retire]) {
  await company.within<unknown>(verb).catch((error: unknown) => {
    if (!refusals.test(String(error))) throw error;
  });
}
