import { afterEach, describe, expect, test } from 'vitest';
import { accessList } from '../../../connectors/bedrock-knowledge-base/access-list.ts';
import type { BedrockEmulatorOptions } from '../../../connectors/bedrock-knowledge-base/emulator/index.ts';
import {
  bedrockKnowledgeBase,
  openBedrockRetrieval,
  type BedrockRetrieval,
} from '../../../connectors/bedrock-knowledge-base/index.ts';
import type { Access } from '../../../core/contract/document.ts';
import { describeDestination } from '../../../core/testing/conformance/destination-suite.ts';
import { createTestContext } from '../../../core/testing/context.ts';
import { createTestDocument } from '../../../core/testing/test-document.ts';
import { openBench, settingsOf, writeOf, type Bench } from './bench.ts';

const managed = { knowledgeBaseType: 'MANAGED' };
const users = { 'group:sales': ['ann@example.com', 'bob@example.com'], everyone: ['ann@example.com'] };
const lists = { ...managed, accessControlList: { users } };

describeDestination('A MANAGED Amazon Bedrock knowledge base', {
  offers: ['confirm', 'inventory', 'readBack', 'search', 'slots'],
  poison: (document) => ({ ...document, id: `${document.id}-poison` }),
  async open() {
    const bench = await openBench({ type: 'MANAGED' }, managed);
    bench.emulator.switches.poison = /-poison$/;
    return {
      destination: bench.destination,
      reopen: (options) => bench.reopen(options),
      later: async () => bench.clock.advance(500),
      close: bench.close,
    };
  },
});

describe('A MANAGED Bedrock knowledge base', () => {
  let bench: Bench;
  let retrieval: BedrockRetrieval | undefined;
  afterEach(async () => {
    retrieval?.close();
    retrieval = undefined;
    await bench.close();
  });
  const open = async (options: BedrockEmulatorOptions = {}, settings: object = managed) => {
    bench = await openBench({ type: 'MANAGED', limits: false, ...options }, settings);
    const config = bedrockKnowledgeBase.config.parse({ ...settingsOf(bench.emulator), ...settings });
    const context = createTestContext({ name: 'stateful', clock: bench.clock });
    retrieval = await openBedrockRetrieval(config as never, context);
    return retrieval;
  };
  const put = async (key: string, access?: Access, body = 'The heliotrope programme renews.') => {
    const document = createTestDocument(key, { body, ...(access ? { access } : {}) });
    const [outcome] = await bench.destination.write([writeOf(document)]);
    bench.clock.advance(2000);
    return outcome;
  };
  const ask = async (options: Parameters<BedrockRetrieval['retriever']>[0] = {}) =>
    (await retrieval!.retriever(options).invoke('heliotrope')).map(({ metadata }) => metadata['origin_key']);

  test('the configured type and the real one must agree, and so must access lists', async () => {
    await open({ accessLists: true }, lists);
    await bench.destination.check();
    const check = async (more: Parameters<Bench['reopen']>[0]) => (await bench.reopen(more)).check();
    await expect(check({ knowledgeBaseType: 'VECTOR' })).rejects.toMatchObject({
      code: 'BEDROCK_WRONG_TYPE',
      hint: expect.stringContaining('knowledgeBaseType: MANAGED'),
    });
    await expect(check({ accessControlList: undefined })).rejects.toMatchObject({
      code: 'BEDROCK_ACCESS_LISTS',
    });
    const parameters = { type: 'CUSTOM', version: '1' };
    const configurationOf = (connectorParameters: object) => ({
      type: 'MANAGED_KNOWLEDGE_BASE_CONNECTOR',
      managedKnowledgeBaseConnectorConfiguration: { connectorParameters },
    });
    bench.emulator.resources.dataSource['dataSourceConfiguration'] = configurationOf(parameters);
    await expect(check({})).rejects.toMatchObject({ code: 'BEDROCK_ACCESS_LISTS' });
    bench.emulator.resources.dataSource['dataSourceConfiguration'] = configurationOf({
      ...parameters,
      type: 'SHAREPOINT',
    });
    await expect(check({})).rejects.toMatchObject({ code: 'BEDROCK_WRONG_TYPE' });
    bench.emulator.resources.dataSource['dataSourceConfiguration'] = { type: 'CUSTOM' };
    await expect(check({})).rejects.toMatchObject({ code: 'BEDROCK_WRONG_TYPE' });
  });

  test('the mark of the owner is left, and the connector stays as it was', async () => {
    await open({ accessLists: true }, lists);
    const before = structuredClone(bench.emulator.resources.dataSource['dataSourceConfiguration']);
    await bench.destination.apply(await bench.destination.plan());
    expect(bench.emulator.resources.dataSource).toMatchObject({
      description: '[tributary owner: test-installation]',
      dataSourceConfiguration: before,
    });
  });

  test('search finds, filters and reranks by the managed branch, and what the service adds is not passed on', async () => {
    await open();
    await put('much', undefined, 'heliotrope heliotrope heliotrope');
    await put('answer', undefined, `${'Rain fell. '.repeat(30)} The heliotrope programme renews.`);
    await put('hidden', { allow: ['group:board'], deny: [] });
    expect((await ask()).sort()).toEqual(['answer', 'much']);
    expect(await ask({ where: { op: 'eq', field: 'origin_key', value: 'much' } })).toEqual(['much']);
    const question = 'the heliotrope programme renews';
    const [best] = await retrieval!.retriever({ rerank: true }).invoke(question);
    expect(best?.metadata['origin_key']).toBe('answer');
    expect(Object.keys(best!.metadata).filter((name) => name.startsWith('_'))).toEqual([]);
  });

  test('with access lists, the service itself shows a document to its users only', async () => {
    await open({ accessLists: true }, lists);
    await put('sales', { allow: ['group:sales'], deny: ['user:bob@example.com'] });
    await put('cem', { allow: ['user:cem@example.com'], deny: [] });
    await put('nobody', { allow: [], deny: [] });
    await put('everyone');
    const [sales] = [...bench.emulator.documents().values()];
    expect(sales?.access).toEqual([
      { name: 'ann@example.com', access: 'ALLOW' },
      { name: 'bob@example.com', access: 'ALLOW' },
      { name: 'bob@example.com', access: 'DENY' },
    ]);
    const as = async (user: string) => (await ask({ principals: [`user:${user}`, 'group:sales'] })).sort();
    expect(await as('ann@example.com')).toEqual(['everyone', 'sales']);
    expect(await as('bob@example.com')).toEqual([]);
    expect(await as('cem@example.com')).toEqual(['cem']);
    expect(await ask()).toEqual([]);
    expect(await ask({ principals: ['group:sales'], userId: 'ann@example.com' })).toHaveLength(2);
    const hits = await bench.destination.search!({
      text: 'heliotrope',
      limit: 5,
      principals: ['user:cem@example.com'],
    });
    expect(hits).toHaveLength(1);
  });

  test('a document whose access the list cannot say in full is withheld, whatever of it could be said', async () => {
    await open({ accessLists: true }, { ...managed, accessControlList: {} });
    const reason = expect.stringContaining('accessControlList.users');
    const withheld = { status: 'rejected', code: 'bedrock-does-not-fit', reason };
    expect(await put('a', { allow: ['user:ann@example.com', 'group:sales'], deny: [] })).toMatchObject(
      withheld,
    );
    expect(await put('b', { allow: ['user:ann@example.com'], deny: ['group:sales'] })).toMatchObject(
      withheld,
    );
    expect(await put('c')).toMatchObject(withheld);
    expect(bench.emulator.documents().size).toBe(0);
    const encoded = bench.destination.encode(writeOf(createTestDocument('c')));
    expect(encoded.refused).toMatch(/everyone may read it/);
  });

  test('the profile changes with who stands behind the principals', async () => {
    await open({ accessLists: true }, lists);
    const other = { users: { ...users, 'group:sales': ['ann@example.com'] } };
    expect((await bench.reopen({ accessControlList: other })).profile).not.toBe(bench.destination.profile);
  });
});

test('a list holds as many users as there are, each once, in a fixed order', () => {
  const many = Array.from({ length: 300 }, (_, index) => `u${index}@example.com`);
  const made = accessList({ allow: ['g', 'user:u1@example.com'], deny: [] }, { g: many });
  expect(made).toHaveLength(300);
  expect(made).toEqual(accessList({ allow: ['u1@example.com', 'g'], deny: [] }, { g: many.toReversed() }));
  expect(accessList({ allow: ['toString'], deny: [] }, {})).toMatch(/1 of its principals/);
  expect(accessList({ allow: ['g'], deny: [] }, { g: [`${'x'.repeat(250)}@example.com`] })).toMatch(/1 of/);
});
