import { Document } from '@langchain/core/documents';
import { BaseRetriever } from '@langchain/core/retrievers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  bedrockKnowledgeBase,
  openBedrockRetrieval,
  type BedrockRetrieval,
} from '../../../connectors/bedrock-knowledge-base/index.ts';
import type { BusinessDocument } from '../../../core/contract/document.ts';
import { filterValues, matchesFilter } from '../../../core/retrieval/match-filter.ts';
import type { Filter } from '../../../core/retrieval/filter.ts';
import { createTestContext } from '../../../core/testing/context.ts';
import { createTestDocument } from '../../../core/testing/test-document.ts';
import { openBench, settingsOf, writeOf, type Bench } from './bench.ts';

describe('A LangChain retriever over a Bedrock knowledge base', () => {
  let bench: Bench;
  const opened: BedrockRetrieval[] = [];
  beforeEach(async () => {
    bench = await openBench({ limits: false });
  });
  afterEach(async () => {
    for (const one of opened.splice(0)) one.close();
    await bench.close();
  });

  const open = async (more: object = {}): Promise<BedrockRetrieval> => {
    const config = bedrockKnowledgeBase.config.parse({ ...settingsOf(bench.emulator), ...more });
    const context = createTestContext({ name: 'stateful', clock: bench.clock });
    const retrieval = await openBedrockRetrieval(config as never, context);
    opened.push(retrieval);
    return retrieval;
  };
  const put = async (key: string, changes: Partial<BusinessDocument> = {}): Promise<BusinessDocument> => {
    const body = 'The heliotrope programme renews in spring. It is cared for by Ann.';
    const document = createTestDocument(key, { body, ...changes });
    await bench.destination.write([writeOf(document)]);
    bench.clock.advance(2000);
    return document;
  };
  const keys = (found: readonly { metadata: Record<string, unknown> }[]): string[] =>
    found.map(({ metadata }) => String(metadata['origin_key'])).sort();

  test('gives documents with all that a citation and an agent need, the text unaltered', async () => {
    const metadata = { industry: 'Energy', renews: '2026-03-01', renews_epoch: 1772323200, tags: ['gold'] };
    const body = '| a | b |\n|---|---|\n| 1 ... | heliotrope  two |';
    const document = await put('a', { metadata, body, version: 'abcdef123456' });
    const retriever = (await open()).retriever();
    expect(retriever).toBeInstanceOf(BaseRetriever);
    const [found] = await retriever.invoke('when does heliotrope renew?');
    expect(new Document(found!)).toEqual(
      new Document({
        id: document.id,
        pageContent: `# Account a\n\n${body}`,
        metadata: {
          ...metadata,
          source: 'https://crm.example/Account/a',
          title: 'Account a',
          kind: 'account',
          version: 'abcdef123456',
          modified_at: '2026-01-15T12:00:00.000Z',
          classification: 'internal',
          trust: 'internal',
          origin_system: 'crm',
          origin_stream: 'Account',
          origin_key: 'a',
          retrieval: {
            destination: 'stateful',
            score: expect.any(Number),
            ageSeconds: Math.round((bench.clock.now() - Date.parse('2026-01-15T12:00:00.000Z')) / 1000),
          },
        },
      }),
    );
    const names = Object.keys(found!.metadata);
    expect(names.filter((name) => /^(score$|_|x-amz|access$|doc_id$)/.test(name))).toEqual([]);
  });

  test('belongs to one asker: without principals it finds what everyone may read', async () => {
    await put('open');
    await put('sales', { access: { allow: ['sales', 'support'], deny: ['interns'] } });
    const retrieval = await open();
    const ask = async (principals?: string[]) =>
      keys(await retrieval.retriever(principals ? { principals } : {}).invoke('heliotrope'));
    expect(await ask()).toEqual(['open']);
    expect(await ask(['sales'])).toEqual(['open', 'sales']);
    expect(await ask(['sales', 'interns'])).toEqual(['open']);
    expect(await ask(['other'])).toEqual(['open']);
  });

  const texts = (field: string, value: string): Filter => ({ op: 'eq', field, value });
  const filters: [string, Filter][] = [
    ['text', texts('industry', 'Energy')],
    ['one of several', { op: 'in', field: 'industry', values: ['Energy', 'Fishing'] }],
    ['a list', { op: 'has', field: 'tags', value: 't3' }],
    ['a long list', { op: 'has', field: 'tags', value: 't21' }],
    ['a number', { op: 'range', field: 'seats', above: 5 }],
    ['an instant', { op: 'range', field: 'modified_at', from: '2026-02-01' }],
    ['a negation', { op: 'not', filter: texts('industry', 'Energy') }],
    ['a negated list', { op: 'not', filter: { op: 'has', field: 'tags', value: 't3' } }],
    [
      'a mixture',
      {
        op: 'and',
        filters: [
          { op: 'or', filters: [texts('industry', 'Energy'), { op: 'has', field: 'tags', value: 't21' }] },
          { op: 'range', field: 'seats', to: 9 },
          { op: 'not', filter: texts('origin_key', 'c') },
        ],
      },
    ],
  ];
  test('filters by the portable filter as every plane does, and refuses one that it cannot read', async () => {
    const many = Array.from({ length: 23 }, (_, index) => `t${index}`);
    const later = { system: 'crm', stream: 'Account', modifiedAt: '2026-03-01T00:00:00Z' };
    const documents = [
      await put('a', { metadata: { industry: 'Energy', seats: 3, tags: ['t3'] } }),
      await put('b', { metadata: { industry: 'Fishing', seats: 9, tags: many } }),
      await put('c', { metadata: { seats: 12 }, origin: { ...later, key: 'c' } }),
    ];
    const retrieval = await open();
    for (const [what, where] of filters) {
      const expected = documents.filter((document) => matchesFilter(where, filterValues(document)));
      const found = await retrieval.retriever({ where }).invoke('heliotrope');
      expect(keys(found), what).toEqual(expected.map(({ origin }) => origin.key));
    }
    expect(() => retrieval.retriever({ where: JSON.parse('{"op":"like"}') })).toThrow(
      /filter cannot be read/,
    );
  });

  test('a portable filter never loosens what the asker may read, also where the service can only be asked for more', async () => {
    await put('open', { metadata: { n: 1 } });
    await put('hidden', { metadata: { n: 2 }, access: { allow: ['board'], deny: [] } });
    const any = (from: number): Filter => ({
      op: 'or',
      filters: Array.from({ length: 9 }, (_, index) => ({ op: 'eq', field: 'n', value: from + index })),
    });
    const retrieval = await open();
    expect(keys(await retrieval.retriever({ where: any(1) }).invoke('heliotrope'))).toEqual(['open']);
    expect(keys(await retrieval.retriever({ where: any(2) }).invoke('heliotrope'))).toEqual([]);
  });

  test('ranks the results once more by the configured model, and needs one', async () => {
    await put('much', { body: 'heliotrope heliotrope heliotrope heliotrope' });
    await put('answer', { body: `${'Rain fell. '.repeat(30)} The heliotrope programme renews in spring.` });
    const question = 'when does the heliotrope programme renew in spring';
    const rerankingModelArn = 'arn:aws:bedrock:us-east-1::foundation-model/amazon.rerank-v1:0';
    const found = await (await open({ rerankingModelArn })).retriever({ rerank: true }).invoke(question);
    expect(found.map(({ metadata }) => metadata['origin_key'])).toEqual(['answer', 'much']);
    const without = await open();
    await expect(without.retriever({ rerank: true }).invoke(question)).rejects.toMatchObject({
      code: 'BEDROCK_NO_RERANKING',
    });
    const hybrid = await without.retriever({ searchType: 'HYBRID', limit: 1 }).invoke(question);
    expect(hybrid).toHaveLength(1);
  });

  test('needs no permission but Retrieve, and waits while the service is busy', async () => {
    await put('a');
    for (const action of ['GetKnowledgeBase', 'GetDataSource', 'ListKnowledgeBaseDocuments'])
      bench.emulator.switches.denied.add(`bedrock:${action}`);
    bench.emulator.runtimeServer.fault({
      when: () => true,
      times: 2,
      effect: { kind: 'reply', reply: { status: 429, body: { message: 'slow down' } } },
    });
    const retrieval = await open();
    expect(keys(await retrieval.retriever().invoke('heliotrope'))).toEqual(['a']);
    bench.emulator.switches.denied.add('bedrock:Retrieve');
    await expect(retrieval.retriever().invoke('heliotrope')).rejects.toMatchObject({
      code: 'BEDROCK_REFUSED',
    });
  });
});
