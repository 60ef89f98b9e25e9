import { join } from 'node:path';
import { createCatalog } from '../../core/catalog/open-catalog.ts';
import { openDatabase, type Database } from '../../core/catalog/sqlite/database.ts';
import { parseConfig } from '../../core/config/load-config.ts';
import { runOnce } from '../../sync/run.ts';
import { openWorld, type World } from '../../sync/world.ts';
import type { Scenario } from '../sync/scenario.ts';

/** Dies at the n-th transaction, just before or just after it is committed, and stays dead. */
function dyingDatabase(
  path: string,
  dieAt: number,
  moment: 'before' | 'after',
  onDeath: () => void,
): Database & { transactions: number } {
  const database = openDatabase(path);
  const dying = {
    ...database,
    transactions: 0,
    transaction<T>(work: () => T): T {
      const number = ++dying.transactions;
      if (number > dieAt) throw new Error('the process is dead');
      if (number < dieAt) return database.transaction(work);
      if (moment === 'after') database.transaction(work);
      onDeath();
      throw new Error('the process dies here');
    },
  };
  return dying;
}

/** Runs a verb until the process dies or the verb ends; answers whether it died, and how many transactions there were. */
export async function runAndDie(
  scenario: Scenario,
  dieAt: number,
  moment: 'before' | 'after',
  verb: (world: World) => Promise<unknown> = (world) => runOnce(world),
  yaml: string = scenario.yaml,
): Promise<{ died: boolean; transactions: number }> {
  let transactions = (): number => 0;
  const died = await runUntilDeath(scenario, verb, yaml, (path, die) => {
    const database = dyingDatabase(path, dieAt, moment, die);
    transactions = () => database.transactions;
    return database;
  });
  return { died, transactions: transactions() };
}

/** Dies as soon as a pointer has moved for the n-th time, on whichever plane; what a test has switched goes on. */
export async function runAndDieAtMove(
  scenario: Scenario,
  dieAt: number,
  verb: (world: World) => Promise<unknown>,
  yaml: string,
): Promise<boolean> {
  const planes = [scenario.left, scenario.right];
  const before = planes.map(({ switches }) => switches.onActivate);
  const died = await runUntilDeath(scenario, verb, yaml, (path, die) => {
    let moves = 0;
    for (const [index, { switches }] of planes.entries())
      switches.onActivate = (moment, slot) => {
        if (moment === 'before') return before[index]?.(moment, slot);
        if (++moves === dieAt) die();
      };
    return openDatabase(path);
  });
  for (const [index, { switches }] of planes.entries()) switches.onActivate = before[index];
  return died;
}

async function runUntilDeath(
  scenario: Scenario,
  verb: (world: World) => Promise<unknown>,
  yaml: string,
  open: (path: string, die: () => void) => Database,
): Promise<boolean> {
  let died = false;
  let announce = (): void => undefined;
  const death = new Promise<void>((resolve) => (announce = resolve));
  const database = open(join(scenario.folder, 'catalog.sqlite'), () => {
    died = true;
    scenario.crm.cutOff();
    scenario.warehouse.cutOff();
    scenario.left.cutOff();
    scenario.right.cutOff();
    announce();
  });
  const stop = new AbortController();
  const world = openWorld({
    config: await parseConfig(yaml, scenario.registry, { env: {}, folder: scenario.folder }),
    catalog: createCatalog(database, scenario.clock.now),
    log: scenario.log,
    signal: stop.signal,
    observe: () => undefined,
    now: scenario.clock.now,
    sleep: scenario.clock.sleep,
  });
  await Promise.race([verb(world).catch(() => undefined), death]);
  stop.abort(new Error('gone'));
  await new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
  world.catalog.close();
  return died;
}
