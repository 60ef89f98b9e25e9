import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Page } from '../../../core/contract/source.ts';
import { createTestClock } from '../../../core/testing/clock.ts';
import { collect } from '../../../core/testing/conformance/source-pages.ts';
import { createTestContext } from '../../../core/testing/context.ts';
import { fileSource, modelSource, type ModelSource } from '../../../core/testing/model-source.ts';

const clock = createTestClock();
const account = (fields = ['Name'], pageSize = 2) => ({ name: 'Account', fields, options: { pageSize } });

async function read(world: ModelSource, from?: Page['cursor']): Promise<Page[]> {
  const source = await world.connector.create({}, createTestContext({ clock }));
  const pages: Page[] = [];
  const request = { stream: account(), from: from as never, signal: new AbortController().signal };
  for await (const page of source.read(request)) pages.push(page);
  return pages;
}
const names = (pages: readonly Page[]): unknown[] =>
  pages.flatMap((page) => page.records.map((record) => record.data['Name']));
const rows = () => ({ a: { Name: 'A' }, b: { Name: 'B' }, c: { Name: 'C' } });

test('a row that becomes visible late is found by the read after that, wherever the cursor stood', async () => {
  const world = modelSource({ clock, streams: { Account: rows() } });
  world.hideUntil('Account', 'late', { Name: 'Late' }, clock.now() + 60_000);
  world.put('Account', 'd', { Name: 'D' });
  const first = await read(world);
  expect(names(first)).toEqual(['A', 'B', 'C', 'D']);
  clock.advance(120_000);
  expect(names(await read(world, first.at(-1)?.cursor))).toEqual(['Late', 'D']);
});

test('until a hidden change shows, the row is what it was before', async () => {
  const world = modelSource({ clock, streams: { Account: rows() } });
  world.hideUntil('Account', 'a', { Name: 'A2' }, clock.now() + 60_000);
  expect(world.rows('Account').get('a')).toEqual({ Name: 'A' });
  world.hideUntil('Account', 'b', { Name: 'B2' }, clock.now() + 60_000);
  world.put('Account', 'b', { Name: 'B3' });
  clock.advance(60_000);
  expect(Object.fromEntries(world.rows('Account'))).toEqual({
    a: { Name: 'A2' },
    b: { Name: 'B3' },
    c: { Name: 'C' },
  });
});

test('a read that has begun shows the past, with an older clock and an older version', async () => {
  const world = modelSource({ clock, streams: { Account: rows() }, versions: true });
  world.switches.onPage = (_stream, page) =>
    page === 1 ? world.patch('Account', 'c', { Name: 'C2' }) : undefined;
  const slow = await read(world);
  world.switches.onPage = undefined;
  const fast = await read(world, slow.at(-1)?.cursor);
  expect(names(slow)).toEqual(['A', 'B', 'C']);
  expect(names(fast)).toEqual(['C2']);
  expect(fast[0]!.asOf > slow[0]!.asOf).toBe(true);
  expect(fast[0]!.records[0]!.version! > slow[1]!.records[0]!.version!).toBe(true);
});

test('a failure can be ordered after a page, a page can be doubled, a row can be unreadable', async () => {
  const world = modelSource({ clock, streams: { Account: rows() } });
  world.failNextRead(new Error('cut'), { stream: 'Account', afterPages: 1 });
  await expect(read(world)).rejects.toThrow('cut');
  world.switches.duplicatePages = true;
  world.unreadable('Account', 'b', 'too large');
  const pages = await read(world);
  expect(pages.length).toBe(4);
  expect(pages[3]!.unreadable).toEqual([{ key: 'b', reason: 'too large' }]);
  expect(names(pages)).toEqual(['A', 'C', 'A', 'C']);
});

test('a silent removal is seen by enumeration only, and an unproven enumeration claims nothing', async () => {
  const world = modelSource({ clock, streams: { Account: rows() } });
  const cursor = (await read(world)).at(-1)?.cursor;
  world.remove('Account', 'b', { silent: true });
  expect(await read(world, cursor)).toEqual([]);
  const source = await world.connector.create({}, createTestContext({ clock }));
  const enumerate = async () => collect(source.enumerate!(account()));
  const proven = await enumerate();
  expect(proven.flatMap((page) => page.keys.map((one) => one.key))).toEqual(['a', 'c']);
  expect(proven.at(-1)?.complete?.count).toBe(2);
  world.switches.enumeration = 'unproven';
  expect((await enumerate()).some((page) => page.complete)).toBe(false);
});

test('generated rows are made when they are shown and can be changed and removed', async () => {
  let made = 0;
  const row = (i: number) => (made++, [`k${i}`, { Name: `n${i}` }] as const);
  const world = modelSource({ clock, streams: { Account: { count: 10_000, row } } });
  expect(made).toBeLessThanOrEqual(100);
  world.put('Account', 'k7', { Name: 'changed' });
  world.remove('Account', 'k8');
  const pages = await read(world);
  expect(names(pages)).toHaveLength(9_999);
  expect(names(pages).at(-1)).toBe('changed');
  expect(pages.at(-1)?.deleted).toEqual(['k8']);
});

test('after its process is cut off, a source never answers again', async () => {
  const world = modelSource({ clock, streams: { Account: rows() } });
  const dead = await world.connector.create({}, createTestContext({ clock }));
  world.cutOff();
  let answered = false;
  void dead.identity().then(() => (answered = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(answered).toBe(false);
  expect(names(await read(world))).toEqual(['A', 'B', 'C']);
});

test('two processes over one file see one history', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'tributary-')), 'source.jsonl');
  const [one, two] = [0, 1].map(() => fileSource(file, { clock, streams: { Account: rows() } }));
  const cursor = (await read(one!)).at(-1)?.cursor;
  two!.put('Account', 'd', { Name: 'D' });
  one!.remove('Account', 'a');
  const pages = await read(one!, cursor);
  expect(names(pages)).toEqual(['D']);
  expect(pages[0]!.deleted).toEqual(['a']);
  expect(two!.rows('Account')).toEqual(one!.rows('Account'));
});
