import { expect } from 'vitest';
import type { JsonObject } from '../../contract/json.ts';
import type { Page, Source, Stream } from '../../contract/source.ts';

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** A read that the test pulls page by page. */
export function openEndedRead(
  source: Source,
  stream: Stream,
): { next(): Promise<Page>; rest(): Promise<Page[]>; stop(): Promise<void>; abort(): void } {
  const controller = new AbortController();
  const pages = source.read({ stream, from: undefined, signal: controller.signal })[Symbol.asyncIterator]();
  return {
    /** The next page that shows a record: a source may set a checkpoint with a page of none. */
    async next() {
      for (;;) {
        const result = await pages.next();
        if (result.done) throw new Error('the read ended too early');
        if (result.value.records.length > 0) return result.value;
      }
    },
    rest: () => collect({ [Symbol.asyncIterator]: () => pages }),
    stop: async () => void (await pages.return?.()),
    abort: () => controller.abort(),
  };
}

/** Every key that the pages name, as a record, as deleted or as unreadable. */
export const keysOf = (pages: readonly Page[]): Set<string> => new Set(pages.flatMap(namedBy));

export const missing = (wanted: Iterable<string>, there: ReadonlySet<string>): string[] =>
  [...wanted].filter((key) => !there.has(key));

/** The last data shown of every key. */
export const latestOf = (pages: readonly Page[]): Map<string, JsonObject> =>
  new Map(pages.flatMap((page) => page.records.map((record) => [record.key, record.data] as const)));

const namedBy = (page: Page): string[] => [
  ...page.records.map((record) => record.key),
  ...(page.deleted ?? []),
  ...(page.unreadable ?? []).flatMap((one) => (one.key === undefined ? [] : [one.key])),
];

/** What must be true of every page, whatever it shows. */
export function checkPage(page: Page, stream: Stream): void {
  expect(page.asOf).toMatch(instant);
  const named = namedBy(page);
  expect(named, 'a page names a key once').toEqual([...new Set(named)]);
  for (const { key, data, version, modifiedAt } of page.records) {
    expect(key.length).toBeGreaterThan(0);
    expect(key.length).toBeLessThanOrEqual(512);
    const foreign = Object.keys(data).filter((name) => !stream.fields.includes(name));
    expect(foreign, 'fields that nobody asked for').toEqual([]);
    expect(JSON.parse(JSON.stringify(data)), 'data is plain JSON').toEqual(data);
    if (version !== undefined) expect(version).not.toBe('');
    if (modifiedAt !== undefined) expect(modifiedAt).toMatch(instant);
  }
}

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:?00)$/;
