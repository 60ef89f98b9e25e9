import { afterEach, describe, expect, test } from 'vitest';
import { bedrockConfig } from '../../../connectors/bedrock-knowledge-base/config.ts';
import type { BedrockEmulatorOptions } from '../../../connectors/bedrock-knowledge-base/emulator/index.ts';
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
