import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunkKey, parseKey } from '../../../connectors/azure-ai-search/document-key.ts';
import { azureAiSearch } from '../../../connectors/azure-ai-search/index.ts';
import { createTestContext } from '../../../core/testing/context.ts';

const parse = (more: object) =>
  azureAiSearch.config.safeParse({
    endpoint: 'https://acme.search.windows.net',
    apiKey: 'k',
    index: 'context',
    ...more,
  });
const profile = async (more: object): Promise<string> => {
  const destination = await azureAiSearch.create(parse(more).data!, createTestContext());
  return destination.profile;
};

describe('the settings of an Azure AI Search destination', () => {
  it('need no more than an endpoint and an index', () => {
    const { data } = azureAiSearch.config.safeParse({
      endpoint: 'https://acme.search.windows.net',
      index: 'context',
    });
    expect(data).toMatchObject({
      analyzer: 'standard.lucene',
      metadata: { fields: {} },
      batch: { maxDocuments: 1000 },
    });
  });

  it.each([
    ['an index name with capitals', { index: 'Context' }],
    ['passages that repeat more than half of each other', { chunks: { maxCharacters: 400, overlap: 300 } }],
    ['vectors of whole documents', { vector: { provider: 'offline', dimensions: 8 } }],
    [
      'vectors of passages that no model reads',
      { chunks: { maxCharacters: 9000 }, vector: { provider: 'offline', dimensions: 8 } },
    ],
    [
      'vectors of a deployment without its address',
      { chunks: {}, vector: { provider: 'azure-openai', dimensions: 8 } },
    ],
    [
      'vectors cut short without compression',
      { chunks: {}, vector: { provider: 'offline', dimensions: 8, truncateTo: 4 } },
    ],
    [
      'a language whose field is a metadata field',
      { languages: { analyzers: { de: 'de.lucene' } }, metadata: { fields: { content_de: {} } } },
    ],
    ['languages without an analyzer', { languages: { analyzers: {} } }],
    ['an alias with the name of the index', { alias: 'context' }],
    ['a knowledge source without semantic configuration', { knowledge: { source: 'crm' } }],
    ['an index name with two dashes in a row', { index: 'a--b' }],
    ['plain http to another machine', { endpoint: 'http://search.example' }],
    [
      'a metadata field with the name of a field that is there already',
      { metadata: { fields: { kind: {} } } },
    ],
    ['a metadata field that starts with an underscore', { metadata: { fields: { _x: {} } } }],
    ['a reserved prefix', { metadata: { fields: { azureSearchX: {} } } }],
    ['two fields that differ in case only', { metadata: { fields: { a: {}, A: {} } } }],
    ['a sortable list', { metadata: { fields: { tags: { type: 'list', sortable: true } } } }],
    ['more than 1000 documents in a request', { batch: { maxDocuments: 1001 } }],
    ['an unknown setting', { chunking: {} }],
  ])('refuse %s', (_, settings) => {
    expect(parse(settings).success).toBe(false);
  });

  it('need a key for plain http on this machine, since tokens never travel over http', async () => {
    const config = parse({ endpoint: 'http://127.0.0.1:9', apiKey: undefined }).data!;
    await expect(azureAiSearch.create(config, createTestContext())).rejects.toMatchObject({
      code: 'AZURE_SEARCH_KEY_NEEDED',
    });
  });

  it('use the identity of the machine when there is no key', async () => {
    const destination = await azureAiSearch.create(parse({ apiKey: undefined }).data!, createTestContext());
    expect(destination.limits().maxDocuments).toBe(1000);
  });

  it('change the profile only when they change what is stored', async () => {
    const plain = await profile({});
    expect(await profile({ batch: { maxDocuments: 10 }, apiKey: 'other', semanticConfiguration: 's' })).toBe(
      plain,
    );
    const declared = await profile({ metadata: { fields: { industry: {} } } });
    expect(declared).not.toBe(plain);
    expect(await profile({ metadata: { fields: { industry: { facetable: true } } } })).toBe(declared);
    expect(await profile({ metadata: { fields: { industry: { type: 'list' } } } })).not.toBe(declared);
    expect(await profile({ index: 'context-2' })).not.toBe(plain);
  });
});

describe('the key of a search document', () => {
  it('is legal at the service and gives the document id back, whatever the id is', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 128, unit: 'grapheme' }), fc.nat(500), (id, chunk) => {
        const key = chunkKey(id, chunk);
        expect(key).toMatch(/^[A-Za-z0-9=-][A-Za-z0-9_=-]{0,1023}$/);
        expect(parseKey(key)).toEqual({ documentId: id, chunk });
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it('fits the longest document id there is', () => {
    expect(chunkKey('x'.repeat(512), 99_999).length).toBeLessThan(1024);
  });

  it('is not taken for ours when it is not', () => {
    for (const key of ['hotel-1', 'd=0', 'dQQ', 'dQQ=00', 'dQR=0', ''])
      expect(parseKey(key), key).toBeUndefined();
  });
});
