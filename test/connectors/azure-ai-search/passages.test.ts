import { afterEach, describe, expect, it } from 'vitest';
import type { Change } from '../../../core/contract/destination.ts';
import { collect, createDocument, createRig, deleteOf, isIndexing, writeOf, type Rig } from './support.ts';

let rig: Rig;
afterEach(async () => rig.emulator.close());

const chunks = { maxCharacters: 200, overlap: 20 };
const sections = (count: number, word = 'heliotrope'): string =>
  Array.from(
    { length: count },
    (_, at) => `## Part ${at} of Account\n\n${`The ${word} of part ${at}. `.repeat(5)}`,
  ).join('\n');
const long = (number: number, count: number, version: string, word?: string) =>
  createDocument(number, { body: sections(count, word), version });

const stored = () => rig.emulator.documents('context');
const shown = async (text = 'heliotrope', limit = 10) => rig.destination.search!({ text, limit });
const inventory = () => collect(rig.destination.inventory!());
const again = (change: Change, first: Change): Change => ({
  ...change,
  addresses: [
    ...new Set([...rig.destination.encode(first).addresses, ...rig.destination.encode(change).addresses]),
  ],
  inDoubt: true,
});
/** The actions of every indexing request, as `upload 3` and `delete 4` with the position of the passage. */
function watchActions(): string[][] {
  const requests: string[][] = [];
  rig.emulator.server.fault({
    when: (request) => {
      if (isIndexing(request)) {
        const { value } = JSON.parse(request.body.toString()) as { value: Record<string, string>[] };
        requests.push(value.map((one) => `${one['@search.action']!} ${one['key']!.split('=')[1]!}`));
      }
      return false;
    },
    effect: { kind: 'stall' },
  });
  return requests;
}

describe('a document in passages', () => {
  it('has one search document a passage, each with its parent, its position and the fingerprint', async () => {
    rig = await createRig({ chunks });
    const change = writeOf(long(1, 3, 'v1'), 'print-1');
    const [outcome] = await rig.destination.write([change]);
    const { addresses } = rig.destination.encode(change);
    expect(outcome).toEqual({ status: 'done', addresses });
    expect(
      stored()
        .map((one) => one['key'])
        .sort(),
    ).toEqual([...addresses].sort());
    expect(stored()).toHaveLength(3);
    for (const one of stored()) {
      expect(one).toMatchObject({
        doc_id: change.id,
        fingerprint: 'print-1',
        chunk_count: 3,
        title: 'Account 1',
      });
      expect(String(one['content']).length).toBeLessThanOrEqual(200);
    }
    expect(stored().map((one) => one['chunk'])).toEqual([0, 1, 2]);
  });

  it('stays whole when it is short, and without the setting whatever its length', async () => {
    rig = await createRig({ chunks });
    await rig.destination.write([writeOf(createDocument(1))]);
    expect(stored()).toMatchObject([{ chunk: 0, chunk_count: 1, content: createDocument(1).body }]);
    const whole = await rig.another({ chunks: undefined, index: 'whole' });
    await whole.apply(await whole.plan());
    await whole.write([writeOf(long(1, 30, 'v1'))]);
    expect(rig.emulator.documents('whole')).toHaveLength(1);
    expect(rig.emulator.documents('whole')[0]).not.toHaveProperty('chunk_count');
  });

  it('is counted with all its passages before anything is sent', async () => {
    rig = await createRig({ chunks, batch: { maxDocumentBytes: 20_000 } });
    const small = rig.destination.encode(writeOf(long(1, 2, 'v1')));
    const large = rig.destination.encode(writeOf(long(1, 10, 'v1')));
    expect(large.bytes).toBeGreaterThan(small.bytes * 4);
    expect(rig.destination.encode(writeOf(long(1, 100, 'v1'))).refused).toMatch(/the limit is 20000/);
  });

  it('leaves no orphan when it shrinks: new passages first, then the removal of the surplus', async () => {
    rig = await createRig({ chunks });
    const before = writeOf(long(1, 4, 'v1'));
    await rig.destination.write([before]);
    const requests = watchActions();
    const after: Change = {
      ...writeOf(long(1, 2, 'v2')),
      addresses: rig.destination.encode(before).addresses,
    };
    const [outcome] = await rig.destination.write([after]);
    expect(requests).toEqual([
      ['upload 1', 'upload 0'],
      ['delete 2', 'delete 3'],
    ]);
    expect(outcome).toMatchObject({ status: 'done', addresses: { length: 2 } });
    expect(stored().map((one) => one['version'])).toEqual(['v2', 'v2']);
  });

  it('goes with all its passages when it is deleted', async () => {
    rig = await createRig({ chunks });
    const change = writeOf(long(1, 4, 'v1'));
    await rig.destination.write([change, writeOf(createDocument(2))]);
    const removal = deleteOf(change.id, rig.destination.encode(change).addresses);
    expect(await rig.destination.write([removal])).toEqual([{ status: 'done', addresses: [] }]);
    expect(stored().map((one) => one['doc_id'])).toEqual([createDocument(2).id]);
  });

  it('may have more passages than a request takes; the first of them goes last', async () => {
    rig = await createRig({ chunks });
    const requests = watchActions();
    const [outcome] = await rig.destination.write([writeOf(long(1, 1100, 'v1'))]);
    expect(outcome?.status).toBe('done');
    expect(requests.map((actions) => actions.length)).toEqual([1000, 100]);
    expect(requests[1]!.at(-1)).toBe('upload 0');
    expect(await inventory()).toMatchObject([{ fingerprint: 'f-v1', addresses: { length: 1100 } }]);
  });
});

describe('a document in passages that was only partly written', () => {
  it('is in doubt until the surplus is gone, and shows the new version alone meanwhile', async () => {
    rig = await createRig({ chunks });
    const before = writeOf(long(1, 4, 'v1'));
    await rig.destination.write([before]);
    rig.emulator.server.fault({ when: isIndexing, after: 1, times: 1, effect: { kind: 'cut-before' } });
    const after: Change = {
      ...writeOf(long(1, 2, 'v2')),
      addresses: rig.destination.encode(before).addresses,
    };
    expect((await rig.destination.write([after]))[0]?.status).toBe('unknown');
    expect(stored()).toHaveLength(4);
    expect(await inventory()).toMatchObject([{ fingerprint: 'incomplete', addresses: { length: 4 } }]);
    expect((await shown()).map((hit) => hit.version)).toEqual(['v2']);
    expect(await shown('part 3')).toMatchObject([
      { version: 'v2', text: expect.not.stringContaining('part 3') },
    ]);
    expect((await rig.destination.write([again(after, before)]))[0]?.status).toBe('done');
    expect(await inventory()).toMatchObject([{ fingerprint: 'f-v2', addresses: { length: 2 } }]);
  });

  it('shows the old version as long as its first passage is the old one', async () => {
    rig = await createRig({ chunks });
    const before = writeOf(long(1, 3, 'v1'));
    await rig.destination.write([before]);
    rig.emulator.server.fault({
      when: isIndexing,
      times: 1,
      effect: { kind: 'reply', reply: { status: 503 } },
    });
    const after = writeOf(long(1, 3, 'v2', 'amaranth'));
    expect((await rig.destination.write([after]))[0]?.status).toBe('later');
    const [, second] = stored();
    await fetch(`${rig.emulator.url}/indexes/context/docs/index?api-version=2026-04-01`, {
      method: 'POST',
      headers: { 'api-key': 'emulator-key' },
      body: JSON.stringify({
        value: [{ ...second, content: 'The amaranth of part 1.', fingerprint: 'f-v2' }],
      }),
    });
    expect(await shown('amaranth')).toEqual([]);
    expect(await shown('heliotrope')).toMatchObject([{ version: 'v1' }]);
    expect(await inventory()).toMatchObject([{ fingerprint: 'incomplete' }]);
    expect((await rig.destination.write([again(after, before)]))[0]?.status).toBe('done');
    expect(await shown('heliotrope')).toEqual([]);
    expect(await shown('amaranth')).toMatchObject([{ version: 'v2' }]);
  });

  it('is not shown at all without its first passage', async () => {
    rig = await createRig({ chunks });
    const change = writeOf(long(1, 3, 'v1'));
    await rig.destination.write([change]);
    const [first] = rig.destination.encode(change).addresses;
    await rig.destination.write([{ action: 'delete', id: 'other', addresses: [first!] }]);
    expect(await shown()).toEqual([]);
    expect(await inventory()).toMatchObject([{ fingerprint: 'incomplete', addresses: { length: 2 } }]);
  });

  it('keeps the old surplus while a new passage was not taken', async () => {
    rig = await createRig({ chunks });
    const before = writeOf(long(1, 4, 'v1'));
    await rig.destination.write([before]);
    const requests = watchActions();
    rig.emulator.server.fault({
      when: isIndexing,
      times: 1,
      effect: {
        kind: 'change',
        change: (reply) => {
          const { value } = reply.body as { value: object[] };
          const [first, ...rest] = value;
          const busy = { ...first, status: false, statusCode: 503, errorMessage: 'busy' };
          return { ...reply, status: 207, body: { value: [busy, ...rest] } };
        },
      },
    });
    const after = { ...writeOf(long(1, 2, 'v2')), addresses: rig.destination.encode(before).addresses };
    expect((await rig.destination.write([after]))[0]?.status).toBe('unknown');
    expect(requests).toEqual([['upload 1', 'upload 0']]);
  });

  it('is not whole when its last passage is missing', async () => {
    rig = await createRig({ chunks });
    const change = writeOf(long(1, 3, 'v1'));
    await rig.destination.write([change]);
    const last = rig.destination.encode(change).addresses.at(-1)!;
    await rig.destination.write([deleteOf('other', [last])]);
    expect(await inventory()).toMatchObject([{ fingerprint: 'incomplete' }]);
  });

  it('is cleaned of passages that no book knows, when it is in doubt', async () => {
    rig = await createRig({ chunks });
    await rig.destination.write([writeOf(long(1, 5, 'v1')), writeOf(long(2, 5, 'v1'))]);
    const write: Change = { ...writeOf(long(1, 2, 'v2')), inDoubt: true };
    const removal: Change = { ...deleteOf(long(2, 1, 'v1').id), inDoubt: true };
    expect(await rig.destination.write([write, removal])).toMatchObject([
      { status: 'done' },
      { status: 'done' },
    ]);
    expect(stored()).toHaveLength(2);
    expect(await inventory()).toMatchObject([{ id: write.id, fingerprint: 'f-v2' }]);
  });

  it('waits, with nothing sent, when what is left of it cannot be looked up', async () => {
    rig = await createRig({ chunks });
    rig.emulator.server.fault({
      when: (request) => request.path.endsWith('search.post.search'),
      times: 1,
      effect: { kind: 'reply', reply: { status: 503 } },
    });
    const write: Change = { ...writeOf(long(1, 2, 'v2')), inDoubt: true };
    expect((await rig.destination.write([write]))[0]?.status).toBe('later');
    expect(stored()).toEqual([]);
  });

  it('stays in doubt when a person must act before the rest can follow', async () => {
    rig = await createRig({ chunks });
    const before = writeOf(long(1, 4, 'v1'));
    await rig.destination.write([before]);
    rig.emulator.server.fault({
      when: isIndexing,
      after: 1,
      times: 1,
      effect: { kind: 'reply', reply: { status: 403 } },
    });
    const after: Change = {
      ...writeOf(long(1, 2, 'v2')),
      addresses: rig.destination.encode(before).addresses,
    };
    expect((await rig.destination.write([after]))[0]).toMatchObject({
      status: 'unknown',
      reason: expect.stringContaining('refused access'),
    });
  });
});

describe('a question to an index of passages', () => {
  it('finds each document once, by its best passage, however many passages another one has', async () => {
    rig = await createRig({ chunks });
    await rig.destination.write([
      writeOf(long(1, 60, 'v1')),
      ...[2, 3, 4].map((at) =>
        writeOf(createDocument(at, { body: `${'Other words. '.repeat(12)} heliotrope` })),
      ),
    ]);
    const hits = await shown('heliotrope', 4);
    expect(hits.map((hit) => hit.id).sort()).toEqual([1, 2, 3, 4].map((at) => createDocument(at).id));
    expect(hits.every((hit) => hit.text.includes('heliotrope'))).toBe(true);
  });
});

describe('the profile of an index', () => {
  it('is what it was without passages, so that nothing is written again; with them it tells every setting', async () => {
    rig = await createRig();
    expect(rig.destination.profile).toBe('31fe02bfb4192223c09aef429074fae8071e9dc8e21728f913f313b8a6aac2b5');
    const profiles = [
      await rig.another({ chunks }),
      await rig.another({ chunks: { ...chunks, overlap: 30 } }),
      await rig.another({ chunks: { ...chunks, maxCharacters: 300 } }),
      rig.destination,
    ].map((one) => one.profile);
    expect(new Set(profiles).size).toBe(4);
  });
});
