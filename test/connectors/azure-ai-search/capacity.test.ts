import { afterEach, describe, expect, it } from 'vitest';
import { azureAiSearch } from '../../../connectors/azure-ai-search/index.ts';
import type { Destination } from '../../../core/contract/destination.ts';
import { createRecordingLog, createTestContext, type RecordingLog } from '../../../core/testing/context.ts';
import type { AzureAiSearchEmulatorOptions } from '../../../connectors/azure-ai-search/emulator/index.ts';
import { createDocument, createRig, deleteOf, writeOf, type Rig } from './support.ts';

let rig: Rig;
let log: RecordingLog;
afterEach(async () => rig.emulator.close());

async function open(
  quotas: AzureAiSearchEmulatorOptions['quotas'],
  settings: object = {},
): Promise<Destination> {
  rig = await createRig({}, quotas ? { quotas } : {});
  log = createRecordingLog();
  const config = azureAiSearch.config.parse({
    endpoint: rig.emulator.url,
    apiKey: 'emulator-key',
    index: 'context',
    capacity: { everyDocuments: 10 },
    ...settings,
  });
  return azureAiSearch.create(config, createTestContext({ clock: rig.clock, log }));
}
const writes = (from: number, count: number) =>
  Array.from({ length: count }, (_, at) => writeOf(createDocument(from + at)));
/** How often the statistics were asked for before something was written. */
const looks = (): number => {
  const requests = rig.emulator.server.requests.map((one) => one.path);
  return requests
    .slice(requests.findIndex((path) => path.endsWith('/docs/search.index')))
    .filter((path) => path === '/servicestats').length;
};
const warnings = (): string[] =>
  log.lines.filter((line) => line.level === 'warn').map((line) => line.message);

describe('a search service that fills up', () => {
  it('is told at 70 percent, once, with the limit and how full it is', async () => {
    const destination = await open({ documents: 100 });
    await destination.write(writes(1, 72));
    expect(warnings()).toEqual([]);
    for (const at of [1, 11]) await destination.write(writes(at, 10));
    expect(warnings()).toEqual([
      'The search service is filling up: documents of the service, 72 of 100 (72 %).',
    ]);
  });

  it('is written no more at 90 percent; deletes go on, and make room again', async () => {
    const destination = await open({ documents: 100 });
    await destination.write(writes(1, 90));
    for (const count of [10, 1])
      expect((await destination.write(writes(300, count)))[0]?.status).toBe('halted');
    const outcomes = await destination.write([...writes(200, 10), deleteOf(createDocument(1).id)]);
    expect(outcomes[0]).toMatchObject({
      status: 'halted',
      reason:
        'The search service is nearly full: documents of the service, 90 of 100 (90 %); writing stops at 90 %.',
      hint: expect.stringContaining('tier'),
    });
    expect(outcomes.at(-1)).toMatchObject({ status: 'done' });
    expect(rig.emulator.documents('context')).toHaveLength(89);
    expect((await destination.write(writes(200, 1)))[0]?.status).toBe('done');
  });

  it('names storage, vector memory and the storage of one index alike', async () => {
    for (const [quotas, name] of [
      [{ storageBytes: 20_000 }, /storage of the service, 0.00 GB of 0.00 GB/],
      [{ storageBytesPerIndex: 20_000 }, /storage of the index 'context'/],
    ] as const) {
      const destination = await open(quotas);
      await destination.write(writes(1, 60));
      const [outcome] = await destination.write(writes(100, 10));
      expect(outcome).toMatchObject({ status: 'halted', reason: expect.stringMatching(name) });
      await rig.emulator.close();
    }
    rig = await createRig(
      { chunks: {}, vector: { provider: 'offline', dimensions: 100 }, capacity: { everyDocuments: 10 } },
      { quotas: { vectorBytes: 5000 } },
    );
    await rig.destination.write(writes(1, 12));
    expect((await rig.destination.write(writes(20, 10)))[0]).toMatchObject({
      status: 'halted',
      reason: expect.stringContaining('vector memory of the service'),
    });
  });

  it('is looked at before much is written, not before every small change', async () => {
    const destination = await open({ documents: 1000 }, { capacity: {} });
    for (let at = 1; at < 20; at++) await destination.write(writes(at, 1));
    expect(looks()).toBe(0);
    await destination.write(Array.from({ length: 1000 }, (_, at) => deleteOf(createDocument(at).id)));
    expect(looks()).toBe(0);
    await destination.write(writes(1, 1000));
    expect(looks()).toBe(1);
  });

  it('counts passages, since they are what the service counts', async () => {
    const destination = await open({ documents: 100 }, { chunks: { maxCharacters: 200, overlap: 0 } });
    await destination.apply(await destination.plan());
    const long = createDocument(1, { body: 'A sentence of thirty characters.\n\n'.repeat(60) });
    await destination.write([writeOf(createDocument(2))]);
    expect(looks()).toBe(0);
    await destination.write([writeOf(long)]);
    expect(looks()).toBe(1);
  });

  it('is asked before an index is made or widened, and names the limit that it would pass', async () => {
    rig = await createRig({}, { apply: false, quotas: { fieldsPerIndex: 25, indexes: 2 } });
    const fields = (count: number) => ({
      metadata: { fields: Object.fromEntries(Array.from({ length: count }, (_, at) => [`field${at}`, {}])) },
    });
    const apply = async (settings: object): Promise<void> => {
      const destination = await rig.another(settings);
      await destination.apply(await destination.plan());
    };
    await expect(apply(fields(5))).rejects.toMatchObject({
      code: 'AZURE_SEARCH_QUOTA',
      message: "The search service cannot hold the index: fields of the index 'context', 26 of 25 (104 %).",
    });
    expect(rig.emulator.definition('context')).toBeUndefined();
    await apply({});
    await expect(apply(fields(5))).rejects.toMatchObject({ code: 'AZURE_SEARCH_QUOTA' });
    await apply(fields(4));
    await apply({ index: 'second' });
    await expect(apply({ index: 'third' })).rejects.toMatchObject({
      message: 'The search service cannot hold the index: indexes of the service, 3 of 2 (150 %).',
      hint: expect.stringContaining('tier'),
    });
  });

  it('is written all the same when nobody may read its statistics, which the log tells once', async () => {
    const destination = await open(undefined);
    rig.emulator.server.fault({
      when: (request) => request.path === '/servicestats',
      effect: { kind: 'reply', reply: { status: 403 } },
    });
    for (const at of [1, 11]) expect((await destination.write(writes(at, 10)))[0]?.status).toBe('done');
    expect(warnings()).toEqual([expect.stringContaining('cannot be read')]);
  });
});
