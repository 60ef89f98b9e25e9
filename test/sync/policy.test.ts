import { afterEach, describe, expect, it } from 'vitest';
import { accountsClose, bodies, createScenario, kindsYaml, type Scenario } from './scenario.ts';

const everyone = 'access: { everyone: the demo data is not secret }';

describe('policy', () => {
  let scenario: Scenario;
  afterEach(() => scenario.end());

  it('withdraws a document from a plane once its classification is above what the plane accepts, and brings it back', async () => {
    scenario = createScenario();
    await scenario.sync();
    const strict = scenario.yaml.replace(
      'right: { type: model-right, plane: stateless }',
      'right: { type: model-right, plane: stateless, accepts: public }',
    );
    const report = await scenario.sync({ yaml: strict });
    expect(accountsClose(report)).toEqual([]);
    expect(report.destinations).toMatchObject([
      { destination: 'left', unchanged: 3, held: 3 },
      { destination: 'right', withheld: 3, held: 0 },
    ]);
    expect(bodies(scenario.right)).toEqual({});
    scenario.right.resetCounts();
    const quiet = await scenario.sync({ yaml: strict });
    expect(quiet.destinations[1]).toMatchObject({ considered: 0 });
    expect(scenario.right.counts.requests).toBe(0);
    await scenario.sync();
    expect(bodies(scenario.right)).toEqual(bodies(scenario.left));
  });

  it('never writes what is above what a plane accepts', async () => {
    scenario = createScenario();
    const strict = scenario.yaml.replace('plane: stateful }', 'plane: stateful, accepts: public }');
    const report = await scenario.sync({ yaml: strict });
    expect(accountsClose(report)).toEqual([]);
    expect(report.destinations[0]).toMatchObject({ considered: 3, withheld: 3, held: 0 });
    expect(scenario.left.counts.requests).toBe(0);
  });

  it('withdraws a document everywhere when nobody can say any more who may read it', async () => {
    scenario = createScenario({
      kinds: kindsYaml.replace(everyone, 'access: { allow: ["team:{{Industry}}"] }'),
    });
    const first = await scenario.sync();
    expect(accountsClose(first)).toEqual([]);
    expect(Object.keys(bodies(scenario.left))).toHaveLength(3);
    scenario.crm.patch('Account', 'a1', { Industry: null });
    const report = await scenario.sync();
    expect(accountsClose(report)).toEqual([]);
    expect(report.destinations.map((one) => one.withheld)).toEqual([1, 1]);
    expect(Object.keys(bodies(scenario.left)).sort()).toEqual(['a2', 'a3']);
    expect(Object.keys(bodies(scenario.right)).sort()).toEqual(['a2', 'a3']);
    scenario.crm.patch('Account', 'a1', { Industry: 'Energy' });
    await scenario.sync();
    expect(Object.keys(bodies(scenario.left)).sort()).toEqual(['a1', 'a2', 'a3']);
  });

  it('withdraws a withheld document from a plane that was down when it was withheld, also when it can no longer be rendered', async () => {
    scenario = createScenario({
      kinds: kindsYaml
        .replace(everyone, 'access: { allow: ["team:{{Industry}}"] }')
        .replace('title: "{{Name}}"', 'title: "{{Name}}"'),
    });
    await scenario.sync();
    scenario.left.switches.halt = 'down';
    scenario.crm.patch('Account', 'a1', { Industry: null });
    await scenario.sync();
    expect(bodies(scenario.left)).toHaveProperty('a1');
    scenario.crm.patch('Account', 'a1', { Industry: 'Energy', Name: '' });
    await scenario.sync();
    scenario.left.switches.halt = undefined;
    const report = await scenario.sync();
    expect(accountsClose(report)).toEqual([]);
    expect(bodies(scenario.left)).not.toHaveProperty('a1');
    expect(bodies(scenario.right)).not.toHaveProperty('a1');
  });

  it('withdraws what cannot be rendered from a plane that may no longer hold it', async () => {
    scenario = createScenario();
    await scenario.sync();
    const strict = scenario.yaml.replace('plane: stateful }', 'plane: stateful, accepts: public }');
    scenario.crm.patch('Account', 'a1', { Name: '' });
    const report = await scenario.sync({ yaml: strict });
    expect(accountsClose(report)).toEqual([]);
    expect(bodies(scenario.left)).toEqual({});
    expect(bodies(scenario.right)).toHaveProperty('a1');
  });

  it('withdraws what cannot be rendered from a plane that its kind no longer goes to', async () => {
    scenario = createScenario();
    await scenario.sync();
    scenario.crm.patch('Account', 'a1', { Name: '' });
    const report = await scenario.sync({
      yaml: scenario.yaml.replace('destinations: [left, right]', 'destinations: [right]'),
    });
    expect(accountsClose(report)).toEqual([]);
    expect(bodies(scenario.left)).toEqual({});
    expect(bodies(scenario.right)).toHaveProperty('a1');
  });
});
