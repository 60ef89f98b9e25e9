import { spawnSync } from 'node:child_process';
import { hash, randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createConcurrency } from '../../../connectors/bedrock-knowledge-base/concurrency.ts';
import { createTurns } from '../../../connectors/bedrock-knowledge-base/pace.ts';
import { createPeers } from '../../../connectors/bedrock-knowledge-base/peers.ts';
import type { BedrockEmulatorOptions } from '../../../connectors/bedrock-knowledge-base/emulator/index.ts';
import { bedrockKnowledgeBase } from '../../../connectors/bedrock-knowledge-base/index.ts';
import type { Destination } from '../../../core/contract/destination.ts';
import { createRecordingLog, createTestContext } from '../../../core/testing/context.ts';
import { acceptedOf, openBench, settingsOf, writesOf, type Bench } from './bench.ts';

describe('A Bedrock destination that finds out what the service takes', () => {
  let bench: Bench;
  const opened: Destination[] = [];
  const caches = new Map<string, Uint8Array>();
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close?.();
    caches.clear();
    await bench.close();
  });
  const start = async (options: BedrockEmulatorOptions = {}) => {
    bench = await openBench({ limits: false, ...options });
    return open();
  };
  /** Another process of the same installation: what it remembers is kept. */
  const open = async (settings: object = {}): Promise<Destination> => {
    const cache = (name: string) => ({
      get: async (key: string) => caches.get(`${name} ${key}`),
      set: async (key: string, value: Uint8Array) => void caches.set(`${name} ${key}`, value),
    });
    const context = { ...createTestContext({ clock: bench.clock, log: createRecordingLog() }), cache };
    const config = bedrockKnowledgeBase.config.parse({ ...settingsOf(bench.emulator), ...settings });
    const destination = await bedrockKnowledgeBase.create(config as never, context);
    opened.push(destination);
    await destination.plan();
    return destination;
  };
  let sent = 0;
  const batch = (destination: Destination, more = 0) =>
    writesOf(...Array.from({ length: destination.limits().maxDocuments + more }, () => `n${sent++}`));
  const writeAll = async (destination: Destination, batches: number) => {
    for (let index = 0; index < batches; index++) {
      const outcomes = await destination.write(batch(destination));
      expect(outcomes.every(({ status }) => status === 'accepted')).toBe(true);
    }
  };
  const requests = (status: number) =>
    bench.emulator.server.requests.filter(
      (one) => one.method === 'PUT' && one.path.endsWith('documents') && one.status === status,
    ).length;

  test('batches grow from 10 to 25 where the service takes them, and the next process begins there', async () => {
    const destination = await start({ maxDocuments: 25 });
    expect(destination.limits().maxDocuments).toBe(10);
    await writeAll(destination, 10);
    expect(destination.limits().maxDocuments).toBe(25);
    await writeAll(destination, 2);
    expect(requests(202)).toBe(12);
    expect((await open()).limits().maxDocuments).toBe(25);
    expect((await open({ maxBatchSize: 15 })).limits().maxDocuments).toBe(15);
  });

  test('where it takes 10, one larger request is tried, nothing is lost, and it is not tried again for a month', async () => {
    const before = sent;
    const destination = await start();
    await writeAll(destination, 11);
    expect(requests(400)).toBe(1);
    expect(destination.limits().maxDocuments).toBe(10);
    bench.clock.advance(5000);
    expect(bench.emulator.documents().size).toBe(sent - before);
    const next = await open();
    await writeAll(next, 15);
    expect(requests(400)).toBe(1);
    bench.clock.advance(31 * 86_400_000);
    await writeAll(await open(), 11);
    expect(requests(400)).toBe(2);
  });

  test('of requests that leave together, only one is the larger one that is tried', async () => {
    const destination = await start();
    await writeAll(destination, 5);
    const batches = Array.from({ length: 4 }, () => batch(destination));
    const outcomes = await Promise.all(batches.map((one) => destination.write(one)));
    expect(outcomes.flat().every(({ status }) => status === 'accepted')).toBe(true);
    expect(requests(400)).toBe(1);
  });

  test('a document that is not acceptable is not taken for a limit', async () => {
    const destination = await start({ maxDocuments: 25 });
    await writeAll(destination, 12);
    bench.emulator.switches.poison = /poison$/;
    const outcomes = await destination.write([...batch(destination, -1), ...writesOf('poison')]);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    expect(destination.limits().maxDocuments).toBe(25);
  });

  test('a limit that is told in other words is found by halving', async () => {
    const destination = await start();
    bench.emulator.server.fault({
      when: ({ method, body }) => method === 'PUT' && JSON.parse(body.toString()).documents?.length > 10,
      effect: {
        kind: 'reply',
        reply: {
          status: 400,
          headers: { 'x-amzn-errortype': 'ValidationException' },
          body: { message: 'Too many documents were given.' },
        },
      },
    });
    await writeAll(destination, 11);
    expect(destination.limits().maxDocuments).toBe(10);
    await writeAll(destination, 4);
    expect(requests(400)).toBeLessThanOrEqual(4);
  });

  test('asking and deleting have sizes of their own', async () => {
    const destination = await start({ maxDocuments: 25 });
    const limit = (path: string) =>
      bench.emulator.server.fault({
        when: (request) =>
          request.path.endsWith(path) && JSON.parse(request.body.toString()).documentIdentifiers.length > 10,
        effect: {
          kind: 'reply',
          reply: {
            status: 400,
            headers: { 'x-amzn-errortype': 'ValidationException' },
            body: { message: 'Member must have length less than or equal to 10' },
          },
        },
      });
    limit('getDocuments');
    limit('deleteDocuments');
    await writeAll(destination, 42);
    const writes = writesOf(...Array.from({ length: 100 }, (_, index) => `m${index}`));
    const accepted = [];
    for (let from = 0; from < 100; from += 25) {
      const some = writes.slice(from, from + 25);
      const outcomes = await destination.write(some);
      accepted.push(...some.map((one, index) => acceptedOf(one, outcomes[index])));
    }
    bench.clock.advance(5000);
    const verdicts = await destination.confirm!(accepted);
    expect(verdicts.map(({ status }) => status)).toEqual(Array(100).fill('done'));
    const asks = bench.emulator.server.requests.filter(({ path }) => path.endsWith('getDocuments'));
    expect(asks.filter(({ status }) => status === 400)).toHaveLength(1);
    for (let from = 0; from < 100; from += 25) {
      const some = writes.slice(from, from + 25);
      const gone = await destination.write(some.map(({ id }) => ({ action: 'delete', id, addresses: [id] })));
      expect(gone.every(({ status }) => status === 'accepted')).toBe(true);
    }
    expect(destination.limits().maxDocuments).toBe(25);
  });

  test('with the account full, fewer requests are under way, and more again when there is room', async () => {
    const destination = await start();
    const before = destination.limits().maxInFlight;
    bench.emulator.server.fault({
      when: ({ method }) => method === 'PUT',
      times: 1,
      effect: {
        kind: 'reply',
        reply: {
          status: 400,
          headers: { 'x-amzn-errortype': 'ValidationException' },
          body: {
            message:
              "The sum of concurrent IngestKnowledgeBaseDocuments and DeleteKnowledgeBaseDocuments requests can't exceed (10).",
          },
        },
      },
    });
    expect(await destination.write(writesOf('a'))).toMatchObject([{ status: 'later', retryAfterMs: 1000 }]);
    expect(destination.limits()).toMatchObject({
      maxInFlight: Math.floor(before / 2),
      requestsPerSecond: 4.8 * 1.05,
    });
    for (let index = 0; index < 60; index++) await destination.write(writesOf(`b${index}`));
    expect(destination.limits().maxInFlight).toBe(before);
  });

  test('destinations of one process that write to one account share its quotas', async () => {
    const one = await start({ limits: true });
    const other = await open();
    const alone = one.limits().maxInFlight;
    const began = bench.clock.now();
    for (let index = 0; index < 10; index++) {
      await one.write(writesOf(`x${index}`));
      await other.write(writesOf(`y${index}`));
    }
    expect(requests(202)).toBe(20);
    expect(requests(429)).toBe(0);
    expect(bench.clock.now() - began).toBeGreaterThanOrEqual(19 * 208 - 40);
    expect(one.limits().maxInFlight).toBe(alone / 2);
    await other.close?.();
    expect(one.limits().maxInFlight).toBe(alone);
  });
});

test('a destination divides pace and requests under way with another process that writes to the account', async () => {
  const bench = await openBench();
  const { env } = bench.emulator;
  const account = JSON.stringify([env['AWS_REGION'], env['BEDROCK_ENDPOINT'], env['AWS_ACCESS_KEY_ID']]);
  const folder = join(tmpdir(), `tributary-bedrock-${hash('sha256', account).slice(0, 16)}`);
  try {
    const alone = bench.destination.limits();
    await mkdir(folder, { mode: 0o700 });
    await writeFile(join(folder, `${process.ppid}-other`), String(bench.clock.now()));
    await bench.destination.write(writesOf('a'));
    expect(bench.destination.limits()).toMatchObject({
      requestsPerSecond: alone.requestsPerSecond / 2,
      maxInFlight: alone.maxInFlight / 2,
    });
  } finally {
    await bench.close();
    await rm(folder, { recursive: true, force: true });
  }
});

test('many refusals at one moment halve once', () => {
  let now = 0;
  const concurrency = createConcurrency({ max: 8, now: () => now });
  for (let index = 0; index < 8; index++) concurrency.full();
  expect(concurrency.current()).toBe(4);
  for (now = 1000; now < 20_000; now += 1000) concurrency.full();
  expect(concurrency.current()).toBe(1);
});

test('processes of one machine learn of each other and divide the pace; one that is gone is forgotten', async () => {
  let now = 0;
  const account = `test${randomUUID().slice(0, 12)}`;
  const folder = join(tmpdir(), `tributary-bedrock-${account}`);
  try {
    const [one, other, third] = [1, 2, 3].map(() => createPeers({ now: () => now, account }));
    const turns = createTurns({ perSecond: 4, now: () => now, peers: one!.count });
    await one!.refresh();
    await writeFile(join(folder, `${spawnSync(process.execPath, ['-e', '']).pid}-killed`), '0');
    await other!.refresh();
    expect([one!.count(), other!.count()]).toEqual([1, 2]);
    now = 15_000;
    await one!.refresh();
    expect(one!.count()).toBe(2);
    expect(turns.perSecond()).toBe(2);
    expect([turns.reserve(), turns.reserve(), turns.reserve()]).toEqual([0, 460, 960]);
    now = 50_000;
    await third!.refresh();
    await one!.refresh();
    expect(one!.count()).toBe(2);
    await third!.leave();
    now = 70_000;
    await one!.refresh();
    expect(one!.count()).toBe(1);
    expect(turns.perSecond()).toBe(4);
    await one!.leave();
    await expect(readdir(folder)).rejects.toThrow('ENOENT');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('where files cannot be shared, a process takes itself for alone', async () => {
  const account = `test${randomUUID().slice(0, 12)}`;
  const folder = join(tmpdir(), `tributary-bedrock-${account}`);
  try {
    await writeFile(folder, 'not a folder');
    const peers = createPeers({ now: () => 0, account });
    await peers.refresh();
    expect(peers.count()).toBe(1);
    await peers.leave();
  } finally {
    await rm(folder, { force: true });
  }
});
