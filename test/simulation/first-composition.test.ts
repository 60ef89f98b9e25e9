import { afterEach, describe, expect, it } from 'vitest';
import { expectedBodies } from '../sync/oracle.ts';
import { bodies, createScenario, type Scenario } from '../sync/scenario.ts';

describe('documents', () => {
  let scenario: Scenario;
  afterEach(() => scenario.end());

  it('are not written before every stream that they need has been read once', async () => {
    scenario = createScenario();
    scenario.crm.failNextRead(new Error('no such answer'), { stream: 'Contact' });
    const report = await scenario.sync();
    expect(report.kinds).toMatchObject([{ kind: 'account', waitsFor: ['crm.Contact'] }]);
    expect([scenario.left.held().size, scenario.right.held().size]).toEqual([0, 0]);
    await scenario.sync();
    expect(bodies(scenario.right)).toEqual(expectedBodies(scenario));
  });

  it('show a field that is listed anew, of records that have not changed since', async () => {
    scenario = createScenario();
    const industries = (): unknown[] =>
      [...scenario.right.held().values()].map((one) => one.document?.metadata['industry']);
    const without = scenario.yaml
      .replace('fields: [Id, Name, OwnerId, Industry]', 'fields: [Id, Name, OwnerId]')
      .replace('    metadata: { industry: Industry }\n', '');
    await scenario.sync({ yaml: without });
    expect(industries()).toEqual([undefined, undefined, undefined]);
    await scenario.sync();
    expect(industries().sort()).toEqual(['Energy', 'Retail', 'Retail']);
  });
});
