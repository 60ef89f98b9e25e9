import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  startAzureAiSearchEmulator,
  type AzureAiSearchEmulator,
} from '../../connectors/azure-ai-search/emulator/index.ts';
import {
  startBedrockEmulator,
  type BedrockEmulator,
} from '../../connectors/bedrock-knowledge-base/emulator/index.ts';
import { registry as vendors } from '../../connectors/index.ts';
import { openCatalog } from '../../core/catalog/index.ts';
import type { Registry } from '../../core/config/config.ts';
import { parseConfig } from '../../core/config/load-config.ts';
import { createRecordingLog, modelSource, type ModelSource } from '../../core/testing/index.ts';
import { openRetrieval } from '../../sync/open-retrieval.ts';
import { runOnce } from '../../sync/run.ts';
import { blueGreen } from '../../sync/slots/blue-green.ts';
import { listSlots } from '../../sync/slots/list.ts';
import { retire } from '../../sync/slots/retire.ts';
import { rollBack } from '../../sync/slots/rollback.ts';
import { isVerified, verify } from '../../sync/verify.ts';
import { openWorld, type World } from '../../sync/world.ts';
import { accountsClose } from '../sync/scenario.ts';

const yaml = `
namespace: acme
sources:
  crm: { type: model, streams: { Account: { fields: [Id, Name, Note] } } }
destinations:
  azure:
    type: azure-ai-search
    plane: stateless
    endpoint: "\${AZURE_SEARCH_ENDPOINT}"
    apiKey: "\${AZURE_SEARCH_API_KEY}"
    index: customers
    alias: knowledge
    semanticConfiguration: agents
    knowledge: { source: crm, base: crm-base }
  bedrock:
    type: bedrock-knowledge-base
    plane: stateful
    region: "\${AWS_REGION}"
    knowledgeBaseId: "\${BEDROCK_KNOWLEDGE_BASE_ID}"
    dataSourceId: "\${BEDROCK_DATA_SOURCE_ID}"
    slots: [{ knowledgeBaseId: "\${BEDROCK_SECOND_KNOWLEDGE_BASE_ID}", dataSourceId: "\${BEDROCK_SECOND_DATA_SOURCE_ID}" }]
    endpoint: "\${BEDROCK_ENDPOINT}"
    runtimeEndpoint: "\${BEDROCK_RUNTIME_ENDPOINT}"
    credentials: { accessKeyId: "\${AWS_ACCESS_KEY_ID}", secretAccessKey: "\${AWS_SECRET_ACCESS_KEY}" }
    doubtWindow: 0s
kinds:
  account:
    from: crm.Account
    title: "{{Name}}"
    body: "{{Name}} says: {{Note}}."
    access: { everyone: the demo data is not secret }
pipelines:
  all: { kinds: [account], destinations: [azure, bedrock] }
`;
/** An index cannot take this in place: another analyzer. */
const reshaped = yaml.replace('alias: knowledge', 'alias: knowledge\n    analyzer: en.microsoft');

let azure: AzureAiSearchEmulator;
let bedrock: BedrockEmulator;
let crm: ModelSource;
let folder: string;
/** Aliases and open retrievers follow a pointer within ten seconds; this clock is turned on by hand. */
let aheadMs: number;
const now = (): number => Date.now() + aheadMs;

beforeEach(async () => {
  aheadMs = 0;
  folder = mkdtempSync(join(tmpdir(), 'tributary-'));
  azure = await startAzureAiSearchEmulator({ limits: false, now });
  bedrock = await startBedrockEmulator({ limits: false, second: true, now });
  const account = (key: string) => ({ Id: key, Name: `Firm ${key}`, Note: `all is well with ${key}` });
  crm = modelSource({
    pageSize: 50,
    fields: { Account: ['Id', 'Name', 'Note'] },
    streams: {
      Account: Object.fromEntries(
        Array.from({ length: 12 }, (_, index) => [`a${index}`, account(`a${index}`)]),
      ),
    },
  });
});
afterEach(async () => {
  await Promise.all([azure.close(), bedrock.close()]);
  rmSync(folder, { recursive: true, force: true });
});

/** Each verb in a process of its own. */
async function within<T>(text: string, work: (world: World) => Promise<T>): Promise<T> {
  const registry: Registry = {
    sources: { model: async () => crm.connector as never },
    destinations: vendors.destinations,
  };
  const world = openWorld({
    config: await parseConfig(text, registry, { env: { ...azure.env, ...bedrock.env }, folder }),
    catalog: openCatalog(join(folder, 'catalog.sqlite'), now),
    log: createRecordingLog(),
    signal: new AbortController().signal,
    observe: () => undefined,
    now,
    sleep: (ms) =>
      new Promise((resolve) => setTimeout(resolve, Math.min(ms, 20)).unref()).then(
        () => void (aheadMs += ms),
      ),
  });
  try {
    return await work(world);
  } finally {
    await world.close();
    world.catalog.close();
  }
}

/** How many documents each slot of a plane holds, and those among them that say something. */
const azureDocuments = async (index: string, text = '*'): Promise<number> => {
  const answer = await fetch(
    `${azure.url}/indexes('${index}')/docs/search.post.search?api-version=2026-04-01`,
    {
      method: 'POST',
      headers: { 'api-key': azure.env['AZURE_SEARCH_API_KEY']!, 'content-type': 'application/json' },
      body: JSON.stringify({ search: text, searchMode: 'all', count: true }),
    },
  );
  return ((await answer.json()) as { '@odata.count': number })['@odata.count'];
};
const bedrockDocuments = (base: string, text = ''): number =>
  [...bedrock.documents(base).values()].filter((one) => one.text.includes(text)).length;
const held = async (text?: string): Promise<number[]> => [
  await azureDocuments('customers', text),
  await azureDocuments('customers-2', text),
  bedrockDocuments('KBTRIBUT01', text),
  bedrockDocuments('KBTRIBUT02', text),
];
const knowledgeSource = async (): Promise<unknown> => {
  const answer = await fetch(`${azure.url}/knowledgesources('crm')?api-version=2026-04-01`, {
    headers: { 'api-key': azure.env['AZURE_SEARCH_API_KEY']! },
  });
  return ((await answer.json()) as { searchIndexParameters: unknown }).searchIndexParameters;
};

it('an index that cannot change in place is replaced on both planes at once, while every slot gets every change', async () => {
  await within(yaml, runOnce);
  const halted = await within(reshaped, runOnce);
  expect(halted.destinations[0]?.error?.hint).toContain('tributary reindex --blue-green');

  const pages = crm.counts.pages;
  const prepared = await within(reshaped, (world) => blueGreen(world, { prepareOnly: true }));
  expect(
    prepared.verified.map((one) => [one.destination, one.verified, one.grade, one.samples.found]),
  ).toEqual([
    ['azure', true, 'seen as', 5],
    ['bedrock', true, 'accepted as', 5],
  ]);
  expect(crm.counts.pages).toBe(pages);
  expect(await held()).toEqual([12, 12, 12, 12]);

  crm.patch('Account', 'a1', { Note: 'trouble' });
  crm.remove('Account', 'a2');
  expect(accountsClose(await within(reshaped, runOnce))).toEqual([]);
  expect(await held()).toEqual([11, 11, 11, 11]);
  expect(await held('trouble')).toEqual([1, 1, 1, 1]);

  const retrieval = await within(reshaped, (world) =>
    openRetrieval(world.config, 'bedrock').then((one) => ({
      one,
      ask: () => one.retrieve({ text: 'trouble', limit: 3 }),
    })),
  );
  expect((await retrieval.ask())[0]?.title).toBe('Firm a1');

  const done = await within(reshaped, (world) => blueGreen(world));
  expect(done).toMatchObject({ phase: 'done', refused: [], problems: [] });
  expect(done.moves.map((move) => move.binding)).toEqual([
    { what: 'index', from: 'customers', to: 'customers-2' },
    { what: 'knowledge base', from: 'KBTRIBUT01', to: 'KBTRIBUT02' },
  ]);
  expect(await knowledgeSource()).toMatchObject({ searchIndexName: 'customers-2' });
  expect(bedrock.tags('KBTRIBUT02').get('tributary:generation')).toBe('1');
  const listed = await within(reshaped, listSlots);
  expect(listed.slots.map((one) => [one.slot, one.state, one.led])).toEqual([
    ['index customers', 'previous', false],
    ['index customers-2', 'active', true],
    ['knowledge base KBTRIBUT01', 'previous', false],
    ['knowledge base KBTRIBUT02', 'active', true],
  ]);

  const strict = reshaped.replaceAll(/plane: (\w+)/g, 'plane: $1\n    accepts: public');
  expect(accountsClose(await within(strict, runOnce))).toEqual([]);
  expect(await held()).toEqual([0, 0, 0, 0]);
  await within(reshaped, runOnce);
  expect(await held()).toEqual([11, 11, 11, 11]);

  await within(reshaped, (world) => rollBack(world));
  expect(await knowledgeSource()).toMatchObject({ searchIndexName: 'customers' });
  expect(bedrock.tags('KBTRIBUT01').get('tributary:generation')).toBe('2');
  await within(reshaped, (world) => rollBack(world));

  await within(reshaped, (world) => retire(world));
  expect([bedrockDocuments('KBTRIBUT01'), bedrockDocuments('KBTRIBUT02')]).toEqual([0, 11]);
  crm.patch('Account', 'a3', { Note: 'delight' });
  expect(accountsClose(await within(reshaped, runOnce))).toEqual([]);
  expect([await azureDocuments('customers-2', 'delight'), bedrockDocuments('KBTRIBUT02', 'delight')]).toEqual(
    [1, 1],
  );
  expect(isVerified(await within(reshaped, (world) => verify(world)))).toBe(true);
});
