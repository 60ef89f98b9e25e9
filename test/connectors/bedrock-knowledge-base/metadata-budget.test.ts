import { afterEach, describe, expect, test } from 'vitest';
import type { BedrockEmulatorOptions } from '../../../connectors/bedrock-knowledge-base/emulator/index.ts';
import {
  bedrockKnowledgeBase,
  openBedrockRetrieval,
} from '../../../connectors/bedrock-knowledge-base/index.ts';
import type { BusinessDocument } from '../../../core/contract/document.ts';
import { createTestContext } from '../../../core/testing/context.ts';
import { createTestDocument } from '../../../core/testing/test-document.ts';
import { openBench, settingsOf, settle, writeOf, type Bench } from './bench.ts';

describe('The metadata budget of a Bedrock knowledge base', () => {
  let bench: Bench;
  afterEach(() => bench.close());

  const wide = (key: string, fields: number): BusinessDocument =>
    createTestDocument(key, {
      body: 'heliotrope',
      metadata: Object.fromEntries(
        Array.from({ length: fields }, (_, index) => [`field${index}`, 'v'.repeat(50)]),
      ),
    });
  const sizes = async (options: BedrockEmulatorOptions, settings: object) => {
    bench = await openBench({ limits: false, ...options }, settings);
    await bench.destination.check();
    expect(await settle(bench, writeOf(wide('a', 60)))).toMatchObject({ status: 'done' });
    const [stored] = [...bench.emulator.documents().values()];
    return {
      keys: Object.keys(stored!.metadata).length,
      bytes: Buffer.byteLength(JSON.stringify(stored!.metadata)),
    };
  };

  test('unless a store is named, every document fits S3 Vectors', async () => {
    const { keys, bytes } = await sizes({ vectorStore: 'S3_VECTORS' }, {});
    expect(keys).toBeLessThanOrEqual(30);
    expect(bytes).toBeLessThanOrEqual(900);
  });

  test('a named store is filled as far as it goes and no further', async () => {
    const most = await sizes({}, { vectorStore: 'OPENSEARCH_SERVERLESS' });
    expect(most.keys).toBe(50);
    await bench.close();
    const { bytes } = await sizes({ vectorStore: 'S3_VECTORS' }, { vectorStore: 'S3_VECTORS' });
    expect(bytes).toBeGreaterThan(800);
    expect(bytes).toBeLessThanOrEqual(1024);
  });

  test('a budget that the real store cannot hold, or another store than the named one, is refused before anything is sent', async () => {
    bench = await openBench({ vectorStore: 'S3_VECTORS' });
    const refused = (message: RegExp) => ({
      code: 'BEDROCK_METADATA_BUDGET',
      message: expect.stringMatching(message),
      hint: expect.any(String),
    });
    const check = async (more: Parameters<Bench['reopen']>[0]) => (await bench.reopen(more)).check();
    await check({ metadataBytes: 1024, metadataKeys: 35 });
    await expect(check({ metadataBytes: 1025 })).rejects.toMatchObject(refused(/1025 bytes/));
    await expect(check({ metadataKeys: 36 })).rejects.toMatchObject(refused(/36 attributes/));
    await expect(check({ vectorStore: 'RDS' })).rejects.toMatchObject(refused(/RDS.*S3_VECTORS/));
    await expect((await bench.reopen({ vectorStore: 'RDS' })).plan()).rejects.toMatchObject(refused(/RDS/));
  });

  test('the plan names the budget and what did not fit, also in another process, until the form changes', async () => {
    bench = await openBench({ limits: false });
    const caches = new Map<string, Uint8Array>();
    const open = async (more: object = {}) =>
      bedrockKnowledgeBase.create(
        bedrockKnowledgeBase.config.parse({ ...settingsOf(bench.emulator), ...more }) as never,
        {
          ...createTestContext({ clock: bench.clock }),
          cache: () => ({
            get: async (key) => caches.get(key),
            set: async (key, value) => void caches.set(key, value),
          }),
        },
      );
    const details = async (more?: object) =>
      (await (await open(more)).plan()).steps
        .filter(({ what }) => what.startsWith('metadata'))
        .map(({ action, what, detail }) => `${action} ${what}: ${detail}`);
    expect(await details()).toEqual([]);
    const writer = await open();
    await writer.write([
      writeOf(wide('a', 12)),
      writeOf(createTestDocument('b', { metadata: { score: 1 } })),
    ]);
    await writer.close?.();
    const [line, ...rest] = await details();
    expect(rest).toEqual([]);
    expect(line).toMatch(
      /^none metadata within 900 bytes and 30 attributes: left out of some documents so far: field\d+ /,
    );
    expect(line).toContain('field11 (the metadata budget is full)');
    expect(line).toContain('score (the name is reserved by Bedrock or by its retrievers)');
    expect(await details({ vectorStore: 'OPENSEARCH_SERVERLESS' })).toEqual([
      'none metadata within 65536 bytes and 50 attributes: for OPENSEARCH_SERVERLESS; nothing has been left out so far',
    ]);
  });

  test('a document that S3 Vectors cannot hold after all fails with the reason of the service', async () => {
    bench = await openBench({ limits: false, vectorStore: 'S3_VECTORS' });
    bench.emulator.switches.textIsFilterable = true;
    const document = createTestDocument('a', { body: 'heliotropes '.repeat(500) });
    expect(await settle(bench, writeOf(document))).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('Filterable metadata must have at most 2048 bytes'),
    });
  });

  test('a list is found on S3 Vectors too, which cannot be asked about lists', async () => {
    bench = await openBench({ limits: false, vectorStore: 'S3_VECTORS' }, { vectorStore: 'S3_VECTORS' });
    for (const [key, tags] of [
      ['a', ['gold', 'red']],
      ['b', ['blue']],
    ] as const)
      await settle(bench, writeOf(createTestDocument(key, { body: 'heliotrope', metadata: { tags } })));
    const settings = { ...settingsOf(bench.emulator), vectorStore: 'S3_VECTORS' };
    const retrieval = await openBedrockRetrieval(
      bedrockKnowledgeBase.config.parse(settings) as never,
      createTestContext({ clock: bench.clock }),
    );
    const has = { op: 'has', field: 'tags', value: 'gold' } as const;
    const ask = async (where: NonNullable<Parameters<typeof retrieval.retriever>[0]>['where']) =>
      (await retrieval.retriever({ where }).invoke('heliotrope')).map(
        ({ metadata }) => metadata['origin_key'],
      );
    expect(await ask(has)).toEqual(['a']);
    expect(await ask({ op: 'not', filter: has })).toEqual(['b']);
    const kind = { op: 'eq', field: 'kind', value: 'account' } as const;
    expect(await ask({ op: 'not', filter: { op: 'and', filters: [has, kind] } })).toEqual(['b']);
    retrieval.close();
  });
});
