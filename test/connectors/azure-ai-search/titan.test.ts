import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isConfigError } from '../../../core/contract/errors.ts';
import {
  startBedrockTitanEmulator,
  type BedrockTitanEmulator,
} from '../../../connectors/azure-ai-search/emulator/bedrock-titan.ts';
import { azureAiSearch } from '../../../connectors/azure-ai-search/index.ts';
import { createDocument, createRig, isIndexing, writeOf, type Rig } from './support.ts';

let rig: Rig;
let titan: BedrockTitanEmulator;
beforeEach(async () => {
  titan = await startBedrockTitanEmulator();
});
afterEach(async () => {
  await rig.emulator.close();
  await titan.close();
});

const open = async (more: object = {}): Promise<Rig> =>
  (rig = await createRig({
    chunks: { maxCharacters: 200, overlap: 0 },
    vector: {
      provider: 'bedrock-titan',
      region: 'us-east-1',
      endpoint: titan.url,
      credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
      dimensions: 256,
      requestsPerSecond: 1000,
      ...more,
    },
  }));
const documents = (count: number) =>
  Array.from({ length: count }, (_, at) =>
    writeOf(createDocument(at, { body: `The plan of account ${at} is heliotrope.` })),
  );
const throttled = (status: number, type: string, headers: Readonly<Record<string, string>> = {}) => ({
  kind: 'reply' as const,
  reply: { status, headers: { 'x-amzn-errortype': type, ...headers }, body: { message: 'The heliotrope …' } },
});

describe('vectors by Amazon Titan', () => {
  it('are asked for one text a request, several at once, and each text is paid once', async () => {
    await open();
    const changes = documents(20);
    titan.server.fault({
      when: () => true,
      after: 5,
      times: 2,
      effect: throttled(429, 'ThrottlingException'),
    });
    expect(new Set((await rig.destination.write(changes)).map((one) => one.status))).toEqual(
      new Set(['done']),
    );
    expect(titan.server.requests).toHaveLength(22);
    expect([...titan.texts].sort()).toEqual([...new Set(titan.texts)].sort());
    expect(titan.texts).toHaveLength(20);
    await rig.destination.write(changes);
    expect(titan.texts).toHaveLength(20);
    const hits = await rig.destination.search!({ text: 'The plan of account 7 is heliotrope.', limit: 1 });
    expect(hits[0]!.id).toBe(createDocument(7).id);
    expect(titan.texts).toHaveLength(20);
  });

  it('leave documents for later when the model stays busy, and quarantine what it refuses', async () => {
    await open();
    const off = titan.server.fault({
      when: () => true,
      effect: throttled(503, 'ServiceUnavailableException'),
    });
    expect((await rig.destination.write(documents(1)))[0]).toMatchObject({ status: 'later' });
    expect(rig.emulator.server.requests.filter(isIndexing)).toEqual([]);
    off();
    titan.server.fault({
      when: (request) => request.body.includes('account 1 '),
      effect: throttled(400, 'ValidationException'),
    });
    const outcomes = await rig.destination.write(documents(3));
    expect(outcomes.map((one) => one.status)).toEqual(['done', 'rejected', 'done']);
    expect(JSON.stringify(outcomes)).not.toContain('heliotrope');
  });

  it('are waited for as long as the model asks', async () => {
    await open();
    const busy = throttled(429, 'ThrottlingException', { 'retry-after': '7' });
    const off = titan.server.fault({ when: () => true, times: 2, effect: busy });
    const before = rig.clock.now();
    expect((await rig.destination.write(documents(1)))[0]?.status).toBe('done');
    expect(rig.clock.now() - before).toBeGreaterThanOrEqual(14_000);
    off();
    titan.server.fault({ when: () => true, effect: busy });
    const other = writeOf(createDocument(2, { body: 'The plan is cobalt.' }));
    expect((await rig.destination.write([other]))[0]).toMatchObject({ status: 'later', retryAfterMs: 7000 });
  });

  it('stop the destination, with what to do, when a person must act', async () => {
    await open();
    const off = titan.server.fault({ when: () => true, effect: throttled(403, 'AccessDeniedException') });
    expect((await rig.destination.write(documents(1)))[0]).toMatchObject({
      status: 'halted',
      hint: expect.stringContaining('bedrock:InvokeModel'),
    });
    await expect(rig.destination.search!({ text: 'heliotrope', limit: 1 })).rejects.toSatisfy(isConfigError);
    off();
    titan.server.fault({ when: () => true, effect: throttled(404, 'ResourceNotFoundException') });
    expect((await rig.destination.write(documents(1)))[0]).toMatchObject({
      status: 'halted',
      hint: expect.stringContaining('region'),
    });
  });

  it.each([
    ['eu-west-1', 'aws'],
    ['us-gov-west-1', 'aws-us-gov'],
    ['cn-north-1', 'aws-cn'],
  ])('need no more of AWS than one model in one region (%s)', async (region, partition) => {
    await open();
    const config = azureAiSearch.config.parse({
      endpoint: 'https://x.search.windows.net',
      index: 'context',
      chunks: {},
      vector: { provider: 'bedrock-titan', dimensions: 1024, region },
    });
    expect(azureAiSearch.grants!(config).find(({ name }) => name === 'titan')?.policy).toMatchObject({
      Statement: [
        {
          Action: ['bedrock:InvokeModel'],
          Resource: `arn:${partition}:bedrock:${region}::foundation-model/amazon.titan-embed-text-v2:0`,
        },
      ],
    });
  });

  it('need a region, and a length that the model makes', async () => {
    await open();
    const problems = (vector: object): string =>
      JSON.stringify(
        azureAiSearch.config.safeParse({
          endpoint: 'https://x.search.windows.net',
          index: 'context',
          chunks: {},
          vector: { provider: 'bedrock-titan', dimensions: 1024, region: 'eu-west-1', ...vector },
        }).error?.issues ?? [],
      );
    expect(problems({})).toBe('[]');
    expect(problems({ region: undefined })).toContain('is needed for the provider bedrock-titan');
    expect(problems({ dimensions: 1536 })).toContain('256, 512 or 1024');
  });
});
