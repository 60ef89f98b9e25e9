import { describe, expect, it } from 'vitest';
import { createRandom } from '../../core/testing/index.ts';
import { reindex } from '../../sync/reindex.ts';
import { runOnce } from '../../sync/run.ts';
import { isVerified, verify } from '../../sync/verify.ts';
import { kindsYaml } from './company.ts';
import { expectedBodies } from './oracle.ts';
import { accountsClose, bodies, createScenario, type Scenario } from './scenario.ts';

const seeds = Array.from({ length: 60 }, (_, index) => index + 1);

const person = `
  person:
    from: crm.User
    title: "{{Name}}"
    body: "{{Name}} works here."
    access: { everyone: the demo data is not secret }
`;

/** The same company under one of many configurations. */
function configuration(scenario: Scenario, random: () => number): string {
  let { yaml } = scenario;
  const sometimes = (from: string | RegExp, to: string): void => {
    if (random() < 0.25) yaml = yaml.replace(from, to);
  };
  sometimes('namespace: acme', 'namespace: other');
  sometimes('plane: stateful }', 'plane: stateful, accepts: public }');
  sometimes('destinations: [left, right]', 'destinations: [right]');
  sometimes('destinations: [left, right]', 'destinations: [left]');
  sometimes('kinds: [account]', 'kinds: [account, person]');
  sometimes('kinds: [account]', 'kinds: [person]');
  sometimes('order: Amount desc, limit: 5', 'order: Amount, limit: 1');
  sometimes('    from: crm.User', '    from: crm.Contact');
  sometimes(/ {6}contacts:.*\n/, '');
  if (!yaml.includes(' contacts:'))
    yaml = yaml.replace(/ {6}\{\{#each contacts\}\}[\s\S]*?\{\{\/each\}\}\n/, '');
  return yaml;
}

function changeSources({ crm, warehouse }: Scenario, random: () => number): void {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const account = pick(['a1', 'a2', 'a3', 'a4']);
  const child = pick(['x1', 'x2', 'x3', 'x4']);
  const user = pick(['u1', 'u2']);
  const present = crm.rows('Account').has(account);
  switch (Math.floor(random() * 9)) {
    case 0:
      return crm.put('Account', account, {
        Id: account,
        Name: `Name ${Math.floor(random() * 5)}`,
        OwnerId: user,
        Industry: 'Energy',
      });
    case 1:
      return void (present && crm.remove('Account', account));
    case 2:
      return crm.put('Account', account, { Id: account, Name: '', OwnerId: user, Industry: 'Energy' });
    case 3:
      return void (present && crm.unreadable('Account', account, 'broken'));
    case 4:
      return crm.put('Contact', child, {
        Id: child,
        Name: `Contact ${Math.floor(random() * 9)}`,
        AccountId: account,
      });
    case 5:
      return void (crm.rows('Contact').has(child) && crm.remove('Contact', child));
    case 6:
      return crm.put('Deal', child, {
        Id: child,
        AccountId: account,
        Amount: Math.floor(random() * 1000),
        IsClosed: random() < 0.4,
      });
    case 7:
      return crm.put('User', user, { Id: user, Name: `User ${Math.floor(random() * 4)}` });
    default:
      return warehouse.put('usage', child, {
        ID: child,
        ACCOUNT: account.toUpperCase(),
        MONTH: `2026-0${1 + Math.floor(random() * 5)}`,
        CALLS: Math.floor(random() * 50),
      });
  }
}

const calm = {
  later: undefined,
  unknown: undefined,
  throwAfter: undefined,
  halt: undefined,
  reject: undefined,
  fail: undefined,
  confirmPolls: 0,
};

const pickOf = <T>(random: () => number, list: readonly T[]): T => list[Math.floor(random() * list.length)]!;

function disturb({ switches }: Scenario['left'], random: () => number): void {
  Object.assign(switches, calm, { confirmPolls: Math.floor(random() * 3) });
  const fault = Math.floor(random() * 8);
  if (fault === 0) switches.later = () => (random() < 0.3 ? 50 : undefined);
  if (fault === 1)
    switches.unknown = () =>
      random() < 0.4 ? pickOf(random, ['applied', 'lost', 'late'] as const) : undefined;
  if (fault === 2) switches.throwAfter = () => (random() < 0.3 ? new Error('connection reset') : undefined);
  if (fault === 3) switches.halt = 'quota used up';
  if (fault === 4) switches.reject = () => (random() < 0.3 ? 'refused' : undefined);
  if (fault === 5)
    switches.fail = () => (random() < 0.3 ? { reason: 'refused later', applied: random() < 0.5 } : undefined);
  if (fault === 6) switches.confirmPolls = Infinity;
}

/** One verb, perhaps stopped in its middle, perhaps with the process dying there. */
async function act(scenario: Scenario, yaml: string, random: () => number): Promise<string[]> {
  const { crm, warehouse, left, right } = scenario;
  const stop = new AbortController();
  const end = Math.floor(random() * 8);
  let moments = Math.floor(random() * 8);
  let die = (): void => undefined;
  const death = new Promise<string[]>((resolve) => (die = () => resolve([])));
  const moment = (): void => {
    if (moments-- !== 0) return;
    if (end === 0) stop.abort();
    if (end !== 1) return;
    for (const one of [crm, warehouse, left, right]) one.cutOff();
    die();
  };
  crm.switches.onPage = moment;
  for (const plane of [left, right]) plane.switches.onWrite = moment;
  const world = await scenario.open({ yaml, signal: stop.signal });
  const verb = async (): Promise<string[]> => {
    const choice = Math.floor(random() * 7);
    if (choice === 0) return accountsClose((await reindex(world)).run!);
    if (choice === 1) return accountsClose((await verify(world, { repair: true })).repaired!);
    if (choice === 2) return accountsClose(await runOnce(world, { limit: 2, patienceMs: 30_000 }));
    return accountsClose(await runOnce(world, { patienceMs: 30_000 }));
  };
  try {
    return await Promise.race([verb(), death]);
  } catch (error) {
    const { code, name } = error as { code?: string; name?: string };
    if (stop.signal.aborted || code === 'SLOT_MISSING') return [];
    throw new Error(`${name} ${code}`, { cause: error });
  } finally {
    crm.switches.onPage = undefined;
    for (const plane of [left, right]) plane.switches.onWrite = undefined;
    stop.abort();
    await new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
    world.catalog.close();
    scenario.clock.advance(61_000);
  }
}

describe('random verbs under random configurations and faults', () => {
  it.each(seeds)('end with both planes equal to the sources (seed %i)', async (seed) => {
    const random = createRandom(seed * 7919);
    const scenario = createScenario({
      right: { pieceLength: 40 },
      left: { pieceLength: 60 },
      kinds: kindsYaml + person,
    });
    try {
      for (let round = 0; round < 7; round++) {
        for (let step = Math.floor(random() * 6); step > 0; step--) changeSources(scenario, random);
        disturb(scenario.left, random);
        disturb(scenario.right, random);
        const yaml = random() < 0.5 ? scenario.yaml : configuration(scenario, random);
        expect(await act(scenario, yaml, random), `round ${round}`).toEqual([]);
        scenario.clock.advance(Math.floor(random() * 60_000));
      }
      for (const plane of [scenario.left, scenario.right]) Object.assign(plane.switches, calm);
      for (const [key, data] of scenario.crm.rows('Account'))
        if (!data['Name'])
          scenario.crm.put('Account', key, { Id: key, Name: 'Mended', OwnerId: 'u1', Industry: 'Energy' });
      for (const plane of [scenario.left, scenario.right]) plane.settle();
      await scenario.sync();
      const world = await scenario.open();
      await reindex(world);
      const last = await runOnce(world);
      const verified = await verify(world);
      world.catalog.close();
      expect(accountsClose(last)).toEqual([]);
      expect(last.destinations.map((one) => one.considered)).toEqual([0, 0]);
      const expected = expectedBodies(scenario);
      expect(bodies(scenario.left)).toEqual(expected);
      expect(bodies(scenario.right)).toEqual(expected);
      expect(isVerified(verified)).toBe(true);
      expect([...scenario.left.breaches, ...scenario.right.breaches]).toEqual([]);
      expect([scenario.left.orphans(), scenario.right.orphans()]).toEqual([[], []]);
    } finally {
      scenario.end();
    }
  });
});
