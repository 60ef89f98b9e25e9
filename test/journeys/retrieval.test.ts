import { afterEach, expect, it } from 'vitest';
import { startAzureAiSearchEmulator } from '../../connectors/azure-ai-search/emulator/index.ts';
import { startBedrockEmulator } from '../../connectors/bedrock-knowledge-base/emulator/index.ts';
import {
  openRetrieval,
  parseConfig,
  registry,
  type Config,
  type Destination,
  type Filter,
} from '../../index.ts';
import { createTestContext } from '../../core/testing/context.ts';
import { createTestDocument, testFingerprint } from '../../core/testing/test-document.ts';

const yaml = `
namespace: acme
sources: {}
destinations:
  azure: { type: azure-ai-search, plane: stateless, endpoint: "\${AZURE_SEARCH_ENDPOINT}", apiKey: "\${AZURE_SEARCH_API_KEY}", index: knowledge, metadata: { fields: { tags: { type: list }, employees: { type: number } } } }
  bedrock:
    type: bedrock-knowledge-base
    plane: stateful
    region: "\${AWS_REGION}"
    knowledgeBaseId: "\${BEDROCK_KNOWLEDGE_BASE_ID}"
    dataSourceId: "\${BEDROCK_DATA_SOURCE_ID}"
    endpoint: "\${BEDROCK_ENDPOINT}"
    runtimeEndpoint: "\${BEDROCK_RUNTIME_ENDPOINT}"
    credentials: { accessKeyId: "\${AWS_ACCESS_KEY_ID}", secretAccessKey: "\${AWS_SECRET_ACCESS_KEY}" }
kinds: {}
pipelines: {}
`;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function publish(config: Config, name: string): Promise<void> {
  const { connector, settings } = config.destinations[name]!;
  const destination: Destination = await connector.create(settings, createTestContext({ name }));
  await destination.apply(await destination.plan());
  const document = createTestDocument('renewal', {
    title: 'Renewal of Alder',
    body: 'The renewal of Alder is at risk.',
  });
  const [outcome] = await destination.write([
    { action: 'write', id: document.id, document, fingerprint: testFingerprint(document), addresses: [] },
  ]);
  let receipt = outcome?.status === 'accepted' ? outcome.receipt : undefined;
  while (receipt !== undefined) {
    const [verdict] = await destination.confirm!([{ id: document.id, action: 'write', receipt }]);
    receipt = verdict?.status === 'waiting' ? (verdict.receipt ?? receipt) : undefined;
  }
  await destination.close?.();
}

it('a LangChain agent gets the same document with the same citation from either plane', async () => {
  const [azure, bedrock] = [
    await startAzureAiSearchEmulator({}),
    await startBedrockEmulator({ limits: false }),
  ];
  closing.push(azure.close, bedrock.close);
  const config = await parseConfig(yaml, registry, { env: { ...azure.env, ...bedrock.env } });
  const found = [];
  for (const name of ['azure', 'bedrock']) {
    await publish(config, name);
    const retrieval = await openRetrieval(config, name);
    const where: Filter = {
      op: 'and',
      filters: [
        { op: 'has', field: 'tags', value: 'two' },
        { op: 'range', field: 'employees', from: 10, below: 20 },
      ],
    };
    const [first, ...more] = await retrieval.retriever({ where }).invoke('renewal at risk');
    expect(more).toEqual([]);
    expect(await retrieval.retriever({ where: { op: 'not', filter: where } }).invoke('renewal')).toEqual([]);
    const { retrieval: told, ...metadata } = first!.metadata;
    expect(told).toMatchObject({ destination: name, score: expect.any(Number) });
    found.push({ id: first!.id, metadata });
  }
  const { id, version, url } = createTestDocument('renewal', {
    title: 'Renewal of Alder',
    body: 'The renewal of Alder is at risk.',
  });
  expect(found[0]).toMatchObject({ id, metadata: { source: url, kind: 'account', version, employees: 12 } });
  expect(found[1]).toEqual(found[0]);
  await expect(openRetrieval(config, 'nowhere')).rejects.toMatchObject({ code: 'DESTINATION_UNKNOWN' });
});
