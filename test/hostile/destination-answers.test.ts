import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { Change, Destination } from '../../core/contract/destination.ts';
import type { LoopbackReply, LoopbackServer } from '../../core/testing/index.ts';
import { collect } from '../../core/testing/conformance/source-pages.ts';
import * as azure from '../connectors/azure-ai-search/support.ts';
import * as bedrock from '../connectors/bedrock-knowledge-base/bench.ts';
import { hostileText, hostileValue, seed } from './hostile-values.ts';

interface Plane {
  readonly destination: Destination;
  readonly server: LoopbackServer;
  readonly changes: readonly Change[];
  close(): Promise<void>;
}

const planes: Readonly<Record<string, () => Promise<Plane>>> = {
  async 'Azure AI Search'() {
    const { emulator, destination } = await azure.createRig();
    const changes = [1, 2].map((number) => azure.writeOf(azure.createDocument(number)));
    return { destination, server: emulator.server, changes, close: () => emulator.close() };
  },
  async 'Amazon Bedrock'() {
    const { emulator, destination, close } = await bedrock.openBench({ limits: false });
    await destination.apply(await destination.plan());
    return { destination, server: emulator.server, changes: bedrock.writesOf('a', 'b'), close };
  },
};

const body = fc.oneof(
  hostileValue.map((value) => JSON.stringify(value)),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  hostileText,
  fc.record({ value: fc.array(hostileValue, { maxLength: 3 }) }).map((value) => JSON.stringify(value)),
  fc
    .record({ documentDetails: fc.array(hostileValue, { maxLength: 3 }) })
    .map((value) => JSON.stringify(value)),
  fc.record({ error: hostileValue, message: hostileValue }).map((value) => JSON.stringify(value)),
);
const reply: fc.Arbitrary<LoopbackReply> = fc.record({
  status: fc.constantFrom(200, 200, 202, 207, 302, 400, 404, 409, 413, 418, 429, 500, 503),
  headers: fc.constantFrom<Readonly<Record<string, string>>>(
    { 'content-type': 'application/json' },
    { 'content-type': 'text/html' },
    { 'retry-after': '-5', 'content-type': 'application/json' },
    { 'retry-after': 'soon' },
    {},
  ),
  body,
});

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
const statuses = /^(done|accepted|rejected|later|unknown|halted)$/;
const runs = { seed, numRuns: 80, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: false };

describe.each(Object.entries(planes))('whatever %s answers', (_name, open) => {
  it('to a write, each change has an outcome, and a sound answer afterwards is understood', async () => {
    const { destination, server, changes, close } = await open();
    closing.push(close);
    await fc.assert(
      fc.asyncProperty(reply, async (hostile) => {
        const off = server.fault({ when: () => true, effect: { kind: 'reply', reply: hostile } });
        const outcomes = await destination.write(changes);
        off();
        expect(outcomes).toHaveLength(changes.length);
        for (const outcome of outcomes) {
          expect(outcome.status).toMatch(statuses);
          if (outcome.status === 'later' && outcome.retryAfterMs !== undefined)
            expect(outcome.retryAfterMs).toBeGreaterThanOrEqual(0);
          if (hostile.status >= 300) expect(outcome.status).not.toMatch(/^(done|accepted)$/);
        }
      }),
      runs,
    );
    const outcomes = await destination.write(changes);
    for (const outcome of outcomes) expect(outcome.status).toMatch(/^(done|accepted|later)$/);
  });

  it('to a listing, it is an error that is told as one, never a list that looks whole', async () => {
    const { destination, server, changes, close } = await open();
    closing.push(close);
    await destination.write(changes);
    await fc.assert(
      fc.asyncProperty(reply, async (hostile) => {
        const off = server.fault({ when: () => true, effect: { kind: 'reply', reply: hostile } });
        const ended = await collect(destination.inventory!()).then(
          () => 'listed',
          (error: Error) => error.name,
        );
        off();
        expect(ended).toMatch(/^(listed|ConfigError|TransientError)$/);
        if (hostile.status >= 300) expect(ended).not.toBe('listed');
      }),
      runs,
    );
  });
});
