import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  startAzureAiSearchEmulator,
  type AzureAiSearchEmulator,
} from '../../../connectors/azure-ai-search/emulator/index.ts';
import { azureAiSearch } from '../../../connectors/azure-ai-search/index.ts';
import {
  startBedrockEmulator,
  type BedrockEmulator,
} from '../../../connectors/bedrock-knowledge-base/emulator/index.ts';
import { bedrockKnowledgeBase } from '../../../connectors/bedrock-knowledge-base/index.ts';
import type { Registry } from '../../../core/config/config.ts';
import { parseConfig } from '../../../core/config/load-config.ts';
import { createTestClock, modelSource } from '../../../core/testing/index.ts';
import { createTributary, type Tributary } from '../../../sync/tributary.ts';
import { isVerified } from '../../../sync/verify.ts';

const yaml = `
namespace: acme
sources:
  crm:
    type: model
    streams: { Account: { fields: [Id, Name, Story] } }
destinations:
  knowledge:
    type: bedrock-knowledge-base
    plane: stateful
    region: "\${AWS_REGION}"
    knowledgeBaseId: "\${BEDROCK_KNOWLEDGE_BASE_ID}"
    dataSourceId: "\${BEDROCK_DATA_SOURCE_ID}"
    endpoint: "\${BEDROCK_ENDPOINT}"
    runtimeEndpoint: "\${BEDROCK_RUNTIME_ENDPOINT}"
    credentials: { accessKeyId: "\${AWS_ACCESS_KEY_ID}", secretAccessKey: "\${AWS_SECRET_ACCESS_KEY}" }
  search:
    type: azure-ai-search
    plane: stateless
    endpoint: "\${AZURE_SEARCH_ENDPOINT}"
    apiKey: "\${AZURE_SEARCH_API_KEY}"
    index: context
    chunks: { maxCharacters: 200, overlap: 0 }
kinds:
  account:
    from: crm.Account
    title: "{{Name}}"
    body: "{{Story}}"
    access: { everyone: the data of the test is not secret }
pipelines:
  all: { kinds: [account], destinations: [knowledge, search] }
`;

let bedrock: BedrockEmulator;
let azure: AzureAiSearchEmulator;
let folder: string;
const clock = createTestClock();
const story = (words: string, paragraphs: number): string =>
  Array.from({ length: paragraphs }, (_, n) => `${words}, paragraph ${n} of a story of some length.`).join(
    '\n\n',
  );
const row = (n: number, text = story('As it was', 8)) => ({ Id: `a${n}`, Name: `Account ${n}`, Story: text });
const crm = modelSource({
  clock,
  fields: { Account: ['Id', 'Name', 'Story'] },
  streams: { Account: Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`a${n}`, row(n)])) },
});
const registry: Registry = {
  sources: { model: async () => crm.connector as never },
  destinations: {
    'bedrock-knowledge-base': async () => bedrockKnowledgeBase as never,
    'azure-ai-search': async () => azureAiSearch as never,
  },
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-'));
  bedrock = await startBedrockEmulator({ now: clock.now });
  azure = await startAzureAiSearchEmulator({ now: clock.now });
});
afterEach(async () => {
  await Promise.all([bedrock.close(), azure.close()]);
  rmSync(folder, { recursive: true, force: true });
});

async function inProcess<T>(work: (tributary: Tributary) => Promise<T>): Promise<T> {
  const config = await parseConfig(yaml, registry, { env: { ...bedrock.env, ...azure.env }, folder });
  const tributary = await createTributary({ config, registry, now: clock.now, sleep: clock.sleep });
  try {
    return await work(tributary);
  } finally {
    await tributary.close();
  }
}

test('a catalog lost between Bedrock and Azure AI Search is rebuilt: both equal, nothing twice, Azure written only where it must', async () => {
  const plan = await inProcess((tributary) => tributary.plan());
  expect(plan.destinations.map((one) => [one.create, one.embeddingTokens > 1000])).toEqual([
    [40, true],
    [40, false],
  ]);
  await inProcess((tributary) => tributary.sync());
  crm.put('Account', 'a99', { Id: 'a99', Name: 'New', Story: 'Just arrived.' });
  crm.put('Account', 'a1', row(1, story('Shorter now', 2)));
  crm.remove('Account', 'a2');
  rmSync(join(folder, '.tributary'), { recursive: true });
  const report = await inProcess((tributary) => tributary.catalog.rebuild());
  expect(report.destinations).toMatchObject([
    { destination: 'knowledge', found: 40, known: 0, inDoubt: 40 },
    { destination: 'search', found: 40, known: 40, inDoubt: 0 },
  ]);
  expect(report.run!.destinations).toMatchObject([
    { destination: 'knowledge', written: 40, deleted: 1, held: 40 },
    { destination: 'search', written: 2, deleted: 1, unchanged: 38, held: 40 },
  ]);
  const verified = await inProcess((tributary) => tributary.verify({ deep: {} }));
  expect(isVerified(verified)).toBe(true);
  expect(verified.destinations.map((one) => [one.expected, one.present, one.deep!.same])).toEqual([
    [40, 40, 40],
    [40, 40, 40],
  ]);
  const quiet = await inProcess((tributary) => tributary.sync());
  expect(quiet.destinations.map((one) => one.considered)).toEqual([0, 0]);
});
