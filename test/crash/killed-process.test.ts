import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../core/testing/random.ts';
import { expectedBodies } from '../sync/oracle.ts';
import { accountsClose, bodies } from '../sync/scenario.ts';
import { openFileCompany } from './file-company.ts';

/** `KILL_ROUNDS=1000 KILL_SEED=7 vitest run test/crash/killed-process.test.ts` for a long proof. */
const rounds = Number(process.env['KILL_ROUNDS'] ?? 12);
const seed = Number(process.env['KILL_SEED'] ?? 20260115);
/** A sync of this company has about so many pages and sent documents, counted before and after each. */
const mostMoments = 20;

/** Answers the signal that ended the child: none when it finished before its moment came. */
const syncAndDie = (folder: string, moment: number): Promise<NodeJS.Signals | null> =>
  new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, 'killed-child.ts'), folder, String(moment)],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    let complaint = '';
    child.stderr.on('data', (data) => (complaint += String(data)));
    child.on('error', reject);
    child.on('close', (code, signal) =>
      code === 0 || signal === 'SIGKILL' ? resolve(signal) : reject(new Error(complaint)),
    );
  });

type Company = ReturnType<typeof openFileCompany>;

function change(company: Company, round: number, random: () => number): void {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const accounts = ['a1', 'a2', 'a3', 'a4', 'a5'];
  const account = pick(accounts);
  if (company.crm.rows('Account').has(account) && random() < 0.4) company.crm.remove('Account', account);
  else
    company.crm.put('Account', account, {
      Id: account,
      Name: `Name ${round}`,
      OwnerId: pick(['u1', 'u2']),
      Industry: 'Energy',
    });
  company.crm.patch('User', 'u1', { Name: `Uma ${round}` });
  for (const child of ['c1', 'c2', 'c3'])
    company.crm.put('Contact', child, { Id: child, Name: `Contact ${round}`, AccountId: pick(accounts) });
  company.crm.put('Deal', 'd1', {
    Id: 'd1',
    AccountId: pick(accounts),
    Amount: round,
    IsClosed: random() < 0.3,
  });
  company.warehouse.put('usage', 'u1', {
    ID: 'u1',
    ACCOUNT: pick(accounts).toUpperCase(),
    MONTH: '2026-02',
    CALLS: round,
  });
}

describe('a process that is killed in the middle of a sync', () => {
  it(
    'is followed by one that ends with both planes equal to the sources',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'tributary-'));
      const random = createRandom(seed);
      let killed = 0;
      try {
        for (let round = 1; round <= rounds; round++) {
          const moment = 1 + Math.floor(random() * mostMoments);
          const where = `round ${round}, killed at moment ${moment}`;
          if ((await syncAndDie(folder, moment)) === 'SIGKILL') killed++;
          const company = openFileCompany(folder);
          const report = await company.sync();
          expect(accountsClose(report), where).toEqual([]);
          expect(
            report.destinations.map((one) => [one.pending, one.deferred, one.quarantined, one.error]),
            where,
          ).toEqual([
            [0, 0, 0, undefined],
            [0, 0, 0, undefined],
          ]);
          const expected = expectedBodies(company);
          expect(bodies(company.left), where).toEqual(expected);
          expect(bodies(company.right), where).toEqual(expected);
          expect([company.left.orphans(), company.right.orphans()], where).toEqual([[], []]);
          expect([...company.left.breaches, ...company.right.breaches], where).toEqual([]);
          change(company, round, random);
        }
        expect(killed).toBeGreaterThanOrEqual(Math.floor(rounds * 0.8));
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    60_000 + rounds * 5_000,
  );
});
