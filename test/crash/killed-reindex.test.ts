import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createRandom } from '../../core/testing/random.ts';
import { isHalfDone } from '../../sync/slots/finish.ts';
import { expectedBodies } from '../sync/oracle.ts';
import { accountsClose, bodies } from '../sync/scenario.ts';
import { openFileCompany } from './file-company.ts';

const rounds = Number(process.env['KILL_ROUNDS'] ?? 6);
const seed = Number(process.env['KILL_SEED'] ?? 20260116);
/** Documents sent to two planes and two slots, pointers moved three times, slots deleted; before and after each. */
const mostMoments = 30;

const reindexAndDie = (folder: string, moment: number): Promise<NodeJS.Signals | null> =>
  new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, 'killed-reindex-child.ts'), folder, String(moment)],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let complaint = '';
    child.stderr.on('data', (data) => (complaint += String(data)));
    child.on('error', reject);
    child.on('close', (code, signal) =>
      code === 0 || signal === 'SIGKILL' ? resolve(signal) : reject(new Error(complaint)),
    );
  });

it(
  'a process that is killed in the middle of a reindex, a rollback or a retirement leaves nothing half-way',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tributary-'));
    const random = createRandom(seed);
    let killed = 0;
    try {
      await openFileCompany(folder, { slots: true }).sync();
      for (let round = 1; round <= rounds; round++) {
        const moment = 1 + Math.floor(random() * mostMoments);
        const where = `round ${round}, killed at moment ${moment}`;
        if ((await reindexAndDie(folder, moment)) === 'SIGKILL') killed++;
        const company = openFileCompany(folder, { slots: true });
        company.crm.put('Account', 'a1', {
          Id: 'a1',
          Name: `Name ${round}`,
          OwnerId: 'u1',
          Industry: 'Energy',
        });
        const report = await company.sync();
        expect(accountsClose(report), where).toEqual([]);
        expect(
          report.destinations.flatMap((one) => one.error ?? []),
          where,
        ).toEqual([]);
        expect(company.left.active(), where).toBe(company.right.active());
        const expected = expectedBodies(company);
        await company.within(async (world) => {
          expect(isHalfDone(world), where).toBe(false);
          for (const name of ['left', 'right'] as const)
            for (const { destination, state } of await world.slots(name)) {
              const slot = destination.slots!.name;
              expect(company[name].active() === slot, where).toBe(state === 'active');
              if (state === 'filling') continue;
              expect(bodies({ ...company[name], held: () => company[name].held(slot) }), where).toEqual(
                expected,
              );
            }
        });
        expect([...company.left.breaches, ...company.right.breaches], where).toEqual([]);
      }
      expect(killed).toBeGreaterThanOrEqual(Math.floor(rounds * 0.6));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  60_000 + rounds * 5_000,
);
