import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { bedrockConfig } from '../../../connectors/bedrock-knowledge-base/config.ts';
import { sortError } from '../../../connectors/bedrock-knowledge-base/errors.ts';
import { iamPolicy } from '../../../connectors/bedrock-knowledge-base/index.ts';
import { createTestDocument } from '../../../core/testing/test-document.ts';
import { acceptedOf, confirmAll, openBench, writeOf } from './bench.ts';

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

  test('who is denied access is told every action that some configuration needs', () => {
    const bulk = { bucket: 'tributary-objects', dataSourceId: 'DS22222222' };
    const slots = [{ knowledgeBaseId: 'KB22222222' }];
    const whole = bedrockConfig.parse({ ...base, ...own({ name: 'handbook' }), bulk, slots });
    const needed = (['publish', 'retrieve'] as const).flatMap((use) =>
      iamPolicy(whole, { use }).Statement.flatMap(({ Action }) => Action),
    );
    const denied = { name: 'AccessDeniedException', $metadata: { httpStatusCode: 403 } };
    const { hint = '' } = sortError(denied, 0);
    const told = hint.match(/bedrock:\w+/g) ?? [];
    expect([...told].sort()).toEqual([
      ...new Set(needed.filter((action) => action.startsWith('bedrock:')).sort()),
    ]);
  });

  test('the policy in the documentation is the generated one', () => {
    const page = readFileSync('docs/connectors/bedrock-knowledge-base.md', 'utf8');
    const shown = JSON.parse(/```json\n([^]*?)```/.exec(page)?.[1] ?? '');
    expect(iamPolicy(bedrockConfig.parse(base), { accountId: '111122223333' })).toEqual(shown);
  });
});
