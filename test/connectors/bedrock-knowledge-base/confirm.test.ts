import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Verdict } from '../../../core/contract/destination.ts';
import { createTestDocument } from '../../../core/testing/test-document.ts';
import { acceptedOf, confirmAll, openBench, settle, writeOf, writesOf, type Bench } from './bench.ts';

const statuses = (verdicts: readonly Verdict[]): string[] => [
  ...new Set(verdicts.map(({ status }) => status)),
];

describe('Confirming what Bedrock accepted', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await openBench({ limits: false });
  });
  afterEach(() => bench.close());

  const send = async (change = writesOf('a')[0]!) => {
    const [outcome] = await bench.destination.write([change]);
    return acceptedOf(change, outcome);
  };
  const held = (change = writesOf('a')[0]!): string | undefined =>
    bench.emulator.documents().get(change.id)?.text;
  const story = (body: string) => writeOf(createTestDocument('a', { body }));

  test('a change waits while it is processed and is done when it is indexed', async () => {
    const verdicts = await confirmAll(bench, bench.destination, await send(), { everyMs: 200 });
    expect(statuses(verdicts)).toEqual(['waiting', 'done']);
    expect(verdicts[0]).toMatchObject({ receipt: { seen: true, asks: 1 } });
    expect(verdicts.at(-1)).toMatchObject({ receipt: { status: 'INDEXED', updatedAt: expect.any(String) } });
  });

  test('the INDEXED of the change before does not pass for this one', async () => {
    await settle(bench, story('first'));
    bench.emulator.switches.staleMs = 3000;
    const change = await send(story('second'));
    const [early] = (await bench.destination.confirm?.([change])) ?? [];
    expect(bench.emulator.status(change.id).status).toBe('INDEXED');
    expect(early?.status).toBe('waiting');
    const verdicts = await confirmAll(bench, bench.destination, change);
    expect(verdicts.at(-1)?.status).toBe('done');
    expect(held()).toContain('second');
  });

  test('NOT_FOUND right after acceptance is only a matter of time', async () => {
    bench.emulator.switches.notFoundMs = 30_000;
    const verdicts = await confirmAll(bench, bench.destination, await send());
    expect(statuses(verdicts)).toEqual(['waiting', 'done']);
    expect(verdicts.length).toBeGreaterThan(30);
  });

  test('a document that the answer does not mention counts as not found', async () => {
    const change = await send();
    bench.emulator.server.fault({
      when: ({ path }) => path.endsWith('getDocuments'),
      times: 1,
      effect: { kind: 'change', change: (reply) => ({ ...reply, body: { documentDetails: [] } }) },
    });
    expect(statuses(await confirmAll(bench, bench.destination, change))).toEqual(['waiting', 'done']);
  });

  test('a change of which nothing is ever seen becomes unknown after a bounded wait, so that it is written again', async () => {
    await settle(bench, story('first'));
    bench.emulator.switches.staleMs = 1e9;
    const verdicts = await confirmAll(bench, bench.destination, await send(story('second')), {
      everyMs: 1000,
    });
    expect(statuses(verdicts)).toEqual(['waiting', 'unknown']);
    expect(verdicts.length).toBeGreaterThan(100);
    expect(verdicts.length).toBeLessThan(140);
  });

  test.each(['FAILED', 'IGNORED', 'METADATA_UPDATE_FAILED', 'METADATA_PARTIALLY_INDEXED'] as const)(
    '%s is a failure, with the reason of the service but without what it quotes',
    async (final) => {
      bench.emulator.switches.outcomes = [
        { id: /./, final, reason: 'Not taken: "the secret text of the record"' },
      ];
      const verdicts = await confirmAll(bench, bench.destination, await send());
      expect(verdicts.at(-1)).toEqual({
        status: 'failed',
        code: `bedrock-${final.toLowerCase()}`,
        reason: `${final}: Not taken: "…"`,
      });
    },
  );

  test('the failure of the change before does not pass for this one', async () => {
    bench.emulator.switches.outcomes = [{ id: /./, final: 'FAILED' }];
    expect((await settle(bench, story('first')))?.status).toBe('failed');
    bench.emulator.switches.outcomes = [];
    bench.emulator.switches.staleMs = 2000;
    expect((await settle(bench, story('second')))?.status).toBe('done');
  });

  test('PARTIALLY_INDEXED is done and said once in the log', async () => {
    bench.emulator.switches.outcomes = [{ id: /./, final: 'PARTIALLY_INDEXED' }];
    expect((await settle(bench, story('first')))?.status).toBe('done');
    expect(bench.log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  test('a delete is done when the document is gone, not while its old INDEXED still shows', async () => {
    const write = story('first');
    await settle(bench, write);
    bench.emulator.switches.staleMs = 3000;
    const [outcome] = await bench.destination.write([
      { action: 'delete', id: write.id, addresses: [write.id] },
    ]);
    const change = acceptedOf({ id: write.id, action: 'delete' }, outcome);
    const [early] = (await bench.destination.confirm?.([change])) ?? [];
    expect(early?.status).toBe('waiting');
    expect((await confirmAll(bench, bench.destination, change)).at(-1)?.status).toBe('done');
    expect(bench.emulator.documents().size).toBe(0);
  });

  test('a timed-out write that takes effect late never wins over the write that followed it', async () => {
    const first = story('first');
    bench.emulator.loseAnswerAndApplyLate({ id: /a/, delayMs: 4000 });
    const [lost] = await bench.destination.write([first]);
    expect(lost?.status).toBe('unknown');
    const second = story('second');
    const [early] = await bench.destination.write([second]);
    expect(early).toMatchObject({ status: 'later', retryAfterMs: expect.any(Number) });
    bench.clock.advance(5000);
    expect((await settle(bench, second))?.status).toBe('done');
    bench.clock.advance(60_000);
    expect(held()).toContain('second');
  });

  test('a timed-out write that takes effect after its successor was indexed is noticed, and written over', async () => {
    bench.emulator.loseAnswerAndApplyLate({ id: /a/, delayMs: 9000 });
    await bench.destination.write([story('first')]);
    bench.clock.advance(6000);
    const verdicts = await confirmAll(bench, bench.destination, await send(story('second')));
    expect(statuses(verdicts)).toEqual(['waiting', 'unknown']);
    bench.clock.advance(2000);
    expect(held()).toContain('first');
    bench.clock.advance(6000);
    expect((await settle(bench, story('second')))?.status).toBe('done');
    expect(held()).toContain('second');
  });

  test('two accepted changes processed in the wrong order are noticed, and the later one is written again', async () => {
    bench.emulator.switches.heldBack({ id: /a/ });
    const first = await confirmAll(bench, bench.destination, await send(story('first')), { everyMs: 5000 });
    expect(first.at(-1)?.status).toBe('unknown');
    bench.clock.advance(6000);
    const second = await confirmAll(bench, bench.destination, await send(story('second')));
    expect(second.at(-1)?.status).toBe('unknown');
    expect(held()).toContain('first');
    bench.clock.advance(6000);
    expect((await settle(bench, story('second')))?.status).toBe('done');
    bench.clock.advance(60_000);
    expect(held()).toContain('second');
  });

  test('a delete that a late write undoes is noticed', async () => {
    const write = story('first');
    bench.emulator.loseAnswerAndApplyLate({ id: /a/, delayMs: 7000 });
    await bench.destination.write([write]);
    bench.clock.advance(5000);
    const remove = { action: 'delete', id: write.id, addresses: [write.id] } as const;
    const [outcome] = await bench.destination.write([remove]);
    const verdicts = await confirmAll(bench, bench.destination, acceptedOf(remove, outcome));
    expect(verdicts.at(-1)?.status).toBe('unknown');
    bench.clock.advance(6000);
    const [again] = await bench.destination.write([remove]);
    const last = await confirmAll(bench, bench.destination, acceptedOf(remove, again));
    expect(last.at(-1)?.status).toBe('done');
    expect(bench.emulator.documents().size).toBe(0);
  });

  test('a process that takes over an open attempt asks for lasting proof too', async () => {
    const change = writeOf(createTestDocument('a'), { addresses: [createTestDocument('a').id] });
    const [outcome] = await (await bench.reopen()).write([change]);
    expect(acceptedOf(change, outcome).receipt).toMatchObject({ doubtful: true });
    const verdicts = await confirmAll(bench, bench.destination, acceptedOf(change, outcome));
    expect(verdicts.length).toBeGreaterThan(10);
    expect(verdicts.at(-1)?.status).toBe('done');
  });

  test('while the service does not answer, changes wait; when it denies access, a person must act', async () => {
    const change = await send();
    const off = bench.emulator.server.fault({
      when: ({ path }) => path.endsWith('getDocuments'),
      effect: { kind: 'reply', reply: { status: 500, body: 'oops' } },
    });
    expect(await bench.destination.confirm?.([change])).toEqual([{ status: 'waiting' }]);
    off();
    bench.emulator.switches.denied.add('bedrock:GetKnowledgeBaseDocuments');
    await expect(bench.destination.confirm?.([change])).rejects.toMatchObject({ name: 'ConfigError' });
  });

  test('what is final and not heard of yet holds up no further request', async () => {
    const { destination } = bench;
    const open = () => destination.limits().maxOpen! / destination.limits().maxInFlight;
    expect(open()).toBe(1);
    const settleAfter = async (ms: number) => {
      const writes = writesOf(...Array.from({ length: 10 }, (_, index) => `n${ms}-${index}`));
      const outcomes = await destination.write(writes);
      bench.clock.advance(ms);
      await destination.confirm?.(writes.map((write, index) => acceptedOf(write, outcomes[index])));
    };
    await settleAfter(850);
    expect(open()).toBeLessThan(2);
    for (let round = 0; round < 6; round++) await settleAfter(1200 + round);
    expect(open()).toBeGreaterThan(2);
    for (let round = 0; round < 6; round++) await settleAfter(60_000 + round);
    expect(open()).toBe(3);
  });

  test('it asks for ten at a time, and not before changes of this service usually are done', async () => {
    await settle(bench, story('warm up'));
    const changes = writesOf(...Array.from({ length: 25 }, (_, index) => `n${index}`));
    const accepted = [];
    for (let from = 0; from < 25; from += 10) {
      const batch = changes.slice(from, from + 10);
      const outcomes = await bench.destination.write(batch);
      accepted.push(...batch.map((change, index) => acceptedOf(change, outcomes[index])));
    }
    const asks = () =>
      bench.emulator.server.requests.filter(({ path }) => path.endsWith('getDocuments')).length;
    bench.clock.advance(1000);
    const before = asks();
    const verdicts = await bench.destination.confirm?.(accepted);
    expect(verdicts?.map(({ status }) => status)).toEqual(changes.map(() => 'done'));
    expect(asks() - before).toBe(3);
    const [fresh] = writesOf('fresh');
    const change = acceptedOf(fresh!, (await bench.destination.write([fresh!]))[0]);
    expect(await bench.destination.confirm?.([change])).toEqual([{ status: 'waiting' }]);
    expect(asks() - before).toBe(3);
  });
});
