import { afterEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../../core/config/load-config.ts';
import { definitionOf } from '../../sync/definitions.ts';
import { accountsClose, createScenario, type Scenario } from './scenario.ts';

const withDefinitions = (yaml: string, fields = '[name, label, fields]'): string =>
  yaml.replace('      User: {', `      definitions: { fields: ${fields} }\n      User: {`).replace(
    'pipelines:\n  all: { kinds: [account]',
    `  definition:
    from: crm.definitions
    title: "What {{label}} means"
    body: "{{label}} has these fields:\\n{{fields}}"
    access: { everyone: field names are not secret }
pipelines:
  all: { kinds: [account, definition]`,
  );

describe('definition documents', () => {
  let scenario: Scenario;
  afterEach(() => scenario.end());
  const definitions = (plane: Scenario['left']): string[] =>
    [...plane.held().values()]
      .filter((held) => held.document?.kind === 'definition')
      .map((held) => held.document!.title);

  it('say on both planes what the words of a source mean, and stay silent while it describes itself alike', async () => {
    scenario = createScenario();
    const yaml = withDefinitions(scenario.yaml);
    const report = await scenario.sync({ yaml });
    expect(accountsClose(report)).toEqual([]);
    expect(definitions(scenario.left).sort()).toEqual(definitions(scenario.right).sort());
    expect(definitions(scenario.left)).toHaveLength(4);
    scenario.clock.advance(7 * 3_600_000);
    const later = await scenario.sync({ yaml });
    expect(later.streams.find((one) => one.stream === 'crm.definitions')).toMatchObject({
      read: 4,
      unchanged: 4,
    });
    expect(later.destinations.map((one) => one.written)).toEqual([0, 0]);
  });

  it('follow an allow-list at once, before the source is asked again by itself', async () => {
    scenario = createScenario();
    await scenario.sync({ yaml: withDefinitions(scenario.yaml) });
    const yaml = withDefinitions(scenario.yaml).replace('Deal: { fields: [Id, ', 'Deal: { fields: [');
    expect(yaml).not.toBe(withDefinitions(scenario.yaml));
    const report = await scenario.sync({ yaml });
    expect(report.streams.find((one) => one.stream === 'crm.definitions')).toMatchObject({
      changed: 1,
      unchanged: 3,
    });
  });

  it('go when their stream is no longer configured', async () => {
    scenario = createScenario();
    await scenario.sync({ yaml: withDefinitions(scenario.yaml) });
    const without = withDefinitions(scenario.yaml)
      .replace(/ {6}Deal: \{ fields: .*\n/, '')
      .replace(/ {6}deals: .*\n/, '')
      .replace(/ {6}\{\{#each deals\}\}[\s\S]*?\{\{\/each\}\}\n/, '');
    const report = await scenario.sync({ yaml: without });
    expect(accountsClose(report)).toEqual([]);
    expect(definitions(scenario.right)).toHaveLength(3);
  });

  it('take no setting of a connector and no other field', async () => {
    scenario = createScenario();
    const yaml = withDefinitions(scenario.yaml, '[name, secrets]');
    await expect(parseConfig(yaml, scenario.registry, { env: {}, folder: scenario.folder })).rejects.toThrow(
      /definitions/,
    );
  });
});

describe('a definition', () => {
  it('names allow-listed fields with their help, references and picklist values, and no other', () => {
    const definition = definitionOf(
      {
        name: 'Account',
        label: 'Customer',
        key: ['Id'],
        cursors: [],
        fields: [
          {
            name: 'Tier__c',
            type: 'picklist',
            label: 'Tier',
            help: 'What the\n customer pays for.',
            values: [
              { value: 'E', label: 'Enterprise' },
              { value: 'Free', label: 'Free' },
            ],
          },
          { name: 'OwnerId', type: 'reference', refersTo: ['User'] },
          { name: 'Health', type: 'number', calculated: true },
          { name: 'Salary__c', type: 'currency', help: 'Not for everyone.' },
        ],
      },
      ['Tier__c', 'OwnerId', 'Health'],
    );
    expect(definition).toEqual({
      name: 'Account',
      label: 'Customer',
      comment: null,
      count: 3,
      fields:
        '- Tier (Tier__c, picklist): What the customer pays for. One of: E (Enterprise), Free.\n' +
        '- OwnerId (reference): It refers to User.\n' +
        '- Health (number): It is calculated.',
    });
  });
});
