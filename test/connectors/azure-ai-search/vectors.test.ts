import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Change, Outcome } from '../../../core/contract/destination.ts';
import {
  startAzureOpenAiEmulator,
  type AzureOpenAiEmulator,
} from '../../../connectors/azure-ai-search/emulator/azure-openai.ts';
import { createDocument, createRig, isIndexing, writeOf, type Rig } from './support.ts';

let rig: Rig;
let openai: AzureOpenAiEmulator;
beforeEach(async () => {
  openai = await startAzureOpenAiEmulator();
});
afterEach(async () => {
  await rig.emulator.close();
  await openai.close();
});

const chunks = { maxCharacters: 200, overlap: 20 };
const vector = (more: object = {}) => ({
  provider: 'azure-openai',
  dimensions: 64,
  endpoint: openai.url,
  deployment: 'embedding',
  apiKey: 'openai-key',
  requestsPerSecond: 1000,
  ...more,
});
const open = async (more: object = {}, settings: object = {}): Promise<Rig> =>
  (rig = await createRig({ chunks, vector: vector(more), ...settings }));
const body = (...words: string[]): string =>
  words.map((word, at) => `## Part ${at}\n\n${`The ${word} of this account. `.repeat(5)}`).join('\n');
const write = (...changes: Change[]): Promise<readonly Outcome[]> => rig.destination.write(changes);
const tokensOf = (texts: readonly string[]): number =>
  texts.reduce((sum, text) => sum + Math.ceil(text.length / 4), 0);

describe('vectors of passages', () => {
  it('are kept with every passage, beside an algorithm, a compression and a vectorizer for agents', async () => {
    await open({ compression: 'scalar', truncateTo: 32, algorithm: 'exhaustive' });
    await write(writeOf(createDocument(1, { body: body('heliotrope', 'amaranth') })));
    const definition = rig.emulator.definition('context') as {
      fields: { name: string }[];
      vectorSearch: unknown;
    };
    expect(definition.fields.find((one) => one.name === 'content_vector')).toMatchObject({
      type: 'Collection(Edm.Single)',
      dimensions: 64,
      stored: false,
      retrievable: false,
      vectorSearchProfile: 'tributary',
    });
    expect(definition.vectorSearch).toMatchObject({
      profiles: [
        { name: 'tributary', algorithm: 'tributary', vectorizer: 'tributary', compression: 'tributary' },
      ],
      algorithms: [{ kind: 'exhaustiveKnn', exhaustiveKnnParameters: { metric: 'cosine' } }],
      vectorizers: [
        {
          kind: 'azureOpenAI',
          azureOpenAIParameters: {
            resourceUri: openai.url,
            deploymentId: 'embedding',
            modelName: 'text-embedding-3-small',
          },
        },
      ],
      compressions: [
        {
          kind: 'scalarQuantization',
          truncationDimension: 32,
          scalarQuantizationParameters: { quantizedDataType: 'int8' },
          rescoringOptions: { enableRescoring: true, rescoreStorageMethod: 'preserveOriginals' },
        },
      ],
    });
    expect(JSON.stringify(definition)).not.toContain('openai-key');
    expect(openai.texts).toHaveLength(2);
    expect((await rig.destination.plan()).steps).toMatchObject([{ action: 'none' }]);
  });

  it('cost a token once for each passage, also for passages that stand in several documents', async () => {
    await open();
    const first = body('heliotrope', 'amaranth', 'saffron');
    await write(writeOf(createDocument(1, { body: first })), writeOf(createDocument(2, { body: first })));
    expect(openai.texts).toHaveLength(3);
    const paid = openai.tokens();
    expect(paid).toBe(tokensOf(openai.texts));

    await write(writeOf(createDocument(1, { body: first, title: 'Renamed', version: 'v2' })));
    expect(openai.tokens()).toBe(paid);
    await write(writeOf(createDocument(1, { body: body('heliotrope', 'cobalt', 'saffron'), version: 'v3' })));
    expect(openai.texts).toHaveLength(4);
    expect(openai.tokens()).toBe(paid + tokensOf(openai.texts.slice(3)));
  });

  it('cost nothing again after a write that failed, in another index, or when two writes overlap', async () => {
    await open();
    const change = writeOf(createDocument(1, { body: body('heliotrope', 'amaranth') }));
    rig.emulator.server.fault({
      when: isIndexing,
      times: 1,
      effect: { kind: 'reply', reply: { status: 503 } },
    });
    expect((await write(change))[0]?.status).toBe('later');
    const paid = openai.tokens();
    const text = body('saffron', 'cobalt');
    const twice = await Promise.all([
      write(change, writeOf(createDocument(2, { body: text }))),
      write(writeOf(createDocument(3, { body: text }))),
    ]);
    expect(twice.flat().map((one) => one.status)).toEqual(['done', 'done', 'done']);
    expect(openai.texts).toHaveLength(4);
    expect(openai.tokens()).toBe(paid + tokensOf(openai.texts.slice(2)));
    const other = await rig.another({ index: 'other' });
    await other.apply(await other.plan());
    const before = openai.tokens();
    expect((await other.write([change]))[0]?.status).toBe('done');
    expect(openai.tokens()).toBe(before);
  });

  it('are made in batches, and counted before anything is sent', async () => {
    await open({ batchSize: 3 });
    const words = ['one', 'two', 'three', 'four', 'five', 'six', 'seven'];
    const change = writeOf(createDocument(1, { body: body(...words) }));
    const plain = await rig.another({ vector: undefined });
    expect(rig.destination.encode(change).bytes - plain.encode(change).bytes).toBe(7 * 64 * 16);
    await write(change);
    expect(openai.server.requests.length).toBe(3);
    let sent = 0;
    rig.emulator.server.fault({
      when: (request) => isIndexing(request) && ((sent = request.body.length), false),
      effect: { kind: 'stall' },
    });
    await write(change);
    expect(sent).toBeLessThanOrEqual(rig.destination.encode(change).bytes);
  });

  it('are not shared by two models or two lengths', async () => {
    await open({ dimensions: 32 });
    const change = writeOf(createDocument(1, { body: body('heliotrope') }));
    await write(change);
    expect(rig.destination.profile).not.toBe((await rig.another({ vector: vector() })).profile);
    expect(rig.destination.profile).not.toBe(
      (await rig.another({ vector: vector({ dimensions: 32, model: 'text-embedding-3-large' }) })).profile,
    );
    expect(rig.destination.profile).toBe(
      (await rig.another({ vector: vector({ dimensions: 32, batchSize: 7 }) })).profile,
    );
  });
});

describe('an embedding deployment that goes wrong', () => {
  const fault = (status: number, times: number, headers: Record<string, string> = {}): void =>
    void openai.server.fault({
      when: () => true,
      times,
      effect: {
        kind: 'reply',
        reply: { status, headers, body: { error: { code: 'x', message: 'The heliotrope …' } } },
      },
    });

  it('is asked again when it is busy, as late as it wishes', async () => {
    await open();
    fault(429, 2, { 'retry-after': '7' });
    const before = rig.clock.now();
    expect((await write(writeOf(createDocument(1))))[0]?.status).toBe('done');
    expect(rig.clock.now() - before).toBeGreaterThanOrEqual(14_000);
  });

  it('leaves documents for later when it stays busy, and nothing of them is sent', async () => {
    await open();
    fault(429, 99, { 'retry-after-ms': '20' });
    expect((await write(writeOf(createDocument(1))))[0]).toMatchObject({ status: 'later', retryAfterMs: 20 });
    expect(rig.emulator.server.requests.filter(isIndexing)).toEqual([]);
  });

  it('quarantines the one document that it refuses, and tells nothing of its text', async () => {
    await open();
    openai.server.fault({
      when: (request) => request.body.includes('forbidden'),
      effect: {
        kind: 'reply',
        reply: { status: 400, body: { error: { code: 'content_filter', message: 'forbidden' } } },
      },
    });
    const outcomes = await write(
      writeOf(createDocument(1)),
      writeOf(createDocument(2, { body: 'A forbidden text.' })),
      writeOf(createDocument(3)),
    );
    expect(outcomes.map((one) => one.status)).toEqual(['done', 'rejected', 'done']);
    expect(JSON.stringify(outcomes[1])).toMatch(/content_filter/);
    expect(JSON.stringify(outcomes[1])).not.toMatch(/forbidden/);
  });

  it('stops the destination, with what to do, when a person must act', async () => {
    await open({ apiKey: 'wrong' });
    expect((await write(writeOf(createDocument(1))))[0]).toMatchObject({
      status: 'halted',
      hint: expect.stringContaining('role'),
    });
    await rig.emulator.close();
    await open({ deployment: 'nowhere' });
    expect((await write(writeOf(createDocument(1))))[0]).toMatchObject({
      status: 'halted',
      hint: expect.stringContaining('deployment'),
    });
    await rig.emulator.close();
    await open();
    openai.server.fault({
      when: () => true,
      effect: { kind: 'reply', reply: { status: 200, body: { data: [{ index: 0, embedding: [1, 2] }] } } },
    });
    expect((await write(writeOf(createDocument(1))))[0]).toMatchObject({
      status: 'halted',
      reason: expect.stringContaining('2 numbers'),
    });
  });
});

describe('a hybrid question', () => {
  it('finds by words and by nearness together, each document once', async () => {
    await open({ provider: 'offline' });
    await write(
      writeOf(createDocument(1, { body: body('heliotrope programme', 'amaranth') })),
      writeOf(createDocument(2, { body: body('heliotropes programmed', 'cobalt') })),
      writeOf(createDocument(3, { body: body('saffron') })),
    );
    const hits = await rig.destination.search!({ text: 'heliotrope programme', limit: 3 });
    expect(hits.map((hit) => hit.id)).toEqual([1, 2, 3].map((at) => createDocument(at).id));
    expect(hits[0]!.score).toBeGreaterThan(1 / 61);
    expect(openai.texts).toEqual([]);
  });

  it('is still answered within what the asker may read', async () => {
    await open({ provider: 'offline' });
    await write(
      writeOf(createDocument(1, { access: { allow: ['sales'], deny: [] } })),
      writeOf(createDocument(2)),
    );
    const ids = async (more: object) =>
      (await rig.destination.search!({ text: 'renews', limit: 5, ...more })).map((hit) => hit.id);
    expect(await ids({})).toEqual([createDocument(2).id]);
    expect((await ids({ principals: ['sales'] })).sort()).toEqual([1, 2].map((at) => createDocument(at).id));
    expect(await ids({ filter: { kind: 'contact' } })).toEqual([]);
  });

  it('that the model refuses is told as such, and one of any length is asked', async () => {
    await open();
    await write(writeOf(createDocument(1, { body: body('heliotrope') })));
    const long = `heliotrope ${'and so on '.repeat(4000)}`;
    let asked = '';
    rig.emulator.server.fault({
      when: (request) => ((asked = request.body.toString()), false),
      effect: { kind: 'stall' },
    });
    expect((await rig.destination.search!({ text: long, limit: 1 })).map((hit) => hit.id)).toHaveLength(1);
    expect((JSON.parse(asked) as { search: string }).search.split(' ').length).toBeLessThan(3000);
    openai.server.fault({
      when: () => true,
      effect: { kind: 'reply', reply: { status: 400, body: { error: { code: 'content_filter' } } } },
    });
    await expect(rig.destination.search!({ text: 'saffron', limit: 1 })).rejects.toMatchObject({
      code: 'AZURE_SEARCH_EMBEDDING',
      message: expect.stringContaining('content_filter'),
    });
  });

  it('can be put as text by an agent, since the index names who makes vectors of questions', async () => {
    await open();
    await write(
      writeOf(createDocument(1, { body: body('heliotrope') })),
      writeOf(createDocument(2, { body: body('saffron') })),
    );
    const response = await fetch(
      `${rig.emulator.url}/indexes('context')/docs/search.post.search?api-version=2026-04-01`,
      {
        method: 'POST',
        headers: { 'api-key': 'emulator-key' },
        body: JSON.stringify({
          vectorQueries: [{ kind: 'text', text: 'heliotropes', fields: 'content_vector', k: 1 }],
          select: 'doc_id',
        }),
      },
    );
    expect(await response.json()).toMatchObject({ value: [{ doc_id: createDocument(1).id }] });
  });
});
