import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { bedrockConfig } from '../../../connectors/bedrock-knowledge-base/config.ts';
import type { BedrockEmulatorOptions } from '../../../connectors/bedrock-knowledge-base/emulator/index.ts';
import { iamPolicy } from '../../../connectors/bedrock-knowledge-base/index.ts';
import { createTestDocument } from '../../../core/testing/test-document.ts';
import { acceptedOf, confirmAll, openBench, settingsOf, writeOf, type Bench } from './bench.ts';

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const own = (create: object = {}, more: object = {}) => ({
  dataSourceId: undefined,
  dataSource: { create },
  ...more,
});

const semantic = {
  chunkingStrategy: 'SEMANTIC',
  semanticChunkingConfiguration: { maxTokens: 300, bufferSize: 0, breakpointPercentileThreshold: 95 },
};

describe('Creating the data source of a Bedrock knowledge base', () => {
  let bench: Bench;
  afterEach(() => bench.close());
  const open = async (settings: object, options: BedrockEmulatorOptions = {}) => {
    bench = await openBench(options, settings);
    bench.emulator.resources.dataSource['name'] = 'handbook';
    return bench.destination;
  };
  const made = () => bench.emulator.sources().slice(1);
  const apply = async (destination = bench.destination) => destination.apply(await destination.plan());

  test('the plan shows it, apply makes it with the mark of the owner, and then there is nothing to do', async () => {
    const destination = await open(
      own({ name: 'crm', chunking: { strategy: 'fixed-size', maxTokens: 500 } }),
    );
    await destination.check();
    const plan = await destination.plan();
    expect(plan).toEqual({
      steps: [
        {
          action: 'create',
          what: 'data source "crm"',
          detail: 'for documents sent directly, chunking fixed-size, deletion policy DELETE',
        },
      ],
      missing: true,
    });
    expect(made()).toEqual([]);
    await destination.apply(plan);
    expect(made().map(({ resource }) => resource)).toEqual([
      expect.objectContaining({
        name: 'crm',
        description: '[tributary owner: test-installation]',
        dataSourceConfiguration: { type: 'CUSTOM' },
        dataDeletionPolicy: 'DELETE',
        vectorIngestionConfiguration: {
          chunkingConfiguration: {
            chunkingStrategy: 'FIXED_SIZE',
            fixedSizeChunkingConfiguration: { maxTokens: 500, overlapPercentage: 20 },
          },
        },
      }),
    ]);
    const again = await bench.reopen();
    expect((await again.plan()).steps.map(({ action }) => action)).toEqual(['none']);
    await apply(again);
    expect(made()).toHaveLength(1);
    const write = writeOf(createTestDocument('a', { body: 'heliotrope' }));
    const [outcome] = await again.write([write]);
    expect((await confirmAll(bench, again, acceptedOf(write, outcome))).at(-1)?.status).toBe('done');
    expect(made()[0]?.store.get(write.id)?.live?.text).toContain('heliotrope');
    expect(await again.search!({ text: 'heliotrope', limit: 5 })).toHaveLength(1);
    const items = await collect(again.inventory!());
    expect(items.map(({ id }) => id)).toEqual([write.id]);
  });

  test('a MANAGED one is waited for, gets access lists where they are set, and an interrupted wait goes on', async () => {
    const destination = await open(own({}, { knowledgeBaseType: 'MANAGED', accessControlList: {} }), {
      type: 'MANAGED',
    });
    let sleeps = 0;
    const stopped = await bench.reopen({
      sleep: () => (++sleeps > 1 ? Promise.reject(new Error('stopped')) : Promise.resolve()),
    });
    await expect(apply(stopped)).rejects.toThrow('stopped');
    expect(made().map(({ resource }) => resource['status'])).toEqual(['CREATING']);
    expect((await destination.plan()).steps).toMatchObject([
      { action: 'update', detail: expect.stringContaining('waited') },
    ]);
    await apply();
    expect(made().map(({ resource }) => resource)).toMatchObject([
      {
        name: 'tributary',
        status: 'AVAILABLE',
        dataSourceConfiguration: {
          managedKnowledgeBaseConnectorConfiguration: {
            connectorParameters: { type: 'CUSTOM', version: '1', aclEnabled: true },
          },
        },
      },
    ]);
    expect((await destination.plan()).steps.map(({ action }) => action)).toEqual(['none']);
  });

  test('one that the service cannot make is told with the reasons of the service', async () => {
    await open(own());
    bench.emulator.switches.dataSourceFails = 'The role cannot be assumed.';
    await bench.destination.apply(await bench.destination.plan());
    bench.clock.advance(1000);
    await expect(bench.destination.plan()).rejects.toMatchObject({
      code: 'BEDROCK_NOT_AVAILABLE',
      message: expect.stringContaining('The role cannot be assumed.'),
    });
  });

  test('a lost answer to the creation makes no second one, and neither does a busy service', async () => {
    await open(own());
    bench.emulator.server.fault({
      when: ({ method, path }) => method === 'PUT' && /datasources\/?$/.test(path),
      times: 1,
      effect: { kind: 'cut-after' },
    });
    await apply();
    expect(made()).toHaveLength(1);
  });

  test('it is found by its name among many', async () => {
    await open(own({ name: 's24' }, { knowledgeBaseType: 'MANAGED' }), { type: 'MANAGED', limits: false });
    for (let index = 1; index <= 24; index++) await apply(await bench.reopen(own({ name: `s${index}` })));
    expect(made()).toHaveLength(24);
    expect((await bench.destination.plan()).steps.map(({ action }) => action)).toEqual(['none']);
  });

  test('chunking is never changed in place, a deletion policy is, and the profile tells a new one', async () => {
    await open(own());
    await apply();
    const chunked = await bench.reopen(own({ chunking: { strategy: 'none' } }));
    await expect(chunked.plan()).resolves.toMatchObject({ steps: [{ action: 'none' }] });
    const [source] = made();
    source!.resource['vectorIngestionConfiguration'] = { chunkingConfiguration: semantic };
    await expect(chunked.plan()).rejects.toMatchObject({ code: 'BEDROCK_CHUNKING' });
    expect(chunked.profile).not.toBe(bench.destination.profile);
    const retain = await bench.reopen(own({ deletionPolicy: 'RETAIN' }));
    expect((await retain.plan()).steps).toMatchObject([
      { action: 'update', detail: expect.stringContaining('RETAIN') },
    ]);
    await apply(retain);
    expect(source!.resource).toMatchObject({
      dataDeletionPolicy: 'RETAIN',
      description: '[tributary owner: test-installation]',
      vectorIngestionConfiguration: { chunkingConfiguration: semantic },
    });
    expect(retain.profile).toBe(bench.destination.profile);
  });

  test('parsing is set when it is made and changed in place, its chunking kept, and then it is let be', async () => {
    const modelArn = 'arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-haiku';
    const parsing = { strategy: 'foundation-model', modelArn };
    const chunking = { strategy: 'semantic' };
    const destination = await open(own({ chunking, parsing: { strategy: 'data-automation' } }));
    expect((await destination.plan()).steps[0]?.detail).toContain('parsing data-automation');
    await apply();
    const [source] = made();
    const ingestion = () => source!.resource['vectorIngestionConfiguration'];
    expect(ingestion()).toMatchObject({
      parsingConfiguration: { parsingStrategy: 'BEDROCK_DATA_AUTOMATION' },
    });
    const steps = [
      {},
      { prompt: 'Read tables row by row.' },
      { modelArn: `${modelArn}-2` },
      { images: true },
    ];
    for (const more of steps) {
      const changed = await bench.reopen(own({ chunking, parsing: { ...parsing, ...more } }));
      expect((await changed.plan()).steps).toMatchObject([
        { action: 'update', detail: 'gets the parsing foundation-model' },
      ]);
      await apply(changed);
      expect((await changed.plan()).steps).toMatchObject([{ action: 'none' }]);
      expect(changed.profile).not.toBe(destination.profile);
    }
    expect(ingestion()).toMatchObject({
      chunkingConfiguration: { chunkingStrategy: 'SEMANTIC' },
      parsingConfiguration: {
        bedrockFoundationModelConfiguration: { modelArn, parsingModality: 'MULTIMODAL' },
      },
    });
    const told = await bench.reopen(own({ chunking, parsing }));
    source!.resource['vectorIngestionConfiguration'] = {
      chunkingConfiguration: semantic,
      parsingConfiguration: {
        parsingStrategy: 'BEDROCK_FOUNDATION_MODEL',
        bedrockFoundationModelConfiguration: {
          modelArn,
          parsingPrompt: { parsingPromptText: 'The prompt of the service.' },
        },
      },
    };
    expect((await told.plan()).steps).toMatchObject([{ action: 'none' }]);
    const grants = (await told.survey?.())?.grants ?? [];
    expect(JSON.stringify(grants.find(({ name }) => name === 'knowledge-base'))).toContain(modelArn);
  });

  test('before it is there, writing halts with what to do and nothing is lost', async () => {
    const destination = await open(own());
    expect(await destination.write([writeOf(createTestDocument('a'))])).toMatchObject([
      { status: 'halted', hint: 'Apply the plan first.' },
    ]);
  });

  test('either an id or a creation is given, never both, and MANAGED never retains', async () => {
    await open({});
    const settings = settingsOf(bench.emulator);
    const parse = (more: object) => bedrockConfig.safeParse({ ...settings, ...more });
    expect(parse({ dataSource: { create: {} } }).success).toBe(false);
    expect(parse({ dataSourceId: undefined }).error?.issues[0]?.path).toEqual(['dataSourceId']);
    expect(parse(own({ name: '-x' })).success).toBe(false);
    expect(parse(own({ chunking: { strategy: 'fixed-size', maxTokens: 9000 } })).success).toBe(false);
    expect(parse(own({ deletionPolicy: 'RETAIN' })).success).toBe(true);
    expect(parse(own({ deletionPolicy: 'RETAIN' }, { knowledgeBaseType: 'MANAGED' })).success).toBe(false);
    const parsing = { strategy: 'data-automation' };
    expect(parse(own({ parsing })).success).toBe(true);
    expect(parse(own({ parsing }, { knowledgeBaseType: 'MANAGED' })).success).toBe(false);
  });

  test.each(['none', 'fixed-size', 'hierarchical', 'semantic'])(
    'the chunking %s is taken',
    async (strategy) => {
      await open(own({ chunking: { strategy } }));
      await apply();
      expect((await bench.destination.plan()).steps.map(({ action }) => action)).toEqual(['none']);
    },
  );
});

describe('The IAM policy of a Bedrock destination', () => {
  const everything = [
    'GetKnowledgeBase',
    'CreateDataSource',
    'ListDataSources',
    'GetDataSource',
    'UpdateDataSource',
    'DeleteDataSource',
    'IngestKnowledgeBaseDocuments',
    'StartIngestionJob',
    'DeleteKnowledgeBaseDocuments',
    'GetKnowledgeBaseDocuments',
    'ListKnowledgeBaseDocuments',
    'Retrieve',
  ].map((name) => `bedrock:${name}`);
  /** Everything the destination does, under a caller who may do only this. */
  const live = async (settings: object, allowed: readonly string[]): Promise<void> => {
    const bench = await openBench({}, settings);
    try {
      bench.emulator.resources.dataSource['name'] = 'handbook';
      for (const action of everything)
        if (!allowed.includes(action)) bench.emulator.switches.denied.add(action);
      const { destination } = bench;
      await destination.check();
      await destination.apply(await destination.plan());
      const write = writeOf(createTestDocument('a', { body: 'heliotrope' }));
      const [written] = await destination.write([write]);
      await confirmAll(bench, destination, acceptedOf(write, written));
      await collect(destination.inventory!());
      await destination.search!({ text: 'heliotrope', limit: 1 });
      const [removed] = await destination.write([{ action: 'delete', id: write.id, addresses: [write.id] }]);
      if (removed?.status !== 'accepted') throw new Error(JSON.stringify(removed));
    } finally {
      await bench.close();
    }
  };
  const base = { region: 'us-east-1', knowledgeBaseId: 'KB12345678', dataSourceId: 'DS12345678' };

  test.each([
    ['an existing data source', {}, [] as string[]],
    ['a data source that it creates, and may adjust later', own(), ['bedrock:UpdateDataSource']],
  ])('with %s, it allows what is needed and nothing else', async (_what, settings, later) => {
    const policy = iamPolicy(bedrockConfig.parse({ ...base, ...settings }));
    const allowed = policy.Statement.flatMap(({ Action }) => Action);
    await live(settings, allowed);
    for (const action of allowed.filter((one) => !later.includes(one)))
      await expect(
        live(
          settings,
          allowed.filter((one) => one !== action),
        ),
        action,
      ).rejects.toThrow();
  });

  test('an application that only asks needs Retrieve, and the model it ranks with', () => {
    const rerankingModelArn = 'arn:aws:bedrock:us-east-1::foundation-model/amazon.rerank-v1:0';
    const config = bedrockConfig.parse({ ...base, rerankingModelArn, region: 'us-gov-west-1' });
    expect(iamPolicy(config, { use: 'retrieve', accountId: '111122223333' }).Statement).toEqual([
      {
        Effect: 'Allow',
        Action: ['bedrock:Retrieve'],
        Resource: 'arn:aws-us-gov:bedrock:us-gov-west-1:111122223333:knowledge-base/KB12345678',
      },
      { Effect: 'Allow', Action: ['bedrock:Rerank'], Resource: '*' },
      { Effect: 'Allow', Action: ['bedrock:InvokeModel'], Resource: rerankingModelArn },
    ]);
  });

  test('the policy in the documentation is the generated one', () => {
    const page = readFileSync('docs/connectors/bedrock-knowledge-base.md', 'utf8');
    const shown = JSON.parse(/```json\n([^]*?)```/.exec(page)?.[1] ?? '');
    expect(iamPolicy(bedrockConfig.parse(base), { accountId: '111122223333' })).toEqual(shown);
  });
});
