import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  discardQuarantine,
  listQuarantine,
  retryQuarantine,
  showQuarantine,
  type RetryOptions,
} from '../../sync/quarantine.ts';
import { expectedBodies } from './oracle.ts';
import { accountsClose, bodies, createScenario, type Scenario, type ScenarioOptions } from './scenario.ts';

describe('the verbs of the quarantine', () => {
  let scenario: Scenario;
  afterEach(() => scenario.end());

  const within: Scenario['within'] = (work, yaml) => scenario.within(work, yaml);
  const entries = () => within((world) => listQuarantine(world).entries);
  const retry = (options: RetryOptions) => within((world) => retryQuarantine(world, options));
  const synced = async (options: ScenarioOptions = {}): Promise<void> => {
    scenario = createScenario(options);
    await scenario.sync();
  };

  describe('with a document that one plane refuses', () => {
    beforeEach(async () => {
      await synced();
      scenario.right.switches.reject = (change) =>
        change.action === 'write' && change.document.body.includes('Zoe') ? 'the word Zoe' : undefined;
      scenario.crm.patch('Contact', 'c1', { Name: 'Zoe' });
      await scenario.sync();
    });
    const id = async (): Promise<string> => (await entries())[0]!.name;

    it('list it with its reason, when it was first and last refused, and how often', async () => {
      const since = (await entries())[0]!.since;
      expect(await entries()).toMatchObject([
        { scope: 'document', kind: 'account', key: 'a1', destination: 'right', attempts: 1, lastSeen: since },
      ]);
      scenario.clock.advance(60_000);
      scenario.crm.patch('Contact', 'c1', { Name: 'Zoey' });
      await scenario.sync();
      const [entry] = await entries();
      expect(entry).toMatchObject({ since, attempts: 2, reason: 'the word Zoe', keepsEarlier: true });
      expect(Date.parse(entry!.lastSeen)).toBeGreaterThanOrEqual(Date.parse(since) + 60_000);
    });

    it('find it by its id and by kind and record key, and refuse what is not there', async () => {
      const name = await id();
      expect(name).toMatch(/^acme:account:model:/);
      for (const asked of [name, 'account/a1'])
        expect(await within((world) => showQuarantine(world, asked))).toMatchObject([{ name }]);
      await expect(within((world) => showQuarantine(world, 'account/a2'))).rejects.toMatchObject({
        code: 'QUARANTINE_UNKNOWN',
      });
    });

    it('send it again to the plane that refused it, without reading a source', async () => {
      scenario.right.switches.reject = undefined;
      scenario.left.resetCounts();
      const read = scenario.crm.counts.records;
      const report = await retry({ names: [await id()] });
      expect(report).toMatchObject({
        documents: 1,
        quarantined: 0,
        run: { destinations: [{}, { written: 1 }] },
      });
      expect(accountsClose(report.run!)).toEqual([]);
      expect(bodies(scenario.right)).toEqual(expectedBodies(scenario));
      expect(scenario.crm.counts.records).toBe(read);
      expect(scenario.left.counts.requests).toBe(0);
    });

    it('keep its history when it is refused again', async () => {
      const [before] = await entries();
      const report = await retry({ all: true });
      expect(report).toMatchObject({
        documents: 1,
        quarantined: 1,
        run: { destinations: [{}, { quarantined: 1 }] },
      });
      expect(accountsClose(report.run!)).toEqual([]);
      expect(await entries()).toMatchObject([{ since: before!.since, attempts: 2 }]);
      scenario.right.resetCounts();
      await scenario.sync();
      expect(scenario.right.counts.requests).toBe(0);
    });

    it('change nothing in a dry run', async () => {
      const before = await entries();
      scenario.right.resetCounts();
      expect(await retry({ all: true, dryRun: true })).toMatchObject({ documents: 1, quarantined: 1 });
      await within((world) => discardQuarantine(world, ['account/a1'], { dryRun: true }));
      expect(scenario.right.counts.requests).toBe(0);
      expect(await entries()).toEqual(before);
    });

    it('discard it: the plane keeps what it has, it is not sent again, and a later refusal is told', async () => {
      const report = await within((world) => discardQuarantine(world, ['account/a1']));
      expect(report).toMatchObject({ discarded: [{ destination: 'right' }], quarantined: 0 });
      scenario.right.resetCounts();
      await scenario.sync();
      expect(scenario.right.counts.requests).toBe(0);
      expect(bodies(scenario.right).a1).toContain('Ann');
      scenario.crm.patch('Contact', 'c1', { Name: 'Zoe-Marie' });
      await scenario.sync();
      expect(await entries()).toMatchObject([{ destination: 'right' }]);
      scenario.crm.patch('Contact', 'c1', { Name: 'Ann' });
      await scenario.sync();
      expect(bodies(scenario.right)).toEqual(expectedBodies(scenario));
      expect(await entries()).toEqual([]);
    });

    it('pass over a plane that no pipeline names any more, and let its entry be discarded', async () => {
      const yaml = scenario.yaml.replace(/ {2}right: .*\n/, '').replace('[left, right]', '[left]');
      const report = await within((world) => retryQuarantine(world, { all: true }), yaml);
      expect(report).toMatchObject({ documents: 0, unused: 1, quarantined: 1 });
      expect(report.run).toBeUndefined();
      await within((world) => discardQuarantine(world, ['account/a1']), yaml);
      expect(await entries()).toEqual([]);
    });
  });

  it('refuse to discard a delete that a plane refused, and delete again when asked to', async () => {
    await synced();
    scenario.right.switches.reject = (change) => (change.action === 'delete' ? 'locked' : undefined);
    scenario.crm.remove('Account', 'a2');
    await scenario.sync();
    expect(await entries()).toMatchObject([{ destination: 'right', isToGo: true, keepsEarlier: true }]);
    await expect(within((world) => discardQuarantine(world, ['account/a2']))).rejects.toMatchObject({
      code: 'QUARANTINE_NEEDED',
    });
    scenario.right.switches.reject = undefined;
    expect(await retry({ names: ['account/a2'] })).toMatchObject({ documents: 1, quarantined: 0 });
    expect(Object.keys(bodies(scenario.right)).sort()).toEqual(['a1', 'a3']);
  });

  it('compose a document again that could not be composed, on every plane', async () => {
    await synced();
    scenario.crm.patch('Account', 'a1', { Name: '' });
    await scenario.sync();
    const yaml = scenario.yaml.replace('title: "{{Name}}"', 'title: "Account {{Name}}{{Id}}"');
    expect(await entries()).toMatchObject([{ code: 'DOCUMENT_TITLE_EMPTY', attempts: 1 }]);
    expect(await retry({ all: true })).toMatchObject({ documents: 1, quarantined: 1 });
    expect(await entries()).toMatchObject([{ attempts: 2 }]);
    const report = await within((world) => retryQuarantine(world, { names: ['account/a1'] }), yaml);
    expect(report).toMatchObject({ documents: 1, quarantined: 0 });
    expect(accountsClose(report.run!)).toEqual([]);
  });

  it('ask the source by key for a record that could not be read, and publish what it shows', async () => {
    await synced();
    scenario.crm.unreadable('Account', 'a1', 'a field has another type');
    scenario.crm.unreadable('Account', 'a2', 'a field has another type');
    await scenario.sync();
    scenario.crm.put('Account', 'a1', { Id: 'a1', Name: 'Alder & Sons', OwnerId: 'u1', Industry: 'Energy' });
    expect(await entries()).toMatchObject([{ name: 'crm.Account/a1', keepsEarlier: true }, {}]);
    const report = await retry({ all: true });
    expect(report).toMatchObject({
      records: { asked: 2, readable: 1, unreadable: 1, gone: 0, waiting: 0 },
      quarantined: 1,
    });
    expect(bodies(scenario.left).a1).toContain('Alder & Sons');
    expect(await entries()).toMatchObject([{ name: 'crm.Account/a2', attempts: 2 }]);
  });

  it('never delete a record that its source, asked again, shows no more: a lost permission looks the same', async () => {
    await synced({ reconcile: '1h' });
    scenario.crm.unreadable('Account', 'a1', 'broken');
    await scenario.sync();
    scenario.crm.remove('Account', 'a1', { silent: true });
    const report = await retry({ names: ['crm.Account/a1'] });
    expect(report).toMatchObject({ records: { gone: 1, goneNames: ['crm.Account/a1'] }, quarantined: 1 });
    await scenario.sync();
    expect(bodies(scenario.left).a1).toContain('Alder');
  });

  it('discard a record: its last good version stays, and goes when a complete listing lacks it', async () => {
    await synced({ reconcile: '1h', source: { lookup: false } });
    scenario.crm.unreadable('Account', 'a1', 'broken');
    await scenario.sync();
    scenario.crm.remove('Account', 'a1', { silent: true });
    scenario.clock.advance(2 * 3_600_000);
    await scenario.sync();
    await within((world) => discardQuarantine(world, ['crm.Account/a1']));
    expect(await entries()).toEqual([]);
    expect(bodies(scenario.left).a1).toContain('Alder');
    scenario.clock.advance(2 * 3_600_000);
    await scenario.sync();
    expect(Object.keys(bodies(scenario.left)).sort()).toEqual(['a2', 'a3']);
  });

  it('forget a record that was never read and is not there any more', async () => {
    await synced();
    scenario.crm.unreadable('Account', 'a7', 'broken');
    await scenario.sync();
    scenario.crm.remove('Account', 'a7', { silent: true });
    expect(await retry({ all: true })).toMatchObject({
      records: { asked: 1, gone: 1, goneNames: [] },
      quarantined: 0,
    });
  });

  it('say of records that cannot be asked for by key that the next read decides', async () => {
    await synced({ source: { lookup: false } });
    scenario.crm.unreadable('Account', 'a1', 'broken');
    scenario.crm.unreadable('Account', undefined, 'no key');
    await scenario.sync();
    const report = await retry({ all: true });
    expect(report).toMatchObject({
      records: { asked: 0, waiting: 2, waitingNames: ['crm.Account/', 'crm.Account/a1'] },
      quarantined: 2,
    });
    expect(report.run).toBeUndefined();
  });

  it('tell of a source that is out of reach, and try the documents all the same', async () => {
    await synced();
    scenario.crm.unreadable('Account', 'a2', 'broken');
    scenario.right.switches.reject = () => 'not today';
    scenario.crm.patch('Contact', 'c1', { Name: 'Zoe' });
    await scenario.sync();
    scenario.right.switches.reject = undefined;
    scenario.crm.switches.identity = 'another-instance';
    const report = await retry({ all: true });
    expect(report).toMatchObject({
      problems: [{ code: 'SOURCE_CHANGED' }],
      documents: 1,
      quarantined: 1,
      run: { destinations: [{}, { written: 1 }] },
    });
  });

  it('go through any number of entries, each once', async () => {
    const rows = Array.from({ length: 1200 }, (_, i): [string, object] => [
      `n${i}`,
      { Id: `n${i}`, Name: '' },
    ]);
    scenario = createScenario({
      rows: { Account: Object.fromEntries(rows) as never, User: {}, Contact: {}, Deal: {} },
    });
    await scenario.sync();
    expect(await within((world) => listQuarantine(world, { limit: 7 }))).toMatchObject({ quarantined: 1200 });
    expect(await within((world) => listQuarantine(world, { limit: 7 }).entries)).toHaveLength(7);
    expect(await retry({ all: true })).toMatchObject({ documents: 1200, quarantined: 1200 });
    expect((await entries()).every((one) => one.attempts === 2)).toBe(true);
  });

  it('need to be told what to try', async () => {
    await synced();
    await expect(retry({})).rejects.toMatchObject({ code: 'QUARANTINE_CHOICE' });
    expect(await retry({ all: true })).toMatchObject({ documents: 0, quarantined: 0 });
  });
});
