import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { readCsv } from '../../connectors/salesforce/bulk-csv.ts';
import { createAzureOpenAiEmbeddings } from '../../connectors/azure-ai-search/azure-openai-embeddings.ts';
import { readBounded } from '../../core/http/read-bounded.ts';
import { readFileRows } from '../../core/testing/file-rows.ts';
import { startLoopbackServer } from '../../core/testing/index.ts';
import * as org from '../connectors/salesforce/bench.ts';

const mebibyte = 1024 * 1024;
const member = gzipSync(Buffer.alloc(mebibyte, ' '));
/** A thousandth of its size on the way: gzip may have many members. */
const bomb = (mebibytes: number): Buffer => Buffer.concat(Array<Buffer>(mebibytes).fill(member));
const packed = (body: Buffer) => ({
  status: 200,
  headers: { 'content-encoding': 'gzip', 'content-type': 'application/json' },
  body,
});

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A stream without end, and how much of it has been taken. */
function endless(piece: Uint8Array) {
  const taken = { bytes: 0, cancelled: false };
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      taken.bytes += piece.length;
      controller.enqueue(piece);
    },
    cancel() {
      taken.cancelled = true;
    },
  });
  return { stream, taken };
}

describe('an answer that is small on the way and has no end', () => {
  it('is left as soon as it is larger than any answer can be', async () => {
    const { stream, taken } = endless(new Uint8Array(mebibyte));
    await expect(readBounded(new Response(stream), 4 * mebibyte)).rejects.toMatchObject({
      name: 'TransientError',
    });
    expect(taken.cancelled).toBe(true);
    expect(taken.bytes).toBeLessThanOrEqual(8 * mebibyte);
  });

  it('of Salesforce is left, asked for again, and everything is read', async () => {
    const { emulator, connect, clock } = await org.openOrg([org.accountsTable(6)]);
    closing.push(() => emulator.close());
    const source = await connect();
    const reply = packed(bomb(160));
    emulator.server.fault({ when: org.isQuery, times: 1, effect: { kind: 'reply', reply } });
    const startedAt = clock.now();
    expect(org.keysOf(await org.readAll(source, org.accounts))).toHaveLength(6);
    expect(clock.now(), 'it has waited before it asked again').toBeGreaterThan(startedAt);
  });

  it('of Azure OpenAI is tried again later', async () => {
    const server = await startLoopbackServer(() => packed(bomb(80)));
    closing.push(() => server.close());
    const settings = { endpoint: server.url, apiKey: 'key', deployment: 'small', dimensions: 3 } as never;
    const embeddings = await createAzureOpenAiEmbeddings(settings, {
      timeoutMs: 30_000,
      signal: new AbortController().signal,
      now: Date.now,
    });
    await expect(embeddings.embedQuery('text')).rejects.toMatchObject({ name: 'TransientError' });
  });

  it('as a bulk result with a quote that is never closed is left at the largest record there is', async () => {
    const { stream, taken } = endless(Buffer.from('x'.repeat(mebibyte)));
    const [start, rest] = [Buffer.from('"Id","Name"\n"1","'), stream.getReader()];
    const result = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(start),
      async pull(controller) {
        controller.enqueue((await rest.read()).value!);
      },
    });
    const rows = readCsv(result as never, new Map(), 100)[Symbol.asyncIterator]();
    await expect(rows.next()).rejects.toMatchObject({ name: 'TransientError' });
    expect(taken.bytes).toBeLessThan(64 * mebibyte);
  });
});

describe('a data file of one’s own', () => {
  it('that unpacks to more than a text can be is refused with its name', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tributary-'));
    closing.push(async () => rmSync(folder, { recursive: true }));
    const path = join(folder, 'Account.csv.gz');
    writeFileSync(path, bomb(300));
    await expect(readFileRows(path, 'csv')).rejects.toMatchObject({
      code: 'DATA_GZIP',
      where: path,
      message: expect.stringContaining('256 MiB'),
    });
  });
});
