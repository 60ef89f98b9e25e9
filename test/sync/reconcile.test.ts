import { afterEach, describe, expect, it } from 'vitest';
import type { Context } from '../../core/contract/context.ts';
import type { SourceConnector } from '../../core/contract/source.ts';
import type { ModelSource, ModelSourceOptions } from '../../core/testing/index.ts';
import { accountsClose, baseRows, bodies, createScenario, type Scenario } from './scenario.ts';

const many = (count: number): ModelSourceOptions['streams'] => ({
  ...baseRows(),
  Account: Object.fromEntries(
    Array.from({ length: count }, (_, index) => {
      const id = `a${String(index + 1).padStart(3, '0')}`;
      return [id, { Id: id, Name: `Account ${index + 1}`, OwnerId: 'u1', Industry: 'Energy' }];
    }),
  ),
});

describe('records that disappear without a word', () => {
  let scenario: Scenario;
  afterEach(() => scenario.end());

  it('are found by listing every key, and their documents are deleted on both planes', async () => {
    scenario = createScenario({ reconcile: '1h' });
    await scenario.sync();
    scenario.crm.remove('Account', 'a2', { silent: true });
    const soon = await scenario.sync();
    expect(soon.destinations.map((one) => one.deleted)).toEqual([0, 0]);
    scenario.clock.advance(3_600_000);
    const report = await scenario.sync();
    expect(accountsClose(report)).toEqual([]);
    expect(report.streams.find((one) => one.stream === 'crm.Account')).toMatchObject({
      deleted: 1,
      reconciled: { keys: 2, removed: 1, staged: 0 },
    });
    expect(Object.keys(bodies(scenario.left))).toEqual(['a1', 'a3']);
    expect(Object.keys(bodies(scenario.right))).toEqual(['a1', 'a3']);
  });

  it('are not taken for deleted when the source cannot prove that its list is complete', async () => {
    scenario = createScenario({ reconcile: '1h' });
    await scenario.sync();
    scenario.crm.switches.enumeration = 'unproven';
    scenario.clock.advance(3_600_000);
    const report = await scenario.sync();
    expect(report.destinations.map((one) => one.deleted)).toEqual([0, 0]);
    expect(Object.keys(bodies(scenario.right))).toHaveLength(3);
  });

  it('are held back by the guard when they are many, until a person lets them pass', async () => {
    scenario = createScenario({ reconcile: '1h', rows: many(60) });
    await scenario.sync();
    for (let index = 1; index <= 30; index++)
      scenario.crm.remove('Account', `a${String(index).padStart(3, '0')}`, { silent: true });
    scenario.clock.advance(3_600_000);
    const held = await scenario.sync();
    expect(accountsClose(held)).toEqual([]);
    expect(held.streams.find((one) => one.stream === 'crm.Account')).toMatchObject({
      deleted: 0,
      reconciled: { removed: 0, staged: 30 },
    });
    expect(held.destinations.map((one) => [one.staged, one.deleted, one.held])).toEqual([
      [30, 0, 60],
      [30, 0, 60],
    ]);
    const accepted = await scenario.sync({ acceptDeletes: ['crm.Account'] });
    expect(accountsClose(accepted)).toEqual([]);
    expect(accepted.destinations.map((one) => [one.staged, one.deleted, one.held])).toEqual([
      [0, 30, 30],
      [0, 30, 30],
    ]);
  });

  it('never include one that cannot be read as content: it keeps its last good document', async () => {
    scenario = createScenario({ reconcile: '1h' });
    await scenario.sync();
    scenario.crm.unreadable('Account', 'a2', 'a value is not text');
    scenario.clock.advance(3_600_000);
    const report = await scenario.sync();
    expect(accountsClose(report)).toEqual([]);
    expect(report.streams.find((one) => one.stream === 'crm.Account')).toMatchObject({
      deleted: 0,
      quarantined: expect.toSatisfy((count: number) => count > 0),
    });
    expect(Object.keys(bodies(scenario.right))).toHaveLength(3);
  });
});

describe('records that come back without a word', () => {
  it('are found by listing every key, and looked up', async () => {
    const unseen = new Set<string>();
    const scenario = createScenario({ reconcile: '1h', wrapCrm: (crm) => hiding(crm, unseen) });
    await scenario.sync();
    scenario.crm.remove('Account', 'a2');
    await scenario.sync();
    unseen.add('a2');
    scenario.crm.put('Account', 'a2', { Id: 'a2', Name: 'Birch', OwnerId: 'u1', Industry: 'Retail' });
    await scenario.sync();
    expect(Object.keys(bodies(scenario.right))).toEqual(['a1', 'a3']);
    scenario.clock.advance(3_600_000);
    const report = await scenario.sync();
    expect(accountsClose(report)).toEqual([]);
    expect(bodies(scenario.right).a2).toBe('Birch is looked after by Uma. Contact: Ben.');
    expect(bodies(scenario.left)).toEqual(bodies(scenario.right));
    scenario.end();
  });
});

/** The model source, whose reads pass some records over, and whose list of keys tells nothing but keys. */
function hiding(crm: ModelSource, unseen: ReadonlySet<string>): SourceConnector {
  return {
    ...crm.connector,
    async create(config: never, context: Context) {
      const source = await crm.connector.create(config, context);
      return {
        ...source,
        async *read(request: Parameters<typeof source.read>[0]) {
          for await (const page of source.read(request)) {
            yield { ...page, records: page.records.filter((one) => !unseen.has(one.key)) };
          }
        },
        async *enumerate(stream: Parameters<NonNullable<typeof source.enumerate>>[0]) {
          for await (const page of source.enumerate!(stream)) {
            yield { ...page, keys: page.keys.map(({ key }) => ({ key })) };
          }
        },
      };
    },
  } as unknown as SourceConnector;
}

describe('a slot that was lost', () => {
  it('is filled again from the catalog', async () => {
    const scenario = createScenario();
    await scenario.sync();
    scenario.right.loseSlot();
    const read = scenario.crm.counts.records;
    const report = await scenario.sync();
    expect(accountsClose(report)).toEqual([]);
    expect(report.destinations[1]).toMatchObject({ destination: 'right', written: 3, held: 3 });
    expect(bodies(scenario.right)).toEqual(bodies(scenario.left));
    expect(scenario.crm.counts.records).toBe(read);
    scenario.end();
  });
});
