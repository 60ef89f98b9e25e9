import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openCatalog } from '../../core/catalog/index.ts';
import { parseConfig } from '../../core/config/load-config.ts';
import { runOnce } from '../../sync/run.ts';
import { openWorld } from '../../sync/world.ts';
import { accountsClose, bodies, createScenario } from '../sync/scenario.ts';

it('a document whose record goes while its batch waits for its turn does not leave', async () => {
  const scenario = createScenario({ left: { limits: { maxDocuments: 1, requestsPerSecond: 1 } } });
  const { clock, left, right } = scenario;
  try {
    left.switches.halt = 'quota used up';
    await scenario.sync();
    left.switches.halt = undefined;
    for (const id of ['a1', 'a2', 'a3']) scenario.crm.remove('Account', id);
    const sent: string[] = [];
    left.switches.onWrite = (moment, { action, id }) => {
      if (moment === 'before') sent.push(`${action} ${id.split(':').at(-1)!}`);
    };
    let gone = (): void => undefined;
    const composed = new Promise<void>((resolve) => (gone = resolve));
    const world = openWorld({
      config: await parseConfig(scenario.yaml, scenario.registry, { env: {}, folder: scenario.folder }),
      catalog: openCatalog(join(scenario.folder, 'catalog.sqlite'), clock.now),
      log: scenario.log,
      signal: new AbortController().signal,
      observe: (event) => void (event.type === 'documents-composed' && gone()),
      now: clock.now,
      // The clock stands still, so that nobody's turn comes, until the deletes have been composed.
      sleep: async (ms) => {
        await composed;
        await clock.sleep(ms);
      },
    });
    const report = await runOnce(world);
    await world.close();
    world.catalog.close();
    expect(accountsClose(report)).toEqual([]);
    // What had its turn at once is taken back; what had to wait has not left.
    expect(sent).toContain('write a1');
    expect(sent).not.toContain('write a3');
    expect([bodies(left), bodies(right)]).toEqual([{}, {}]);
    expect(report.destinations.map(({ pending, deferred, held }) => [pending, deferred, held])).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
  } finally {
    scenario.end();
  }
});
