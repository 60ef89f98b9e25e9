import { afterEach, describe, expect, it } from 'vitest';
import { accountsClose, bodies, createScenario, type Scenario } from './scenario.ts';

describe('a run', () => {
  let scenario: Scenario;
  afterEach(() => scenario.end());

  it('brings joined documents to both planes, the same on each', async () => {
    scenario = createScenario();
    const report = await scenario.sync();
    expect(accountsClose(report)).toEqual([]);
    expect(report.destinations.map((one) => [one.destination, one.written, one.held])).toEqual([
      ['left', 3, 3],
      ['right', 3, 3],
    ]);
    expect(bodies(scenario.left)).toEqual({
      a1: 'Alder is looked after by Uma. Contact: Ann. Deal of 100. Alder used 7 calls in 2026-01.',
      a2: 'Birch is looked after by Uma. Contact: Ben.',
      a3: 'Cedar is looked after by Viktor.',
    });
    expect(bodies(scenario.right)).toEqual(bodies(scenario.left));
  });

  it('writes nothing when nothing has changed', async () => {
    scenario = createScenario();
    await scenario.sync();
    scenario.left.resetCounts();
    scenario.right.resetCounts();
    const report = await scenario.sync();
    expect(accountsClose(report)).toEqual([]);
    expect(scenario.left.counts.requests + scenario.right.counts.requests).toBe(0);
    expect(report.destinations.map((one) => one.considered)).toEqual([0, 0]);
  });

  it('writes exactly the documents that use what changed, on both planes', async () => {
    scenario = createScenario();
    await scenario.sync();
    scenario.left.resetCounts();
    scenario.right.resetCounts();
    scenario.crm.patch('Contact', 'c1', { AccountId: 'a3' });
    const report = await scenario.sync();
    expect(accountsClose(report)).toEqual([]);
    expect([scenario.left.counts.writes, scenario.right.counts.writes]).toEqual([2, 2]);
    expect(bodies(scenario.right).a1).not.toContain('Ann');
    expect(bodies(scenario.right).a3).toContain('Ann');
    expect(bodies(scenario.left)).toEqual(bodies(scenario.right));
  });

  it('follows an owner, a closed deal, a warehouse row and a child that arrives before its parent', async () => {
    scenario = createScenario();
    await scenario.sync();
    scenario.crm.patch('User', 'u1', { Name: 'Ursula' });
    scenario.crm.patch('Deal', 'd1', { IsClosed: true });
    scenario.warehouse.put('usage', 'u2', { ID: 'u2', ACCOUNT: 'a2', MONTH: '2026-02', CALLS: 9 });
    scenario.crm.put('Contact', 'c9', { Id: 'c9', Name: 'Zoe', AccountId: 'a9' });
    await scenario.sync();
    scenario.crm.put('Account', 'a9', { Id: 'a9', Name: 'Willow', OwnerId: 'u2', Industry: 'Energy' });
    const report = await scenario.sync();
    expect(accountsClose(report)).toEqual([]);
    expect(bodies(scenario.right)).toEqual({
      a1: 'Alder is looked after by Ursula. Contact: Ann. Alder used 7 calls in 2026-01.',
      a2: 'Birch is looked after by Ursula. Contact: Ben. Birch used 9 calls in 2026-02.',
      a3: 'Cedar is looked after by Viktor.',
      a9: 'Willow is looked after by Viktor. Contact: Zoe.',
    });
  });

  it('deletes a document when its record is deleted, and brings it back when the record is', async () => {
    scenario = createScenario();
    await scenario.sync();
    scenario.crm.remove('Account', 'a2');
    const gone = await scenario.sync();
    expect(accountsClose(gone)).toEqual([]);
    expect(gone.destinations.map((one) => one.deleted)).toEqual([1, 1]);
    expect(Object.keys(bodies(scenario.left)).sort()).toEqual(['a1', 'a3']);
    scenario.crm.put('Account', 'a2', { Id: 'a2', Name: 'Birch', OwnerId: 'u1', Industry: 'Retail' });
    const back = await scenario.sync();
    expect(accountsClose(back)).toEqual([]);
    expect(bodies(scenario.left).a2).toBe('Birch is looked after by Uma. Contact: Ben.');
  });

  it('leaves a field that no document uses alone', async () => {
    scenario = createScenario();
    await scenario.sync();
    scenario.right.resetCounts();
    scenario.crm.touch('Account', 'a1');
    const report = await scenario.sync();
    expect(report.streams.find((one) => one.stream === 'crm.Account')).toMatchObject({
      read: 1,
      unchanged: 1,
    });
    expect(scenario.right.counts.requests).toBe(0);
  });

  it('goes on with one plane while the other is down, and catches up without reading anything twice', async () => {
    scenario = createScenario();
    scenario.left.switches.halt = 'the account is suspended';
    const report = await scenario.sync();
    expect(accountsClose(report)).toEqual([]);
    expect(report.destinations).toMatchObject([
      { destination: 'left', written: 0, deferred: 3, error: { next: 'act' } },
      { destination: 'right', written: 3 },
    ]);
    scenario.left.switches.halt = undefined;
    const read = scenario.crm.counts.records;
    const next = await scenario.sync();
    expect(accountsClose(next)).toEqual([]);
    expect(scenario.crm.counts.records).toBe(read);
    expect(bodies(scenario.left)).toEqual(bodies(scenario.right));
  });
});
