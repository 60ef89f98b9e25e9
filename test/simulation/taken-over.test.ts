import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import { runOnce } from '../../sync/run.ts';
import { expectedBodies } from '../sync/oracle.ts';
import { accountsClose, bodies, createScenario, type Scenario } from '../sync/scenario.ts';

const longestWriteMs = 90_000;
let scenario: Scenario;
afterEach(() => scenario.end());

/** A run that hangs with one request about `a2` on its way; its successor begins once its lease has run out. */
async function hangWithRequest(): Promise<void> {
  const limits = { maxDocuments: 1, maxInFlight: 1 };
  scenario = createScenario({ right: { limits, longestWriteMs } });
  const world = await scenario.open();
  await new Promise<void>((resolve) => {
    scenario.right.switches.onWrite = (moment, change) => {
      if (moment === 'after' || !change.id.endsWith('a2')) return;
      resolve();
      return new Promise<never>(() => {});
    };
    void runOnce(world).catch(() => undefined);
  });
  scenario.right.cutOff();
  scenario.clock.advance(61_000);
}

/** Syncs in another process; answers when each document was first written to the right plane, from the start of the run. */
async function writtenAfter(): Promise<Record<string, number>> {
  const startedAt = scenario.clock.now();
  const times: Record<string, number> = {};
  scenario.right.switches.onWrite = (_moment, change) => {
    times[change.id.split(':').at(-1)!] ??= scenario.clock.now() - startedAt;
  };
  const report = await scenario.sync();
  expect(accountsClose(report)).toEqual([]);
  expect(report.destinations.map((one) => [one.pending, one.deferred, one.error])).toEqual([
    [0, 0, undefined],
    [0, 0, undefined],
  ]);
  expect(bodies(scenario.right)).toEqual(expectedBodies(scenario));
  return times;
}

describe('work that is taken over', () => {
  it('from a process that may live: what it may still have on its way is waited out, and nothing else', async () => {
    await hangWithRequest();
    const { a2, ...others } = await writtenAfter();
    expect(a2).toBeGreaterThanOrEqual(longestWriteMs);
    expect(a2).toBeLessThan(longestWriteMs + 10_000);
    expect(Object.values(others).length).toBeGreaterThan(0);
    for (const time of Object.values(others)) expect(time).toBeLessThan(30_000);
  });

  it('from a process of this machine that is gone: nothing is waited for', async () => {
    await hangWithRequest();
    const file = new DatabaseSync(join(scenario.folder, 'catalog.sqlite'));
    file.prepare('UPDATE lease SET holder=?').run(`${hostname()}|${2 ** 22 + 1}|gone`);
    file.close();
    const { a2 } = await writtenAfter();
    expect(a2).toBeLessThan(30_000);
  });

  it('twice: the second successor waits for the first holder’s requests too', async () => {
    await hangWithRequest();
    const controller = new AbortController();
    const world = await scenario.open({ signal: controller.signal });
    const first = runOnce(world);
    controller.abort(new Error('stopped'));
    await first.catch(() => undefined);
    world.catalog.close();
    const { a2 } = await writtenAfter();
    expect(a2).toBeGreaterThan(longestWriteMs / 2);
  });
});
