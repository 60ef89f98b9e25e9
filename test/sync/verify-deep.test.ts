import { afterEach, describe, expect, it } from 'vitest';
import { isVerified, verify, type VerifyOptions } from '../../sync/verify.ts';
import { areSourcesEqual, verifySources } from '../../sync/verify-source.ts';
import { baseRows, bodies, createScenario, type Scenario } from './scenario.ts';

describe('verify', () => {
  let scenario: Scenario;
  afterEach(() => scenario.end());

  const within: Scenario['within'] = (work, yaml) => scenario.within(work, yaml);
  const deep = (options: VerifyOptions = {}) => within((world) => verify(world, { deep: {}, ...options }));
  /** Another hand writes a document to the right plane. */
  const putBack = async (id: string): Promise<void> => {
    const document = scenario.left.held().get(id)!.document!;
    await within(async (world) => {
      const { destination } = await world.slot('right');
      await destination.write([{ action: 'write', id, document, fingerprint: 'old', addresses: [] }]);
    });
  };
  const idsOf = (plane: Scenario['left']): string[] => [...plane.held().keys()].sort();
  /** One that lists ids alone, one that tells fingerprints. */
  const begin = async (accounts = 3): Promise<void> => {
    const extra = Object.fromEntries(
      Array.from({ length: accounts - 3 }, (_, i) => [
        `x${i}`,
        { Id: `x${i}`, Name: `X${i}`, OwnerId: 'u1', Industry: 'Energy' },
      ]),
    );
    const rows = baseRows()!;
    scenario = createScenario({
      left: { fingerprints: false },
      rows: { ...rows, Account: { ...rows['Account'], ...extra } },
    });
    await scenario.sync();
  };

  describe('that reads back', () => {
    it('looks at every document where the service tells fingerprints, and at a sample where it does not', async () => {
      await begin(40);
      const report = await deep({ deep: { sample: 10, seed: 7 } });
      expect(isVerified(report)).toBe(true);
      expect(report.destinations.map((one) => [one.grade, one.deep])).toMatchObject([
        ['accepted as', { asked: 10, of: 40, seed: 7, same: 10, differentCount: 0 }],
        ['seen as', { asked: 40, of: 40, same: 40, differentCount: 0 }],
      ]);
      expect(report.destinations[1]!.deep!.seed).toBeUndefined();
    });

    it('finds a text that was changed under its fingerprint, names the field, and has it written again', async () => {
      await begin();
      const [first] = idsOf(scenario.right);
      const before = bodies(scenario.right);
      scenario.right.tamper({ id: first!, body: 'Pay to another account.' });
      expect(isVerified(await within((world) => verify(world)))).toBe(true);
      const report = await deep();
      expect(isVerified(report)).toBe(false);
      expect(report.destinations[1]!.deep).toMatchObject({
        same: 2,
        differentCount: 1,
        different: [{ id: first, fields: ['body'] }],
      });
      await scenario.sync();
      expect(bodies(scenario.right)).toEqual(before);
      expect(isVerified(await deep())).toBe(true);
    });

    it('has all that differ written again, and nothing else, also when they are many', async () => {
      await begin(130);
      const victims = idsOf(scenario.right).filter((_, at) => at % 2 === 0);
      for (const id of victims) scenario.right.tamper({ id, body: 'other' });
      scenario.right.resetCounts();
      const report = await deep({ repair: true });
      expect(report.destinations[1]!.deep).toMatchObject({ same: 65, differentCount: 65 });
      expect(report.repaired!.destinations.map((one) => one.written)).toEqual([0, 65]);
      expect(bodies(scenario.right)).toEqual(bodies(scenario.left));
    });

    it('draws the same sample for the same seed, and another for another', async () => {
      await begin(60);
      const victims = idsOf(scenario.left);
      for (const id of victims.slice(0, 30)) scenario.left.tamper({ id, body: 'other' });
      const found = async (seed: number): Promise<string[]> => {
        const report = await within((world) =>
          verify(world, { destinations: ['left'], deep: { sample: 8, seed } }),
        );
        const ids = report.destinations[0]!.deep!.different.map((one) => one.id);
        for (const id of ids) scenario.left.tamper({ id, body: 'other' });
        return ids.sort();
      };
      const first = await found(1);
      expect(first.length).toBeGreaterThan(0);
      await scenario.sync();
      for (const id of victims.slice(0, 30)) scenario.left.tamper({ id, body: 'other' });
      expect(await found(1)).toEqual(first);
      await scenario.sync();
      for (const id of victims.slice(0, 30)) scenario.left.tamper({ id, body: 'other' });
      expect(await found(2)).not.toEqual(first);
    });

    it('repairs no more than what differs', async () => {
      await begin(40);
      const [first] = idsOf(scenario.right);
      scenario.right.tamper({ id: first!, body: 'other' });
      scenario.right.resetCounts();
      const report = await deep({ repair: true });
      expect(report.repaired!.destinations.map((one) => one.written)).toEqual([0, 1]);
    });

    it('does not take for different what another template would make', async () => {
      await begin();
      const other = scenario.yaml.replace('is looked after by', 'is served by');
      const report = await within((world) => verify(world, { deep: {} }), other);
      expect(report.destinations.map((one) => one.deep)).toMatchObject([
        { of: 3, asked: 0, moved: 3, differentCount: 0 },
        { of: 3, asked: 0, moved: 3, differentCount: 0 },
      ]);
    });

    it('does not take for different what has changed at the sources since', async () => {
      await begin();
      scenario.crm.patch('Account', 'a1', { Name: 'Renamed' });
      await scenario.sync({ publish: false });
      const report = await deep();
      expect(report.destinations.map((one) => one.deep)).toMatchObject([
        { of: 2, same: 2, differentCount: 0 },
        { of: 2, same: 2, differentCount: 0 },
      ]);
    });
  });

  it('names what lies on a plane although policy keeps it from there, apart from what nobody knows', async () => {
    await begin();
    const strict = scenario.yaml.replace('plane: stateless }', 'plane: stateless, accepts: public }');
    const [id] = idsOf(scenario.right);
    await scenario.sync({ yaml: strict });
    await putBack(id!);
    const report = await within((world) => verify(world), strict);
    expect(report.destinations[1]).toMatchObject({ forbidden: [id], forbiddenCount: 1, unexpectedCount: 0 });
    expect(isVerified(report)).toBe(false);
    await scenario.sync({ yaml: strict });
    expect(bodies(scenario.right)).toEqual({});
  });

  describe('of the sources', () => {
    const sources = () => within((world) => verifySources(world));
    const accounts = async () => (await sources()).find((one) => one.stream === 'crm.Account')!;

    it('finds the catalog equal to what they list', async () => {
      await begin();
      const streams = await sources();
      expect(areSourcesEqual(streams)).toBe(true);
      expect(await accounts()).toMatchObject({ records: 3, listed: 3, counted: 3 });
    });

    it('names what is missing, what is gone and what has changed, and changes nothing', async () => {
      scenario = createScenario({ reconcile: '1h' });
      await scenario.sync();
      scenario.crm.put('Account', 'a7', { Id: 'a7', Name: 'New', OwnerId: 'u1', Industry: 'x' });
      scenario.crm.remove('Account', 'a3', { silent: true });
      scenario.crm.patch('Account', 'a1', { Name: 'Renamed' });
      const found = await accounts();
      expect(found).toMatchObject({ missing: ['a7'], extra: ['a3'], changed: ['a1'] });
      expect(await accounts()).toEqual(found);
      expect(bodies(scenario.left)).toHaveProperty('a3');
    });

    it('claims nothing gone where the source does not prove that its list is complete', async () => {
      await begin();
      scenario.crm.switches.enumeration = 'unproven';
      const found = await accounts();
      expect(found).toMatchObject({ extraCount: 0 });
      expect(found.counted).toBeUndefined();
    });

    it('says which streams cannot be listed, and goes on when one cannot be reached', async () => {
      scenario = createScenario({ source: { enumerate: false } });
      await scenario.sync();
      expect((await accounts()).listed).toBeUndefined();
      expect(areSourcesEqual(await sources())).toBe(true);
    });
  });
});
