import { afterEach, describe, expect, it } from 'vitest';
import { azureAiSearch } from '../../../connectors/azure-ai-search/index.ts';
import { createRig, type Rig } from './support.ts';

let rig: Rig | undefined;
afterEach(async () => {
  await rig?.emulator.close();
  rig = undefined;
});
const serving = {
  alias: 'customers',
  semanticConfiguration: 'agents',
  knowledge: { source: 'crm', base: 'crm-base' },
};

describe('Provisioning an Azure AI Search service', () => {
  it('makes index, alias, knowledge source and knowledge base in one go, and nothing a second time', async () => {
    rig = await createRig(serving, { apply: false });
    const { destination } = rig;
    const plan = await destination.plan();
    expect(plan.steps.map(({ action, what }) => `${action} ${what}`)).toEqual([
      'create index context',
      'create alias customers',
      'create knowledge source crm',
      'create knowledge base crm-base',
    ]);
    await destination.apply(plan);
    expect((await destination.plan()).steps.every(({ action }) => action === 'none')).toBe(true);
  });

  it('tells the room in the service, and where agents of Foundry find the knowledge base and what they see there', async () => {
    rig = await createRig(serving);
    const { findings, settings } = (await rig.destination.survey?.())!;
    expect(findings.map(({ what, status }) => `${status} ${what}`)).toEqual([
      'fine room in the search service',
      'fine how agents reach it',
      'advice who sees what by the knowledge base',
    ]);
    expect(findings[0]?.detail).toMatch(/storage of the service, .* GB of .* GB/);
    expect(findings[1]?.detail).toContain(`${rig.emulator.url}/knowledgebases/crm-base/mcp`);
    expect(settings).toEqual([]);
  });

  it('advises an alias where there is none, since an index behind one can be replaced', async () => {
    rig = await createRig();
    const { findings, settings } = (await rig.destination.survey?.())!;
    expect(settings).toMatchObject([{ line: 'alias: context-live' }]);
    expect(findings.at(-1)?.detail).toContain('by queries to the index context');
  });

  it('says that the room cannot be seen where statistics are refused', async () => {
    rig = await createRig();
    rig.emulator.server.fault({
      when: ({ path }) => path.includes('servicestats'),
      effect: { kind: 'reply', reply: { status: 403, body: { error: { code: '', message: 'no' } } } },
    });
    expect((await rig.destination.survey?.())?.findings[0]).toMatchObject({ status: 'unseen' });
  });

  it('names the roles that a configuration needs on each resource, and no more', () => {
    const roles = (settings: object) =>
      (azureAiSearch.grants?.(azureAiSearch.config.parse({ ...base, ...settings })) ?? []).flatMap(
        ({ name, policy }) =>
          (policy as { roleAssignments: { role: string; scope: string }[] }).roleAssignments.map(
            ({ role, scope }) => `${name}: ${role} on ${scope}`,
          ),
      );
    const base = { endpoint: 'https://acme.search.windows.net', index: 'context' };
    const always = [
      'tributary: Search Service Contributor on search service acme',
      'tributary: Search Index Data Contributor on search service acme',
    ];
    const agents = 'agents: Search Index Data Reader on search service acme';
    expect(roles({})).toEqual([...always, agents]);
    const vector = {
      provider: 'azure-openai',
      dimensions: 1536,
      endpoint: 'https://models.openai.azure.com',
      deployment: 'embedding',
    };
    const user = 'Cognitive Services OpenAI User on Azure OpenAI resource models';
    expect(roles({ vector, chunks: {} })).toEqual([
      ...always,
      `tributary: ${user}`,
      agents,
      `search-service: ${user}`,
    ]);
  });
});
