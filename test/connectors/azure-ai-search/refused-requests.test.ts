import { afterEach, describe, expect, it } from 'vitest';
import {
  startLoopbackServer,
  type Fault,
  type LoopbackReply,
} from '../../../core/testing/loopback-server.ts';
import { createDocument, createRig, isIndexing, writeOf, writesOf, type Rig } from './support.ts';

let rig: Rig;
afterEach(async () => rig.emulator.close());

const indexingRequests = (): number => rig.emulator.server.requests.filter(isIndexing).length;
const statuses = async (changes: Parameters<Rig['destination']['write']>[0]): Promise<string[]> =>
  (await rig.destination.write(changes)).map((outcome) => outcome.status);
const fail = (reply: LoopbackReply, more: Partial<Fault> = {}): (() => void) =>
  rig.emulator.server.fault({ when: isIndexing, effect: { kind: 'reply', reply }, ...more });
const titles = (): unknown[] => rig.emulator.documents('context').map((document) => document['title']);

describe('a request that Azure AI Search refuses as a whole', () => {
  const busy = { status: 503, body: { error: { code: '', message: 'The service is too busy' } } };

  it('asks again later after a 503, in the service own time when it names one', async () => {
    rig = await createRig();
    fail(busy, { times: 1 });
    expect(await rig.destination.write(writesOf(1))).toEqual([
      { status: 'later', reason: 'The service is too busy' },
    ]);
    fail({ ...busy, headers: { 'retry-after': '7' } }, { times: 1 });
    expect(await rig.destination.write(writesOf(1))).toEqual([
      { status: 'later', reason: 'The service is too busy', retryAfterMs: 7000 },
    ]);
    fail(
      { status: 429, headers: { 'retry-after': new Date(rig.clock.now() + 90_000).toUTCString() } },
      { times: 1 },
    );
    expect(await rig.destination.write(writesOf(1))).toEqual([
      { status: 'later', reason: 'status 429', retryAfterMs: 90_000 },
    ]);
    for (const header of ['retry-after-ms', 'x-ms-retry-after-ms']) {
      fail({ status: 429, headers: { [header]: '250' } }, { times: 1 });
      expect((await rig.destination.write(writesOf(1)))[0]).toMatchObject({ retryAfterMs: 250 });
    }
    expect(indexingRequests()).toBe(5);
  });

  it('halves its batches while the service is busy and grows them back', async () => {
    rig = await createRig();
    const before = rig.destination.limits();
    fail(busy, { times: 2 });
    await rig.destination.write(writesOf(1));
    await rig.destination.write(writesOf(1));
    expect(rig.destination.limits()).toMatchObject({ maxDocuments: before.maxDocuments / 4, maxInFlight: 1 });
    for (let round = 0; round < 8; round++) await rig.destination.write(writesOf(1));
    expect(rig.destination.limits()).toEqual(before);
  });

  it('gets everything into a service that is too small for its pace, a few refusals on the way', async () => {
    rig = await createRig({}, { documentsPerSecond: 100 });
    let open = writesOf(1500);
    for (let round = 0; open.length > 0 && round < 500; round++) {
      const { maxDocuments, requestsPerSecond } = rig.destination.limits();
      const batch = open.slice(0, maxDocuments);
      const found = await statuses(batch);
      open = [...batch.filter((_, at) => found[at] !== 'done'), ...open.slice(maxDocuments)];
      rig.clock.advance(found.includes('later') ? 500 : 1000 / requestsPerSecond);
    }
    expect(open).toEqual([]);
    expect(rig.emulator.documents('context')).toHaveLength(1500);
    const refused = rig.emulator.server.requests.filter((one) => isIndexing(one) && one.status === 503);
    expect(refused.length).toBeGreaterThan(3);
    expect(refused.length).toBeLessThan(indexingRequests());
  });

  it('divides a request that is too large and remembers it', async () => {
    rig = await createRig();
    rig.emulator.server.fault({
      when: (request) => isIndexing(request) && JSON.parse(request.body.toString()).value.length > 2,
      effect: { kind: 'reply', reply: { status: 413 } },
    });
    expect(new Set(await statuses(writesOf(8)))).toEqual(new Set(['done']));
    expect(rig.emulator.documents('context')).toHaveLength(8);
    expect(rig.destination.limits().maxBytes).toBeLessThan(12_000_000);
  });

  it('rejects the one document that is too large for any request', async () => {
    rig = await createRig();
    fail({ status: 413 });
    const [outcome] = await rig.destination.write(writesOf(1));
    expect(outcome).toMatchObject({ status: 'rejected', code: 'AZURE_SEARCH_413' });
  });

  it('finds a poison document by the ordinal that the service names, and writes all others', async () => {
    rig = await createRig();
    const changes = writesOf(100);
    const poison = changes[41]!;
    rig.emulator.server.fault({
      when: (request) => isIndexing(request) && request.body.toString().includes('"title":"Account 42"'),
      effect: {
        kind: 'reply',
        reply: {
          status: 400,
          body: {
            error: {
              code: 'OperationNotAllowed',
              message:
                'The request is invalid. Details: actions : 41: Document key cannot be missing or empty.',
              details: [
                {
                  code: 'MissingKeyField',
                  message: '41: Document key cannot be missing or empty. Parameters: actions',
                },
              ],
            },
          },
        },
      },
    });
    const outcomes = await rig.destination.write(changes);
    expect(outcomes.map((one, at) => [one.status, at]).filter(([status]) => status !== 'done')).toEqual([
      ['rejected', changes.indexOf(poison)],
    ]);
    expect(indexingRequests()).toBe(2);
    expect(rig.emulator.documents('context')).toHaveLength(99);
  });

  it('finds a poison document by halving when the service names none', async () => {
    rig = await createRig();
    rig.emulator.server.fault({
      when: (request) => isIndexing(request) && request.body.toString().includes('"title":"Account 42"'),
      effect: {
        kind: 'reply',
        reply: {
          status: 400,
          body: {
            error: {
              code: '',
              message:
                "The request is invalid. Details: actions : Cannot convert the literal 'top secret' to the expected type 'Edm.Double'.",
            },
          },
        },
      },
    });
    const outcomes = await rig.destination.write(writesOf(100));
    expect(outcomes.filter((one) => one.status === 'done')).toHaveLength(99);
    expect(outcomes[41]).toMatchObject({ status: 'rejected' });
    expect(JSON.stringify(outcomes[41])).not.toContain('top secret');
    expect(indexingRequests()).toBeLessThan(20);
  });

  it('stops for a person when the service refuses every document, and blames none', async () => {
    rig = await createRig();
    fail({ status: 400, body: { error: { code: '', message: 'Something else is wrong.' } } });
    expect(new Set(await statuses(writesOf(100)))).toEqual(new Set(['halted']));
    expect(indexingRequests()).toBeLessThan(80);
  });

  it('stops for a person when the index lacks a field, and blames no document', async () => {
    rig = await createRig();
    rig = { ...rig, destination: await rig.another({ metadata: { fields: { industry: {} } } }) };
    const changes = [1, 2, 3].map((number) =>
      writeOf(createDocument(number, { metadata: { industry: 'Energy' } })),
    );
    const outcomes = await rig.destination.write(changes);
    expect(outcomes.map((one) => one.status)).toEqual(['halted', 'halted', 'halted']);
    expect(outcomes[0]).toMatchObject({ hint: 'Apply the plan of this destination.' });
    expect(indexingRequests()).toBe(1);
  });

  it('stops for a person when access is refused, also when the answer has no body', async () => {
    rig = await createRig();
    rig = { ...rig, destination: await rig.another({ apiKey: 'wrong' }) };
    expect(await rig.destination.write(writesOf(1))).toMatchObject([
      { status: 'halted', reason: 'Azure AI Search refused access (403).' },
    ]);
  });

  it('stops for a person when the index is gone', async () => {
    rig = await createRig({}, { apply: false });
    expect(await rig.destination.write(writesOf(1))).toMatchObject([
      { status: 'halted', reason: 'The index does not exist.' },
    ]);
  });

  it('says that it does not know when the connection breaks, before or after the service acted', async () => {
    rig = await createRig();
    for (const kind of ['cut-before', 'cut-after'] as const) {
      rig.emulator.server.fault({ when: isIndexing, effect: { kind }, times: 1 });
      expect(await statuses(writesOf(2))).toEqual(['unknown', 'unknown']);
    }
    fail({ status: 500 }, { times: 1 });
    expect(await statuses(writesOf(2))).toEqual(['unknown', 'unknown']);
    expect(titles()).toEqual(['Account 1', 'Account 2']);
    expect(await statuses(writesOf(2))).toEqual(['done', 'done']);
  });

  it('says that it does not know when no answer comes in time', async () => {
    rig = await createRig({ requestTimeout: '150ms' });
    rig.emulator.server.fault({ when: isIndexing, effect: { kind: 'stall' }, times: 1 });
    expect(await statuses(writesOf(2))).toEqual(['unknown', 'unknown']);
  });

  it('sends no other version of a document while one without an answer may still come into force', async () => {
    rig = await createRig();
    const [older, newer] = ['older', 'newer'].map((title) => writeOf(createDocument(1, { title })));
    for (const kind of ['cut-before', 'cut-after'] as const) {
      rig.emulator.server.fault({ when: isIndexing, times: 1, effect: { kind } });
      expect((await rig.destination.write([older!]))[0]?.status).toBe('unknown');
      const before = rig.clock.now();
      await rig.destination.write([writeOf(createDocument(2))]);
      expect(rig.clock.now()).toBe(before);
      expect((await rig.destination.write([newer!]))[0]?.status).toBe('done');
      expect(rig.clock.now() - before).toBeGreaterThanOrEqual(5000);
      await rig.destination.write([newer!]);
      expect(rig.clock.now() - before).toBeLessThan(5100);
    }
  });

  it('finishes the request under way when the run stops, and sends no other', async () => {
    rig = await createRig();
    const stop = new AbortController();
    const destination = await rig.another({}, 'test-installation', stop.signal);
    rig.emulator.server.fault({
      when: (request) => isIndexing(request) && (stop.abort(), false),
      effect: { kind: 'stall' },
    });
    const first = await destination.write(writesOf(2));
    expect(first.map((outcome) => outcome.status)).toEqual(['done', 'done']);
    const second = await destination.write(writesOf(2));
    expect(second.map((outcome) => outcome.status)).toEqual(['later', 'later']);
    expect(indexingRequests()).toBe(1);
  });

  it('stops for a person when a quota is used up, which no waiting changes', async () => {
    rig = await createRig();
    fail({
      status: 429,
      body: { error: { code: '', message: 'Document quota of 10000 has been exceeded.' } },
    });
    expect(await rig.destination.write(writesOf(1))).toMatchObject([
      { status: 'halted', reason: expect.stringContaining('Document quota'), hint: expect.any(String) },
    ]);
  });

  it('says that nothing happened when the service could not be reached at all', async () => {
    rig = await createRig();
    const gone = await startLoopbackServer(() => ({ status: 200 }));
    await gone.close();
    rig = { ...rig, destination: await rig.another({ endpoint: gone.url }) };
    expect(await statuses(writesOf(1))).toEqual(['later']);
  });
});
