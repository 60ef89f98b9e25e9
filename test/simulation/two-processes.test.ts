import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verify } from '../../sync/verify.ts';
import { openFileCompany } from '../crash/file-company.ts';
import { expectedBodies } from '../sync/oracle.ts';
import { bodies } from '../sync/scenario.ts';

interface Child {
  readonly pid: number;
  /** Resolves when it has frozen itself. */
  readonly frozen: Promise<void>;
  /** The codes of the errors that its sync met. */
  readonly outcome: Promise<readonly string[]>;
}

describe('two processes on one catalog', () => {
  let folder: string;
  let running: ChildProcess[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tributary-'));
    running = [];
  });
  afterEach(() => {
    for (const child of running) if (child.exitCode === null) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  function sync(moment = 0): Child {
    const script = join(import.meta.dirname, 'stopping-child.ts');
    const child = spawn(process.execPath, [script, folder, String(moment)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    running.push(child);
    let said = '';
    let onFrozen = (): void => undefined;
    const frozen = new Promise<void>((resolve) => (onFrozen = resolve));
    child.stdout!.on('data', (data) => {
      said += String(data);
      if (said.startsWith('stopping\n')) onFrozen();
    });
    const outcome = new Promise<readonly string[]>((resolve, reject) =>
      child.on('close', () => {
        const last = said.trim().split('\n').at(-1) ?? '';
        if (last.startsWith('[')) resolve(JSON.parse(last) as string[]);
        else reject(new Error(`the process ended with: ${said}`));
      }),
    );
    outcome.catch(() => undefined);
    return { pid: child.pid!, frozen, outcome };
  }
  const isFrozen = (pid: number): boolean =>
    execFileSync('ps', ['-o', 'state=', '-p', String(pid)], { encoding: 'utf8' })
      .trim()
      .startsWith('T');

  async function expectEqual(aheadMs = 240_000): Promise<void> {
    const company = openFileCompany(folder, { aheadMs });
    const report = await company.sync();
    expect(report.destinations.map((one) => [one.considered, one.error])).toEqual([
      [0, undefined],
      [0, undefined],
    ]);
    const expected = expectedBodies(company);
    expect(bodies(company.left)).toEqual(expected);
    expect(bodies(company.right)).toEqual(expected);
    expect([company.left.orphans(), company.right.orphans()]).toEqual([[], []]);
  }

  it.each([
    { where: 'between two pages', moment: 2 },
    { where: 'between two documents', moment: 9 },
  ])(
    'that is frozen $where keeps its claim for a minute, loses it, and writes nothing more',
    async ({ moment }) => {
      const zombie = sync(moment);
      await zombie.frozen;
      while (!isFrozen(zombie.pid));
      await expect(openFileCompany(folder).sync()).rejects.toMatchObject({ code: 'BUSY' });
      const successor = openFileCompany(folder, { aheadMs: 120_000 });
      const report = await successor.sync();
      expect(report.destinations.map((one) => one.error)).toEqual([undefined, undefined]);
      expect(bodies(successor.right)).toEqual(expectedBodies(successor));
      process.kill(zombie.pid, 'SIGCONT');
      const outcome = await zombie.outcome;
      expect(outcome.length).toBeGreaterThan(0);
      expect(new Set(outcome)).toEqual(new Set(['LEASE_LOST']));
      await expectEqual();
    },
  );

  it('one of which is continued with a request still to send: verify finds what that undid, and repairs it', async () => {
    const zombie = sync(8);
    await zombie.frozen;
    while (!isFrozen(zombie.pid));
    const successor = openFileCompany(folder, { aheadMs: 120_000 });
    for (const key of ['a1', 'a2', 'a3']) successor.crm.patch('Account', key, { Name: `New ${key}` });
    await successor.sync();
    process.kill(zombie.pid, 'SIGCONT');
    expect(new Set(await zombie.outcome)).toEqual(new Set(['LEASE_LOST']));
    const later = openFileCompany(folder, { aheadMs: 240_000 });
    later.left.settle();
    const expected = expectedBodies(later);
    expect([bodies(later.left), bodies(later.right)]).not.toEqual([expected, expected]);
    await later.within((world) => verify(world, { repair: true }));
    await expectEqual(300_000);
  });

  it('started at the same moment: one works, the other says that it is busy', async () => {
    for (let round = 1; round <= 3; round++) {
      const outcomes = await Promise.all([sync().outcome, sync().outcome]);
      for (const outcome of outcomes) expect([[], ['BUSY']]).toContainEqual(outcome);
      expect(outcomes.filter((outcome) => outcome.length === 0).length).toBeGreaterThan(0);
      const company = openFileCompany(folder);
      expect(bodies(company.right)).toEqual(expectedBodies(company));
      company.crm.patch('User', 'u1', { Name: `Uma ${round}` });
    }
    await openFileCompany(folder).sync();
    await expectEqual();
  });
});
