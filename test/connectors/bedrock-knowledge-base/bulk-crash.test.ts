import { afterEach, describe, expect, test } from 'vitest';
import type { Destination, Outcome, Verdict } from '../../../core/contract/destination.ts';
import type { Json } from '../../../core/contract/json.ts';
import { createTestDocument } from '../../../core/testing/test-document.ts';
import { writeOf, writesOf, type Bench } from './bench.ts';
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
const receipts = (answers: readonly (Outcome | Verdict)[]): readonly Json[] =>
  answers.map((answer) => (answer as { receipt: Json }).receipt);

describe('After a crash', () => {
  test('between the objects and the job, the next process starts the job', async () => {
    const destination = await open();
    const changes = writesOf(...keys(210));
    const outcomes = await destination.write(changes);
    const next = await bench.reopen();
    expect(statusesOf(await confirmOutcomes(bench, next, changes, outcomes))).toEqual(['done']);
    expect(jobsStarted(bench)).toBe(1);
    expect(standings(bench).size).toBe(210);
  });

  test('between the start of the job and its end, the next process waits for the same job', async () => {
    const destination = await open();
    const changes = writesOf('a', 'b', 'c');
    const outcomes = await destination.write(changes);
    const known = await confirmOutcomes(bench, destination, changes, outcomes, 10);
    expect(jobsStarted(bench)).toBe(1);
    expect(statusesOf(known)).toEqual(['waiting']);
    const next = await bench.reopen();
    expect(statusesOf(await confirmOutcomes(bench, next, changes, known))).toEqual(['done']);
    expect(jobsStarted(bench)).toBe(1);
  });

  test('before the job was noted anywhere, the next process waits for it and starts its own', async () => {
    const destination = await open();
    const changes = writesOf('a', 'b');
    const outcomes = await destination.write(changes);
    await confirmOutcomes(bench, destination, changes, outcomes, 10);
    const next = await bench.reopen();
    expect(statusesOf(await confirmOutcomes(bench, next, changes, outcomes))).toEqual(['done']);
    expect(jobsStarted(bench)).toBe(2);
    expect(Object.fromEntries(standings(bench))).toEqual({
      [changes[0]!.id]: ['s3'],
      [changes[1]!.id]: ['s3'],
    });
  });

  test('of one process, a job that another one had run before proves nothing', async () => {
    const first = await open();
    const before = await carry(bench, first, writesOf('a'));
    const second = await bench.reopen();
    const next = writeOf(createTestDocument('a', { body: 'Second version.' }), {
      receipt: receipts(before)[0]!,
    });
    const outcomes = await second.write([next]);
    expect(statusesOf(await confirmOutcomes(bench, first, [next], outcomes))).toEqual(['done']);
    expect(bench.emulator.documents().get(uriFor(next.id))!.text).toContain('Second version.');
  });

  test('in the middle of an update, the bucket never holds new text under old access', async () => {
    const destination = await open();
    const secret = createTestDocument('a', {
      access: { allow: ['group:board'], deny: [] },
      body: 'For the board.',
    });
    const open_ = writeOf(createTestDocument('a', { body: 'For everyone.' }));
    const before = await carry(bench, destination, [open_]);
    const { bucket } = bench.emulator.s3!;
    const states: string[] = [];
    const look = (): void => {
      const text = bucket.get(keyFor(secret.id))?.body.toString() ?? '';
      const metadata = bucket.get(`${keyFor(secret.id)}.metadata.json`)?.body.toString() ?? '';
      const access = /"everyone"/.test(metadata) ? 'everyone' : metadata === '' ? 'hidden' : 'board';
      states.push(`${/board/.test(text) ? 'board' : 'open'} text, ${access}`);
    };
    bucket.beforeChange(look);
    await carry(bench, destination, [writeOf(secret, { receipt: receipts(before)[0]! })]);
    look();
    expect(states).toEqual([
      'open text, everyone',
      'open text, hidden',
      'board text, hidden',
      'board text, board',
    ]);
  });
});
