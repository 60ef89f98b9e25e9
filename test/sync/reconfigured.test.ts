import { afterEach, describe, expect, it } from 'vitest';
import { TransientError } from '../../core/contract/errors.ts';
import { expectedBodies } from './oracle.ts';
import { accountsClose, bodies, createScenario, kindsYaml, type Scenario } from './scenario.ts';

const personKind = `
  person:
    from: crm.User
    title: "{{Name}}"
    body: "{{Name}} works here."
    access: { everyone: the demo data is not secret }
`;
const withPerson = `${kindsYaml}${personKind}`;
const onlyPerson = `\nkinds:${personKind}`;

/** The same company under another configuration. */
const pipelines = (yaml: string, text: string): string =>
  yaml.replace(/\npipelines:[\s\S]*$/, `\npipelines:\n${text}`);

describe('a changed configuration', () => {
  let scenario: Scenario;
  afterEach(() => scenario.end());

  it('withdraws the documents of a kind that no pipeline names any more', async () => {
    scenario = createScenario({ kinds: withPerson });
    await scenario.sync({
      yaml: pipelines(scenario.yaml, '  all: { kinds: [account, person], destinations: [left, right] }'),
    });
    expect(Object.keys(bodies(scenario.left)).sort()).toEqual(['a1', 'a2', 'a3', 'u1', 'u2']);
    const report = await scenario.sync();
    expect(accountsClose(report)).toEqual([]);
    expect(report.destinations.map((one) => one.deleted)).toEqual([2, 2]);
    expect(Object.keys(bodies(scenario.left)).sort()).toEqual(['a1', 'a2', 'a3']);
    expect(Object.keys(bodies(scenario.right)).sort()).toEqual(['a1', 'a2', 'a3']);
  });

  it('withdraws the documents of a kind that is no longer written down', async () => {
    scenario = createScenario({ kinds: withPerson });
    await scenario.sync({
      yaml: pipelines(scenario.yaml, '  all: { kinds: [account, person], destinations: [left, right] }'),
    });
    const other = createScenario();
    const report = await scenario.sync({ yaml: other.yaml });
    other.end();
    expect(accountsClose(report)).toEqual([]);
    expect(Object.keys(bodies(scenario.right)).sort()).toEqual(['a1', 'a2', 'a3']);
  });

  it('withdraws what a destination holds that no pipeline names any more, and brings it back when one does', async () => {
    scenario = createScenario();
    await scenario.sync();
    const rightOnly = pipelines(scenario.yaml, '  all: { kinds: [account], destinations: [right] }');
    const report = await scenario.sync({ yaml: rightOnly });
    expect(accountsClose(report)).toEqual([]);
    expect(bodies(scenario.left)).toEqual({});
    expect(Object.keys(bodies(scenario.right))).toHaveLength(3);
    const quiet = await scenario.sync({ yaml: rightOnly });
    expect(quiet.destinations.map((one) => one.destination)).toEqual(['right']);
    await scenario.sync();
    expect(bodies(scenario.left)).toEqual(bodies(scenario.right));
  });

  it('brings a kind up to date that was away while its records changed', async () => {
    scenario = createScenario({ kinds: withPerson });
    const both = pipelines(scenario.yaml, '  all: { kinds: [account, person], destinations: [left, right] }');
    await scenario.sync({ yaml: both });
    const away = createScenario({ kinds: onlyPerson });
    const personOnly = pipelines(away.yaml, '  all: { kinds: [person], destinations: [left, right] }');
    away.end();
    scenario.crm.patch('User', 'u1', { Name: 'Ursula' });
    scenario.crm.patch('Contact', 'c1', { AccountId: 'a2' });
    await scenario.sync({ yaml: personOnly });
    expect(Object.keys(bodies(scenario.left)).sort()).toEqual(['u1', 'u2']);
    await scenario.sync({ yaml: both });
    const { u1, u2, ...accounts } = bodies(scenario.left);
    expect([u1, u2]).toEqual(['Ursula works here.', 'Viktor works here.']);
    expect(accounts).toEqual(expectedBodies(scenario));
    expect(bodies(scenario.right)).toEqual(bodies(scenario.left));
  });

  it('joins anew what was moved while no kind used the join', async () => {
    scenario = createScenario({ kinds: withPerson });
    const both = pipelines(scenario.yaml, '  all: { kinds: [account, person], destinations: [left, right] }');
    await scenario.sync({ yaml: both });
    const noContacts = both
      .replace(/ {6}contacts:.*\n/, '')
      .replace(/ {6}\{\{#each contacts\}\}[\s\S]*?\{\{\/each\}\}\n/, '');
    const world = await scenario.open({ yaml: noContacts });
    // Everything up to the pull of this run, and no further: its process is killed there.
    const { defineKinds } = await import('../../sync/world.ts');
    const { pullStream } = await import('../../sync/pull.ts');
    const lease = world.catalog.leases.acquire(['compose', 'stream:crm.Contact']);
    if ('heldBy' in lease) throw new Error('busy');
    await defineKinds(world, lease);
    scenario.crm.patch('Contact', 'c1', { AccountId: 'a3' });
    await pullStream(world, 'crm', world.config.sources['crm']!.streams['Contact']!, lease);
    world.catalog.leases.release(lease);
    world.catalog.close();
    await scenario.sync({ yaml: both });
    expect(bodies(scenario.right)['a1']).not.toContain('Ann');
    expect(bodies(scenario.right)['a3']).toContain('Ann');
  });

  it('replaces every document when the namespace changes', async () => {
    scenario = createScenario();
    await scenario.sync();
    const yaml = scenario.yaml.replace('namespace: acme', 'namespace: other');
    const report = await scenario.sync({ yaml });
    expect(accountsClose(report)).toEqual([]);
    expect([...scenario.left.held().keys()].sort().map((id) => id.split(':')[0])).toEqual([
      'other',
      'other',
      'other',
    ]);
    expect([...scenario.right.held().keys()].map((id) => id.split(':')[0])).toEqual([
      'other',
      'other',
      'other',
    ]);
    const quiet = await scenario.sync({ yaml });
    expect(quiet.destinations.map((one) => one.considered)).toEqual([0, 0]);
    await scenario.sync();
    expect(bodies(scenario.left)).toEqual(expectedBodies(scenario));
    expect([...scenario.left.held().keys()].map((id) => id.split(':')[0])).toEqual(['acme', 'acme', 'acme']);
    expect([...scenario.left.breaches, ...scenario.right.breaches]).toEqual([]);
  });

  it('replaces the documents of a kind that starts from another stream', async () => {
    scenario = createScenario({ kinds: `\nkinds:${personKind}` });
    const people = pipelines(scenario.yaml, '  all: { kinds: [person], destinations: [left, right] }');
    await scenario.sync({ yaml: people });
    const report = await scenario.sync({ yaml: people.replace('from: crm.User', 'from: crm.Contact') });
    expect(accountsClose(report)).toEqual([]);
    expect(bodies(scenario.left)).toEqual({ c1: 'Ann works here.', c2: 'Ben works here.' });
    expect(bodies(scenario.right)).toEqual(bodies(scenario.left));
  });

  it('sends nothing of a changed kind before the streams it needs have been read', async () => {
    const noDeals = kindsYaml
      .replace(/ {6}deals:.*\n/, '')
      .replace(/ {6}\{\{#each deals\}\}[\s\S]*?\{\{\/each\}\}\n/, '');
    scenario = createScenario({ kinds: noDeals });
    scenario.left.switches.halt = 'not yet';
    await scenario.sync();
    scenario.left.switches.halt = undefined;
    const full = createScenario();
    const yaml = full.yaml;
    full.end();
    for (let i = 0; i < 8; i++) scenario.crm.failNextRead(new TransientError('down'), { stream: 'Deal' });
    const report = await scenario.sync({ yaml });
    expect(accountsClose(report)).toEqual([]);
    expect(report.kinds[0]!.waitsFor).toEqual(['crm.Deal']);
    expect(bodies(scenario.left)).toEqual({});
    await scenario.sync({ yaml });
    await scenario.sync({ yaml });
    expect(bodies(scenario.left)).toEqual(expectedBodies(scenario));
    expect(bodies(scenario.right)).toEqual(bodies(scenario.left));
  });

  it('tells of a missing part only until its stream has been read', async () => {
    scenario = createScenario({
      kinds: kindsYaml.replace('limit: 5 }', 'limit: 5, required: false }'),
    });
    for (let i = 0; i < 6; i++) scenario.crm.failNextRead(new TransientError('down'), { stream: 'Deal' });
    await scenario.sync();
    const missing = () =>
      [...scenario.right.held().values()].map((one) => one.document?.metadata['missing_parts']);
    expect(missing()).toEqual([['deals'], ['deals'], ['deals']]);
    await scenario.sync();
    await scenario.sync();
    expect(missing()).toEqual([undefined, undefined, undefined]);
    expect(bodies(scenario.right)).toEqual(expectedBodies(scenario));
  });

  it('reads a stream again under another shape and takes what it says, whatever its versions were before', async () => {
    scenario = createScenario();
    await scenario.sync();
    const world = await scenario.open();
    const lease = world.catalog.leases.acquire(['compose', 'stream:crm.User']);
    if ('heldBy' in lease) throw new Error('busy');
    world.catalog.streams.reshape(lease, 'crm.User', 'another cursor field');
    world.catalog.streams.savePage(lease, 'crm.User', {
      asOf: new Date(scenario.clock.now() + 1000).toISOString(),
      records: [{ key: 'u1', data: { Id: 'u1', Name: 'Umberto' }, version: '0' }],
      deleted: [],
      unreadable: [],
      cursor: undefined,
      bulk: true,
    });
    await (await import('../../sync/world.ts')).defineKinds(world, lease);
    const owner = world.catalog.kinds.trees('account', [world.catalog.kinds.findRoot('account', 'a1')!]);
    expect([...owner.values()][0]!.parts['owner']![0]!.data['Name']).toBe('Umberto');
    world.catalog.leases.release(lease);
    world.catalog.close();
  });
});
