import { afterEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../core/contract/json.ts';
import { createErrorBudget } from '../../sync/error-budget.ts';
import { accountsClose, createScenario, type Scenario, type ScenarioOptions } from './scenario.ts';

const accounts = (count: number): Record<string, JsonObject> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => {
      const key = `n${String(i).padStart(4, '0')}`;
      return [key, { Id: key, Name: `Company ${i}`, OwnerId: 'u1', Industry: 'Energy' }];
    }),
  );

describe('the error budget of a run', () => {
  let scenario: Scenario;
  let yaml: string;
  afterEach(() => scenario.end());

  const begin = (count: number, maxRejected?: string | number, options: ScenarioOptions = {}): void => {
    scenario = createScenario({
      ...options,
      source: { pageSize: 10 },
      rows: { Account: accounts(count), User: {}, Contact: {}, Deal: {} },
    });
    const limits = maxRejected === undefined ? '' : `limits: { maxRejected: ${maxRejected} }\n`;
    yaml = `${limits}${scenario.yaml}`;
  };
  const sync = async () => {
    const report = await scenario.sync({ yaml });
    expect(accountsClose(report)).toEqual([]);
    const stream = report.streams.find((one) => one.stream === 'crm.Account')!;
    return { report, stream };
  };
  const breakRecords = (from: number, to: number): void => {
    for (const key of Object.keys(accounts(to)).slice(from))
      scenario.crm.unreadable('Account', key, 'a field has another type');
  };

  it('stops a stream that begins to fail, however many were good before', async () => {
    begin(600, '90%');
    yaml = yaml.replace('maxRejected: 90%', 'maxRejected: 90%, maxRejectedInARow: 40');
    breakRecords(500, 600);
    const { stream } = await sync();
    expect(stream).toMatchObject({
      new: 500,
      quarantined: 30,
      error: { code: 'TOO_MANY_UNREADABLE', message: expect.stringContaining('40 of 540 records') },
    });
  });

  it('stops a stream before it passes over records of which too many cannot be read, and goes on from there', async () => {
    begin(60);
    await sync();
    breakRecords(0, 40);
    const { report, stream } = await sync();
    expect(stream).toMatchObject({
      quarantined: 20,
      error: {
        code: 'TOO_MANY_UNREADABLE',
        message: '30 of 30 records of crm.Account cannot be read: a field has another type',
        next: 'act',
      },
    });
    expect(report.destinations).toMatchObject([
      { deleted: 0, held: 60 },
      { deleted: 0, held: 60 },
    ]);
    for (const [key, data] of Object.entries(accounts(40)))
      scenario.crm.put('Account', key, { ...data, Industry: 'Retail' });
    const { report: after, stream: read } = await sync();
    expect(read.error).toBeUndefined();
    expect(after.destinations).toMatchObject([{ written: 40 }, { written: 40 }]);
  });

  it('lets a few pass whatever their share is, and many that are a small share', async () => {
    begin(400, '10%');
    breakRecords(0, 20);
    expect((await sync()).stream).toMatchObject({ quarantined: 20, new: 380 });
    breakRecords(20, 30);
    expect((await sync()).stream.error).toBeUndefined();
  });

  it('may be a number; 0 stops at the first', async () => {
    begin(30, 0);
    breakRecords(5, 6);
    const { stream } = await sync();
    expect(stream).toMatchObject({ quarantined: 0, error: { code: 'TOO_MANY_UNREADABLE' } });
    yaml = yaml.replace('maxRejected: 0', 'maxRejected: 1');
    expect((await sync()).stream).toMatchObject({ quarantined: 1 });
  });

  it('does not fail a stream for records of another', async () => {
    begin(30, 3);
    breakRecords(0, 10);
    scenario.crm.put('User', 'u1', { Id: 'u1', Name: 'Uma' });
    const { report } = await sync();
    expect(report.streams.filter((one) => one.error).map((one) => one.stream)).toEqual(['crm.Account']);
  });

  it('stops the plane that refuses too much, and no other', async () => {
    begin(300, '20%', { right: { limits: { maxDocuments: 10, maxInFlight: 1 } } });
    scenario.right.switches.reject = () => 'the index lacks a field';
    const { report } = await sync();
    expect(report.destinations).toMatchObject([
      { destination: 'left', written: 300 },
      {
        destination: 'right',
        written: 0,
        quarantined: 30,
        deferred: 270,
        error: { code: 'TOO_MANY_REFUSED', next: 'act', message: expect.stringContaining('30 of 30') },
      },
    ]);
    scenario.right.switches.reject = undefined;
    expect((await sync()).report.destinations).toMatchObject([{}, { written: 270 }]);
  });

  it('stops a plane that refuses after it had accepted', async () => {
    begin(300, 25, { left: { limits: { maxDocuments: 10, maxInFlight: 1 } } });
    scenario.left.switches.fail = () => ({ reason: 'could not be indexed', applied: false });
    const { report } = await sync();
    expect(report.destinations[0]).toMatchObject({ written: 0, error: { code: 'TOO_MANY_REFUSED' } });
    expect(report.destinations[0]!.quarantined).toBeLessThan(60);
    expect(report.destinations[1]).toMatchObject({ written: 300 });
  });

  it('stops before it sends when documents are above a limit of the plane', async () => {
    begin(300, 25, { right: { limits: { maxDocumentBytes: 10 } } });
    const { report } = await sync();
    expect(report.destinations[1]).toMatchObject({ written: 0, error: { code: 'TOO_MANY_REFUSED' } });
    expect(report.destinations[1]!.quarantined).toBeLessThan(300);
    expect(scenario.right.counts.requests).toBe(0);
  });

  it('stops nothing for documents that cannot be composed: none of them reaches a plane', async () => {
    begin(100, 5);
    await sync();
    for (const [key, data] of Object.entries(accounts(50)))
      scenario.crm.put('Account', key, { ...data, Name: '' });
    const { report } = await sync();
    expect(report.destinations).toMatchObject([{ quarantined: 50 }, { quarantined: 50 }]);
    expect(report.destinations.some((one) => one.error)).toBe(false);
  });

  it('is refused in the configuration when it is no number and no share', async () => {
    begin(1, 'many');
    await expect(sync()).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

it.each([
  [{ count: 2 }, 100, 2, false],
  [{ count: 2 }, 100, 3, true],
  [{ share: 0.5 }, 0, 20, false],
  [{ share: 0.5 }, 0, 21, true],
  [{ share: 0.5 }, 21, 21, false],
  [{ share: 0.5 }, 20, 21, true],
  [{ share: 1 }, 0, 1000, false],
] as const)(
  'a budget of %j with %i good and %i rejected is exceeded: %s',
  (limit, good, rejected, exceeded) => {
    const budget = createErrorBudget(limit);
    expect(budget.wouldExceed(good, rejected)).toBe(exceeded);
    budget.spend(good, 0);
    expect(budget.spend(0, rejected)).toBe(exceeded);
  },
);
