import { afterEach, describe, expect, it } from 'vitest';
import { status } from '../../sync/status.ts';
import { expectedBodies } from './oracle.ts';
import { accountsClose, bodies, createScenario, type Scenario } from './scenario.ts';

describe('quarantine', () => {
  let scenario: Scenario;
  afterEach(() => scenario.end());

  const listed = async (): Promise<{ count: number; entries: string[] }> => {
    const world = await scenario.open();
    const found = await status(world);
    world.catalog.close();
    return {
      count: found.quarantined,
      entries: found.quarantine.map((one) => `${one.destination ?? one.stream ?? 'all'} ${one.code}`),
    };
  };

  it('keeps the last good document of a record that cannot be read any more, and follows it once it can', async () => {
    scenario = createScenario();
    await scenario.sync();
    scenario.crm.unreadable('Account', 'a1', 'a field has another type');
    const report = await scenario.sync();
    expect(accountsClose(report)).toEqual([]);
    expect(report.streams.find((one) => one.stream === 'crm.Account')).toMatchObject({
      read: 1,
      quarantined: 1,
    });
    expect(bodies(scenario.left)['a1']).toContain('Alder');
    expect(await listed()).toEqual({ count: 1, entries: ['crm.Account RECORD_UNREADABLE'] });
    scenario.crm.put('Account', 'a1', { Id: 'a1', Name: 'Alder & Sons', OwnerId: 'u1', Industry: 'Energy' });
    await scenario.sync();
    expect(bodies(scenario.left)['a1']).toContain('Alder & Sons');
    expect(await listed()).toEqual({ count: 0, entries: [] });
  });

  it('keeps the last good document of a record that cannot be rendered, and follows it once it can', async () => {
    scenario = createScenario();
    await scenario.sync();
    scenario.crm.patch('Account', 'a1', { Name: '' });
    const report = await scenario.sync();
    expect(accountsClose(report)).toEqual([]);
    expect(report.destinations.map((one) => one.quarantined)).toEqual([1, 1]);
    expect(bodies(scenario.left)['a1']).toContain('Alder');
    expect(await listed()).toEqual({ count: 1, entries: ['all DOCUMENT_TITLE_EMPTY'] });
    scenario.crm.patch('Account', 'a1', { Name: 'Alder' });
    scenario.left.resetCounts();
    const back = await scenario.sync();
    expect(accountsClose(back)).toEqual([]);
    expect(scenario.left.counts.requests).toBe(0);
    expect(await listed()).toEqual({ count: 0, entries: [] });
  });

  it('does not send a refused document again until it changes, and only the plane that refused it is behind', async () => {
    scenario = createScenario();
    await scenario.sync();
    scenario.right.switches.reject = (change) =>
      change.action === 'write' && change.document.body.includes('Zoe') ? 'the word Zoe' : undefined;
    scenario.crm.patch('Contact', 'c1', { Name: 'Zoe' });
    const report = await scenario.sync();
    expect(accountsClose(report)).toEqual([]);
    expect(report.destinations).toMatchObject([{ written: 1 }, { quarantined: 1, written: 0 }]);
    expect(bodies(scenario.right)['a1']).toContain('Ann');
    scenario.right.resetCounts();
    expect((await scenario.sync()).destinations[1]).toMatchObject({ considered: 0 });
    expect(scenario.right.counts.requests).toBe(0);
    scenario.crm.patch('Contact', 'c1', { Name: 'Zora' });
    await scenario.sync();
    expect(bodies(scenario.right)).toEqual(expectedBodies(scenario));
    expect(await listed()).toEqual({ count: 0, entries: [] });
  });

  it('forgets a refusal when the document goes back to what the plane holds', async () => {
    scenario = createScenario();
    await scenario.sync();
    scenario.right.switches.reject = () => 'not today';
    scenario.crm.patch('Contact', 'c1', { Name: 'Zoe' });
    await scenario.sync();
    expect(await listed()).toMatchObject({ count: 1 });
    scenario.crm.patch('Contact', 'c1', { Name: 'Ann' });
    const report = await scenario.sync();
    expect(accountsClose(report)).toEqual([]);
    expect(await listed()).toEqual({ count: 0, entries: [] });
  });

  it('forgets a refusal when the record goes that was never written, and the document with it', async () => {
    scenario = createScenario();
    scenario.right.switches.reject = (change) => (change.id.endsWith(':a1') ? 'not this one' : undefined);
    await scenario.sync();
    expect(await listed()).toMatchObject({ count: 1 });
    scenario.crm.remove('Account', 'a1');
    await scenario.sync();
    expect(await listed()).toEqual({ count: 0, entries: [] });
    const world = await scenario.open();
    expect((await status(world)).documents).toEqual({ account: 2 });
    world.catalog.close();
  });

  it('deletes a quarantined document when its record is deleted', async () => {
    scenario = createScenario();
    await scenario.sync();
    scenario.crm.patch('Account', 'a1', { Name: '' });
    scenario.crm.unreadable('Account', 'a2', 'broken');
    await scenario.sync();
    scenario.crm.remove('Account', 'a1');
    scenario.crm.remove('Account', 'a2');
    const report = await scenario.sync();
    expect(accountsClose(report)).toEqual([]);
    expect(Object.keys(bodies(scenario.left))).toEqual(['a3']);
    expect(Object.keys(bodies(scenario.right))).toEqual(['a3']);
    expect(await listed()).toEqual({ count: 0, entries: [] });
  });

  it('holds back a document above a limit of one plane until it is small enough', async () => {
    scenario = createScenario({ right: { limits: { maxDocumentBytes: 1500 } } });
    scenario.crm.patch('Account', 'a1', { Name: 'A'.repeat(2000) });
    const report = await scenario.sync();
    expect(accountsClose(report)).toEqual([]);
    expect(report.destinations).toMatchObject([{ written: 3 }, { written: 2, quarantined: 1 }]);
    scenario.crm.patch('Account', 'a1', { Name: 'Alder' });
    await scenario.sync();
    expect(bodies(scenario.right)).toEqual(expectedBodies(scenario));
    expect(await listed()).toEqual({ count: 0, entries: [] });
  });

  it('is not sure what a plane holds that failed a change it had accepted, and deletes it when the record goes', async () => {
    scenario = createScenario();
    await scenario.sync();
    scenario.left.switches.fail = (change) =>
      change.id.endsWith(':a1') ? { reason: 'could not be indexed', applied: true } : undefined;
    scenario.crm.patch('Contact', 'c1', { Name: 'Zoe' });
    const report = await scenario.sync();
    expect(accountsClose(report)).toEqual([]);
    expect(report.destinations[0]).toMatchObject({ quarantined: 1 });
    expect((await scenario.sync()).destinations[0]).toMatchObject({ considered: 0 });
    scenario.left.switches.fail = undefined;
    scenario.crm.remove('Account', 'a1');
    await scenario.sync();
    expect(Object.keys(bodies(scenario.left)).sort()).toEqual(['a2', 'a3']);
    expect(await listed()).toEqual({ count: 0, entries: [] });
  });

  it('counts a record without a key and reads on', async () => {
    scenario = createScenario();
    scenario.crm.unreadable('Account', undefined, 'no key');
    const report = await scenario.sync();
    expect(accountsClose(report)).toEqual([]);
    expect(bodies(scenario.left)).toEqual(expectedBodies(scenario));
  });
});
