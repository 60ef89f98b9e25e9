import {
  BedrockAgentClient,
  DeleteKnowledgeBaseDocumentsCommand,
  GetKnowledgeBaseDocumentsCommand,
  IngestKnowledgeBaseDocumentsCommand,
  ListKnowledgeBaseDocumentsCommand,
  type KnowledgeBaseDocument,
  type MetadataAttribute,
} from '@aws-sdk/client-bedrock-agent';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  startBedrockEmulator,
  type BedrockEmulator,
  type BedrockEmulatorOptions,
} from '../../../connectors/bedrock-knowledge-base/emulator/index.ts';
import { createTestClock, type TestClock } from '../../../core/testing/clock.ts';

const place = { knowledgeBaseId: 'KBTRIBUT01', dataSourceId: 'DSTRIBUT01' };
const document = (id: string, data = 'text', attributes?: MetadataAttribute[]): KnowledgeBaseDocument => ({
  content: {
    dataSourceType: 'CUSTOM',
    custom: {
      customDocumentIdentifier: { id },
      sourceType: 'IN_LINE',
      inlineContent: { type: 'TEXT', textContent: { data } },
    },
  },
  ...(attributes ? { metadata: { type: 'IN_LINE_ATTRIBUTE', inlineAttributes: attributes } } : {}),
});
const text = (key: string, stringValue: string): MetadataAttribute => ({
  key,
  value: { type: 'STRING', stringValue },
});

describe('The emulated Bedrock knowledge base', () => {
  let clock: TestClock;
  let emulator: BedrockEmulator;
  let client: BedrockAgentClient;

  const open = async (options: BedrockEmulatorOptions = {}): Promise<void> => {
    clock = createTestClock();
    emulator = await startBedrockEmulator({ now: clock.now, ...options });
    client = clientOf({});
  };
  const clientOf = (more: { region?: string; accessKeyId?: string; secret?: string }): BedrockAgentClient =>
    new BedrockAgentClient({
      region: more.region ?? 'us-east-1',
      endpoint: emulator.url,
      maxAttempts: 1,
      credentials: {
        accessKeyId: more.accessKeyId ?? String(emulator.env['AWS_ACCESS_KEY_ID']),
        secretAccessKey: more.secret ?? String(emulator.env['AWS_SECRET_ACCESS_KEY']),
      },
    });
  const ingest = (documents: KnowledgeBaseDocument[], clientToken?: string, from = client) =>
    from.send(
      new IngestKnowledgeBaseDocumentsCommand({
        ...place,
        documents,
        ...(clientToken ? { clientToken } : {}),
      }),
    );
  const remove = (...ids: string[]) =>
    client.send(
      new DeleteKnowledgeBaseDocumentsCommand({
        ...place,
        documentIdentifiers: ids.map((id) => ({ dataSourceType: 'CUSTOM', custom: { id } })),
      }),
    );
  const get = async (...ids: string[]) => {
    const answer = await client.send(
      new GetKnowledgeBaseDocumentsCommand({
        ...place,
        documentIdentifiers: ids.map((id) => ({ dataSourceType: 'CUSTOM', custom: { id } })),
      }),
    );
    return answer.documentDetails ?? [];
  };
  const refusal = async (call: Promise<unknown>): Promise<string> => {
    const error = await call.then(
      () => undefined,
      (caught: unknown) => caught as { name: string; $metadata: { httpStatusCode: number } },
    );
    return `${error?.$metadata.httpStatusCode} ${error?.name}`;
  };

  beforeEach(() => open());
  afterEach(async () => {
    client.destroy();
    await emulator.close();
  });

  test('a document passes from STARTING over PENDING and IN_PROGRESS to INDEXED by the clock alone', async () => {
    const { documentDetails } = await ingest([document('a')]);
    expect(documentDetails?.[0]).toMatchObject({ ...place, status: 'STARTING', updatedAt: expect.any(Date) });
    const seen: unknown[] = [];
    for (const ms of [0, 100, 100, 700]) {
      clock.advance(ms);
      seen.push((await get('a'))[0]?.status);
    }
    expect(seen).toEqual(['STARTING', 'PENDING', 'IN_PROGRESS', 'INDEXED']);
    expect([...emulator.documents().keys()]).toEqual(['a']);
  });

  test('a deleted document passes over DELETING and DELETE_IN_PROGRESS to NOT_FOUND and leaves the list', async () => {
    await ingest([document('a')]);
    clock.advance(1000);
    const { documentDetails } = await remove('a', 'never-there');
    expect(documentDetails?.map(({ status }) => status)).toEqual(['DELETING', 'NOT_FOUND']);
    clock.advance(161);
    expect((await get('a'))[0]?.status).toMatch(/^DELET/);
    clock.advance(1000);
    expect((await get('a'))[0]?.status).toBe('NOT_FOUND');
    expect(emulator.documents().size).toBe(0);
    const list = await client.send(new ListKnowledgeBaseDocumentsCommand(place));
    expect(list.documentDetails).toEqual([]);
  });

  test.each<[string, KnowledgeBaseDocument[]]>([
    ['no document', []],
    ['eleven documents', Array.from({ length: 11 }, (_, index) => document(`d${index}`))],
    ['a document without text', [document('a', '')]],
    ['a text over 5,242,880 characters', [document('a', 'x'.repeat(5_242_881))]],
    ['the same id twice', [document('a'), document('a')]],
    ['an id of 2,049 characters', [document('a'.repeat(2049))]],
    ['no metadata attribute', [document('a', 'text', [])]],
    [
      '51 attributes',
      [
        document(
          'a',
          'text',
          Array.from({ length: 51 }, (_, index) => text(`k${index}`, 'v')),
        ),
      ],
    ],
    ['an empty attribute', [document('a', 'text', [text('key', '')])]],
    ['an attribute of 2,049 characters', [document('a', 'text', [text('key', 'v'.repeat(2049))])]],
    ['a key of 201 characters', [document('a', 'text', [text('k'.repeat(201), 'v')])]],
    ['a key that begins with x-amz-bedrock', [document('a', 'text', [text('x-amz-bedrock-kb', 'v')])]],
    ['a key that begins with an underscore', [document('a', 'text', [text('_source_uri', 'v')])]],
    ['a key twice', [document('a', 'text', [text('key', 'v'), text('key', 'w')])]],
    [
      'a list of eleven',
      [
        document('a', 'text', [
          { key: 'l', value: { type: 'STRING_LIST', stringListValue: Array.from({ length: 11 }, String) } },
        ]),
      ],
    ],
    [
      'a value of another type than it says',
      [document('a', 'text', [{ key: 'k', value: { type: 'NUMBER', stringValue: 'v' } }])],
    ],
    [
      'a document of an S3 source',
      [{ content: { dataSourceType: 'S3', s3: { s3Location: { uri: 's3://b/k' } } } }],
    ],
  ])('it refuses a request with %s', async (_what, documents) => {
    expect(await refusal(ingest(documents))).toBe('400 ValidationException');
    expect(emulator.documents().size).toBe(0);
  });

  test('it refuses a request over 6 MB, though each of its texts is small enough', async () => {
    const documents = ['a', 'b'].map((id) => document(id, 'x'.repeat(3_100_000)));
    expect(await refusal(ingest(documents))).toBe('400 ValidationException');
    await ingest(documents.slice(0, 1));
  });

  test('it takes 25 documents when told to be the service of the user guide', async () => {
    await emulator.close();
    await open({ maxDocuments: 25 });
    await ingest(Array.from({ length: 25 }, (_, index) => document(`d${index}`)));
  });

  test('a client token must be well formed; one that was used before is ignored without a word', async () => {
    expect(await refusal(ingest([document('a')], 'short'))).toBe('400 ValidationException');
    expect(await refusal(ingest([document('a')], `${'a'.repeat(40)}_`))).toBe('400 ValidationException');
    const token = 'a'.repeat(40);
    await ingest([document('a', 'first')], token);
    clock.advance(1000);
    await ingest([document('a', 'second')], token);
    clock.advance(1000);
    expect(emulator.documents().get('a')?.text).toBe('first');
  });

  test('the sixth request of an operation within a second is throttled, other operations are not', async () => {
    for (let index = 0; index < 5; index++) await get('a');
    expect(await refusal(get('a'))).toBe('429 ThrottlingException');
    await ingest([document('a')]);
    clock.advance(200);
    await get('a');
  });

  test('the eleventh request in flight is refused with 400 and the wording of the service', async () => {
    emulator.switches.timings = { ...emulator.switches.timings, indexedMs: [60_000, 60_000] };
    for (let index = 0; index < 10; index++) {
      await ingest([document(`d${index}`)]);
      clock.advance(200);
    }
    expect(emulator.inFlight()).toBe(10);
    await expect(ingest([document('one-more')])).rejects.toThrow(
      "sum of concurrent IngestKnowledgeBaseDocuments and DeleteKnowledgeBaseDocuments requests can't exceed (10)",
    );
    clock.advance(60_000);
    await ingest([document('one-more')]);
  });

  test('without limits nothing is throttled', async () => {
    await emulator.close();
    await open({ limits: false });
    for (let index = 0; index < 30; index++) await ingest([document(`d${index}`)]);
  });

  test('the list comes in pages of at most 100, with every document once', async () => {
    await emulator.close();
    await open({ limits: false });
    for (let index = 0; index < 25; index++)
      await ingest(Array.from({ length: 10 }, (_, inner) => document(`d${index}-${inner}`)));
    const call = new ListKnowledgeBaseDocumentsCommand({ ...place, maxResults: 101 });
    expect(await refusal(client.send(call))).toBe('400 ValidationException');
    const ids: unknown[] = [];
    const pages: unknown[] = [];
    for (let nextToken: string | undefined, first = true; first || nextToken; first = false) {
      const page = await client.send(
        new ListKnowledgeBaseDocumentsCommand({ ...place, ...(nextToken ? { nextToken } : {}) }),
      );
      pages.push(page.documentDetails?.length);
      ids.push(...(page.documentDetails ?? []).map(({ identifier }) => identifier?.custom?.id));
      nextToken = page.nextToken;
    }
    expect(pages).toEqual([100, 100, 50]);
    expect(new Set(ids).size).toBe(250);
  });

  test('a signature must be of the known key, for this region, and fit the request', async () => {
    const other = (more: Parameters<typeof clientOf>[0]): Promise<string> =>
      refusal(ingest([document('a')], undefined, clientOf(more)));
    expect(await other({ accessKeyId: 'AKIAUNKNOWN' })).toBe('403 UnrecognizedClientException');
    expect(await other({ secret: 'wrong' })).toBe('403 InvalidSignatureException');
    expect(await other({ region: 'eu-west-1' })).toBe('403 InvalidSignatureException');
    const bare = await fetch(`${emulator.url}/knowledgebases/KBTRIBUT01`);
    expect(bare.status).toBe(403);
    expect(bare.headers.get('x-amzn-errortype')).toBe('MissingAuthenticationTokenException');
    expect(await bare.json()).toEqual({ message: expect.any(String) });
  });

  test('an unknown knowledge base is 404, a malformed id 400, a denied action 403', async () => {
    const at = (knowledgeBaseId: string): Promise<string> =>
      refusal(client.send(new ListKnowledgeBaseDocumentsCommand({ ...place, knowledgeBaseId })));
    expect(await at('KBUNKNOWN1')).toBe('404 ResourceNotFoundException');
    expect(await at('short')).toBe('400 ValidationException');
    emulator.switches.denied.add('bedrock:StartIngestionJob');
    expect(await refusal(ingest([document('a')]))).toBe('403 AccessDeniedException');
    await get('a');
  });

  test('with S3 Vectors behind it, a document with more than 1 KB of metadata fails after it was accepted', async () => {
    emulator.switches.vectorStore = 's3-vectors';
    await ingest([document('big', 'text', [text('a', 'v'.repeat(600)), text('b', 'v'.repeat(600))])]);
    await ingest([document('small', 'text', [text('a', 'v'.repeat(900))])]);
    clock.advance(1000);
    expect((await get('big', 'small')).map(({ status }) => status)).toEqual(['FAILED', 'INDEXED']);
  });
});
