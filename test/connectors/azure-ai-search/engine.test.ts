import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  startAzureOpenAiEmulator,
  type AzureOpenAiEmulator,
} from '../../../connectors/azure-ai-search/emulator/azure-openai.ts';
import {
  startAzureAiSearchEmulator,
  type AzureAiSearchEmulator,
} from '../../../connectors/azure-ai-search/emulator/index.ts';
import { azureAiSearch } from '../../../connectors/azure-ai-search/index.ts';
import { openCatalog } from '../../../core/catalog/index.ts';
import { parseConfig } from '../../../core/config/load-config.ts';
import type { DestinationReport } from '../../../core/observe/report.ts';
import {
  createRecordingLog,
  createTestClock,
  modelSource,
  type ModelSource,
} from '../../../core/testing/index.ts';
import { runOnce } from '../../../sync/run.ts';
import { isVerified, verify } from '../../../sync/verify.ts';
import { openWorld, type World } from '../../../sync/world.ts';
import { isIndexing } from './support.ts';

let folder: string;
let search: AzureAiSearchEmulator;
let openai: AzureOpenAiEmulator;
let crm: ModelSource;
/** One destination for each; all of them embed by one deployment. */
let indexes: Record<string, string>;
const clock = createTestClock();

const note = (account: number, at: number): object => ({
  Id: `n${account}-${at}`,
  AccountId: `a${account}`,
  Text: `Note ${at} of account ${account} says that ${`the contract ${account}-${at} renews in spring, `.repeat(4)}as agreed.`,
});
const rows = <Row extends object>(all: readonly Row[]): Record<string, never> =>
  Object.fromEntries(all.map((row) => [(row as { Id: string }).Id, row])) as never;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-azure-'));
  search = await startAzureAiSearchEmulator({ now: clock.now });
  openai = await startAzureOpenAiEmulator();
  indexes = { azure: 'context' };
  crm = modelSource({
    clock,
    fields: { Account: ['Id', 'Name'], Note: ['Id', 'AccountId', 'Text'] },
    streams: {
      Account: rows([1, 2, 3].map((at) => ({ Id: `a${at}`, Name: `Account ${at}` }))),
      Note: rows([1, 2, 3].flatMap((account) => [1, 2, 3, 4].map((at) => note(account, at)))),
    },
  });
});
afterEach(async () => {
  await search.close();
  await openai.close();
  rmSync(folder, { recursive: true, force: true });
});

const destination = (name: string, index: string): string => `
  ${name}:
    type: azure-ai-search
    plane: stateless
    endpoint: ${search.url}
    apiKey: \${KEY}
    index: ${index}
    chunks: { maxCharacters: 300, overlap: 0 }
    vector:
      provider: azure-openai
      dimensions: 32
      endpoint: ${openai.url}
      deployment: embedding
      apiKey: \${MODEL_KEY}
`;
const yaml = (): string => `
namespace: acme
sources:
  crm:
    type: model
    streams:
      Account: { fields: [Id, Name] }
      Note: { fields: [Id, AccountId, Text] }
destinations:
${Object.entries(indexes)
  .map(([name, index]) => destination(name, index))
  .join('')}
kinds:
  account:
    from: crm.Account
    with:
      notes: { from: crm.Note, on: { parent: Id, part: AccountId }, order: Id }
    title: "{{Name}}"
    body: |
      {{#each notes}}
      {{Text}}

      {{/each}}
    access: { everyone: the demo data is not secret }
pipelines:
  all: { kinds: [account], destinations: [${Object.keys(indexes).join(', ')}] }
`;
/** One process: the catalog is opened, used and closed. */
async function inProcess<T>(work: (world: World) => Promise<T>): Promise<T> {
  const registry = {
    sources: { model: async () => crm.connector as never },
    destinations: { 'azure-ai-search': async () => azureAiSearch as never },
  };
  const env = { KEY: 'emulator-key', MODEL_KEY: 'openai-key' };
  const config = await parseConfig(yaml(), registry, { env, folder });
  const catalog = openCatalog(join(folder, 'catalog.sqlite'), clock.now);
  const world = await openWorld({
    config,
    catalog,
    log: createRecordingLog(),
    signal: new AbortController().signal,
    observe: () => undefined,
    now: clock.now,
    sleep: clock.sleep,
  });
  try {
    return await work(world);
  } finally {
    await world.close();
    catalog.close();
  }
}
const sync = async (): Promise<DestinationReport> =>
  (await inProcess((world) => runOnce(world, {}))).destinations[0]!;
const check = (repair = false) => inProcess((world) => verify(world, { repair }));
/** Without the one word by which a new deployment is tried. */
const embedded = (): readonly string[] => openai.texts.filter((text) => text !== 'Tributary');
const passages = (): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const one of search.documents('context')) {
    const key = String(one['doc_id']).split(':').at(-1)!;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
};

describe('the engine over an index of passages with vectors', () => {
  it('writes and pays once; an unchanged run writes nothing and embeds nothing', async () => {
    expect(await sync()).toMatchObject({ written: 3, pending: 0 });
    expect(passages()).toEqual({ a1: 4, a2: 4, a3: 4 });
    expect(embedded()).toHaveLength(12);
    const [paid, requests] = [openai.tokens(), search.server.requests.filter(isIndexing).length];
    expect(await sync()).toMatchObject({ written: 0, deleted: 0 });
    expect(openai.tokens()).toBe(paid);
    expect(search.server.requests.filter(isIndexing)).toHaveLength(requests);
    expect(isVerified(await check())).toBe(true);
  });

  it('pays for the passage that changed alone, and forgets what the document lost', async () => {
    await sync();
    crm.put('Note', 'n1-3', { ...note(1, 3), Text: 'Short and new.' } as never);
    crm.remove('Note', 'n1-4');
    crm.remove('Note', 'n2-2');
    await sync();
    expect(embedded().slice(12)).toEqual([expect.stringContaining('Short and new.')]);
    expect(passages()).toEqual({ a1: 2, a2: 3, a3: 4 });
    expect(isVerified(await check())).toBe(true);
  });

  it('settles a document whose surplus could not be removed, in the next run, whatever happened between', async () => {
    await sync();
    for (const at of [2, 3, 4]) crm.remove('Note', `n1-${at}`);
    const restore = search.server.fault({
      when: (request) => isIndexing(request) && request.body.includes('delete'),
      effect: { kind: 'cut-after' },
    });
    await sync();
    restore();
    expect(await sync()).toMatchObject({ pending: 0 });
    expect(passages()).toEqual({ a1: 1, a2: 4, a3: 4 });
    expect(isVerified(await check())).toBe(true);
  });

  it('finds passages that were lost, added or changed behind its back, and repairs them without paying again', async () => {
    await sync();
    const paid = openai.tokens();
    const stored = search.documents('context');
    const tamper = (value: object[]) =>
      fetch(`${search.url}/indexes/context/docs/index?api-version=2026-04-01`, {
        method: 'POST',
        headers: { 'api-key': 'emulator-key' },
        body: JSON.stringify({ value }),
      });
    const [lost, changed, first] = [stored[2]!, stored[5]!, stored[8]!];
    const surplus = { ...first, key: String(first['key']).replace(/=0$/, '=9'), chunk: 9 };
    await tamper([
      { '@search.action': 'delete', key: lost['key'] },
      { ...changed, fingerprint: 'other' },
      surplus,
    ]);
    const found = await check(true);
    expect(found.destinations[0]).toMatchObject({ present: 3, differentCount: 3 });
    expect(passages()).toEqual({ a1: 4, a2: 4, a3: 4 });
    expect(openai.tokens()).toBe(paid);
    expect(isVerified(await check())).toBe(true);
  });

  it('pays once for all indexes: for two that are filled at once, and for one that is added or renamed later', async () => {
    indexes = { azure: 'context', europe: 'context-eu' };
    await sync();
    expect(search.documents('context-eu')).toHaveLength(12);
    expect(embedded()).toHaveLength(12);
    indexes = { azure: 'context-next', europe: 'context-eu', asia: 'context-asia' };
    await sync();
    expect(search.documents('context-next')).toHaveLength(12);
    expect(search.documents('context-asia')).toHaveLength(12);
    expect(embedded()).toHaveLength(12);
  });

  it('leaves nothing of a document that is deleted at the source', async () => {
    await sync();
    crm.remove('Account', 'a2');
    expect(await sync()).toMatchObject({ deleted: 1 });
    expect(passages()).toEqual({ a1: 4, a3: 4 });
  });
});
