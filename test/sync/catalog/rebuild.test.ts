import { afterEach, describe, expect, it } from 'vitest';
import { chmodSync, existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { relearn } from '../../../sync/catalog/relearn.ts';
import { expectedBodies } from '../oracle.ts';
import { createSlotsScenario, slotBodies, verbs } from '../slots/reindexed.ts';
import { accountsClose, baseRows, bodies, createScenario, type Scenario } from '../scenario.ts';

/** One accepts and lists ids alone, as Bedrock does; the other tells fingerprints. */
const planes = { left: { fingerprints: false } };

describe('the catalog file', () => {
  let scenario: Scenario;
  afterEach(() => scenario.end());

  const within: Scenario['withTributary'] = (work, yaml) => scenario.withTributary(work, yaml);
  const file = (name: string): string => join(scenario.folder, name);
  const backup = (name = 'backup.sqlite', force = false) =>
    within((tributary) => tributary.catalog.backup(file(name), { force }));
  const rebuild = (options = {}) => within((tributary) => tributary.catalog.rebuild(options));
  const restore = (options = {}) =>
    within((tributary) => tributary.catalog.restore(file('backup.sqlite'), options));
  const lose = (): void => {
    for (const end of ['', '-wal', '-shm']) rmSync(file(`catalog.sqlite${end}`), { force: true });
  };
  const changeAll = (): void => {
    scenario.crm.put('Account', 'a4', { Id: 'a4', Name: 'Dogwood', OwnerId: 'u1', Industry: 'Retail' });
    scenario.crm.patch('Account', 'a1', { Name: 'Alder renamed' });
    scenario.crm.remove('Account', 'a3');
  };
  const expectEqual = (): void => {
    expect(bodies(scenario.left)).toEqual(expectedBodies(scenario));
    expect(bodies(scenario.right)).toEqual(expectedBodies(scenario));
    expect(scenario.left.orphans()).toEqual([]);
    expect(scenario.right.orphans()).toEqual([]);
  };

  describe('that was lost', () => {
    it('is rebuilt from planes and sources: both end equal, and what is known to be right is not written again', async () => {
      scenario = createScenario(planes);
      await scenario.sync();
      const owner = scenario.left.owner();
      changeAll();
      lose();
      scenario.left.resetCounts();
      scenario.right.resetCounts();
      const report = await rebuild();
      expect(report.installation).toBe(owner);
      expect(report.destinations).toEqual([
        { destination: 'left', found: 3, known: 0, inDoubt: 3, foreign: 0 },
        { destination: 'right', found: 3, known: 3, inDoubt: 0, foreign: 0 },
      ]);
      expect(accountsClose(report.run!)).toEqual([]);
      expect(report.run!.destinations).toMatchObject([
        { destination: 'left', written: 3, deleted: 1, held: 3 },
        { destination: 'right', written: 2, deleted: 1, unchanged: 1, held: 3 },
      ]);
      expectEqual();
      const quiet = await scenario.sync();
      expect(quiet.destinations.map((one) => [one.written, one.deleted])).toEqual([
        [0, 0],
        [0, 0],
      ]);
    });

    it('says in a dry run what would be taken over and done, and changes nothing', async () => {
      scenario = createScenario(planes);
      await scenario.sync();
      changeAll();
      lose();
      scenario.left.resetCounts();
      const report = await rebuild({ dryRun: true });
      expect(report.plan!.destinations).toMatchObject([
        { destination: 'left', create: 1, update: 2, delete: 1 },
        { destination: 'right', create: 1, update: 1, delete: 1 },
      ]);
      expect(existsSync(file('catalog.sqlite'))).toBe(false);
      expect(scenario.left.counts.requests).toBe(0);
    });

    it('deletes nothing before every stream has been read completely', async () => {
      scenario = createScenario(planes);
      await scenario.sync();
      changeAll();
      lose();
      scenario.crm.switches.onPage = (stream) => {
        if (stream === 'Account') throw new Error('the source is down');
      };
      const report = await rebuild();
      expect(report.run!.streams.some((one) => one.error)).toBe(true);
      expect(accountsClose(report.run!)).toEqual([]);
      expect(Object.keys(bodies(scenario.left))).toContain('a3');
      expect(report.run!.destinations.map((one) => one.deleted)).toEqual([0, 0]);
      scenario.crm.switches.onPage = undefined;
      await scenario.sync();
      expectEqual();
    });

    it('does not delete many at once without a person, also when the sources have been read', async () => {
      const accounts = Object.fromEntries(
        Array.from({ length: 60 }, (_, i) => [
          `n${i}`,
          { Id: `n${i}`, Name: `N${i}`, OwnerId: 'u1', Industry: 'x' },
        ]),
      );
      scenario = createScenario({ ...planes, rows: { ...baseRows(), Account: accounts } });
      await scenario.sync();
      for (let i = 0; i < 30; i++) scenario.crm.remove('Account', `n${i}`, { silent: true });
      lose();
      const report = await rebuild();
      expect(report.run!.destinations.map((one) => [one.staged, one.deleted])).toEqual([
        [30, 0],
        [30, 0],
      ]);
      await scenario.sync({ allowDeletes: 30 });
      expectEqual();
    });

    it('leaves planes and file as they were when a plane cannot be looked at', async () => {
      scenario = createScenario(planes);
      await scenario.sync();
      lose();
      scenario.right.switches.checkError = new Error('out of reach');
      await expect(rebuild()).rejects.toThrow('out of reach');
      expect(
        readdirSync(scenario.folder).filter((name) => name.includes('sqlite') || name.endsWith('.part')),
      ).toEqual([]);
      scenario.right.switches.checkError = undefined;
      await rebuild();
      expectEqual();
    });

    it('is rebuilt also where a run has begun an empty one meanwhile', async () => {
      scenario = createScenario(planes);
      await scenario.sync();
      const owner = scenario.left.owner();
      lose();
      const refused = await scenario.sync();
      expect(refused.destinations.map((one) => one.error?.code)).toEqual(['SLOT_OWNED', 'SLOT_OWNED']);
      expect((await rebuild()).installation).toBe(owner);
      expectEqual();
    });

    it('is not rebuilt over one that is in use, nor from planes of different owners unless they are adopted', async () => {
      scenario = createScenario(planes);
      await scenario.sync({ destinations: ['left'] });
      await expect(rebuild()).rejects.toMatchObject({ code: 'CATALOG_EXISTS' });
      lose();
      await scenario.sync({ destinations: ['right'] });
      lose();
      await expect(rebuild()).rejects.toMatchObject({ code: 'OWNERS_DIFFER' });
      await rebuild({ adopt: true });
      expectEqual();
    });

    it('is rebuilt for the slots that agents are led to, after a reindex without downtime', async () => {
      scenario = createSlotsScenario();
      await scenario.sync();
      await verbs(scenario).blueGreen();
      await verbs(scenario).retire();
      scenario.crm.patch('Account', 'a1', { Name: 'Alder renamed' });
      scenario.crm.remove('Account', 'a3');
      lose();
      const report = await rebuild();
      expect(report.destinations.map((one) => one.found)).toEqual([3, 3]);
      expect([scenario.left.active(), scenario.right.active()]).toEqual(['main-2', 'main-2']);
      const expected = expectedBodies(scenario);
      expect(slotBodies(scenario, 'main-2')).toEqual([expected, expected]);
      expect(slotBodies(scenario, 'main')).toEqual([{}, {}]);
      expect((await scenario.sync()).destinations.map((one) => one.considered)).toEqual([0, 0]);
    });
  });

  describe('as it was backed up', () => {
    it('converges with planes and sources that have moved on, back and forth', async () => {
      scenario = createScenario(planes);
      await scenario.sync();
      await backup();
      scenario.crm.patch('Account', 'a2', { Name: 'For a while' });
      await scenario.sync();
      scenario.crm.patch('Account', 'a2', { Name: 'Birch' });
      changeAll();
      const report = await restore({ force: true });
      expect(report.backup).toMatchObject({ installation: scenario.left.owner() });
      expect(existsSync(report.replaced!)).toBe(true);
      expect(accountsClose(report.run!)).toEqual([]);
      expectEqual();
    });

    it('does not bring back what was deleted since, nor leave what was created and deleted since', async () => {
      scenario = createScenario(planes);
      await scenario.sync();
      await backup();
      scenario.crm.put('Account', 'a9', { Id: 'a9', Name: 'Short-lived', OwnerId: 'u1', Industry: 'x' });
      scenario.crm.remove('Account', 'a1');
      await scenario.sync();
      scenario.crm.remove('Account', 'a9');
      lose();
      await restore();
      expectEqual();
    });

    it('does not ask about what was under way when it was made: what came after would pass for it', async () => {
      scenario = createScenario(planes);
      scenario.left.switches.confirmPolls = 1e9;
      await scenario.sync({ patienceMs: 0 });
      const world = await scenario.open();
      const slot = (await world.slot('left')).id;
      expect(world.catalog.holdings.openAttempts(slot)).not.toEqual([]);
      await relearn(world, false, 'catalog restore');
      expect(world.catalog.holdings.openAttempts(slot)).toEqual([]);
      expect(world.catalog.holdings.countWork(slot)).toBe(3);
      await world.close();
      world.catalog.close();
    });

    it('is restored only over nothing, or when asked to', async () => {
      scenario = createScenario(planes);
      await scenario.sync();
      await backup();
      await expect(restore()).rejects.toMatchObject({ code: 'CATALOG_EXISTS' });
      writeFileSync(file('backup.sqlite'), 'no database at all');
      await expect(restore({ force: true })).rejects.toMatchObject({ code: 'CATALOG_BACKUP_INVALID' });
    });

    it('is whole and for its owner only, beside a run too, and never replaces a file unless asked to', async () => {
      scenario = createScenario(planes);
      const world = await scenario.open();
      const lease = world.catalog.leases.acquire(['compose']);
      expect('heldBy' in lease).toBe(false);
      const made = await backup();
      expect(made).toMatchObject({ installation: world.catalog.installation });
      await world.close();
      world.catalog.close();
      expect(statSync(file('backup.sqlite')).mode & 0o777).toBe(0o600);
      await expect(backup()).rejects.toMatchObject({ code: 'FILE_EXISTS' });
      chmodSync(file('backup.sqlite'), 0o644);
      await backup('backup.sqlite', true);
      expect(statSync(file('backup.sqlite')).mode & 0o777).toBe(0o600);
      expect(readdirSync(scenario.folder).filter((name) => name.endsWith('.part'))).toEqual([]);
    });
  });
});
