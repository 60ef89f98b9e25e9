import { afterEach, describe, expect, test } from 'vitest';
import { bedrockConfig } from '../../../connectors/bedrock-knowledge-base/config.ts';
import type { BedrockEmulatorOptions } from '../../../connectors/bedrock-knowledge-base/emulator/index.ts';
import { bedrockKnowledgeBase } from '../../../connectors/bedrock-knowledge-base/index.ts';
import { rolePolicy } from '../../../connectors/bedrock-knowledge-base/role-policy.ts';
import type { Finding } from '../../../core/contract/survey.ts';
import { openBench, settingsOf, type Bench } from './bench.ts';

describe('What provisioning sees of a Bedrock knowledge base', () => {
  let bench: Bench;
  afterEach(() => bench.close());
  const open = async (settings: object = {}, options: BedrockEmulatorOptions = {}) =>
    (bench = await openBench(options, settings));
  const look = async () => (await bench.destination.survey?.())!;
  const named = (findings: readonly Finding[], what: string | RegExp) =>
    findings.find((one) => (typeof what === 'string' ? one.what === what : what.test(one.what)));
  const own = (create: object = {}) => ({ dataSourceId: undefined, dataSource: { create } });

  test('the knowledge base, its store, its data source and the permissions that were used, and nothing is changed', async () => {
    await open();
    const before = JSON.stringify(bench.emulator.resources);
    const { findings, settings, grants } = await look();
    expect(findings.filter(({ status }) => status === 'problem')).toEqual([]);
    expect(named(findings, 'knowledge base KBTRIBUT01')?.detail).toContain('amazon.titan-embed-text-v2:0');
    expect(named(findings, 'vector store OPENSEARCH_SERVERLESS')?.detail).toContain('900 bytes');
    expect(named(findings, 'data source DSTRIBUT01')?.detail).toContain('FIXED_SIZE');
    expect(named(findings, 'permissions that were used')?.detail).toBe(
      'GetKnowledgeBase, GetDataSource, ListKnowledgeBaseDocuments, GetKnowledgeBaseDocuments, Retrieve',
    );
    expect(named(findings, 'permissions that only a change would prove')).toMatchObject({
      status: 'unseen',
      detail: expect.stringContaining('IngestKnowledgeBaseDocuments, StartIngestionJob'),
    });
    expect(settings).toEqual([
      { line: 'vectorStore: OPENSEARCH_SERVERLESS', why: expect.stringContaining('65,536 bytes') },
    ]);
    expect(grants?.map(({ name }) => name)).toEqual(['tributary', 'agents', 'knowledge-base']);
    expect(JSON.stringify(grants?.[0]?.policy)).toContain('us-east-1:123456789012:knowledge-base/KBTRIBUT01');
    expect(grants?.[1]?.policy).toMatchObject({ Statement: [{ Action: ['bedrock:Retrieve'] }] });
    expect(JSON.stringify(bench.emulator.resources)).toBe(before);
    expect(bench.emulator.documents().size).toBe(0);
    expect(bench.emulator.inFlight()).toBe(0);
  });

  test.each(['Retrieve', 'IngestKnowledgeBaseDocuments', 'StartIngestionJob', 'GetKnowledgeBaseDocuments'])(
    'a policy without %s is told by name, with what to do',
    async (action) => {
      await open();
      bench.emulator.switches.denied.add(`bedrock:${action}`);
      const { findings } = await look();
      expect(findings.filter(({ status }) => status === 'problem')).toMatchObject([
        { what: `permission to ${action}`, hint: expect.stringContaining('policy') },
      ]);
    },
  );

  test('what is out of order is told once, by the plan, and the rest is still looked at', async () => {
    await open({ dataSourceId: 'DSNOTTHERE' });
    await expect(bench.destination.plan()).rejects.toMatchObject({ code: 'BEDROCK_NOT_FOUND' });
    const { findings } = await look();
    expect(named(findings, 'permissions that were used')?.detail).toBe('GetKnowledgeBase, Retrieve');
    expect(findings.filter(({ status }) => status === 'problem')).toEqual([]);
  });

  test('a knowledge base or data source that has failed is not shown as fine', async () => {
    await open();
    const { knowledgeBase, dataSource } = bench.emulator.resources;
    Object.assign(knowledgeBase, { status: 'FAILED' });
    Object.assign(dataSource, { status: 'DELETE_UNSUCCESSFUL' });
    const { findings } = await look();
    expect(named(findings, 'knowledge base KBTRIBUT01')?.status).toBe('problem');
    expect(named(findings, 'data source DSTRIBUT01')?.status).toBe('problem');
  });

  test('a knowledge base that cannot be read leaves the policy of the configuration', async () => {
    await open();
    bench.emulator.switches.denied.add('bedrock:GetKnowledgeBase');
    expect(await look()).toEqual({ findings: [] });
    const config = bedrockConfig.parse(settingsOf(bench.emulator));
    expect(JSON.stringify(bedrockKnowledgeBase.grants?.(config))).toContain(
      'us-east-1:*:knowledge-base/KBTRIBUT01',
    );
  });

  test('other data sources of the knowledge base are named, and a full one is a problem before anything is made', async () => {
    await open(own({ name: 'crm' }));
    bench.emulator.resources.dataSource['name'] = 'handbook';
    expect(named((await look()).findings, 'other data sources')?.detail).toContain('"handbook" answers');
    for (const name of ['s2', 's3', 's4', 's5']) {
      const other = await bench.reopen(own({ name }));
      await other.apply(await other.plan());
      bench.clock.advance(1000);
    }
    expect(named((await look()).findings, 'room for the data source')).toMatchObject({
      status: 'problem',
      detail: 'the knowledge base has 5 data sources, and takes 5',
    });
  });

  test('a data source that was made tells its id, and that the configuration stays as it is', async () => {
    await open(own());
    bench.emulator.resources.dataSource['name'] = 'handbook';
    await bench.destination.apply(await bench.destination.plan());
    expect(named((await look()).findings, 'data source DSTRIB0002')?.hint).toContain(
      'the configuration stays as it is',
    );
  });

  test('S3 Vectors: what can only be seen in the index is said', async () => {
    await open({}, { vectorStore: 'S3_VECTORS' });
    const { findings, settings } = await look();
    expect(named(findings, 'keys of the vector index')).toMatchObject({ status: 'unseen' });
    expect(settings).toEqual([{ line: 'vectorStore: S3_VECTORS', why: expect.stringContaining('35') }]);
  });

  test('agents reach a MANAGED knowledge base by a gateway too, and it has no store of ours', async () => {
    await open({ knowledgeBaseType: 'MANAGED' }, { type: 'MANAGED' });
    const { findings, settings } = await look();
    expect(named(findings, 'how agents reach it')?.detail).toContain('AgentCore gateway');
    expect(named(findings, /^vector store/)).toBeUndefined();
    expect(settings).toEqual([]);
  });
});

describe('The policy of a knowledge base’s own role', () => {
  const base = (storageConfiguration: object) =>
    ({
      knowledgeBaseArn: 'arn:aws:bedrock:us-east-1:111122223333:knowledge-base/KB12345678',
      knowledgeBaseConfiguration: {
        type: 'VECTOR',
        vectorKnowledgeBaseConfiguration: { embeddingModelArn: 'arn:aws:bedrock:us-east-1::model/m' },
      },
      storageConfiguration,
    }) as unknown as Parameters<typeof rolePolicy>[0];

  test.each([
    [
      {
        type: 'OPENSEARCH_SERVERLESS',
        opensearchServerlessConfiguration: { collectionArn: 'arn:collection' },
      },
      ['aoss:APIAccessAll', 'arn:collection'],
    ],
    [
      { type: 'S3_VECTORS', s3VectorsConfiguration: { vectorBucketArn: 'arn:bucket', indexName: 'i' } },
      ['s3vectors:PutVectors', 'arn:bucket/index/i'],
    ],
    [
      { type: 'RDS', rdsConfiguration: { resourceArn: 'arn:cluster', credentialsSecretArn: 'arn:secret' } },
      ['rds-data:ExecuteStatement', 'arn:cluster', 'secretsmanager:GetSecretValue', 'arn:secret'],
    ],
    [
      { type: 'PINECONE', pineconeConfiguration: { credentialsSecretArn: 'arn:secret' } },
      ['secretsmanager:GetSecretValue', 'arn:secret'],
    ],
  ])(
    'lets it embed and keep vectors, and Bedrock take it on for this knowledge base alone: %o',
    (store, parts) => {
      const text = JSON.stringify(rolePolicy(base(store)));
      for (const part of ['bedrock:InvokeModel', 'arn:aws:bedrock:us-east-1::model/m', ...parts])
        expect(text).toContain(`"${part}"`);
      expect(text).toContain('"aws:SourceAccount":"111122223333"');
      expect(text).not.toContain('"Resource":"*"');
    },
  );
});
