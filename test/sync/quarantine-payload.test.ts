import { afterEach, describe, expect, it } from 'vitest';
import type { Json } from '../../core/contract/json.ts';
import { renderReport } from '../../core/observe/render-report.ts';
import { discardQuarantine, listQuarantine, retryQuarantine, showQuarantine } from '../../sync/quarantine.ts';
import { status } from '../../sync/status.ts';
import type { World } from '../../sync/world.ts';
import { createScenario, type Scenario, type ScenarioOptions } from './scenario.ts';

/** Stands in what fails, and nowhere else. */
const planted = 'Zyx-planted-content';

describe('what failed', () => {
  let scenario: Scenario;
  let on: string;
  afterEach(() => scenario.end());

  const begin = (options: ScenarioOptions = {}): void => {
    scenario = createScenario(options);
    on = `catalog: { quarantinePayload: true }\n${scenario.yaml}`;
  };
  const within = <T>(yaml: string, work: (world: World) => T | Promise<T>): Promise<T> =>
    scenario.within(work, yaml);
  const payloads = (name: string, yaml = on): Promise<unknown[]> =>
    within(yaml, (world) => showQuarantine(world, name, { payload: true }).map((one) => one.payload));
  /** Every payload that the catalog has, whatever the configuration says. */
  const stored = (): Promise<unknown[]> =>
    within(on, ({ catalog: { quarantine } }) =>
      [
        ...quarantine.records(undefined, 100).map((one) => quarantine.recordPayload(one)),
        ...quarantine.documents(undefined, 100).map((one) => quarantine.documentPayload(one)),
      ].filter((one) => one !== undefined),
    );
  const row = { Id: 'a2', Name: { first: planted } };
  /** One of each: unreadable, not to be composed, refused, too large, and refused after it was accepted. */
  const failEverywhere = (): void => {
    begin({ right: { limits: { maxDocumentBytes: 3000 } } });
    const { crm, left, right } = scenario;
    crm.unreadable('Account', 'a2', 'Name is no text', row);
    const more = { OwnerId: 'u1', Industry: planted };
    crm.put('Account', 'empty', { Id: 'empty', Name: '', ...more });
    crm.put('Account', 'refused', { Id: 'refused', Name: planted, ...more });
    crm.put('Account', 'large', { Id: 'large', Name: planted.repeat(200), ...more });
    crm.put('Account', 'late', { Id: 'late', Name: `${planted} late`, ...more });
    right.switches.reject = (change) => (change.id.endsWith(':refused') ? 'not liked' : undefined);
    left.switches.fail = (change) =>
      change.id.endsWith(':late') ? { reason: 'not liked', applied: false } : undefined;
  };

  it('is kept where the configuration asks for it: the row, the records of a document, or what was sent', async () => {
    failEverywhere();
    await scenario.sync({ yaml: on });
    expect(await payloads('crm.Account/a2')).toEqual([{ content: row }]);
    expect(await payloads('account/empty')).toMatchObject([
      { content: { key: 'empty', data: { Industry: planted } } },
    ]);
    const sent = (title: string) => [
      { content: { title, body: expect.stringContaining(title), metadata: { industry: planted } } },
    ];
    expect(await payloads('account/refused')).toEqual(sent(planted));
    expect(await payloads('account/large')).toEqual(sent(planted.repeat(200)));
    expect(await payloads('account/late')).toEqual(sent(`${planted} late`));
  });

  it('is not kept unless the configuration asks for it, whatever a connector hands over', async () => {
    failEverywhere();
    await scenario.sync();
    expect(await within(scenario.yaml, (world) => listQuarantine(world).quarantined)).toBe(5);
    expect(await stored()).toEqual([]);
    expect(await payloads('crm.Account/a2', scenario.yaml)).toEqual([undefined]);
  });

  it('goes from every entry with the next run once that is turned off, and is not shown before', async () => {
    failEverywhere();
    await scenario.sync({ yaml: on });
    expect(await stored()).toHaveLength(5);
    expect(await payloads('account/refused', scenario.yaml)).toEqual([undefined]);
    await scenario.sync();
    expect(await stored()).toEqual([]);
    expect(await within(on, (world) => listQuarantine(world).quarantined)).toBe(5);
  });

  it('goes with its entry: when it is good again, and when it is discarded', async () => {
    failEverywhere();
    await scenario.sync({ yaml: on });
    scenario.right.switches.reject = undefined;
    scenario.crm.put('Account', 'a2', { Id: 'a2', Name: 'Birch', OwnerId: 'u1', Industry: 'Energy' });
    scenario.crm.patch('Account', 'empty', { Name: 'Elm' });
    await scenario.sync({ yaml: on });
    await within(on, (world) => retryQuarantine(world, { names: ['account/refused'] }));
    expect(await stored()).toHaveLength(2);
    await within(on, (world) => {
      const { quarantine } = world.catalog;
      const places = quarantine.documents(undefined, 9);
      expect(places.map((one) => quarantine.documentPayload(one))).not.toContain(undefined);
      return discardQuarantine(world, ['account/large', 'account/late']).then(() =>
        expect(places.map((one) => quarantine.documentPayload(one))).toEqual([undefined, undefined]),
      );
    });
  });

  it('is kept up to 64 KiB, and says how much there was', async () => {
    begin();
    const long = 'é'.repeat(100_000);
    scenario.crm.unreadable('Account', 'a2', 'Name is too long', { Name: long });
    await scenario.sync({ yaml: on });
    const [kept] = (await payloads('crm.Account/a2')) as [{ cut: string; bytes: number }];
    expect(kept.bytes).toBe(200_011);
    expect(Buffer.byteLength(kept.cut)).toBeLessThanOrEqual(64 * 1024);
    expect(Buffer.byteLength(kept.cut)).toBeGreaterThan(64 * 1024 - 4);
    expect(JSON.stringify({ Name: long }).startsWith(kept.cut)).toBe(true);
  });

  it('is kept as text where it is nested too deep to be walked', async () => {
    begin();
    let deep: Json = planted;
    for (let level = 0; level < 600; level++) deep = [deep];
    scenario.crm.unreadable('Account', 'a2', 'Name is no text', deep);
    await scenario.sync({ yaml: on });
    const text = JSON.stringify(deep);
    expect(await payloads('crm.Account/a2')).toEqual([{ cut: text, bytes: text.length }]);
  });

  it('is not kept of a late refusal whose document has changed since: what was sent is not known any more', async () => {
    begin();
    const { crm, left } = scenario;
    left.switches.confirmPolls = 1_000_000;
    await scenario.sync({ yaml: on, patienceMs: 1000 });
    left.switches.confirmPolls = 0;
    left.switches.fail = () => ({ reason: 'not liked', applied: false });
    left.switches.later = () => 1;
    crm.patch('Account', 'a1', { Name: 'Alder & Sons' });
    await scenario.sync({ yaml: on });
    expect(await payloads('account/a1')).toEqual([undefined]);
    const sent = { title: 'Birch', body: expect.any(String), metadata: expect.any(Object) };
    expect(await payloads('account/a2')).toEqual([{ content: sent }]);
  });

  it('is replaced by what failed last', async () => {
    begin();
    scenario.crm.unreadable('Account', 'a2', 'Name is no text', { Name: 1 });
    await scenario.sync({ yaml: on });
    scenario.crm.unreadable('Account', 'a2', 'Name is no text', { Name: 2 });
    await scenario.sync({ yaml: on });
    expect(await payloads('crm.Account/a2')).toEqual([{ content: { Name: 2 } }]);
  });

  it('is told by nothing else: no report, event, log line, list or status', async () => {
    failEverywhere();
    const report = await scenario.sync({ yaml: on });
    const told = await within(on, async (world) => [
      report,
      renderReport(report),
      scenario.events,
      scenario.log.lines,
      listQuarantine(world),
      await status(world),
      ...['crm.Account/a2', 'account/refused', 'account/empty'].map((name) => showQuarantine(world, name)),
    ]);
    expect(JSON.stringify(await stored())).toContain(planted);
    expect(JSON.stringify(told)).toContain('Name is no text');
    expect(JSON.stringify(told)).not.toContain(planted);
  });
});
