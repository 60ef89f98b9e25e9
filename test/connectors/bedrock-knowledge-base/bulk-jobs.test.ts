import { afterEach, describe, expect, test } from 'vitest';
import type { Destination, Outcome, Verdict, WriteChange } from '../../../core/contract/destination.ts';
import type { Json } from '../../../core/contract/json.ts';
import { createTestDocument } from '../../../core/testing/test-document.ts';
import { acceptedOf, writeOf, writesOf, type Bench } from './bench.ts';
import {
  carry,
  confirmOutcomes,
  jobsStarted,
  keyFor,
  keys,
  openBulkRun,
  standings,
  statusesOf,
  uriFor,
} from './bulk-bench.ts';

let bench: Bench;
afterEach(() => bench.close());

async function open(bulk: Record<string, unknown> = {}): Promise<Destination> {
  bench = await openBulkRun(bulk);
  return bench.destination;
}
const requestsTo = (operation: RegExp): number =>
  bench.emulator.server.requests.filter(({ path }) => operation.test(path)).length;
const textOf = (change: WriteChange): string | undefined =>
  bench.emulator.documents().get(uriFor(change.id))?.text;
const receipts = (answers: readonly (Outcome | Verdict)[]): readonly Json[] =>
  answers.map((answer) => (answer as { receipt: Json }).receipt);

describe('An ingestion job', () => {
  test('is started once for all that has changed, and its figures alone prove a load without failures', async () => {
    const destination = await open();
    const answers = await carry(bench, destination, writesOf(...keys(220)));
    expect(statusesOf(answers)).toEqual(['done']);
    expect(jobsStarted(bench)).toBe(1);
    expect(requestsTo(/getDocuments$/)).toBe(1);
    const ended = bench.log.lines.find(({ message }) => message === 'An ingestion job has ended.');
    expect(ended).toMatchObject({ level: 'info', fields: { scanned: 220, new: 220, deleted: 0, failed: 0 } });
  });

  test('is not started while more is coming, and covers what came last too', async () => {
    const destination = await open();
    const changes = writesOf(...keys(6));
    const outcomes: Outcome[] = [];
    for (const change of changes) {
      outcomes.push(...(await destination.write([change])));
      bench.clock.advance(1000);
      await destination.confirm!([acceptedOf(changes[0]!, outcomes[0])]);
    }
    expect(jobsStarted(bench)).toBe(0);
    expect(statusesOf(await confirmOutcomes(bench, destination, changes, outcomes))).toEqual(['done']);
    expect(jobsStarted(bench)).toBe(1);
  });

  test('that began before an object changed does not prove it', async () => {
    const destination = await open();
    const [early, late] = writesOf('early', 'late');
    const first = await destination.write([early!]);
    const accepted = acceptedOf(early!, first[0]);
    for (let ask = 0; ask < 10 && jobsStarted(bench) === 0; ask++) {
      bench.clock.advance(1000);
      await destination.confirm!([accepted]);
    }
    bench.clock.advance(2000);
    // A second process, which does not know of the job: as if a person had started one.
    const other = await bench.reopen();
    const second = await other.write([late!]);
    bench.clock.advance(60_000);
    expect(standings(bench).has(late!.id)).toBe(false);
    const answers = await confirmOutcomes(bench, other, [late!], second);
    expect(statusesOf(answers)).toEqual(['done']);
    expect(standings(bench).get(late!.id)).toEqual(['s3']);
    expect(jobsStarted(bench)).toBe(2);
  });

  test('is waited for before anything is written: no job reads half of a change', async () => {
    const destination = await open();
    const [one, two] = writesOf('one', 'two');
    const first = await destination.write([one!]);
    const accepted = acceptedOf(one!, first[0]);
    while (jobsStarted(bench) === 0) {
      bench.clock.advance(1000);
      await destination.confirm!([accepted]);
    }
    const puts = (): number =>
      bench.emulator.s3!.server.requests.filter(({ method }) => method === 'PUT').length;
    const before = bench.clock.now();
    expect(puts()).toBe(2);
    await destination.write([two!]);
    expect(puts()).toBe(4);
    expect(bench.clock.now() - before).toBeGreaterThanOrEqual(4000);
  });

  test('waits for another one of the knowledge base, and for direct ingestion to end', async () => {
    const destination = await open();
    bench.emulator.server.fault({
      when: ({ method, path }) => method === 'PUT' && /ingestionjobs\/?$/.test(path),
      times: 2,
      effect: {
        kind: 'reply',
        reply: {
          status: 400,
          headers: { 'x-amzn-errortype': 'ValidationException' },
          body: { message: 'There is an ongoing KnowledgeBaseDocuments API request.' },
        },
      },
    });
    expect(statusesOf(await carry(bench, destination, writesOf('a')))).toEqual(['done']);
    expect(jobsStarted(bench)).toBe(1);
  });

  test('whose start was never answered is found again by its token', async () => {
    const destination = await open();
    bench.emulator.server.fault({
      when: ({ method, path }) => method === 'PUT' && /ingestionjobs\/?$/.test(path),
      times: 1,
      effect: { kind: 'cut-after' },
    });
    expect(statusesOf(await carry(bench, destination, writesOf('a', 'b')))).toEqual(['done']);
    const ended = bench.log.lines.filter(({ message }) => message === 'An ingestion job has ended.');
    expect(ended).toMatchObject([{ fields: { new: 2 } }]);
    const starts = bench.emulator.server.requests.filter(
      ({ method, path }) => method === 'PUT' && /ingestionjobs/.test(path),
    );
    expect(starts).toHaveLength(2);
    expect(
      bench.log.lines.filter(({ message }) => message.startsWith('An ingestion job has started')),
    ).toHaveLength(1);
  });

  test('that fails is tried once more; then a person is told why', async () => {
    const destination = await open();
    bench.emulator.switches.jobFails = 'The role is not allowed to perform: s3:ListBucket.';
    await expect(carry(bench, destination, writesOf('a'))).rejects.toMatchObject({
      code: 'BEDROCK_JOB_FAILED',
      message: expect.stringContaining('s3:ListBucket'),
    });
    expect(jobsStarted(bench)).toBe(2);
  });
});

describe('A job that fails once', () => {
  test('proves nothing, also of what was there before: the next one does', async () => {
    const destination = await open();
    const before = await carry(bench, destination, writesOf('a'));
    const next = writeOf(createTestDocument('a', { body: 'Second version.' }), {
      receipt: receipts(before)[0]!,
    });
    bench.emulator.switches.jobFails = 'The vector store was not ready.';
    const outcomes = await destination.write([next]);
    const waiting = await confirmOutcomes(bench, destination, [next], outcomes, 12);
    expect(jobsStarted(bench)).toBe(2);
    bench.emulator.switches.jobFails = undefined;
    expect(statusesOf(await confirmOutcomes(bench, destination, [next], waiting))).toEqual(['done']);
    expect(textOf(next)).toContain('Second version.');
  });
});

describe('What a job could not take', () => {
  test('is quarantined with the reason of the service, and nothing else is', async () => {
    const destination = await open();
    bench.emulator.switches.outcomes.push({
      id: /account-7\.md/,
      final: 'FAILED',
      reason: 'The file is damaged.',
    });
    const answers = await carry(bench, destination, writesOf(...keys(20)));
    expect(answers.filter(({ status }) => status === 'done')).toHaveLength(19);
    expect(answers[7]).toEqual({
      status: 'failed',
      code: 'bedrock-failed',
      reason: 'FAILED: The file is damaged.',
    });
    expect(bench.log.lines).toContainEqual({
      level: 'warn',
      message: 'An ingestion job has ended with failures.',
      fields: expect.objectContaining({ failed: 1, new: 19 }),
    });
  });

  test('is asked about alone when the job names it, and nothing else but a sample is', async () => {
    const destination = await open();
    bench.emulator.switches.outcomes.push({ id: /account-77\.md/, final: 'FAILED', reason: 'Damaged.' });
    const answers = await carry(bench, destination, writesOf(...keys(120)));
    expect(answers[77]).toMatchObject({ status: 'failed', reason: 'FAILED: Damaged.' });
    expect(answers.filter(({ status }) => status === 'done')).toHaveLength(119);
    expect(requestsTo(/getDocuments$/)).toBe(2);
  });

  test('is found among many by the list of the data source, in fewer requests', async () => {
    const destination = await open();
    bench.emulator.switches.outcomes.push({ id: /account-77\.md/, final: 'IGNORED', reason: 'Ignored.' });
    bench.emulator.switches.jobsNameFailures = false;
    const answers = await carry(bench, destination, writesOf(...keys(220)));
    expect(answers[77]).toMatchObject({ status: 'failed', code: 'bedrock-ignored' });
    expect(answers.filter(({ status }) => status === 'done')).toHaveLength(219);
    expect(requestsTo(/getDocuments$/)).toBe(0);
    expect(requestsTo(/documents\/?$/)).toBeLessThanOrEqual(4);
  });

  test('without a word, because somebody took it out of the bucket, is not believed to be there', async () => {
    const destination = await open();
    const changes = writesOf('a', 'b');
    const outcomes = await destination.write(changes);
    bench.emulator.s3!.bucket.remove(keyFor(changes[0]!.id));
    expect(await confirmOutcomes(bench, destination, changes, outcomes)).toEqual([
      {
        status: 'failed',
        code: 'bedrock-not-indexed',
        reason: 'Bedrock shows nothing of it after 2 ingestion jobs.',
      },
      expect.objectContaining({ status: 'done' }),
    ]);
  });

  test('keeps its earlier version in the index, and is not believed to be new', async () => {
    const destination = await open();
    const [change] = writesOf('a');
    const before = await carry(bench, destination, [change!]);
    bench.emulator.switches.outcomes.push({ id: /a\.md$/, final: 'FAILED', reason: 'The file is damaged.' });
    const next = writeOf(createTestDocument('a', { body: 'Second version.' }), {
      receipt: receipts(before)[0]!,
    });
    expect(statusesOf(await carry(bench, destination, [next]))).toEqual(['failed']);
    expect(textOf(next)).toContain('is a customer');
  });
});
