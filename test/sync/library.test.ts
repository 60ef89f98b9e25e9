import { afterEach, describe, expect, it } from 'vitest';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '../../core/config/load-config.ts';
import { createTributary, type Tributary } from '../../sync/tributary.ts';
import { expectedBodies } from './oracle.ts';
import { accountsClose, bodies, createScenario, type Scenario } from './scenario.ts';

describe('the library', () => {
  let scenario: Scenario;
  let tributary: Tributary;
  afterEach(async () => {
    await tributary.close();
    scenario.end();
  });

  const open = async (more: { signal?: AbortSignal } = {}): Promise<Tributary> => {
    const config = await parseConfig(scenario.yaml, scenario.registry, { env: {}, folder: scenario.folder });
    return createTributary({ config, registry: scenario.registry, ...more });
  };

  it('syncs, shows, asks and says how things stand', async () => {
    scenario = createScenario();
    tributary = await open();
    const report = await tributary.sync();
    expect(accountsClose(report)).toEqual([]);
    expect(bodies(scenario.right)).toEqual(expectedBodies(scenario));
    expect((await tributary.show('account/a1')).composition).toMatchObject({ status: 'composed' });
    expect((await tributary.status()).destinations).toMatchObject([
      { held: 3, open: 0 },
      { held: 3, open: 0 },
    ]);
    const answers = await tributary.ask('Who looks after Alder?');
    expect(answers.map((one) => one.hits[0]?.id.split(':').at(-1))).toEqual(['a1', 'a1']);
  });

  it('changes nothing in a dry run, and says what a run would do', async () => {
    scenario = createScenario();
    tributary = await open();
    await tributary.sync();
    await tributary.close();
    const path = tributary.config.catalog.path;
    const before = readFileSync(join(scenario.folder, path));
    scenario.crm.remove('Account', 'a1');
    scenario.crm.patch('User', 'u2', { Name: 'Vera' });
    scenario.left.resetCounts();
    tributary = await open();
    const plan = await tributary.sync({ dryRun: true });
    expect(plan).toMatchObject({
      dryRun: true,
      destinations: [
        { written: 1, deleted: 1 },
        { written: 1, deleted: 1 },
      ],
    });
    expect(accountsClose(plan)).toEqual([]);
    expect(scenario.left.counts.requests).toBe(0);
    await tributary.close();
    expect(readFileSync(join(scenario.folder, path)).equals(before)).toBe(true);
    tributary = await open();
    const report = await tributary.sync();
    expect(report.destinations).toMatchObject([
      { written: 1, deleted: 1 },
      { written: 1, deleted: 1 },
    ]);
    expect(bodies(scenario.left)).toEqual(expectedBodies(scenario));
  });

  it('makes no catalog in a dry run before the first sync', async () => {
    scenario = createScenario();
    tributary = await open();
    const plan = await tributary.sync({ dryRun: true });
    expect(plan.destinations).toMatchObject([{ written: 3 }, { written: 3 }]);
    expect(accountsClose(plan)).toEqual([]);
    expect(readdirSync(scenario.folder)).toEqual([]);
    expect([scenario.left.owner(), scenario.right.owner()]).toEqual([undefined, undefined]);
  });

  it('defers what is above a limit and finishes it later', async () => {
    scenario = createScenario();
    tributary = await open();
    const report = await tributary.sync({ limit: 1 });
    expect(accountsClose(report)).toEqual([]);
    expect(report.destinations).toMatchObject([
      { written: 1, deferred: 2 },
      { written: 1, deferred: 2 },
    ]);
    expect(Object.keys(bodies(scenario.left))).toEqual(['a1']);
    const rest = await tributary.sync();
    expect(accountsClose(rest)).toEqual([]);
    expect(bodies(scenario.left)).toEqual(expectedBodies(scenario));
  });

  it('lets one verb at a time write, also within one process', async () => {
    scenario = createScenario();
    tributary = await open();
    await tributary.sync();
    scenario.crm.patch('User', 'u2', { Name: 'Vera' });
    const running = tributary.sync();
    await new Promise((resolve) => setImmediate(resolve));
    await expect(tributary.sync()).rejects.toMatchObject({ code: 'BUSY' });
    await expect(tributary.verify()).rejects.toMatchObject({ code: 'BUSY' });
    expect(await tributary.show('account/a1')).toMatchObject({ key: 'a1' });
    const report = await running;
    expect(accountsClose(report)).toEqual([]);
    expect(report.destinations.map((one) => one.error)).toEqual([undefined, undefined]);
    expect(bodies(scenario.left)).toEqual(expectedBodies(scenario));
  });

  it('stops when it is told to, at any moment, and goes on in the next run', async () => {
    scenario = createScenario();
    scenario.left.switches.confirmPolls = 0;
    for (const stopAt of [1, 2, 3, 5, 8, 10]) {
      const stop = new AbortController();
      let moments = 0;
      const moment = (): void => void (++moments === stopAt && stop.abort());
      scenario.crm.switches.onPage = moment;
      scenario.left.switches.onWrite = moment;
      scenario.right.switches.onWrite = moment;
      scenario.crm.patch('User', 'u1', { Name: `Uma ${stopAt}` });
      scenario.crm.put('Contact', `n${stopAt}`, { Id: `n${stopAt}`, Name: 'New', AccountId: 'a2' });
      tributary = await open({ signal: stop.signal });
      const report = await tributary.sync().catch(() => undefined);
      if (report) expect(accountsClose(report), `stopped at ${stopAt}`).toEqual([]);
      await tributary.close();
      Object.assign(scenario.crm.switches, { onPage: undefined });
      Object.assign(scenario.left.switches, { onWrite: undefined });
      Object.assign(scenario.right.switches, { onWrite: undefined });
      tributary = await open();
      expect(accountsClose(await tributary.sync()), `after a stop at ${stopAt}`).toEqual([]);
      expect(bodies(scenario.left), `after a stop at ${stopAt}`).toEqual(expectedBodies(scenario));
      expect(bodies(scenario.right), `after a stop at ${stopAt}`).toEqual(expectedBodies(scenario));
      await tributary.close();
    }
    expect([...scenario.left.breaches, ...scenario.right.breaches]).toEqual([]);
  });
});
