import {
  BedrockAgentRuntimeClient,
  RetrieveCommand,
  type RetrievalFilter,
} from '@aws-sdk/client-bedrock-agent-runtime';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cut } from '../../../connectors/bedrock-knowledge-base/emulator/ranking.ts';
import type { Access } from '../../../core/contract/document.ts';
import { createTestDocument } from '../../../core/testing/test-document.ts';
import { openBench, writeOf, type Bench } from './bench.ts';

describe('Searching a Bedrock knowledge base', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await openBench({ limits: false });
  });
  afterEach(() => bench.close());

  const put = async (key: string, body: string, more: Parameters<typeof createTestDocument>[1] = {}) => {
    const document = createTestDocument(key, { body, ...more });
    await bench.destination.write([writeOf(document)]);
    bench.clock.advance(2000);
    return document.id;
  };
  const restrict = (access: Access) => ({ access });

  test('a hit carries what a citation needs, and a document in many chunks is one hit', async () => {
    const long = 'The renewal of the heliotrope contract. '.repeat(200);
    const id = await put('a', long, { version: 'abcdef123456' });
    const hits = await bench.destination.search!({ text: 'heliotrope renewal', limit: 5 });
    expect(hits).toEqual([
      {
        id,
        title: 'Account a',
        url: 'https://crm.example/Account/a',
        version: 'abcdef123456',
        text: expect.stringContaining('heliotrope'),
        score: Math.max(...(await runtime({ text: 'heliotrope renewal' })).map(({ score }) => score ?? 0)),
      },
    ]);
  });

  test('one long document does not crowd out the others', async () => {
    await put('long', 'heliotrope heliotrope heliotrope. '.repeat(2000));
    for (const key of ['a', 'b', 'c']) await put(key, `${'Other words follow here. '.repeat(30)} heliotrope`);
    const hits = await bench.destination.search!({ text: 'heliotrope', limit: 4 });
    expect(hits).toHaveLength(4);
    expect(hits.map(({ score }) => score)).toEqual([...hits.map(({ score }) => score)].sort((a, b) => b - a));
  });

  test('a filter of any number of fields selects by equality', async () => {
    const metadata = { a: 1, b: 'x', c: true, d: 'y', e: 2, f: 'z' };
    const id = await put('match', 'heliotrope', { metadata });
    await put('other', 'heliotrope', { metadata: { ...metadata, f: 'not' } });
    const ask = async (filter: Record<string, string | number | boolean>) =>
      (await bench.destination.search!({ text: 'heliotrope', limit: 5, filter })).map((hit) => hit.id);
    expect(await ask(metadata)).toEqual([id]);
    expect(await ask({ f: 'z' })).toEqual([id]);
    expect(await ask({ ...metadata, kind: 'account', trust: 'internal' })).toEqual([id]);
  });

  test('classes of several principals are found by a process that never wrote them', async () => {
    const both = await put(
      'both',
      'heliotrope',
      restrict({ allow: ['group:sales', 'group:support'], deny: [] }),
    );
    const one = await put('one', 'heliotrope', restrict({ allow: ['group:sales'], deny: [] }));
    await put('hidden', 'heliotrope', restrict({ allow: ['group:board', 'user:x'], deny: [] }));
    await put('denied', 'heliotrope', restrict({ allow: ['group:sales'], deny: ['user:ann'] }));
    await put('nobody', 'heliotrope', restrict({ allow: [], deny: [] }));
    const reader = await bench.reopen();
    const request = { text: 'heliotrope', limit: 9, principals: ['user:ann', 'group:sales'] };
    const ids = async () => (await reader.search!(request)).map(({ id }) => id).sort();
    expect(await ids()).toEqual([both, one].sort());
    expect(await ids()).toEqual([both, one].sort());
    expect(await reader.search!({ text: 'heliotrope', limit: 9 })).toEqual([]);
  });

  test('many documents that the asker may not read do not hide the one that the asker may', async () => {
    const hidden = restrict({ allow: ['group:board', 'user:x'], deny: [] });
    for (let index = 0; index < 120; index++) await put(`h${index}`, 'heliotrope heliotrope', hidden);
    const open = restrict({ allow: ['group:sales', 'group:support'], deny: [] });
    const id = await put('open', `heliotrope ${'and other words '.repeat(60)}`, open);
    const reader = await bench.reopen();
    const hits = await reader.search!({ text: 'heliotrope', limit: 3, principals: ['group:support'] });
    expect(hits.map((hit) => hit.id)).toEqual([id]);
  });

  test('a vector store that ignores the filter still shows nothing that the asker may not read', async () => {
    await put('hidden', 'heliotrope', restrict({ allow: ['group:board'], deny: [] }));
    const open = await put('open', 'heliotrope');
    const response = await runtime({ text: 'heliotrope' });
    expect(response).toHaveLength(2);
    bench.emulator.runtimeServer.fault({
      when: () => true,
      effect: { kind: 'reply', reply: { status: 200, body: { retrievalResults: response } } },
    });
    const ask = async (more: { principals?: string[]; filter?: Record<string, string> }) =>
      (await bench.destination.search!({ text: 'heliotrope', limit: 5, ...more })).map(({ id }) => id);
    expect(await ask({})).toEqual([open]);
    expect(await ask({ principals: ['group:sales'] })).toEqual([open]);
    expect(await ask({ filter: { kind: 'invoice' } })).toEqual([]);
  });

  test('a blank question finds nothing, a long one is shortened, a busy service is asked again', async () => {
    const id = await put('a', 'heliotrope');
    expect(await bench.destination.search!({ text: '  ', limit: 5 })).toEqual([]);
    const text = `heliotrope ${'word '.repeat(400)}`;
    bench.emulator.runtimeServer.fault({
      when: () => true,
      times: 1,
      effect: { kind: 'reply', reply: { status: 429, body: { message: 'slow down' } } },
    });
    expect((await bench.destination.search!({ text, limit: 5 })).map((hit) => hit.id)).toEqual([id]);
  });

  const runtime = async (request: { text?: string; results?: number; filter?: unknown }) => {
    const client = new BedrockAgentRuntimeClient({
      region: 'us-east-1',
      endpoint: bench.emulator.runtimeUrl,
      maxAttempts: 1,
      credentials: {
        accessKeyId: String(bench.emulator.env['AWS_ACCESS_KEY_ID']),
        secretAccessKey: String(bench.emulator.env['AWS_SECRET_ACCESS_KEY']),
      },
    });
    const filter = request.filter as RetrievalFilter | undefined;
    try {
      const answer = await client.send(
        new RetrieveCommand({
          knowledgeBaseId: 'KBTRIBUT01',
          retrievalQuery: { text: request.text ?? 'heliotrope' },
          retrievalConfiguration: {
            vectorSearchConfiguration: {
              numberOfResults: request.results ?? 100,
              ...(filter === undefined ? {} : { filter }),
            },
          },
        }),
      );
      return (answer.retrievalResults ?? []).map((result) => ({
        ...result,
        metadata: result.metadata as Record<string, unknown>,
      }));
    } finally {
      client.destroy();
    }
  };

  test('the emulated Retrieve evaluates the whole filter grammar', async () => {
    const metadata = { size: 5, region: 'emea', open: true, tags: ['red', 'green'] };
    await put('a', 'heliotrope', { metadata });
    await put('b', 'heliotrope', { metadata: { size: 9, region: 'apac', open: false } });
    const keys = async (filter: unknown) =>
      (await runtime({ filter })).map(({ metadata: found }) => found['origin_key']).sort();
    const one = (operator: string, key: string, value: unknown) => ({ [operator]: { key, value } });
    expect(await keys(one('equals', 'region', 'emea'))).toEqual(['a']);
    expect(await keys(one('notEquals', 'region', 'emea'))).toEqual(['b']);
    expect(await keys(one('equals', 'open', false))).toEqual(['b']);
    expect(await keys(one('greaterThan', 'size', 5))).toEqual(['b']);
    expect(await keys(one('greaterThanOrEquals', 'size', 5))).toEqual(['a', 'b']);
    expect(await keys(one('lessThan', 'size', 9))).toEqual(['a']);
    expect(await keys(one('lessThanOrEquals', 'size', 4))).toEqual([]);
    expect(await keys(one('in', 'region', ['apac', 'amer']))).toEqual(['b']);
    expect(await keys(one('notIn', 'region', ['apac', 'amer']))).toEqual(['a']);
    expect(await keys(one('notIn', 'missing', ['x']))).toEqual(['a', 'b']);
    expect(await keys(one('startsWith', 'region', 'em'))).toEqual(['a']);
    expect(await keys(one('stringContains', 'region', 'pa'))).toEqual(['b']);
    expect(await keys(one('listContains', 'tags', 'green'))).toEqual(['a']);
    const both = [one('equals', 'region', 'emea'), one('equals', 'size', 9)];
    expect(await keys({ andAll: both })).toEqual([]);
    expect(await keys({ orAll: both })).toEqual(['a', 'b']);
    expect(await keys({ andAll: [{ orAll: both }, one('equals', 'open', true)] })).toEqual(['a']);
  });

  test.each([
    ['a blank question', { text: ' ' }],
    ['101 results', { results: 101 }],
    ['no result', { results: 0 }],
    ['a group of one', { filter: { andAll: [{ equals: { key: 'a', value: 1 } }] } }],
    ['a group of six', { filter: { orAll: Array(6).fill({ equals: { key: 'a', value: 1 } }) } }],
    ['a key of 101 characters', { filter: { equals: { key: 'k'.repeat(101), value: 1 } } }],
    ['a range over text', { filter: { greaterThan: { key: 'a', value: 'x' } } }],
    ['an empty list of choices', { filter: { in: { key: 'a', value: [] } } }],
  ])('the emulated Retrieve refuses %s', async (_what, request) => {
    await put('a', 'heliotrope');
    await expect(runtime(request)).rejects.toMatchObject({ name: 'ValidationException' });
  });

  test('a result names its document, its chunk and its data source, and the chunks cover the text', async () => {
    const text = Array.from({ length: 1000 }, (_, index) => `word${index}`).join('\n');
    const chunks = cut(text);
    expect(chunks.length).toBeGreaterThan(4);
    expect(new Set(chunks.flatMap((chunk) => chunk.split('\n'))).size).toBe(1000);
    const id = await put('a', `heliotrope ${text}`);
    const [first] = await runtime({ text: 'word999' });
    expect(first).toMatchObject({
      content: { type: 'TEXT', text: expect.stringContaining('word998\nword999') },
      location: { type: 'CUSTOM', customDocumentLocation: { id } },
      metadata: {
        doc_id: id,
        'x-amz-bedrock-kb-data-source-id': 'DSTRIBUT01',
        'x-amz-bedrock-kb-chunk-id': expect.any(String),
      },
    });
  });
});
