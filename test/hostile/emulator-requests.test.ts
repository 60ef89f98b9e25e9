import { request as httpRequest } from 'node:http';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { startExampleRestEmulator } from '../../connectors/example-rest/emulator/index.ts';
import { exampleRestSource } from '../../connectors/example-rest/index.ts';
import type { Json } from '../../core/contract/json.ts';
import { createTestContext, type LoopbackRequest, type LoopbackServer } from '../../core/testing/index.ts';
import * as azure from '../connectors/azure-ai-search/support.ts';
import * as bedrock from '../connectors/bedrock-knowledge-base/bench.ts';
import * as org from '../connectors/salesforce/bench.ts';
import * as warehouse from '../connectors/snowflake/bench.ts';
import { hostileText, hostileValue, seed } from './hostile-values.ts';
import { signAgain } from './sign.ts';

/** An emulator, and what a connector asks of it in ordinary work. */
interface Service {
  readonly server: LoopbackServer;
  work(): Promise<unknown>;
  /** Makes a changed request acceptable again at the door. */
  readonly admit?: (request: LoopbackRequest) => LoopbackRequest;
  close(): Promise<void>;
}

const services: Readonly<Record<string, () => Promise<Service>>> = {
  async Salesforce() {
    const { emulator, connect } = await org.openOrg([org.accountsTable(6)]);
    const work = async () => {
      for (const method of ['rest', 'bulk']) {
        const source = await connect();
        const stream = org.streamOf('Account', ['Name', 'AnnualRevenue'], { method });
        await source.check([stream]);
        await org.readAll(source, stream);
        for await (const _ of source.lookup!(stream, [org.accountId(1)]));
        for await (const _ of source.enumerate!(stream));
      }
    };
    return { server: emulator.server, work, close: () => emulator.close() };
  },
  async Snowflake() {
    const rows = [{ id: 1, minutesAgo: 5 }];
    const { emulator, connect, close } = await warehouse.openBench([warehouse.usageTable(rows)]);
    const work = async () => {
      const source = await connect();
      await source.check([warehouse.usage]);
      await warehouse.readAll(source, warehouse.usage);
      await source.close?.();
    };
    return { server: emulator.server, work, close };
  },
  async 'Azure AI Search'() {
    const { emulator, destination, another } = await azure.createRig();
    const work = async () => {
      const other = await another({ index: 'other' });
      await other.apply(await other.plan());
      await destination.write([azure.writeOf(azure.createDocument(1))]);
      await destination.search!({ text: 'contract', limit: 3 });
      for await (const _ of destination.inventory!());
    };
    return { server: emulator.server, work, close: () => emulator.close() };
  },
  async 'Amazon Bedrock'() {
    const { emulator, destination, close } = await bedrock.openBench({ limits: false });
    const work = async () => {
      await destination.apply(await destination.plan());
      const changes = bedrock.writesOf('a', 'b');
      const outcomes = await destination.write(changes);
      await destination.confirm!(changes.map((one, at) => bedrock.acceptedOf(one, outcomes[at])));
      for await (const _ of destination.inventory!());
    };
    const secret = emulator.env['AWS_SECRET_ACCESS_KEY']!;
    return { server: emulator.server, work, admit: (one) => signAgain(one, secret), close };
  },
  async 'the example'() {
    const emulator = await startExampleRestEmulator({ now: () => Date.UTC(2026, 0, 15) });
    const settings = { url: emulator.server.url, token: emulator.token };
    const source = await exampleRestSource.create(settings, createTestContext());
    const stream = { name: 'articles', fields: ['title'], options: { pageSize: 2 } };
    const work = async () => {
      await source.check([stream]);
      for await (const _ of source.read({
        stream,
        from: undefined,
        signal: new AbortController().signal,
      }));
    };
    return { server: emulator.server, work, close: () => emulator.server.close() };
  },
};

/** What the connector asks, each kind of request once. */
async function recorded({ server, work }: Service): Promise<LoopbackRequest[]> {
  const kinds = new Map<string, LoopbackRequest>();
  const off = server.fault({
    when: (request) => {
      const kind = `${request.method} ${request.path.replace(/[0-9A-Za-z]{12,}/g, '…')}`;
      if (!kinds.has(kind)) kinds.set(kind, request);
      return false;
    },
    effect: { kind: 'stall' },
  });
  await work();
  off();
  return [...kinds.values()];
}

const skipped = /^(:|host$|connection$|content-length$|transfer-encoding$|keep-alive$)/;

/** Sends a request byte for byte, also one that no client would send. */
const send = (
  server: LoopbackServer,
  { method, path, query, headers, body }: LoopbackRequest,
  raw?: string,
) =>
  new Promise<{ status: number; text: string }>((resolve, reject) => {
    const search = query.size > 0 ? `?${query.toString()}` : '';
    const kept = Object.entries(headers).filter(([name]) => !skipped.test(name));
    const asked = httpRequest(
      {
        host: '127.0.0.1',
        port: server.port,
        method,
        path: raw ?? path + search,
        headers: {
          ...Object.fromEntries(kept),
          host: headers['host'] ?? headers[':authority'] ?? 'loopback',
          'content-length': body.length,
        },
      },
      (answer) => {
        const pieces: Buffer[] = [];
        answer.on('data', (piece: Buffer) => pieces.push(piece));
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, text: String(Buffer.concat(pieces)) }),
        );
        answer.on('error', reject);
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });

/** JSON with one value replaced or taken out. */
function withOneChanged(value: Json, choice: number, by: Json | undefined): Json {
  const places: (readonly (string | number)[])[] = [];
  const visit = (one: Json, way: readonly (string | number)[]): void => {
    if (way.length > 0) places.push(way);
    if (Array.isArray(one)) one.forEach((item, at) => visit(item as Json, [...way, at]));
    else if (one !== null && typeof one === 'object')
      for (const [name, item] of Object.entries(one)) visit(item as Json, [...way, name]);
  };
  visit(value, []);
  const way = places[choice % Math.max(1, places.length)];
  if (!way) return by ?? null;
  const copy = structuredClone(value);
  let holder = copy as Record<string | number, Json>;
  for (const step of way.slice(0, -1)) holder = holder[step] as Record<string | number, Json>;
  if (by === undefined) delete holder[way.at(-1)!];
  else holder[way.at(-1)!] = by;
  return copy;
}

/** A change of one request: its body as JSON, its bytes, a part of its path, a value of its query. */
const mutation = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('json' as const),
      at: fc.nat(),
      by: fc.option(hostileValue, { nil: undefined }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('bytes' as const), bytes: fc.uint8Array({ maxLength: 40 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const), at: fc.nat() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('path' as const),
      at: fc.nat(),
      by: fc.oneof(
        hostileText.map(encodeURIComponentSafely),
        fc.constantFrom('%zz', '%', '..', '', '%00', '%C0%AF'),
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('query' as const), at: fc.nat(), by: hostileText }) },
);
type Mutation = typeof mutation extends fc.Arbitrary<infer Value> ? Value : never;

function encodeURIComponentSafely(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function apply(request: LoopbackRequest, change: Mutation): LoopbackRequest {
  if (change.kind === 'bytes') return { ...request, body: Buffer.from(change.bytes) };
  if (change.kind === 'cut')
    return { ...request, body: request.body.subarray(0, change.at % (request.body.length + 1)) };
  if (change.kind === 'path') {
    const parts = request.path.split('/');
    parts[1 + (change.at % Math.max(1, parts.length - 1))] = change.by;
    return { ...request, path: parts.join('/') };
  }
  if (change.kind === 'query') {
    const query = new URLSearchParams(request.query);
    const names = [...query.keys()];
    query.set(names[change.at % Math.max(1, names.length)] ?? 'q', change.by.toWellFormed());
    return { ...request, query };
  }
  const zipped = request.headers['content-encoding'] === 'gzip';
  const text = String(zipped ? gunzipSync(request.body) : request.body);
  let json: Json;
  try {
    json = JSON.parse(text) as Json;
  } catch {
    return { ...request, body: Buffer.from(JSON.stringify(change.by ?? null)) };
  }
  const body = Buffer.from(JSON.stringify(withOneChanged(json, change.at, change.by)));
  return { ...request, body: zipped ? gzipSync(body) : body };
}

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
const runs = { seed, numRuns: 250, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: false };

describe.each(Object.entries(services))('the emulator of %s', (_name, open) => {
  it('answers any request, refuses what it cannot read, and goes on as before', async () => {
    const service = await open();
    closing.push(service.close);
    const requests = await recorded(service);
    expect(requests.length).toBeGreaterThan(1);
    await fc.assert(
      fc.asyncProperty(fc.nat(), mutation, async (which, change) => {
        const changed = apply(requests[which % requests.length]!, change);
        const { status, text } = await send(service.server, service.admit?.(changed) ?? changed);
        expect(text).not.toContain('emulator bug');
        expect(status).toBeGreaterThanOrEqual(200);
        expect(status).toBeLessThan(600);
        expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
      }),
      runs,
    );
    for (const raw of ['//', '/%', '/?%zz=%', 'http://[', '*', '/\u00ff']) {
      const { text } = await send(service.server, requests[0]!, raw);
      expect(text, raw).not.toContain('emulator bug');
    }
  });
});
