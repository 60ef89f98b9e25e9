import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { AcceptedChange, WriteChange } from '../../../core/contract/destination.ts';
import { createTestContext } from '../../../core/testing/context.ts';
import {
  fileDestination,
  modelDestination,
  type ModelDestination,
} from '../../../core/testing/model-destination.ts';
import { createTestDocument, testFingerprint } from '../../../core/testing/test-document.ts';

async function open(plane: ModelDestination) {
  const destination = await plane.connector.create({}, createTestContext());
  await destination.apply(await destination.plan());
  return destination;
}
function write(key: string, body?: string): WriteChange {
  const document = createTestDocument(key, body === undefined ? {} : { body });
  return {
    action: 'write',
    id: document.id,
    document,
    fingerprint: testFingerprint(document),
    addresses: [],
  };
}

test('two changes of one document at once, or twice in one batch, are a breach', async () => {
  const plane = modelDestination();
  const destination = await open(plane);
  const first = destination.write([write('a')]);
  await expect(destination.write([write('a')])).rejects.toThrow('in flight at once');
  await first;
  await expect(destination.write([write('b'), write('b')])).rejects.toThrow('twice');
  expect(plane.breaches).toHaveLength(2);
});

test('batches above the declared limits are a breach; what encode refuses is rejected', async () => {
  const plane = modelDestination({ limits: { maxDocuments: 1, maxDocumentBytes: 1000, maxInFlight: 1 } });
  const destination = await open(plane);
  await expect(destination.write([write('a'), write('b')])).rejects.toThrow('2 documents');
  const under = destination.write([write('a')]);
  await expect(destination.write([write('b')])).rejects.toThrow('too many requests');
  await under;
  const [outcome] = await destination.write([write('c', 'x'.repeat(1000))]);
  expect(outcome).toMatchObject({ status: 'rejected', code: 'DOCUMENT_TOO_LARGE' });
});

test('a lost answer means applied, lost, or applied late', async () => {
  const plane = modelDestination();
  const destination = await open(plane);
  const fate = { a: 'applied', b: 'lost', c: 'late' } as const;
  const changes = ['a', 'b', 'c'].map((key) => write(key));
  plane.switches.unknown = (change) => fate[change.id.slice(-1) as 'a'];
  const outcomes = await destination.write(changes);
  expect(outcomes.map((outcome) => outcome.status)).toEqual(['unknown', 'unknown', 'unknown']);
  expect([...plane.held().keys()]).toEqual([changes[0]!.id]);
  plane.settle();
  expect([...plane.held().keys()]).toEqual([changes[0]!.id, changes[2]!.id]);
});

test('a change that comes late does not undo a newer one', async () => {
  const plane = modelDestination();
  const destination = await open(plane);
  plane.switches.unknown = () => 'late';
  await destination.write([write('a', 'old')]);
  plane.switches.unknown = undefined;
  await destination.write([write('a', 'new')]);
  plane.settle();
  expect([...plane.held().values()].map((held) => held.document?.body)).toEqual(['new']);
  expect(plane.counts.overtakes).toBe(1);
});

test('an accepting destination decides after the ordered number of polls, about that attempt', async () => {
  const plane = modelDestination({ mode: 'accepting' });
  plane.switches.confirmPolls = 2;
  const destination = await open(plane);
  const accept = async (change: WriteChange): Promise<AcceptedChange> => {
    const [outcome] = await destination.write([change]);
    if (outcome?.status !== 'accepted') throw new Error('not accepted');
    return { id: change.id, action: 'write', receipt: outcome.receipt };
  };
  const first = await accept(write('a', 'one'));
  const second = await accept(write('a', 'two'));
  const ask = async () => (await destination.confirm!([first, second])).map((verdict) => verdict.status);
  expect(await ask()).toEqual(['waiting', 'waiting']);
  expect(await ask()).toEqual(['waiting', 'waiting']);
  expect(plane.held().size).toBe(0);
  expect(await ask()).toEqual(['done', 'done']);
  expect(await ask()).toEqual(['unknown', 'done']);

  plane.switches.fail = () => ({ reason: 'cannot embed', applied: false });
  plane.switches.confirmPolls = 0;
  const third = await accept(write('b'));
  expect(await destination.confirm!([third])).toMatchObject([{ status: 'failed', reason: 'cannot embed' }]);
  expect(plane.held().size).toBe(1);
});

test('pieces of a shorter or deleted document stay behind unless they are named', async () => {
  const plane = modelDestination({ pieceLength: 10 });
  const destination = await open(plane);
  const long = write('a', 'x'.repeat(30));
  await destination.write([long]);
  await destination.write([write('a', 'x')]);
  expect(plane.orphans()).toEqual([`${long.id}#1`, `${long.id}#2`]);
  await destination.write([{ action: 'delete', id: long.id, addresses: destination.encode(long).addresses }]);
  expect(plane.orphans()).toEqual([]);
});

test('a dead process changes nothing more, and the next one meets what it left', async () => {
  const plane = modelDestination();
  const dead = await open(plane);
  plane.switches.onWrite = (moment, change) => {
    if (moment === 'after' && change.id.endsWith('a')) plane.cutOff();
  };
  let answered = false;
  void dead.write([write('a'), write('b')]).then(() => (answered = true));
  while (plane.held().size === 0) await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  expect(answered).toBe(false);
  plane.switches.onWrite = undefined;
  const next = await open(plane);
  await next.write([write('c')]);
  expect([...plane.held().keys()].map((id) => id.slice(-1))).toEqual(['a', 'c']);
});

test('what a killed process had written is seen by its parent', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'tributary-')), 'destination.jsonl');
  const kit = (name: string): string => new URL(`../../../core/testing/${name}`, import.meta.url).href;
  const program = `
    const { fileDestination } = await import('${kit('model-destination.ts')}');
    const { createTestContext } = await import('${kit('context.ts')}');
    const { createTestDocument } = await import('${kit('test-document.ts')}');
    const plane = fileDestination(process.argv[1], { mode: 'accepting' });
    const destination = await plane.connector.create({}, createTestContext());
    await destination.apply(await destination.plan());
    plane.switches.onWrite = (moment, change) => {
      if (moment === 'before' && change.id.endsWith('b')) process.kill(process.pid, 'SIGKILL');
    };
    const write = (key) => {
      const document = createTestDocument(key);
      return { action: 'write', id: document.id, document, fingerprint: key, addresses: [] };
    };
    await destination.write([write('a'), write('b')]);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program, file]);
  const [, signal] = await once(child, 'exit');
  expect(signal).toBe('SIGKILL');
  appendFileSync(file, '{"event":"app');
  const plane = fileDestination(file, { mode: 'accepting' });
  expect(plane.owner()).toBe('test-installation');
  expect(plane.queued()).toEqual([write('a').id]);
  plane.settle();
  expect([...plane.held()].map(([id, held]) => [id.slice(-1), held.fingerprint])).toEqual([['a', 'a']]);
});
