import { afterEach, describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunPlan } from '../../sync/plan.ts';
import { expectedBodies } from './oracle.ts';
import { accountsClose, bodies, createScenario, type Scenario, type ScenarioOptions } from './scenario.ts';

describe('a plan', () => {
  let scenario: Scenario;
  afterEach(() => scenario.end());

  const within: Scenario['withTributary'] = (work, yaml) => scenario.withTributary(work, yaml);
  const plan = (yaml?: string) => within((tributary) => tributary.plan(), yaml);
  const apply = (made: unknown, yaml?: string) => within((tributary) => tributary.apply(made), yaml);
  const begin = async (options: ScenarioOptions = {}): Promise<void> => {
    scenario = createScenario(options);
    await scenario.sync();
  };
  const left = (made: RunPlan) => made.destinations.find((one) => one.destination === 'left')!;

  it('of a first run creates everything, names what is done to the planes first, and changes nothing', async () => {
    scenario = createScenario({ right: { limits: { maxDocuments: 2, requestsPerSecond: 1 } } });
    const made = await plan();
    expect(made.destinations).toMatchObject([
      {
        destination: 'left',
        create: 3,
        update: 0,
        delete: 0,
        kinds: [{ kind: 'account', create: 3 }],
        steps: [{ action: 'create' }],
      },
      { destination: 'right', create: 3, requests: 2, seconds: 2 },
    ]);
    expect(scenario.left.counts.requests).toBe(0);
    expect(scenario.left.owner()).toBeUndefined();
    expect(accountsClose(await apply(made))).toEqual([]);
    expect(bodies(scenario.left)).toEqual(expectedBodies(scenario));
  });

  it('counts what is created, updated and deleted, as the run that follows then does', async () => {
    await begin();
    scenario.crm.put('Account', 'a4', { Id: 'a4', Name: 'Dogwood', OwnerId: 'u1', Industry: 'Retail' });
    scenario.crm.patch('Contact', 'c1', { Name: 'Zoe' });
    scenario.crm.remove('Account', 'a3');
    const before = readFileSync(join(scenario.folder, 'catalog.sqlite'));
    const made = await plan();
    expect(readFileSync(join(scenario.folder, 'catalog.sqlite')).equals(before)).toBe(true);
    expect(left(made)).toMatchObject({
      create: 1,
      update: 1,
      delete: 1,
      kinds: [{ kind: 'account', deletes: { source: 1 } }],
    });
    const report = await apply(JSON.parse(JSON.stringify(made)));
    expect(accountsClose(report)).toEqual([]);
    expect(report.destinations).toMatchObject([
      { written: 2, deleted: 1 },
      { written: 2, deleted: 1 },
    ]);
    expect(bodies(scenario.right)).toEqual(expectedBodies(scenario));
    expect(left(await plan())).toMatchObject({ create: 0, update: 0, delete: 0, requests: 0, kinds: [] });
  });

  it('tells deletes by their cause: condition, policy, configuration, another identity', async () => {
    await begin();
    const causes = async (yaml: string) =>
      (await plan(yaml)).destinations.map((one) =>
        Object.assign({}, ...one.kinds.map((kind) => kind.deletes)),
      );
    const { yaml } = scenario;
    const filtered = yaml.replace('from: crm.Account', 'from: crm.Account\n    where: { Industry: Retail }');
    expect(await causes(filtered)).toEqual([{ condition: 1 }, { condition: 1 }]);
    const stricter = yaml.replace('plane: stateless }', 'plane: stateless, accepts: public }');
    expect(await causes(stricter)).toEqual([{}, { policy: 3 }]);
    const narrower = yaml.replace('destinations: [left, right]', 'destinations: [left]');
    expect(await causes(narrower)).toEqual([{}, { configuration: 3 }]);
    expect(await causes(yaml.replace('namespace: acme', 'namespace: other'))).toEqual([
      { identity: 3 },
      { identity: 3 },
    ]);
  });

  it('counts what policy keeps away from one plane by kind', async () => {
    scenario = createScenario();
    const yaml = scenario.yaml.replace('plane: stateless }', 'plane: stateless, accepts: public }');
    expect((await plan(yaml)).destinations).toMatchObject([
      { create: 3, withheld: 0 },
      { create: 0, withheld: 3, kinds: [{ kind: 'account', withheld: 3 }] },
    ]);
  });

  it('counts what the guard would hold back, and lets it pass when asked to', async () => {
    const rows = Object.fromEntries(
      Array.from({ length: 60 }, (_, i) => [
        `n${i}`,
        { Id: `n${i}`, Name: `N${i}`, OwnerId: 'u', Industry: 'x' },
      ]),
    );
    await begin({ reconcile: '1h', rows: { Account: rows, User: {}, Contact: {}, Deal: {} } });
    for (let i = 0; i < 30; i++) scenario.crm.remove('Account', `n${i}`, { silent: true });
    scenario.clock.advance(2 * 3_600_000);
    expect(left(await plan())).toMatchObject({ delete: 0, staged: 30 });
    const made = await within((tributary) => tributary.plan({ acceptDeletes: ['crm.Account'] }));
    expect(left(made)).toMatchObject({ delete: 30, staged: 0 });
    await apply(made);
    expect(scenario.left.held().size).toBe(30);
  });

  it('creates everything again on a plane that has lost its index', async () => {
    await begin();
    scenario.right.loseSlot();
    expect((await plan()).destinations).toMatchObject([
      { create: 0, update: 0 },
      { create: 3, update: 0, steps: [{ action: 'create' }] },
    ]);
  });

  it('tells of a plane that cannot be looked at, and counts from the books', async () => {
    await begin();
    scenario.crm.patch('Contact', 'c1', { Name: 'Zoe' });
    scenario.left.switches.checkError = new Error('out of reach');
    expect(left(await plan())).toMatchObject({
      update: 1,
      error: { message: expect.stringContaining('reach') },
    });
  });

  it('estimates bytes and tokens from what would be sent, and requests by whichever limit is met first', async () => {
    scenario = createScenario({
      right: { limits: { maxDocuments: 100, maxBytes: 2000, requestsPerSecond: 1 } },
    });
    const [, right] = (await plan()).destinations;
    expect(right!.bytes).toBeGreaterThan(1000);
    expect(right).toMatchObject({ create: 3, requests: Math.ceil(right!.bytes / 2000), embeddingTokens: 0 });
  });

  it('is for the pipelines and destinations that it was made for', async () => {
    scenario = createScenario();
    const made = await within((tributary) => tributary.plan({ destinations: ['left'] }));
    expect(made.destinations.map((one) => one.destination)).toEqual(['left']);
    await apply(made);
    expect([scenario.left.held().size, scenario.right.held().size]).toEqual([3, 0]);
  });

  it('is refused when the configuration has changed, in whatever setting', async () => {
    await begin();
    const made = await plan();
    for (const [before, after] of [
      ['is looked after by', 'is served by'],
      ['limit: 3', 'limit: 2'],
      ['plane: stateful }', 'plane: stateful, accepts: internal }'],
    ] as const) {
      await expect(apply(made, scenario.yaml.replace(before, after))).rejects.toMatchObject({
        code: 'PLAN_STALE',
        message: 'the configuration has changed since the plan was made',
      });
    }
    await apply(made);
  });

  it('is refused when any verb has worked on the catalog since, and can be applied once', async () => {
    await begin();
    const early = await plan();
    await scenario.sync();
    await expect(apply(early)).rejects.toMatchObject({ code: 'PLAN_STALE' });
    const made = await plan();
    await within((tributary) => tributary.verify());
    await expect(apply(made)).rejects.toMatchObject({ code: 'PLAN_STALE' });
    const again = await plan();
    await apply(again);
    await expect(apply(again)).rejects.toMatchObject({ code: 'PLAN_STALE' });
  });

  it('is refused when a run gets in between the look and the start', async () => {
    await begin();
    const made = await plan();
    const world = await scenario.open();
    await expect(
      import('../../sync/run.ts').then(({ runOnce }) =>
        runOnce(world, { afterEpoch: made.catalog.epoch - 1 }),
      ),
    ).rejects.toMatchObject({ code: 'PLAN_STALE' });
    world.catalog.close();
  });

  it('is refused for another catalog, and when it is no plan', async () => {
    scenario = createScenario();
    const first = await plan();
    await scenario.sync();
    await expect(apply(first)).rejects.toMatchObject({ code: 'PLAN_STALE' });
    const made = await plan();
    const other = { ...made, catalog: { ...made.catalog, installation: 'another' } };
    await expect(apply(other)).rejects.toMatchObject({ message: 'the plan was made for another catalog' });
    for (const text of [undefined, null, [], {}, { ...made, format: 2 }, { ...made, options: {} }])
      await expect(apply(text)).rejects.toMatchObject({ code: 'PLAN_INVALID' });
  });
});
