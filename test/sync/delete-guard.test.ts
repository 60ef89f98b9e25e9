import { afterEach, describe, expect, it } from 'vitest';
import type { ModelSourceOptions } from '../../core/testing/index.ts';
import type { Tributary } from '../../sync/tributary.ts';
import { status } from '../../sync/status.ts';
import { verify } from '../../sync/verify.ts';
import { expectedBodies } from './oracle.ts';
import { accountsClose, baseRows, bodies, createScenario, type Scenario } from './scenario.ts';

const idOf = (index: number): string => `a${String(index + 1).padStart(3, '0')}`;
const rows = (count: number): ModelSourceOptions['streams'] => ({
  ...baseRows(),
  Account: Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      idOf(index),
      {
        Id: idOf(index),
        Name: `Account ${index + 1}`,
        OwnerId: 'u1',
        Industry: index < 30 ? 'Energy' : 'Retail',
      },
    ]),
  ),
});

describe('the delete guard', () => {
  let scenario: Scenario;
  afterEach(() => scenario.end());

  const begin = async (count = 60): Promise<void> => {
    scenario = createScenario({ rows: rows(count) });
    await scenario.sync();
  };
  const removeThirty = (): void => {
    for (let index = 0; index < 30; index++) scenario.crm.remove('Account', idOf(index));
  };
  const figures = (report: Awaited<ReturnType<Scenario['sync']>>) => {
    expect(accountsClose(report)).toEqual([]);
    return report.destinations.map((one) => [one.staged, one.deleted, one.held]);
  };
  const within = <T>(yaml: string, work: (tributary: Tributary) => Promise<T>): Promise<T> =>
    scenario.withTributary(work, yaml);
  const filtered = (): string =>
    scenario.yaml.replace('from: crm.Account', 'from: crm.Account\n    where: { Industry: Retail }');

  it('holds back deletes that a source tells when they are many, while everything else goes on', async () => {
    await begin();
    removeThirty();
    scenario.crm.patch('Account', idOf(40), { Name: 'Renamed' });
    const report = await scenario.sync();
    expect(figures(report)).toEqual([
      [30, 0, 60],
      [30, 0, 60],
    ]);
    expect(report.destinations.map((one) => one.written)).toEqual([1, 1]);
    expect(report.destinations[0]!.stagedDeletes).toMatchObject([
      { kind: 'account', cause: 'source', count: 30, of: 60, stream: 'crm.Account' },
    ]);
    expect(figures(await scenario.sync())).toEqual([
      [30, 0, 60],
      [30, 0, 60],
    ]);
    expect(figures(await scenario.sync({ acceptDeletes: ['crm.Account'] }))).toEqual([
      [0, 30, 30],
      [0, 30, 30],
    ]);
    expect(bodies(scenario.left)).toEqual(expectedBodies(scenario));
  });

  it('lets few deletes pass at once, and many where they are a small share', async () => {
    await begin(700);
    removeThirty();
    expect(figures(await scenario.sync())).toEqual([
      [0, 30, 670],
      [0, 30, 670],
    ]);
    for (let index = 30; index < 50; index++) scenario.crm.remove('Account', idOf(index));
    expect(figures(await scenario.sync())).toEqual([
      [0, 20, 650],
      [0, 20, 650],
    ]);
  });

  it('is asked once: what a person has let pass also goes from a plane that is down at that time', async () => {
    await begin();
    removeThirty();
    scenario.left.switches.checkError = new Error('out of reach');
    const accepted = await scenario.sync({ acceptDeletes: ['crm.Account'] });
    expect(accepted.destinations.map((one) => [one.staged, one.deleted])).toEqual([
      [0, 0],
      [0, 30],
    ]);
    scenario.left.switches.checkError = undefined;
    expect(figures(await scenario.sync())[0]).toEqual([0, 30, 30]);
    expect(bodies(scenario.left)).toEqual(bodies(scenario.right));
  });

  it('lets pass as many as a person has named, and no more', async () => {
    await begin();
    removeThirty();
    expect(figures(await scenario.sync({ allowDeletes: 29 }))).toEqual([
      [30, 0, 60],
      [30, 0, 60],
    ]);
    expect(figures(await scenario.sync({ allowDeletes: 30 }))).toEqual([
      [0, 30, 30],
      [0, 30, 30],
    ]);
  });

  it('forgets what it held back when the records come back, and writes nothing', async () => {
    await begin();
    const before = [...scenario.crm.rows('Account')].slice(0, 30);
    removeThirty();
    await scenario.sync();
    for (const [id, row] of before) scenario.crm.put('Account', id, row);
    const report = await scenario.sync();
    expect(figures(report)).toEqual([
      [0, 0, 60],
      [0, 0, 60],
    ]);
    expect(report.destinations.map((one) => one.written)).toEqual([0, 0]);
  });

  it('never holds back what policy withdraws, however many', async () => {
    await begin();
    const strict = scenario.yaml.replace('plane: stateless }', 'plane: stateless, accepts: public }');
    const report = await scenario.sync({ yaml: strict });
    expect(accountsClose(report)).toEqual([]);
    expect(report.destinations[1]).toMatchObject({ staged: 0, withheld: 60, held: 0 });
    expect(bodies(scenario.right)).toEqual({});
  });

  it('withdraws at once what it was holding back when policy forbids it meanwhile', async () => {
    await begin();
    await scenario.sync({ yaml: filtered() });
    const strict = scenario.yaml.replace('plane: stateless }', 'plane: stateless, accepts: public }');
    await scenario.sync({ yaml: strict });
    expect(bodies(scenario.right)).toEqual({});
  });

  it.each([
    [
      'a condition',
      'condition',
      30,
      (yaml: string) =>
        yaml.replace('from: crm.Account', 'from: crm.Account\n    where: { Industry: Retail }'),
    ],
    [
      'a pipeline',
      'configuration',
      60,
      (yaml: string) => yaml.replace('destinations: [left, right]', 'destinations: [left]'),
    ],
    ['the namespace', 'identity', 60, (yaml: string) => yaml.replace('namespace: acme', 'namespace: other')],
  ] as const)(
    'waits for a plan when %s changes, and applying it carries out what it has shown',
    async (_what, cause, count, change) => {
      await begin();
      const yaml = change(scenario.yaml);
      const held = await scenario.sync({ yaml });
      expect(accountsClose(held)).toEqual([]);
      expect(held.destinations.at(-1)).toMatchObject({ destination: 'right', staged: count, deleted: 0 });
      const plan = await within(yaml, (tributary) => tributary.plan());
      expect(plan.destinations.at(-1)!.stagedDeletes).toMatchObject([{ cause, count }]);
      expect(plan.plannedDeletes.at(-1)).toMatchObject({ destination: 'right', cause, count });
      const report = await within(yaml, (tributary) => tributary.apply(JSON.parse(JSON.stringify(plan))));
      expect(accountsClose(report)).toEqual([]);
      expect(report.destinations.at(-1)).toMatchObject({ destination: 'right', staged: 0, deleted: count });
    },
  );

  it('is not moved by a plan when records are gone at their source', async () => {
    await begin();
    removeThirty();
    const plan = await within(scenario.yaml, (tributary) => tributary.plan());
    expect(plan.plannedDeletes).toEqual([]);
    const report = await within(scenario.yaml, (tributary) => tributary.apply(plan));
    expect(report.destinations.map((one) => one.staged)).toEqual([30, 30]);
  });

  it('does not let a plan carry out more than it has shown', async () => {
    await begin();
    const yaml = filtered();
    const plan = await within(yaml, (tributary) => tributary.plan());
    scenario.crm.patch('Account', idOf(59), { Industry: 'Energy' });
    const report = await within(yaml, (tributary) => tributary.apply(plan));
    expect(report.destinations.map((one) => [one.staged, one.deleted])).toEqual([
      [31, 0],
      [31, 0],
    ]);
  });

  it('writes nothing new of what is no longer wanted, while it holds the deletes back', async () => {
    await begin();
    const yaml = filtered();
    await scenario.sync({ yaml });
    scenario.crm.patch('Account', idOf(0), { Name: 'Changed and unwanted' });
    scenario.left.resetCounts();
    const report = await scenario.sync({ yaml });
    expect(report.destinations.map((one) => [one.staged, one.written])).toEqual([
      [30, 0],
      [30, 0],
    ]);
    expect(scenario.left.counts.requests).toBe(0);
  });

  it('is told by status: how many, why, and which', async () => {
    await begin();
    removeThirty();
    await scenario.sync();
    const world = await scenario.open();
    const { destinations } = await status(world);
    await world.close();
    world.catalog.close();
    expect(destinations[0]).toMatchObject({
      staged: 30,
      open: 0,
      stagedDeletes: [{ kind: 'account', cause: 'source', count: 30 }],
    });
    expect(destinations[0]!.stagedDeletes[0]!.ids).toHaveLength(10);
  });

  it('is told by status without what it has not judged yet: a stray that a verification has just found', async () => {
    await begin();
    removeThirty();
    await scenario.sync();
    const prefix = [...scenario.right.held().keys()][0]!.split(':')[0]!;
    await scenario.within(async (world) => {
      const { destination } = await world.slot('right');
      const [document] = [...scenario.left.held().values()].map((one) => one.document!);
      const id = `${prefix}:stray`;
      await destination.write([
        { action: 'write', id, document: document!, fingerprint: 'x', addresses: [] },
      ]);
      await verify(world);
    });
    const { destinations } = await scenario.within((world) => status(world));
    expect(destinations.map((one) => [one.staged, one.stagedDeletes])).toMatchObject([
      [30, [{ kind: 'account', cause: 'source', count: 30 }]],
      [30, [{ kind: 'account', cause: 'source', count: 30 }]],
    ]);
    expect(figures(await scenario.sync({ allowDeletes: 30 }))).toEqual([
      [0, 30, 30],
      [0, 31, 30],
    ]);
  });
});
