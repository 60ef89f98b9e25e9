import { createRandom } from '../../core/testing/random.ts';
import { reindex } from '../../sync/reindex.ts';
import { runOnce } from '../../sync/run.ts';
import { isVerified, verify } from '../../sync/verify.ts';
import { expectedBodies } from '../sync/oracle.ts';
import { accountsClose, bodies, createScenario, type Scenario } from '../sync/scenario.ts';
import { changeSources } from './change-sources.ts';
import { actOnSlots, describeHalfWay, isRefusal } from './act-on-slots.ts';
import { calm, disturbPlane, disturbSource, pickOf, type Random } from './disturb.ts';

const rounds = 6;
const hour = 3_600_000;
const crmStreams = ['Account', 'User', 'Contact', 'Deal'];

/**
 * One history of a company from a seed: changes, faults, configurations, verbs, stops and deaths, on a clock of its own.
 * Answers what was broken, after any round or at the end, when everything has answered once more.
 */
export async function playHistory(seed: number, { slots = false } = {}): Promise<string[]> {
  const random = createRandom(seed * 104_729);
  const scenario = createScenario({
    reconcile: '1h',
    // A source that cannot be asked for a key keeps what was quarantined and then destroyed: other tests have those.
    source: { versions: random() < 0.5 },
    left: {
      ...(slots ? { slots } : {}),
      pieceLength: 60,
      ...(random() < 0.3 ? { limits: { maxDocuments: 1 } } : {}),
    },
    right: {
      ...(slots ? { slots } : {}),
      pieceLength: 40,
      ...(random() < 0.5 ? { mode: 'accepting' as const } : {}),
    },
  });
  try {
    for (let round = 0; round < rounds; round++) {
      for (let step = Math.floor(random() * 6); step > 0; step--) changeSources(scenario, random);
      disturbPlane(scenario.left, random);
      disturbPlane(scenario.right, random);
      disturbSource(scenario.crm, crmStreams, random);
      disturbSource(scenario.warehouse, ['usage'], random);
      const yaml = random() < 0.6 ? scenario.yaml : otherConfiguration(scenario.yaml, random);
      const broken = [
        ...(await act(scenario, yaml, random, slots)),
        ...scenario.left.breaches,
        ...scenario.right.breaches,
      ];
      if (broken.length > 0) return broken.map((one) => `round ${round}: ${one}`);
      scenario.clock.advance(Math.floor(random() * (random() < 0.3 ? 2 * hour : 60_000)));
    }
    return await settleAndCompare(scenario);
  } catch (error) {
    return [error instanceof Error ? (error.stack ?? error.message) : String(error)];
  } finally {
    scenario.end();
  }
}

function otherConfiguration(yaml: string, random: Random): string {
  const [from, to] = pickOf<readonly [string | RegExp, string]>(random, [
    ['namespace: acme', 'namespace: other'],
    ['plane: stateful }', 'plane: stateful, accepts: public }'],
    ['destinations: [left, right]', 'destinations: [right]'],
    ['destinations: [left, right]', 'destinations: [left]'],
    ['order: Amount desc, limit: 5', 'order: Amount, limit: 1'],
    ['metadata: { industry: Industry }', 'metadata: { sector: Industry }'],
    ['title: "{{Name}}"', 'title: "About {{Name}}"'],
    ['everyone: the demo data is not secret', 'allow: ["crm:{{OwnerId}}"]'],
    ['fields: [Id, Name, OwnerId, Industry]', 'fields: [Id, Name, Industry, OwnerId]'],
  ]);
  return yaml.replace(from, to);
}

/** One verb, perhaps stopped in its middle, perhaps with the process dying there. */
async function act(scenario: Scenario, yaml: string, random: Random, slots: boolean): Promise<string[]> {
  const { crm, warehouse, left, right } = scenario;
  const stop = new AbortController();
  const end = pickOf(random, ['stop', 'death', 'none', 'none']);
  let moments = Math.floor(random() * 12);
  let die = (): void => undefined;
  const death = new Promise<string[]>((resolve) => (die = () => resolve([])));
  const moment = (): void => {
    if (moments-- !== 0) return;
    if (end === 'stop') stop.abort();
    if (end !== 'death') return;
    for (const one of [crm, warehouse, left, right]) one.cutOff();
    die();
  };
  crm.switches.onPage = moment;
  for (const { switches } of [left, right])
    Object.assign(switches, { onWrite: moment, onActivate: moment, onRetire: moment });
  const world = await scenario.open({ yaml, signal: stop.signal });
  const choice = Math.floor(random() * (slots ? 16 : 8));
  const patienceMs = 30_000;
  const verb = async (): Promise<string[]> => {
    if (choice === 0) return accountsClose((await reindex(world)).run!);
    if (choice === 1) return accountsClose((await verify(world, { repair: true })).repaired!);
    if (choice === 2) return accountsClose(await runOnce(world, { limit: 2, patienceMs }));
    if (choice === 3) return accountsClose(await runOnce(world, { pull: false, patienceMs }));
    if (choice === 4) return accountsClose(await runOnce(world, { publish: false }));
    if (choice >= 8) return actOnSlots(world, choice - 8);
    return accountsClose(await runOnce(world, { patienceMs }));
  };
  try {
    return await Promise.race([verb(), death]);
  } catch (error) {
    const { code } = error as { code?: string };
    if (stop.signal.aborted || code === 'SLOT_MISSING' || isRefusal(code)) return [];
    throw error;
  } finally {
    crm.switches.onPage = undefined;
    for (const { switches } of [left, right])
      Object.assign(switches, { onWrite: undefined, onActivate: undefined, onRetire: undefined });
    stop.abort();
    await new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
    world.catalog.close();
    scenario.clock.advance(61_000);
  }
}

/** Everything answers, bad rows are mended: two runs later nothing is left to do and both planes are as the sources say. */
async function settleAndCompare(scenario: Scenario): Promise<string[]> {
  const { crm, left, right, clock } = scenario;
  calm(scenario);
  clock.advance(2 * hour);
  for (const [key, data] of crm.rows('Account'))
    if (!data['Name'])
      crm.put('Account', key, { Id: key, Name: 'Mended', OwnerId: 'u1', Industry: 'Energy' });
  for (const plane of [left, right]) plane.settle();
  const broken: string[] = [];
  const expect = (what: string, found: unknown, wanted: unknown): void => {
    const sorted = (value: unknown): string =>
      JSON.stringify(value, (_, one: unknown) =>
        one !== null && typeof one === 'object' && !Array.isArray(one)
          ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
          : one,
      );
    if (sorted(found) !== sorted(wanted)) broken.push(`${what}: ${sorted(found)}, not ${sorted(wanted)}`);
  };
  // Failures of reads that were ordered and never met are met now.
  for (let run = 0, failing = true; failing && run < 10; run++)
    failing = (await scenario.sync()).streams.some((one) => one.error);
  // What was refused for good is not tried again by itself: everything is written once more.
  const world = await scenario.open();
  await reindex(world);
  clock.advance(2 * hour);
  const last = await runOnce(world);
  const verified = await verify(world);
  const slots = (await Promise.all(['left', 'right'].map(world.slots))).flat();
  const open = slots.map((slot) => world.catalog.holdings.openAttempts(slot.id).length);
  const halfWay = describeHalfWay(scenario, world, slots);
  world.catalog.close();
  const expected = expectedBodies(scenario);
  expect('accounts of the last run', accountsClose(last), []);
  expect(
    'errors',
    [...last.streams, ...last.destinations].flatMap((one) => one.error ?? []),
    [],
  );
  expect(
    'considered by the last run',
    last.destinations.map((one) => one.considered),
    slots.map(() => 0),
  );
  expect(
    'open attempts',
    open,
    slots.map(() => 0),
  );
  for (const { name, title, destination } of slots) {
    const plane = name === 'left' ? left : right;
    const slot = destination.slots?.name;
    expect(title, bodies({ ...plane, held: () => plane.held(slot) }), expected);
  }
  expect('half-way', halfWay, []);
  expect('verified', isVerified(verified), true);
  expect('breaches', [...left.breaches, ...right.breaches], []);
  expect('orphans', [left.orphans(), right.orphans()], [[], []]);
  return broken;
}
