import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  startExampleRestEmulator,
  type ExampleRestEmulator,
} from '../../../connectors/example-rest/emulator/index.ts';
import { exampleRestSource } from '../../../connectors/example-rest/index.ts';
import {
  createTributary,
  parseConfig,
  type Page,
  type Registry,
  type Source,
  type Stream,
} from '../../../index.ts';
import {
  createTestClock,
  createTestContext,
  describeSource,
  modelDestination,
  type TestClock,
} from '../../../core/testing/index.ts';

const text = (title: string) => ({ title, text: `Text of ${title}.`, author: 'Ann' });
const stream: Stream = { name: 'articles', fields: ['title', 'text'], options: { pageSize: 2 } };

async function openService() {
  const clock = createTestClock();
  const emulator = await startExampleRestEmulator({ now: clock.now });
  const settings = { url: emulator.server.url, token: emulator.token };
  const connect = async (): Promise<Source> =>
    (await exampleRestSource.create(settings, createTestContext({ clock }))) as Source;
  return { clock, emulator, connect };
}

describeSource('Example REST', {
  offers: ['deletes'],
  missingKey: 'n-999',
  open: async () => {
    const { clock, emulator, connect } = await openService();
    const keys = ['n-1', 'n-2', 'n-3', 'n-4', 'n-5'];
    for (const key of keys) emulator.put(key, text(key));
    clock.advance(1000);
    let added = 0;
    return {
      source: await connect(),
      stream,
      keys,
      async insert() {
        const key = `new-${++added}`;
        emulator.put(key, text(key));
        return key;
      },
      async update(key) {
        emulator.put(key, text('changed'));
        return { title: 'changed', text: 'Text of changed.' };
      },
      remove: async (key) => emulator.remove(key),
      later: async () => clock.advance(1000),
      reopen: connect,
      close: () => emulator.server.close(),
    };
  },
});

describe('Example REST', () => {
  let clock: TestClock;
  let emulator: ExampleRestEmulator;
  let source: Source;
  beforeEach(async () => {
    const service = await openService();
    ({ clock, emulator } = service);
    source = await service.connect();
    emulator.put('n-1', text('Opening hours'));
    clock.advance(1000);
  });
  afterEach(() => emulator.server.close());
  async function read(): Promise<Page[]> {
    const pages: Page[] = [];
    const request = { stream, from: undefined, signal: new AbortController().signal };
    for await (const page of source.read(request)) pages.push(page);
    return pages;
  }
  const answer = (reply: { status: number; headers?: Record<string, string>; body?: unknown }, times = 1) =>
    emulator.server.fault({
      when: ({ path }) => path === '/articles',
      times,
      effect: { kind: 'reply', reply },
    });

  it('waits as long as the service asks for, and reads on', async () => {
    const before = clock.now();
    answer({ status: 429, headers: { 'retry-after': '7' } });
    expect((await read()).flatMap((page) => page.records.map((record) => record.key))).toEqual(['n-1']);
    expect(clock.now() - before).toBe(7000);
  });

  it('leaves a service that stays out of reach to the next run', async () => {
    emulator.server.fault({ when: () => true, effect: { kind: 'cut-before' } });
    await expect(read()).rejects.toMatchObject({ name: 'TransientError' });
  });

  it('names the setting when the token is refused', async () => {
    answer({ status: 401 });
    await expect(read()).rejects.toMatchObject({ name: 'ConfigError', where: 'sources.test.token' });
  });

  it('gives up on an answer that is larger than any page can be, however small it is packed', async () => {
    const body = gzipSync(Buffer.alloc(12 * 1024 * 1024, 32));
    answer({ status: 200, headers: { 'content-encoding': 'gzip' }, body }, 4);
    await expect(read()).rejects.toMatchObject({ name: 'TransientError' });
  });

  it('tells a bad article from a deleted one, and loses no other for it', async () => {
    emulator.put('n-2', { title: ['no', 'text'] });
    emulator.put('n-3', text('Prices'));
    clock.advance(1000);
    const pages = await read();
    expect(pages.flatMap((page) => page.records.map((record) => record.key))).toEqual(['n-1', 'n-3']);
    expect(pages.flatMap((page) => page.unreadable ?? [])).toEqual([
      { key: 'n-2', reason: 'The field title is no text.' },
    ]);
    expect(pages.flatMap((page) => page.deleted ?? [])).toEqual([]);
  });

  it('runs through the engine by its type: a change is written, a delete is deleted, nothing else is', async () => {
    const plane = modelDestination();
    const registry: Registry = {
      sources: { 'example-rest': async () => exampleRestSource as never },
      destinations: { model: async () => plane.connector as never },
    };
    const folder = mkdtempSync(join(tmpdir(), 'tributary-'));
    const yaml = `
namespace: acme
sources:
  handbook:
    type: example-rest
    url: ${emulator.server.url}
    token: \${HANDBOOK_TOKEN}
    streams:
      articles: { fields: [title, text] }
destinations:
  plane: { type: model, plane: stateless }
kinds:
  article:
    from: handbook.articles
    title: '{{title}}'
    body: '{{text}}'
    access: { everyone: the handbook is for all employees }
pipelines:
  handbook: { kinds: [article], destinations: [plane] }
`;
    const config = await parseConfig(yaml, registry, { env: { HANDBOOK_TOKEN: emulator.token }, folder });
    const tributary = await createTributary({ config, registry, now: clock.now, sleep: clock.sleep });
    const sync = async () => {
      clock.advance(1000);
      const [slot] = (await tributary.sync()).destinations;
      return [slot?.written, slot?.deleted, slot?.held];
    };
    emulator.put('n-2', text('Prices'));
    expect(await sync()).toEqual([2, 0, 2]);
    expect([...plane.held().values()][0]?.document).toMatchObject({
      id: 'acme:article:example-rest:w-1:articles:n-1',
      body: 'Text of Opening hours.',
      url: `${new URL(emulator.server.url).origin}/articles/n-1`,
    });
    emulator.put('n-1', text('Opening times'));
    emulator.remove('n-2');
    expect(await sync()).toEqual([1, 1, 1]);
    expect(await sync()).toEqual([0, 0, 1]);
    await tributary.close();
    rmSync(folder, { recursive: true });
  });
});
