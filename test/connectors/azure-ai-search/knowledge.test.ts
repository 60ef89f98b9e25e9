import { AzureKeyCredential, KnowledgeRetrievalClient } from '@azure/search-documents';
import { afterEach, describe, expect, it } from 'vitest';
import { createDocument, createRig, writeOf, type Rig } from './support.ts';

let rig: Rig;
afterEach(async () => rig.emulator.close());

const open = async (): Promise<void> => {
  rig = await createRig({ semanticConfiguration: 'agents', knowledge: { source: 'crm', base: 'crm-base' } });
  await rig.destination.write([
    writeOf(createDocument(1, { body: 'Rain fell. The heliotrope programme renews in spring.' })),
    writeOf(
      createDocument(2, {
        body: 'The heliotrope programme is secret.',
        access: { allow: ['sales'], deny: [] },
      }),
    ),
    writeOf(createDocument(3, { body: 'Saffron.' })),
  ]);
};
const send = async (method: string, path: string, body?: object) => {
  const response = await fetch(`${rig.emulator.url}${path}?api-version=2026-04-01`, {
    method,
    headers: { 'api-key': 'emulator-key', 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  return { status: response.status, body: text ? (JSON.parse(text) as Record<string, unknown>) : undefined };
};

/**
 * A recorded answer of the service, shortened, 2026-02-04:
 * https://github.com/Azure/azure-sdk-assets, js/sdk/search/search-documents/recordings/node/knowledge_knowledgeretrievalclient/recording_executes_queries.json
 */
const recorded = {
  response: [
    {
      content: [
        { type: 'text', text: '[{"ref_id":0,"title":"Fancy Stay","content":"Best hotel in town …"}]' },
      ],
    },
  ],
  activity: [
    {
      type: 'searchIndex',
      id: 'Sanitized',
      knowledgeSourceName: 'searchindex-ks-hotel-live-test-1097444',
      queryTime: '2026-02-04T19:03:06.554Z',
      count: 3,
      elapsedMs: 109,
      searchIndexArguments: {
        search: 'What is the most luxurious hotel?',
        filter: null,
        sourceDataFields: [{ name: 'hotelName' }],
        searchFields: [{ name: 'hotelName' }],
        semanticConfigurationName: 'semantic-configuration',
      },
    },
    {
      type: 'agenticReasoning',
      id: 'Sanitized',
      retrievalReasoningEffort: { kind: 'minimal' },
      reasoningTokens: 205,
    },
  ],
  references: [
    {
      type: 'searchIndex',
      id: 'Sanitized',
      activitySource: 0,
      sourceData: null,
      rerankerScore: 2.1835265,
      docKey: '1',
      title: 'Fancy Stay',
    },
  ],
};
/** Names of properties, of the first of a list. */
const shape = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shape(value[0])];
  if (typeof value !== 'object' || value === null) return '…';
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shape(one)]));
};

describe('an agent that asks a knowledge base over the index', () => {
  it('gets passages with references, through the vendor’s own client', async () => {
    await open();
    const client = new KnowledgeRetrievalClient(
      rig.emulator.url,
      'crm-base',
      new AzureKeyCredential('emulator-key'),
      {
        allowInsecureConnection: true,
      },
    );
    const answer = await client.retrieve({
      intents: [{ type: 'semantic', search: 'when does heliotrope renew?' }],
      knowledgeSourceParams: [
        {
          kind: 'searchIndex',
          knowledgeSourceName: 'crm',
          filterAddOn: 'access_everyone eq true',
          includeReferences: true,
          includeReferenceSourceData: true,
          rerankerThreshold: 1,
        },
      ],
    });
    expect(answer.references).toMatchObject([
      { type: 'searchIndex', sourceData: { doc_id: createDocument(1).id, source: createDocument(1).url } },
    ]);
    const [message] = answer.response ?? [];
    expect(JSON.stringify(message)).toContain('heliotrope programme renews in spring');
    expect(JSON.stringify(answer)).not.toContain('secret');
  });

  it('gets an answer of the shape that was recorded of the service', async () => {
    await open();
    const { status, body } = await send('POST', "/knowledgebases('crm-base')/retrieve", {
      intents: [{ type: 'semantic', search: 'heliotrope' }],
    });
    expect(status).toBe(200);
    const answer = body as unknown as typeof recorded;
    const comparable = (one: typeof recorded) => ({
      ...one,
      activity: one.activity.map((activity) =>
        'searchIndexArguments' in activity
          ? {
              ...activity,
              searchIndexArguments: {
                ...activity.searchIndexArguments,
                sourceDataFields: [],
                searchFields: [],
              },
            }
          : activity,
      ),
    });
    expect(shape(comparable(answer))).toEqual(shape(comparable(recorded)));
    expect(answer.activity.map((one) => one.type)).toEqual(['searchIndex', 'agenticReasoning']);
    const text = answer.response[0]!.content[0]!.text;
    expect(shape(JSON.parse(text))).toEqual(shape(JSON.parse(recorded.response[0]!.content[0]!.text)));
  });

  it('sees what its index holds and nobody may read, unless the caller adds a filter', async () => {
    await open();
    const { body } = await send('POST', "/knowledgebases('crm-base')/retrieve", {
      intents: [{ type: 'semantic', search: 'heliotrope' }],
    });
    expect(JSON.stringify(body)).toContain('secret');
  });
});

describe('the emulated definitions of knowledge', () => {
  it('hold to the rules of the service: no alias, a semantic configuration, nothing deleted that is in use', async () => {
    await open();
    await send('PUT', "/aliases('stays')", { name: 'stays', indexes: ['context'] });
    const source = (searchIndexParameters: object) =>
      send('PUT', "/knowledgesources('other')", {
        name: 'other',
        kind: 'searchIndex',
        searchIndexParameters,
      });
    for (const refused of [
      { searchIndexName: 'stays' },
      { searchIndexName: 'nowhere' },
      { searchIndexName: 'context', semanticConfigurationName: 'unheard' },
      { searchIndexName: 'context', sourceDataFields: [{ name: 'access_allow' }] },
    ])
      expect((await source(refused)).status, JSON.stringify(refused)).toBe(400);
    expect((await source({ searchIndexName: 'context' })).status).toBe(201);
    expect((await source({ searchIndexName: 'context' })).status).toBe(200);
    expect(
      (await send('PUT', "/knowledgebases('b1')", { name: 'b1', knowledgeSources: [{ name: 'nobody' }] }))
        .status,
    ).toBe(400);
    expect((await send('DELETE', "/knowledgesources('crm')")).status).toBe(400);
    expect((await send('DELETE', "/knowledgesources('other')")).status).toBe(204);
    expect((await send('GET', "/knowledgesources('other')")).status).toBe(404);
    expect((await send('POST', "/knowledgebases('nobody')/retrieve", { intents: [] })).status).toBe(404);
  });

  it('keep aliases to one index that is there, under a name that no index has', async () => {
    await open();
    for (const [name, indexes] of [
      ['context', ['context']],
      ['stays', ['nowhere']],
      ['stays', ['context', 'context']],
    ] as const)
      expect((await send('PUT', `/aliases('${name}')`, { name, indexes })).status).toBe(400);
    expect((await send('PUT', "/aliases('a1')", { name: 'b1', indexes: ['context'] })).status).toBe(400);
    expect((await send('POST', '/aliases', { name: 'stays', indexes: ['context'] })).status).toBe(201);
    expect((await send('POST', '/aliases', { name: 'stays', indexes: ['context'] })).status).toBe(409);
    expect((await send('GET', "/aliases('stays')")).body).toEqual({
      '@odata.context': 'https://emulator/$metadata#aliases/$entity',
      name: 'stays',
      indexes: ['context'],
    });
  });
});
