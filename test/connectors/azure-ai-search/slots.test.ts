import { afterEach, describe, expect, it } from 'vitest';
import {
  azureAiSearch,
  openAzureAiSearchSlots,
  type AzureAiSearchSlots,
} from '../../../connectors/azure-ai-search/index.ts';
import type { AzureAiSearchEmulatorOptions } from '../../../connectors/azure-ai-search/emulator/index.ts';
import { createTestContext } from '../../../core/testing/context.ts';
import type { Change } from '../../../core/contract/destination.ts';
import { createDocument, createRig, writesOf, type Rig } from './support.ts';

let rig: Rig;
afterEach(async () => rig.emulator.close());

const settings = {
  alias: 'knowledge',
  semanticConfiguration: 'agents',
  knowledge: { source: 'crm', base: 'crm-base', description: 'Customers and contracts.' },
};
async function open(
  options: AzureAiSearchEmulatorOptions = {},
  more: object = {},
): Promise<AzureAiSearchSlots> {
  rig = await createRig({ ...settings, ...more }, options);
  return slotsOf('test-installation', more);
}
function slotsOf(installation: string, more: object = {}): Promise<AzureAiSearchSlots> {
  const config = azureAiSearch.config.parse({
    endpoint: rig.emulator.url,
    apiKey: 'emulator-key',
    index: 'context',
    ...settings,
    ...more,
  });
  return openAzureAiSearchSlots(config, { ...createTestContext({ clock: rig.clock }), installation });
}
const get = async (path: string): Promise<Record<string, unknown>> =>
  (await (
    await fetch(`${rig.emulator.url}${path}?api-version=2026-04-01`, {
      headers: { 'api-key': 'emulator-key' },
    })
  ).json()) as Record<string, unknown>;
const alias = async () => (await get("/aliases('knowledge')"))['indexes'];
const sourced = async () =>
  ((await get("/knowledgesources('crm')"))['searchIndexParameters'] as { searchIndexName: string })
    .searchIndexName;
const countThrough = async (name: string): Promise<string> =>
  (
    await fetch(`${rig.emulator.url}/indexes('${name}')/docs/$count?api-version=2026-04-01`, {
      headers: { 'api-key': 'emulator-key' },
    })
  ).text();

describe('what leads to an index', () => {
  it('is created with it: alias, knowledge source and knowledge base, and then left alone', async () => {
    rig = await createRig(settings, { apply: false });
    const plan = await rig.destination.plan();
    expect(plan).toMatchObject({
      missing: true,
      steps: [
        { action: 'create', what: 'index context' },
        { action: 'create', what: 'alias knowledge', detail: 'leads to the index context' },
        { action: 'create', what: 'knowledge source crm' },
        { action: 'create', what: 'knowledge base crm-base' },
      ],
    });
    await rig.destination.apply(plan);
    expect(await alias()).toEqual(['context']);
    expect(await get("/knowledgesources('crm')")).toMatchObject({
      kind: 'searchIndex',
      description: 'Customers and contracts.',
      searchIndexParameters: { searchIndexName: 'context', semanticConfigurationName: 'agents' },
    });
    expect(await get("/knowledgebases('crm-base')")).toMatchObject({ knowledgeSources: [{ name: 'crm' }] });
    const writes = (): number => rig.emulator.server.requests.filter((one) => one.method !== 'GET').length;
    const before = writes();
    expect((await rig.destination.plan()).steps.every((step) => step.action === 'none')).toBe(true);
    await rig.destination.apply(await rig.destination.plan());
    expect(writes()).toBe(before);
  });

  it('is not moved by a plan: only a hand-over does that', async () => {
    await open();
    const other = await rig.another({ index: 'context-2' });
    const plan = await other.plan();
    expect(plan.steps.slice(1)).toMatchObject([
      { action: 'none', detail: 'leads to the index context until the slot is activated' },
      { action: 'none' },
      { action: 'none' },
    ]);
    await other.apply(plan);
    expect(await alias()).toEqual(['context']);
    expect(await sourced()).toBe('context');
  });
});

describe('slots of an Azure AI Search destination', () => {
  it('are filled beside the active one, activated together with the knowledge source, and given up', async () => {
    const slots = await open();
    await rig.destination.write(writesOf(3));
    expect(await slots.list()).toEqual([{ index: 'context', active: true, documents: 3 }]);
    expect(await slots.open()).toEqual({ index: 'context-2', active: false, documents: 0 });
    const next = await rig.another({ index: 'context-2' });
    await next.write(writesOf(5));
    expect(await countThrough('knowledge')).toBe('3');

    expect(await slots.activate('context-2')).toEqual({ previous: 'context', windowMs: expect.any(Number) });
    expect(await countThrough('knowledge')).toBe('5');
    expect(await sourced()).toBe('context-2');
    expect(await slots.list()).toEqual([
      { index: 'context', active: false, documents: 3 },
      { index: 'context-2', active: true, documents: 5 },
    ]);
    await slots.retire('context');
    expect(await slots.list()).toEqual([{ index: 'context-2', active: true, documents: 5 }]);
    expect(await slots.open()).toMatchObject({ index: 'context-3' });
  });

  it('go back as they came: activating the former one is the way back', async () => {
    const slots = await open();
    await slots.open();
    const { previous } = await slots.activate('context-2');
    await slots.activate(previous!);
    expect(await alias()).toEqual(['context']);
    expect(await sourced()).toBe('context');
  });

  it('are opened once, however often one asks, until the new one is active', async () => {
    const slots = await open();
    expect((await slots.open()).index).toBe('context-2');
    expect((await slots.open()).index).toBe('context-2');
    await slots.activate('context-2');
    expect((await slots.open()).index).toBe('context-3');
  });

  it('finish a hand-over that broke between the alias and the knowledge source', async () => {
    const slots = await open();
    await slots.open();
    rig.emulator.server.fault({
      when: (request) => request.method === 'PUT' && request.path.startsWith('/knowledgesources'),
      times: 1,
      effect: { kind: 'reply', reply: { status: 503 } },
    });
    await expect(slots.activate('context-2')).rejects.toMatchObject({ name: 'TransientError' });
    expect([await alias(), await sourced()]).toEqual([['context-2'], 'context']);
    expect((await slots.activate('context-2')).previous).toBe('context');
    expect([await alias(), await sourced()]).toEqual([['context-2'], 'context-2']);
    expect((await slots.activate('context-2')).previous).toBeUndefined();
  });

  it('do not overwrite a knowledge source that somebody changed meanwhile', async () => {
    const slots = await open();
    await slots.open();
    let headers: Readonly<Record<string, string>> = {};
    rig.emulator.server.fault({
      when: (request) => {
        if (request.method === 'PUT' && request.path.startsWith('/knowledgesources'))
          headers = request.headers;
        return false;
      },
      effect: { kind: 'stall' },
    });
    await slots.activate('context-2');
    expect(headers['if-match']).toMatch(/^"0x8DF/);
  });

  it('are deleted only when nothing leads to them, and not before the alias has led everybody away', async () => {
    const slots = await open({ aliasDelayMs: 9000 });
    await rig.destination.write(writesOf(2));
    await slots.open();
    await expect(slots.retire('context')).rejects.toMatchObject({ code: 'AZURE_SEARCH_SLOT_ACTIVE' });
    await slots.activate('context-2', { fewer: true });
    expect(await countThrough('knowledge')).toBe('2');
    const before = rig.clock.now();
    await slots.retire('context');
    expect(rig.clock.now() - before).toBeGreaterThanOrEqual(10_000);
    expect(await countThrough('knowledge')).toBe('0');
    await slots.retire('context');
  });

  it('do not take over by mistake before they are filled', async () => {
    const slots = await open({}, { chunks: { maxCharacters: 200, overlap: 0 } });
    const long = (count: number) =>
      writesOf(count).map(
        (change) =>
          ({
            ...change,
            document: { ...createDocument(1), id: change.id, body: 'Words follow words here. '.repeat(30) },
          }) as Change,
      );
    await rig.destination.write(long(20));
    await slots.open();
    const next = await rig.another({ index: 'context-2', chunks: undefined });
    await next.write(writesOf(17));
    await expect(slots.activate('context-2')).rejects.toMatchObject({
      code: 'AZURE_SEARCH_SLOT_THIN',
      message: "The index 'context-2' holds 17 documents, 'context' 20.",
    });
    expect(await alias()).toEqual(['context']);
    await next.write(writesOf(18));
    await slots.activate('context-2');
    expect(await alias()).toEqual(['context-2']);
  });

  it('are what a plan points to, where there is an alias to follow', async () => {
    await open();
    const changed = await rig.another({ analyzer: 'de.microsoft' });
    await expect(changed.apply(await changed.plan())).rejects.toMatchObject({
      code: 'AZURE_SEARCH_INDEX_INCOMPATIBLE',
      hint: expect.stringContaining("the alias 'knowledge' follows"),
    });
  });

  it('belong to one installation: those of others are neither shown nor touched', async () => {
    await open();
    const stranger = await slotsOf('elsewhere');
    expect(await stranger.list()).toEqual([]);
    for (const step of [stranger.activate('context'), stranger.retire('context')])
      await expect(step).rejects.toMatchObject({ code: 'AZURE_SEARCH_SLOT_UNKNOWN' });
    expect(rig.emulator.definition('context')).toBeDefined();
  });

  it('are refused when they do not have the configured shape, or when there is no alias to move', async () => {
    const slots = await open();
    await slots.open();
    const changed = await slotsOf('test-installation', { analyzer: 'de.microsoft' });
    await expect(changed.activate('context-2')).rejects.toMatchObject({
      code: 'AZURE_SEARCH_INDEX_INCOMPATIBLE',
    });
    const without = await slotsOf('test-installation', { alias: undefined });
    await expect(without.activate('context-2')).rejects.toMatchObject({ code: 'AZURE_SEARCH_NO_ALIAS' });
    await expect(slots.activate('context-9')).rejects.toMatchObject({ code: 'AZURE_SEARCH_SLOT_UNKNOWN' });
    expect(await alias()).toEqual(['context']);
  });
});

describe('an index that stands beside the configured one', () => {
  it('is led to by nothing when it is made, also where nothing leads anywhere yet', async () => {
    rig = await createRig(settings, { apply: false });
    const beside = await rig.another({}, undefined, undefined, 'context-2');
    const plan = await beside.plan();
    expect(plan.steps.map((step) => step.what)).toEqual(['index context-2']);
    await beside.apply(plan);
    expect(await alias()).toBeUndefined();
    await rig.destination.apply(await rig.destination.plan());
    expect(await alias()).toEqual(['context']);
  });

  it('keeps its shape and takes keys and pace from the configuration', async () => {
    rig = await createRig(settings, { apply: false });
    const base = { endpoint: 'https://a.search.windows.net', index: 'context' };
    const openai = { provider: 'azure-openai', dimensions: 8, endpoint: 'https://m.openai.azure.com' };
    const before = azureAiSearch.config.parse({
      ...base,
      chunks: { maxCharacters: 400 },
      vector: { ...openai, deployment: 'small', apiKey: 'old-key-of-the-models' },
    });
    const after = azureAiSearch.config.parse({
      ...base,
      analyzer: 'en.microsoft',
      chunks: { maxCharacters: 900 },
      batch: { maxInFlight: 2 },
      vector: { ...openai, dimensions: 16, deployment: 'large', apiKey: 'new-key-of-the-models' },
    });
    const { slotSettings } = azureAiSearch;
    const stored = JSON.stringify(slotSettings!.of(before));
    expect(stored).not.toContain('old-key');
    const kept = slotSettings!.with(after, JSON.parse(stored));
    expect(kept).toMatchObject({
      analyzer: 'standard.lucene',
      chunks: { maxCharacters: 400 },
      batch: { maxInFlight: 2 },
      vector: { dimensions: 8, deployment: 'small', apiKey: 'new-key-of-the-models' },
    });
  });
});
