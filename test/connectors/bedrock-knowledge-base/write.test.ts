import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LoopbackRequest } from '../../../core/testing/loopback-server.ts';
import { createTestDocument } from '../../../core/testing/test-document.ts';
import { acceptedOf, confirmAll, openBench, writeOf, writesOf, type Bench } from './bench.ts';

const isIngest = ({ method }: Pick<LoopbackRequest, 'method'>): boolean => method === 'PUT';
const error = (status: number, name: string, message: string, headers: Record<string, string> = {}) => ({
  kind: 'reply' as const,
  reply: { status, headers: { 'x-amzn-errortype': name, ...headers }, body: { message } },
});

describe('Writing to Bedrock', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await openBench();
  });
  afterEach(() => bench.close());

  const bodies: LoopbackRequest[] = [];
  const watch = (): void => {
    bodies.length = 0;
    bench.emulator.server.fault({
      when: (request) => {
        if (isIngest(request)) bodies.push(request);
        return false;
      },
      effect: { kind: 'stall' },
    });
  };

  test('writes and deletes of one call leave in two requests and are answered in their order', async () => {
    const [a, b, c] = writesOf('a', 'b', 'c');
    const [outcome] = await bench.destination.write([a!]);
    await confirmAll(bench, bench.destination, acceptedOf(a!, outcome));
    const outcomes = await bench.destination.write([
      b!,
      { action: 'delete', id: a!.id, addresses: [a!.id] },
      c!,
      { action: 'delete', id: 'test:never:there', addresses: [] },
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['accepted', 'accepted', 'accepted', 'done']);
    expect(outcomes[0]).toMatchObject({ addresses: [b!.id], receipt: { acceptedAt: expect.any(String) } });
    bench.clock.advance(2000);
    expect([...bench.emulator.documents().keys()].sort()).toEqual([b!.id, c!.id]);
  });

  test('encode counts exactly the bytes that the request will have', async () => {
    watch();
    const changes = [
      ...writesOf('a', 'b'),
      writeOf(createTestDocument('ü', { title: 'Größe "1"', body: 'Zeile\n\t\u0001 – 中文 😀 \ud800' })),
    ];
    await bench.destination.write(changes);
    const share = changes.reduce((sum, change) => sum + bench.destination.encode(change).bytes, 0);
    const envelope = `{"documents":[],"clientToken":"${'x'.repeat(36)}"}`.length;
    expect(bodies[0]?.body.length).toBe(share - 1 + envelope);
  });

  test('the text is the title as a heading and the body, and the title is not said twice', async () => {
    const plain = createTestDocument('a', { title: 'Acme', body: 'Owner: Ann.' });
    const headed = createTestDocument('b', { title: 'Acme', body: '# Acme\n\nOwner: Ann.' });
    await bench.destination.write([writeOf(plain), writeOf(headed)]);
    bench.clock.advance(2000);
    expect([...bench.emulator.documents().values()].map(({ text }) => text)).toEqual([
      '# Acme\n\nOwner: Ann.',
      '# Acme\n\nOwner: Ann.',
    ]);
  });

  test('every request has a client token of its own', async () => {
    watch();
    const [change] = writesOf('a');
    await bench.destination.write([change!]);
    bench.emulator.server.fault({
      when: isIngest,
      times: 1,
      effect: error(503, 'ServiceUnavailableException', ''),
    });
    await bench.destination.write([change!]);
    await bench.destination.write([change!]);
    const tokens = bodies.map(
      ({ body }) => (JSON.parse(body.toString()) as { clientToken: string }).clientToken,
    );
    expect(tokens).toHaveLength(3);
    expect(new Set(tokens).size).toBe(3);
  });

  test.each([
    [429, 'ThrottlingException', 'Rate exceeded', 'later'],
    [
      400,
      'ValidationException',
      "The sum of concurrent IngestKnowledgeBaseDocuments and DeleteKnowledgeBaseDocuments requests can't exceed (10)",
      'later',
    ],
    [400, 'ValidationException', 'You have reached max number of requests', 'later'],
    [400, 'ValidationException', 'There is an ongoing KnowledgeBaseDocuments API request', 'later'],
    [409, 'ConflictException', 'busy', 'later'],
    [503, 'ServiceUnavailableException', 'busy', 'later'],
    [500, 'InternalServerException', 'oops', 'unknown'],
    [502, 'BadGatewayException', 'oops', 'unknown'],
    [402, 'ServiceQuotaExceededException', 'no more', 'halted'],
    [403, 'ExpiredTokenException', 'expired', 'halted'],
    [404, 'ResourceNotFoundException', 'no such data source', 'halted'],
    [
      400,
      'ValidationException',
      'You can only upload content and metadata from S3 if your knowledge base is connected to an S3 data source',
      'halted',
    ],
  ])('%i %s "%s" makes the whole batch %s, after one request', async (status, name, message, outcome) => {
    bench.emulator.server.fault({ when: isIngest, effect: error(status, name, message) });
    const outcomes = await bench.destination.write(writesOf('a', 'b', 'c'));
    expect(outcomes.map((one) => one.status)).toEqual([outcome, outcome, outcome]);
    expect(bench.emulator.server.requests).toHaveLength(1);
  });

  test('an HTML page in place of an error, and an answer that never comes, leave the outcome unknown', async () => {
    const destination = await bench.reopen({ requestTimeout: '200ms' });
    bench.emulator.server.fault({
      when: isIngest,
      times: 1,
      effect: { kind: 'reply', reply: { status: 500, body: '<html>oops</html>' } },
    });
    expect((await destination.write(writesOf('a')))[0]?.status).toBe('unknown');
    bench.emulator.server.fault({ when: isIngest, times: 1, effect: { kind: 'stall' } });
    expect((await destination.write(writesOf('b')))[0]?.status).toBe('unknown');
    bench.emulator.server.fault({ when: isIngest, times: 1, effect: { kind: 'cut-before' } });
    expect((await destination.write(writesOf('c')))[0]?.status).toBe('unknown');
  });

  test('when nothing listens at the address, nothing was sent', async () => {
    const destination = await bench.reopen({ endpoint: 'http://127.0.0.1:1' });
    expect((await destination.write(writesOf('a')))[0]?.status).toBe('later');
  });

  test('Retry-After is handed on, and a crowded service is asked more slowly until it has room again', async () => {
    const effect = error(429, 'ThrottlingException', 'slow down', { 'retry-after': '7' });
    bench.emulator.server.fault({ when: isIngest, times: 1, effect });
    expect(bench.destination.limits().requestsPerSecond).toBeCloseTo(4.8 * 1.05);
    const [outcome] = await bench.destination.write(writesOf('a'));
    expect(outcome).toMatchObject({ status: 'later', retryAfterMs: 7000 });
    expect(bench.destination.limits().requestsPerSecond).toBeCloseTo(3.36 * 1.05);
    for (let index = 0; index < 25; index++) await bench.destination.write(writesOf(`n${index}`));
    expect(bench.destination.limits().requestsPerSecond).toBeCloseTo(4.8 * 1.05);
  });

  test('its own pace stays within the quota, so a run meets no throttling', async () => {
    for (let index = 0; index < 30; index++) await bench.destination.write(writesOf(`n${index}`));
    expect(bench.emulator.server.requests.map(({ status }) => status)).toEqual(Array(30).fill(202));
  });

  test('a denied action is named with both permissions that writing needs', async () => {
    bench.emulator.switches.denied.add('bedrock:StartIngestionJob');
    const [outcome] = await bench.destination.write(writesOf('a'));
    expect(outcome).toMatchObject({
      status: 'halted',
      reason: expect.stringContaining('bedrock:StartIngestionJob'),
    });
    const hint = outcome?.status === 'halted' ? outcome.hint : undefined;
    expect(hint).toContain('bedrock:IngestKnowledgeBaseDocuments');
    expect(hint).toContain('bedrock:StartIngestionJob');
  });

  test('one document that the service refuses is found by halving; the other nine are accepted', async () => {
    bench.emulator.switches.poison = /:k7$/;
    const keys = Array.from({ length: 10 }, (_, index) => `k${index}`);
    const outcomes = await bench.destination.write(writesOf(...keys));
    expect(outcomes.map(({ status }) => status)).toEqual(
      keys.map((key) => (key === 'k7' ? 'rejected' : 'accepted')),
    );
    expect(bench.emulator.server.requests.length).toBeLessThan(10);
  });

  test('when a person must act while a batch is halved, the rest of it is not sent', async () => {
    bench.emulator.switches.poison = /:k9$/;
    bench.emulator.server.fault({
      when: isIngest,
      after: 1,
      effect: error(402, 'ServiceQuotaExceededException', 'no more'),
    });
    const keys = Array.from({ length: 10 }, (_, index) => `k${index}`);
    const outcomes = await bench.destination.write(writesOf(...keys));
    expect(outcomes.map(({ status }) => status)).toEqual(keys.map(() => 'halted'));
    expect(bench.emulator.server.requests).toHaveLength(2);
  });

  test('half a character, as a text cut in the wrong place has it, is repaired', async () => {
    await bench.destination.write([writeOf(createTestDocument('a', { body: 'cut \ud83d here' }))]);
    bench.clock.advance(2000);
    expect([...bench.emulator.documents().values()].map(({ text }) => text.isWellFormed())).toEqual([true]);
  });

  test('the reason of a refusal does not quote the document', async () => {
    const message =
      "1 validation error detected: Value 'a secret, it's here' at 'documents.1.member.content' failed to satisfy constraint: Member must be nice";
    bench.emulator.server.fault({ when: isIngest, effect: error(400, 'ValidationException', message) });
    const [outcome] = await bench.destination.write(writesOf('a'));
    expect(outcome?.status).toBe('rejected');
    expect(JSON.stringify(outcome)).toContain('documents.1.member.content');
    expect(JSON.stringify(outcome)).not.toContain('secret');
  });

  test('batches of 25 fall back to what the service takes, and nothing is lost', async () => {
    const destination = await bench.reopen({ batchSize: 25 });
    expect(destination.limits().maxDocuments).toBe(25);
    const outcomes = await destination.write(
      writesOf(...Array.from({ length: 25 }, (_, index) => `k${index}`)),
    );
    expect(outcomes.every(({ status }) => status === 'accepted')).toBe(true);
    expect(destination.limits().maxDocuments).toBe(10);
  });

  test('an ingestion job under way makes the batch wait', async () => {
    bench.emulator.switches.ingestionJobRunning = true;
    const [outcome] = await bench.destination.write(writesOf('a'));
    expect(outcome).toMatchObject({ status: 'later', retryAfterMs: 15_000 });
  });

  test('when the run stops, nothing more is sent', async () => {
    const stop = new AbortController();
    const destination = await bench.reopen({ signal: stop.signal });
    stop.abort();
    expect((await destination.write(writesOf('a')))[0]?.status).toBe('later');
    expect(bench.emulator.server.requests).toHaveLength(0);
  });

  test('when the run stops between two requests of a call, what was sent keeps its answer and the rest waits', async () => {
    const destination = await bench.reopen({ sleep: () => Promise.reject(new Error('stopped')) });
    bench.emulator.switches.poison = /:b$/;
    const [a, b, c] = writesOf('a', 'b', 'c');
    const outcomes = await destination.write([a!, b!, c!]);
    expect(outcomes.map(({ status }) => status)).toEqual(['later', 'later', 'later']);
    const [sent] = await destination.write([a!]);
    expect(sent?.status).toBe('later');
    bench.clock.advance(1000);
    const remove = { action: 'delete', id: 'test:never:there', addresses: [] } as const;
    const mixed = await destination.write([a!, remove]);
    expect(mixed.map(({ status }) => status)).toEqual(['accepted', 'done']);
    const change = acceptedOf(a!, mixed[0]);
    bench.clock.advance(1000);
    await destination.confirm?.([change]);
    expect(await destination.confirm?.([change])).toEqual([{ status: 'waiting' }]);
  });

  test('a document that does not fit is refused by encode and never sent', async () => {
    const large = writeOf(createTestDocument('a', { body: 'x'.repeat(5_242_881) }));
    expect(bench.destination.encode(large).refused).toContain('5242880');
    const outcomes = await bench.destination.write([large, ...writesOf('b')]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'accepted']);
    const largest = createTestDocument('c', { title: 'c', body: `# c\n${'x'.repeat(5_242_876)}` });
    expect(bench.destination.encode(writeOf(largest)).refused).toBeUndefined();
    expect((await bench.destination.write([writeOf(largest)]))[0]?.status).toBe('accepted');
  });
});
