import {
  BedrockAgentClient,
  CreateDataSourceCommand,
  DeleteDataSourceCommand,
  GetDataSourceCommand,
  IngestKnowledgeBaseDocumentsCommand,
  ListDataSourcesCommand,
  type CreateDataSourceRequest,
} from '@aws-sdk/client-bedrock-agent';
import {
  BedrockAgentRuntimeClient,
  RetrieveCommand,
  type KnowledgeBaseRetrievalConfiguration,
} from '@aws-sdk/client-bedrock-agent-runtime';
import { afterEach, describe, expect, test } from 'vitest';
import {
  startBedrockEmulator,
  type BedrockEmulator,
  type BedrockEmulatorOptions,
} from '../../../connectors/bedrock-knowledge-base/emulator/index.ts';
import { createTestClock, type TestClock } from '../../../core/testing/clock.ts';

const knowledgeBaseId = 'KBTRIBUT01';

describe('The data sources of the emulated Bedrock', () => {
  let emulator: BedrockEmulator;
  let clock: TestClock;
  let client: BedrockAgentClient;
  let runtime: BedrockAgentRuntimeClient;
  afterEach(async () => {
    client.destroy();
    runtime.destroy();
    await emulator.close();
  });
  const start = async (options: BedrockEmulatorOptions = {}) => {
    clock = createTestClock();
    emulator = await startBedrockEmulator({ now: clock.now, limits: false, ...options });
    const shared = {
      region: 'us-east-1',
      maxAttempts: 1,
      credentials: {
        accessKeyId: emulator.env['AWS_ACCESS_KEY_ID']!,
        secretAccessKey: emulator.env['AWS_SECRET_ACCESS_KEY']!,
      },
    };
    client = new BedrockAgentClient({ ...shared, endpoint: emulator.url });
    runtime = new BedrockAgentRuntimeClient({ ...shared, endpoint: emulator.runtimeUrl });
  };
  const custom = { type: 'CUSTOM' } as const;
  const connector = (connectorParameters: Record<string, string | boolean>) =>
    ({
      type: 'MANAGED_KNOWLEDGE_BASE_CONNECTOR',
      managedKnowledgeBaseConnectorConfiguration: { connectorParameters },
    }) as const;
  const create = (more: Partial<CreateDataSourceRequest>) =>
    client.send(
      new CreateDataSourceCommand({
        knowledgeBaseId,
        name: 'crm',
        dataSourceConfiguration: custom,
        ...more,
      }),
    );
  const invalid = { name: 'ValidationException' };

  test('a VECTOR one is ready at once, a name exists once, a request is taken once, and five are the most', async () => {
    await start();
    const clientToken = 'a'.repeat(36);
    const first = await create({ clientToken });
    expect(first.dataSource).toMatchObject({
      name: 'crm',
      status: 'AVAILABLE',
      dataDeletionPolicy: 'DELETE',
    });
    expect((await create({ clientToken })).dataSource?.dataSourceId).toBe(first.dataSource?.dataSourceId);
    await expect(create({})).rejects.toMatchObject({ name: 'ConflictException' });
    for (const name of ['b', 'c', 'd']) await create({ name });
    await expect(create({ name: 'e' })).rejects.toMatchObject({ name: 'ServiceQuotaExceededException' });
    const listed = await client.send(new ListDataSourcesCommand({ knowledgeBaseId, maxResults: 3 }));
    expect(listed.dataSourceSummaries).toHaveLength(3);
    const { nextToken } = listed;
    const rest = await client.send(new ListDataSourcesCommand({ knowledgeBaseId, nextToken }));
    expect(rest.dataSourceSummaries?.map(({ name }) => name)).toEqual(['c', 'd']);
    expect(rest.nextToken).toBeUndefined();
  });

  test('a MANAGED one takes its connector alone and is ready only after a while', async () => {
    await start({ type: 'MANAGED' });
    const parameters = { type: 'CUSTOM', version: '1' };
    await expect(create({})).rejects.toMatchObject(invalid);
    for (const wrong of [{ ...parameters, version: '2' }, { ...parameters, type: 'BOX' }, { type: 'CUSTOM' }])
      await expect(create({ dataSourceConfiguration: connector(wrong) })).rejects.toMatchObject(invalid);
    const right = { dataSourceConfiguration: connector({ ...parameters, aclEnabled: true }) };
    await expect(create({ ...right, dataDeletionPolicy: 'RETAIN' })).rejects.toMatchObject(invalid);
    const { dataSource } = await create(right);
    expect(dataSource).toMatchObject({ status: 'CREATING' });
    clock.advance(3000);
    const dataSourceId = dataSource?.dataSourceId;
    const now = await client.send(new GetDataSourceCommand({ knowledgeBaseId, dataSourceId }));
    expect(now.dataSource).toMatchObject({ status: 'AVAILABLE', ...right });
  });

  test.each([
    ['a name with a space', { name: 'a b' }],
    ['a connector in a VECTOR knowledge base', { dataSourceConfiguration: connector({ type: 'CUSTOM' }) }],
    ['a crawled type', { dataSourceConfiguration: { type: 'WEB' as const } }],
    ['a description of 201 characters', { description: 'd'.repeat(201) }],
    [
      'an overlap of 100 %',
      {
        vectorIngestionConfiguration: {
          chunkingConfiguration: {
            chunkingStrategy: 'FIXED_SIZE' as const,
            fixedSizeChunkingConfiguration: { maxTokens: 300, overlapPercentage: 100 },
          },
        },
      },
    ],
    [
      'one level of a hierarchy',
      {
        vectorIngestionConfiguration: {
          chunkingConfiguration: {
            chunkingStrategy: 'HIERARCHICAL' as const,
            hierarchicalChunkingConfiguration: {
              levelConfigurations: [{ maxTokens: 300 }],
              overlapTokens: 20,
            },
          },
        },
      },
    ],
  ])('it refuses %s', async (_what, wrong) => {
    await start();
    await expect(create(wrong)).rejects.toMatchObject(invalid);
  });

  const ingest = (dataSourceId: string | undefined, id: string, accessControlList?: object[]) =>
    client.send(
      new IngestKnowledgeBaseDocumentsCommand({
        knowledgeBaseId,
        dataSourceId,
        documents: [
          {
            content: {
              dataSourceType: 'CUSTOM',
              custom: {
                customDocumentIdentifier: { id },
                sourceType: 'IN_LINE',
                inlineContent: { type: 'TEXT', textContent: { data: 'heliotrope' } },
              },
            },
            metadata: {
              type: 'IN_LINE_ATTRIBUTE',
              inlineAttributes: [{ key: 'a', value: { type: 'NUMBER', numberValue: 1 } }],
              ...(accessControlList ? { accessControlList: accessControlList as never } : {}),
            },
          },
        ],
      }),
    );
  const ask = async (retrievalConfiguration: KnowledgeBaseRetrievalConfiguration, userId?: string) => {
    const answer = await runtime.send(
      new RetrieveCommand({
        knowledgeBaseId,
        retrievalQuery: { text: 'heliotrope' },
        retrievalConfiguration,
        ...(userId === undefined ? {} : { userContext: { userId } }),
      }),
    );
    return answer.retrievalResults?.map(({ location }) => location?.customDocumentLocation?.id).sort();
  };

  test('one id in two data sources answers twice, and a deleted data source answers no more', async () => {
    await start();
    const { dataSource } = await create({});
    await ingest('DSTRIBUT01', 'x');
    await ingest(dataSource?.dataSourceId, 'x');
    clock.advance(1000);
    expect(await ask({})).toEqual(['x', 'x']);
    const place = { knowledgeBaseId, dataSourceId: dataSource?.dataSourceId };
    expect((await client.send(new DeleteDataSourceCommand(place))).status).toBe('DELETING');
    clock.advance(2000);
    await expect(client.send(new GetDataSourceCommand(place))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    expect(await ask({})).toEqual(['x']);
  });

  test('each generation takes its own search alone', async () => {
    await start();
    await expect(ask({ managedSearchConfiguration: {} })).rejects.toMatchObject(invalid);
    await emulator.close();
    await start({ type: 'MANAGED' });
    await expect(ask({ vectorSearchConfiguration: {} })).rejects.toMatchObject(invalid);
    for (const wrong of [
      { rerankingModelType: 'CUSTOM' as const },
      { filter: { startsWith: { key: 'a', value: 'x' } } },
      { numberOfResults: 101 },
    ])
      await expect(ask({ managedSearchConfiguration: wrong })).rejects.toMatchObject(invalid);
    expect(await ask({ managedSearchConfiguration: { rerankingModelType: 'NONE' } })).toEqual([]);
  });

  test('access lists: deny beats allow, no list is found by nobody, and nobody is told', async () => {
    await start({ type: 'MANAGED', accessLists: true });
    const entry = (name: string, access: string, type = 'USER') => ({ name, access, type });
    await ingest('DSTRIBUT01', 'ann', [entry('ann', 'ALLOW'), entry('bob', 'ALLOW')]);
    await ingest('DSTRIBUT01', 'both', [entry('ann', 'ALLOW'), entry('ann', 'DENY')]);
    await ingest('DSTRIBUT01', 'none');
    await expect(ingest('DSTRIBUT01', 'g', [entry('g', 'ALLOW', 'GROUP')])).rejects.toMatchObject(invalid);
    await expect(ingest('DSTRIBUT01', 'e', [])).rejects.toMatchObject(invalid);
    clock.advance(1000);
    const search = { managedSearchConfiguration: {} };
    expect(await ask(search, 'ann')).toEqual(['ann']);
    expect(await ask(search, 'cem')).toEqual([]);
    expect(await ask(search)).toEqual([]);
    emulator.resources.dataSource['dataSourceConfiguration'] = connector({ type: 'CUSTOM', version: '1' });
    await expect(ingest('DSTRIBUT01', 'x', [entry('ann', 'ALLOW')])).rejects.toMatchObject(invalid);
  });
});
