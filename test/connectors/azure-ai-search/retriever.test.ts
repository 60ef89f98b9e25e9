import { Document } from '@langchain/core/documents';
import { BaseRetriever } from '@langchain/core/retrievers';
import { afterEach, describe, expect, it } from 'vitest';
import { openAzureAiSearchRetrieval, azureAiSearch } from '../../../connectors/azure-ai-search/index.ts';
import type { AzureAiSearchRetrieval } from '../../../connectors/azure-ai-search/index.ts';
import type { AzureAiSearchEmulatorOptions } from '../../../connectors/azure-ai-search/emulator/index.ts';
import { createTestContext } from '../../../core/testing/context.ts';
import { createDocument, createRig, writeOf, type Rig } from './support.ts';

let rig: Rig;
afterEach(async () => rig.emulator.close());

const settings = {
  metadata: { fields: { industry: {}, renews: { type: 'instant' }, tags: { type: 'list' } } },
  chunks: { maxCharacters: 200, overlap: 20 },
  vector: { provider: 'offline', dimensions: 128 },
  semanticConfiguration: 'agents',
};
async function open(
  options: AzureAiSearchEmulatorOptions = {},
  more: object = {},
): Promise<AzureAiSearchRetrieval> {
  rig = await createRig({ ...settings, ...more }, options);
  const config = azureAiSearch.config.parse({
    endpoint: rig.emulator.url,
    apiKey: 'emulator-key',
    index: 'context',
    ...settings,
    ...more,
  });
  return openAzureAiSearchRetrieval(config, createTestContext({ name: 'stateless', clock: rig.clock }));
}
const heliotrope = (number: number, more: Parameters<typeof createDocument>[1] = {}) =>
  createDocument(number, {
    body: 'The heliotrope programme renews in spring. It is cared for by Ann.',
    ...more,
  });
const ids = (documents: readonly { id?: string | undefined }[]): string[] =>
  documents.map((one) => one.id!.slice(-1)).sort();

describe('a LangChain retriever over Azure AI Search', () => {
  it('gives documents with all that a citation and an agent need', async () => {
    const retrieval = await open();
    const metadata = { industry: 'Energy', renews: '2026-03-01T00:00:00.000Z', tags: ['gold'], seats: 12 };
    const document = heliotrope(1, { metadata });
    await rig.destination.write([writeOf(document)]);
    const retriever = retrieval.retriever();
    expect(retriever).toBeInstanceOf(BaseRetriever);
    const [found] = await retriever.invoke('when does heliotrope renew?');
    expect(new Document(found!)).toEqual(
      new Document({
        id: document.id,
        pageContent: document.body,
        metadata: {
          ...metadata,
          source: document.url,
          title: 'Account 1',
          kind: 'account',
          version: document.version,
          modified_at: '2026-01-02T03:04:05.678Z',
          classification: 'internal',
          trust: 'internal',
          origin_system: 'salesforce',
          origin_stream: 'Account',
          origin_key: '001',
          retrieval: {
            destination: 'stateless',
            passage: 0,
            score: expect.any(Number),
            ageSeconds: Math.round((rig.clock.now() - Date.parse('2026-01-02T03:04:05.678Z')) / 1000),
          },
        },
      }),
    );
    expect(Object.keys(found!.metadata).some((name) => name === 'score' || name.startsWith('_'))).toBe(false);
  });

  it('gives texts back as texts, whatever they look like', async () => {
    const fields = { ticker: {}, marks: { type: 'list' }, since: { type: 'instant' } };
    const retrieval = await open({}, { metadata: { fields } });
    const metadata = {
      ticker: 'INF',
      marks: ['NaN', '-INF', 'a'],
      since: '2026-03-01T00:00:00.000Z',
      note: 'NaN',
    };
    await rig.destination.write([writeOf(createDocument(1, { title: 'NaN', body: 'INF', metadata }))]);
    const [found] = await retrieval.retriever().invoke('INF');
    expect(found).toMatchObject({ pageContent: 'INF', metadata: { ...metadata, title: 'NaN' } });
  });

  it('belongs to one asker: without principals it finds what everyone may read', async () => {
    const retrieval = await open();
    await rig.destination.write([
      writeOf(heliotrope(1)),
      writeOf(heliotrope(2, { access: { allow: ['sales'], deny: ['interns'] } })),
    ]);
    const ask = async (principals?: string[]) =>
      ids(await retrieval.retriever(principals ? { principals } : {}).invoke('heliotrope'));
    expect(await ask()).toEqual(['1']);
    expect(await ask(['sales'])).toEqual(['1', '2']);
    expect(await ask(['sales', 'interns'])).toEqual(['1']);
  });

  it('filters by the portable filter, and refuses one that it cannot read', async () => {
    const retrieval = await open();
    await rig.destination.write([
      writeOf(heliotrope(1, { metadata: { industry: 'Energy' } })),
      writeOf(heliotrope(2, { metadata: { industry: 'Fishing', tags: ['gold'] } })),
    ]);
    const where = {
      op: 'or',
      filters: [
        { op: 'has', field: 'tags', value: 'gold' },
        { op: 'eq', field: 'industry', value: 'x' },
      ],
    } as const;
    expect(ids(await retrieval.retriever({ where }).invoke('heliotrope'))).toEqual(['2']);
    expect(() => retrieval.retriever({ where: JSON.parse('{"op":"like"}') })).toThrow(
      /filter cannot be read/,
    );
  });

  it('ranks by words, by nearness or by both, as it is asked', async () => {
    const retrieval = await open();
    await rig.destination.write([
      writeOf(heliotrope(1)),
      writeOf(createDocument(2, { body: 'Heliotropes are programmed for springtime.' })),
      writeOf(createDocument(3, { body: 'Saffron.' })),
    ]);
    const ask = async (ranking: 'text' | 'vector' | 'hybrid') =>
      retrieval.retriever({ ranking, limit: 2 }).invoke('heliotrope programme');
    expect(ids(await ask('text'))).toEqual(['1']);
    expect(ids(await ask('vector'))).toEqual(['1', '2']);
    expect(ids(await ask('hybrid'))).toEqual(['1', '2']);
    expect((await ask('text'))[0]!.metadata.retrieval.score).toBeLessThan(2);
    await rig.emulator.close();
    const words = await open({}, { vector: undefined, index: 'words' });
    await expect(words.retriever({ ranking: 'vector' }).invoke('x')).rejects.toMatchObject({
      code: 'AZURE_SEARCH_NO_VECTORS',
    });
  });
});

describe('semantic ranking', () => {
  const documents = [
    createDocument(1, { body: 'Heliotrope, heliotrope and heliotrope.' }),
    createDocument(2, { body: 'Rain fell. The heliotrope programme renews in spring. Ann cares.' }),
  ];
  const question = 'when does the heliotrope programme renew?';

  it('ranks the best once more and marks the sentence that answers', async () => {
    const retrieval = await open();
    await rig.destination.write(documents.map((one) => writeOf(one)));
    const [nearest] = await retrieval.retriever({ semantic: true, ranking: 'vector' }).invoke(question);
    expect(nearest!.metadata.retrieval.rerankerScore).toBeGreaterThan(2);
    const found = await retrieval.retriever({ semantic: true }).invoke(question);
    expect(found.map((one) => one.id)).toEqual([documents[1]!.id, documents[0]!.id]);
    expect(found[0]!.metadata.retrieval).toMatchObject({
      caption: 'The heliotrope programme renews in spring.',
    });
    expect(found[0]!.metadata.retrieval.rerankerScore).toBeGreaterThan(
      found[1]!.metadata.retrieval.rerankerScore!,
    );
  });

  it('gives the first ranking when the service is too busy for the second', async () => {
    const retrieval = await open({ semanticRanker: false });
    await rig.destination.write(documents.map((one) => writeOf(one)));
    const found = await retrieval.retriever({ semantic: true }).invoke(question);
    expect(ids(found)).toEqual(['1', '2']);
    expect(found[0]!.metadata.retrieval).not.toHaveProperty('rerankerScore');
  });

  it('needs a semantic configuration', async () => {
    const retrieval = await open({}, { semanticConfiguration: undefined });
    await expect(retrieval.retrieve({ text: 'x', limit: 1, semantic: true })).rejects.toMatchObject({
      code: 'AZURE_SEARCH_NO_SEMANTIC',
    });
  });
});
