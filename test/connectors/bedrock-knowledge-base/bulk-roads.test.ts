import { afterEach, describe, expect, test } from 'vitest';
import { bedrockConfig } from '../../../connectors/bedrock-knowledge-base/config.ts';
import { bedrockKnowledgeBase } from '../../../connectors/bedrock-knowledge-base/index.ts';
import type { Change, WriteChange } from '../../../core/contract/destination.ts';
import type { Json } from '../../../core/contract/json.ts';
import { createTestContext } from '../../../core/testing/context.ts';
import { createTestDocument } from '../../../core/testing/test-document.ts';
import { collect } from '../../../core/testing/conformance/source-pages.ts';
import { openBench, settingsOf, writeOf, writesOf, type Bench } from './bench.ts';
import { carry, keyFor, openBulkBench, standings, statusesOf, uriFor } from './bulk-bench.ts';

let bench: Bench;
afterEach(() => bench.close());

const receiptOf = (answer: unknown): Json => (answer as { receipt: Json }).receipt;
const idsOn = (road: string): string[] =>
  [...standings(bench)].flatMap(([id, roads]) => (roads.includes(road) ? [id] : []));
const removal = (id: string, receipt?: Json): Change => ({
  action: 'delete',
  id,
  addresses: [],
  ...(receipt === undefined ? {} : { receipt }),
});
const large = (key: string): WriteChange =>
  writeOf(createTestDocument(key, { body: 'A long story of an account. '.repeat(220_000) }));

describe('Which road a document takes', () => {
  test('a small run goes directly, a large one by way of S3, and the plan says which', async () => {
    bench = await openBulkBench({ from: 10, jobFrom: 1 });
    const { destination } = bench;
    expect(destination.expect!(9)).toMatchObject({ road: expect.stringContaining('new ones directly') });
    await carry(bench, destination, writesOf('small'));
    expect(destination.expect!(12_000)).toEqual({
      road: expect.stringContaining('s3://tributary-knowledge/tributary/'),
      seconds: 24,
    });
    expect(statusesOf(await carry(bench, destination, writesOf('large')))).toEqual(['done']);
    expect(Object.fromEntries(standings(bench))).toEqual({
      [createTestDocument('small').id]: ['direct'],
      [createTestDocument('large').id]: ['s3'],
    });
  });

  test('whichever road it takes, a document is told to be embedded with as many tokens; a deletion with none', async () => {
    bench = await openBulkBench({ from: 10, jobFrom: 1 });
    const { destination } = bench;
    const tokensIn = (documents: number): (number | undefined)[] => {
      destination.expect!(documents);
      return writesOf('a').map((change) => destination.encode(change).embeddingTokens);
    };
    const { body } = createTestDocument('a');
    expect([...tokensIn(1), ...tokensIn(10)]).toEqual([
      Math.ceil(body.length / 4),
      Math.ceil(body.length / 4),
    ]);
    expect(destination.encode(large('long')).embeddingTokens).toBeGreaterThan(1_000_000);
    expect(destination.encode(removal('a')).embeddingTokens).toBeUndefined();
  });

  test('a document keeps its road, whatever the size of the run that changes it', async () => {
    bench = await openBulkBench({ from: 10, jobFrom: 1 });
    const { destination } = bench;
    destination.expect!(1);
    const [first] = await carry(bench, destination, writesOf('a'));
    destination.expect!(10);
    const [second] = await carry(bench, destination, writesOf('b'));
    expect([receiptOf(first), receiptOf(second)]).toEqual([{ stands: 'direct' }, { stands: 's3' }]);
    const changed = (key: string, answer: unknown): WriteChange =>
      writeOf(createTestDocument(key, { body: 'Changed.' }), { receipt: receiptOf(answer) });
    await carry(bench, destination, [changed('a', first)]);
    destination.expect!(1);
    await carry(bench, destination, [changed('b', second)]);
    expect(idsOn('direct')).toEqual([createTestDocument('a').id]);
    expect(idsOn('s3')).toEqual([createTestDocument('b').id]);
    for (const { text } of bench.emulator.documents().values()) expect(text).toContain('Changed.');
  });

  test('a document too large to be sent directly goes by way of S3 in any run', async () => {
    bench = await openBulkBench();
    const change = large('long');
    expect(bench.destination.encode(change).refused).toBeUndefined();
    expect(statusesOf(await carry(bench, bench.destination, [change, ...writesOf('short')]))).toEqual([
      'done',
    ]);
    expect(idsOn('s3')).toEqual([change.id]);
    const beyond = writeOf(createTestDocument('beyond', { body: 'x'.repeat(50_000_001) }));
    expect(bench.destination.encode(beyond).refused).toMatch(/5242880.*or by way of S3: .*50000000/);
  });

  test('a document that goes directly is put into its form once, as where there is no other road', async () => {
    const readsOf = async (opened: Promise<Bench>): Promise<number> => {
      bench = await opened;
      let reads = 0;
      const { body, ...document } = createTestDocument('a');
      const watched = {
        ...document,
        get body() {
          reads++;
          return body;
        },
      };
      bench.destination.encode(writeOf(watched));
      return reads;
    };
    const alone = await readsOf(openBench());
    await bench.close();
    expect(await readsOf(openBulkBench())).toBe(alone);
  });

  test('a destination with one road refuses what is too large for it', async () => {
    bench = await openBench();
    expect(bench.destination.encode(large('long')).refused).toMatch(/5242880/);
  });
});

describe('A document that moves between the roads', () => {
  test('from direct to S3, when it has grown: it stands on both for a moment, never on none, and then on one', async () => {
    bench = await openBulkBench();
    const [small] = writesOf('grows');
    const [before] = await carry(bench, bench.destination, [small!]);
    const grown = { ...large('grows'), receipt: receiptOf(before) };
    const seen = new Set<string>();
    const [outcome] = await bench.destination.write([grown]);
    let receipt = receiptOf(outcome);
    for (let ask = 0; ask < 100; ask++) {
      bench.clock.advance(300);
      seen.add(String(standings(bench).get(grown.id)));
      const [verdict] = await bench.destination.confirm!([{ id: grown.id, action: 'write', receipt }]);
      if (verdict?.status === 'done') {
        receipt = verdict.receipt!;
        break;
      }
      receipt = (verdict as { receipt?: Json }).receipt ?? receipt;
    }
    expect([...seen]).toEqual(['direct', 'direct,s3', 's3']);
    expect(receipt).toEqual({ stands: 's3' });
  });

  test('from S3 to direct, when documents are to leave that road: objects and vectors go, and nothing is found twice', async () => {
    bench = await openBulkBench({ from: 1, jobFrom: 1 });
    bench.destination.expect!(3);
    const changes = writesOf('a', 'b', 'c');
    const before = await carry(bench, bench.destination, changes);
    expect(idsOn('s3')).toHaveLength(3);
    const leaving = await bench.reopen({ bulk: { from: 'never' } });
    leaving.expect!(3);
    const again = changes.map((change, index) => ({ ...change, receipt: receiptOf(before[index]) }));
    expect(statusesOf(await carry(bench, leaving, again))).toEqual(['done']);
    expect(idsOn('s3')).toEqual([]);
    expect(idsOn('direct')).toHaveLength(3);
    expect(bench.emulator.s3!.bucket.all('')).toEqual([]);
  });

  test('an unclear attempt on either road leaves no duplicate, whatever the next run is like', async () => {
    for (const [first, next] of [
      [1, 2],
      [2, 1],
    ] as const) {
      bench = await openBulkBench({ from: 2, jobFrom: 1 });
      const [change] = writesOf('a');
      bench.destination.expect!(first);
      const { addresses } = bench.destination.encode(change!);
      await carry(bench, bench.destination, [change!]);
      const other = await bench.reopen();
      other.expect!(next);
      const own = addresses.filter((address) => address !== change!.id);
      const doubtful = { ...change!, inDoubt: true, addresses: own };
      let answers = await carry(bench, other, [doubtful]);
      bench.clock.advance(6_000);
      if (statusesOf(answers)[0] === 'later') answers = await carry(bench, other, [doubtful]);
      expect(statusesOf(answers)).toEqual(['done']);
      expect(standings(bench).get(change!.id)).toEqual(['s3']);
      if (first === 1) await bench.close();
    }
  });

  test('books made anew from the planes, without receipts, lead to no duplicate in a run of any size', async () => {
    for (const documents of [1, 100]) {
      bench = await openBulkBench({ from: 10, jobFrom: 1 });
      const changes = writesOf('direct', 's3');
      await carry(bench, bench.destination, changes.slice(0, 1));
      bench.destination.expect!(10);
      await carry(bench, bench.destination, changes.slice(1));
      const other = await bench.reopen();
      const shown = new Map((await collect(other.inventory!())).map(({ id, addresses }) => [id, addresses]));
      other.expect!(documents);
      const again = changes.map((change) => {
        const addresses = shown.get(change.id)!.filter((address) => address !== change.id);
        return { ...change, addresses, ...(addresses.length > 0 ? { inDoubt: true } : {}) };
      });
      expect(statusesOf(await carry(bench, other, again))).toEqual(['done']);
      expect([...standings(bench).values()].map((roads) => roads.length)).toEqual([1, 1]);
      if (documents === 1) await bench.close();
    }
  });

  test('without the settings of the S3 road, a document that stands there is not written a second time', async () => {
    bench = await openBulkBench({ from: 1 });
    bench.destination.expect!(1);
    const [change] = writesOf('a');
    const [answer] = await carry(bench, bench.destination, [change!]);
    const oneRoad = await openOneRoad();
    for (const known of [{ receipt: receiptOf(answer) }, { addresses: [uriFor(change!.id)] }])
      expect(await oneRoad.write([{ ...change!, ...known }])).toEqual([
        {
          status: 'halted',
          reason: expect.stringContaining('S3 road'),
          hint: expect.stringContaining('from: never'),
        },
      ]);
    expect(standings(bench).get(change!.id)).toEqual(['s3']);
  });
});

describe('Deletes and the inventory', () => {
  test('a document deleted on the S3 road is gone from the bucket and from the index, by a job or by name', async () => {
    for (const jobFrom of [1, 200]) {
      bench = await openBulkBench({ from: 1, jobFrom });
      bench.destination.expect!(2);
      const changes = writesOf('a', 'b');
      const [first] = await carry(bench, bench.destination, changes);
      const answers = await carry(bench, bench.destination, [removal(changes[0]!.id, receiptOf(first))]);
      expect(statusesOf(answers)).toEqual(['done']);
      expect([...standings(bench).keys()]).toEqual([changes[1]!.id]);
      expect(bench.emulator.s3!.bucket.all('').map(({ key }) => key)).toEqual([
        keyFor(changes[1]!.id),
        `${keyFor(changes[1]!.id)}.metadata.json`,
      ]);
      if (jobFrom === 1) await bench.close();
    }
  });

  test('the inventory shows each document once, and what is only half there as failed', async () => {
    bench = await openBulkBench({ from: 3, jobFrom: 1 });
    const { destination, emulator } = bench;
    await carry(bench, destination, writesOf('direct'));
    destination.expect!(3);
    await carry(bench, destination, writesOf('whole', 'without-object'));
    const { bucket } = emulator.s3!;
    bucket.put(keyFor(createTestDocument('orphan').id), Buffer.from('text'));
    bucket.put(`${keyFor(createTestDocument('half').id)}.metadata.json`, Buffer.from('{}'));
    bucket.remove(keyFor(createTestDocument('without-object').id));
    const items = await collect(destination.inventory!());
    expect(Object.fromEntries(items.map(({ id, status }) => [id.split(':').at(-1), status]))).toEqual({
      direct: 'present',
      whole: 'present',
      'without-object': 'failed',
      orphan: 'failed',
      half: 'failed',
    });
    expect(items).toHaveLength(5);
  });

  test('a document found on both roads is told as failed, and its next change clears one of them', async () => {
    bench = await openBulkBench({ from: 2, jobFrom: 1 });
    const { destination } = bench;
    const [change] = writesOf('twice');
    destination.expect!(2);
    const [first] = await carry(bench, destination, [change!]);
    await carry(bench, await bench.reopen(), [change!]);
    expect(standings(bench).get(change!.id)).toEqual(['direct', 's3']);
    const items = await collect(destination.inventory!());
    expect(items.at(-1)).toMatchObject({ id: change!.id, status: 'failed' });
    await carry(bench, destination, [{ ...change!, receipt: receiptOf(first) }]);
    expect(standings(bench).get(change!.id)).toEqual(['s3']);
  });

  test('objects and documents that are not ours are never touched', async () => {
    bench = await openBulkBench({ from: 1, jobFrom: 1 });
    const { bucket } = bench.emulator.s3!;
    const foreign = ['other/report.md', 'tributary/Readme File.md', 'tributary/notes.txt', 'tributary.md'];
    for (const key of foreign) bucket.put(key, Buffer.from('Somebody’s own.'));
    bench.destination.expect!(2);
    const changes = writesOf('a', 'b');
    const answers = await carry(bench, bench.destination, changes);
    const items = await collect(bench.destination.inventory!());
    expect(items.filter(({ id }) => id.startsWith('test:'))).toHaveLength(2);
    await carry(
      bench,
      bench.destination,
      changes.map(({ id }, n) => removal(id, receiptOf(answers[n]))),
    );
    expect(
      bucket
        .all('')
        .map(({ key }) => key)
        .sort(),
    ).toEqual([...foreign].sort());
    expect(
      bench.emulator.sources().at(-1)!.store.status(`s3://${bucket.name}/tributary/notes.txt`).status,
    ).toBe('INDEXED');
    expect(uriFor(changes[0]!.id)).toMatch(/^s3:\/\/tributary-knowledge\/tributary\/test\/account\//);
  });
});

const openOneRoad = () =>
  bedrockKnowledgeBase.create(
    bedrockConfig.parse(settingsOf(bench.emulator)),
    createTestContext({ name: 'knowledge', clock: bench.clock }),
  );
