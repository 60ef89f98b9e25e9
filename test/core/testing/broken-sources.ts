import type { Json } from '../../../core/contract/json.ts';
import type { KeyPage, LookupPage, Page, Source, SourceRecord } from '../../../core/contract/source.ts';

/** One thing that a source can get wrong, put around a sound one. `process`: 1 for the first that is opened, and so on. */
export type BreakSource = (sound: Source, process: number) => Partial<Source>;

type Change<Item> = (item: Item, index: number, all: readonly Item[]) => Item | undefined;

/** What a method yields, changed item by item; undefined leaves one out. */
async function* changed<Item>(items: AsyncIterable<Item>, change: Change<Item>): AsyncGenerator<Item> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  for (const [index, item] of all.entries()) {
    const made = change(item, index, all);
    if (made !== undefined) yield made;
  }
}
const pages =
  (change: Change<Page>, when: (from: Json | undefined) => boolean = () => true): BreakSource =>
  (sound) => ({
    read: (request) => (when(request.from) ? changed(sound.read(request), change) : sound.read(request)),
  });
const records = (change: (record: SourceRecord) => SourceRecord): BreakSource =>
  pages((page) => ({ ...page, records: page.records.map(change) }));
const keyPages =
  (change: Change<KeyPage>): BreakSource =>
  (sound) => ({ enumerate: (stream, scope) => changed(sound.enumerate!(stream, scope), change) });
const lookups =
  (change: Change<LookupPage>): BreakSource =>
  (sound) => ({ lookup: (stream, keys) => changed(sound.lookup!(stream, keys), change) });
let given = 0;
/** Never the same twice. */
const another = (): number => ++given;
const positionOf = (cursor: Json | undefined): number =>
  (cursor as { readonly position: number } | undefined)?.position ?? 0;
const isLast = (index: number, all: readonly unknown[]): boolean => index === all.length - 1;

/** Each of these is noticed by the suite, or the suite is no good. */
export const brokenSources: Readonly<Record<string, BreakSource>> = {
  'a cursor that passes a row': pages((page) => ({
    ...page,
    cursor: { v: 1, position: positionOf(page.cursor) + 1 },
  })),
  'a page that is lost': pages((page, index) => (index === 1 ? undefined : page)),
  'a page without what was read last': pages((page) => ({ ...page, records: page.records.slice(0, 1) })),
  'a key twice on a page': pages((page) => ({ ...page, records: [...page.records, ...page.records] })),
  'a key that is both there and gone': pages((page) => ({
    ...page,
    deleted: page.records.map((record) => record.key),
  })),
  'an empty key': records((record) => ({ ...record, key: '' })),
  'a key that is too long': records((record) => ({ ...record, key: record.key.padEnd(513, '-') })),
  'a field that nobody asked for': records((record) => ({
    ...record,
    data: { ...record.data, Secret: 's' },
  })),
  'a value that is no JSON': records((record) => ({
    ...record,
    data: { ...record.data, Name: new Date(0) as never },
  })),
  'other data on each read': (sound) => ({
    read: (request) =>
      changed(sound.read(request), (page) => ({
        ...page,
        records: page.records.map((record) => ({ ...record, data: { ...record.data, Size: another() } })),
      })),
  }),
  'an asOf of local time': pages((page) => ({ ...page, asOf: page.asOf.replace('Z', '') })),
  'an asOf that goes back': pages((page, index) => ({
    ...page,
    asOf: new Date(Date.parse(page.asOf) - index * 1000).toISOString(),
  })),
  'an asOf that stands still': pages((page) => ({ ...page, asOf: '2026-01-01T00:00:00.000Z' })),
  'a modifiedAt that is no instant': records((record) => ({ ...record, modifiedAt: '15 Jan 2026' })),
  'versions that fall': (sound) => ({
    read: (request) =>
      changed(sound.read(request), (page) => ({
        ...page,
        records: page.records.map((record) => ({
          ...record,
          version: String(1e9 - Date.parse(record.modifiedAt!) / 1000 + 1e9),
        })),
      })),
  }),
  'no cursor': pages(({ cursor: _, ...page }) => page),
  'a cursor that is no JSON': pages((page) => ({
    ...page,
    cursor: { ...(page.cursor as object), seen: undefined } as never,
  })),
  'a cursor that only its own process understands': (sound, process) => ({
    read: (request) => {
      const own = request.from as { process?: number } | undefined;
      const foreign = own?.process !== undefined && own.process !== process;
      return changed(foreign ? none<Page>() : sound.read(request), (page) => ({
        ...page,
        cursor: { ...(page.cursor as object), process },
      }));
    },
  }),
  'all in one page': (sound) => ({
    read: (request) =>
      changed(sound.read(request), (page, index, all) =>
        isLast(index, all) ? { ...page, records: all.flatMap((one) => one.records) } : undefined,
      ),
  }),
  'nothing from a cursor on': pages(
    () => undefined,
    (from) => positionOf(from) >= 5,
  ),
  'changes that are never told': pages(
    (page) => ({ ...page, records: page.records.filter((record) => record.key.startsWith('new')) }),
    (from) => positionOf(from) >= 5,
  ),
  'new rows that are never told': pages(
    (page) => ({ ...page, records: page.records.filter((record) => !record.key.startsWith('new')) }),
    (from) => positionOf(from) >= 5,
  ),
  'deletes that are not told': pages(({ deleted: _, ...page }) => page),
  'a delete of what is there': pages((page) => ({ ...page, deleted: [...(page.deleted ?? []), 'b', 'e'] })),
  'gone rows that are shown': (sound) => {
    const seen = new Map<string, SourceRecord>();
    return {
      read: (request) =>
        changed(sound.read(request), ({ deleted = [], ...page }) => {
          for (const record of page.records) seen.set(record.key, record);
          return {
            ...page,
            deleted,
            records: [...page.records, ...deleted.flatMap((key) => seen.get(key) ?? [])],
          };
        }),
    };
  },
  'a read that does not stop': (sound) => ({
    read: (request) => sound.read({ ...request, signal: new AbortController().signal }),
  }),
  'an identity of each process': (_sound, process) => ({
    identity: async () => ({ instance: `instance-${process}` }),
  }),
  'an empty identity': () => ({ identity: async () => ({ instance: '' }) }),
  'a link without the key': () => ({
    identity: async () => ({ instance: 'model', link: 'https://model.example/' }),
  }),
  'a check that passes everything': () => ({ check: async () => {} }),
  'a check that passes unknown fields': (sound) => ({
    check: async (streams) => sound.check(streams.map((one) => ({ ...one, fields: ['Name'] }))),
  }),
  'a check that throws what is no ConfigError': (sound) => ({
    check: async (streams) =>
      sound.check(streams).catch((error: Error) => {
        throw new Error(error.message);
      }),
  }),
  'a description without a field': (sound) => ({
    discover: async (names) =>
      (await sound.discover(names)).map((one) => ({ ...one, fields: one.fields.slice(1) })),
  }),
  'a description without a key': (sound) => ({
    discover: async (names) => (await sound.discover(names)).map((one) => ({ ...one, key: [] })),
  }),
  'a discovery that ignores the names': (sound) => ({
    discover: async () => [
      ...(await sound.discover()),
      { name: 'Other', key: ['id'], cursors: [], fields: [] },
    ],
  }),
  'a lookup that leaves a key out': lookups((page) => ({ ...page, gone: page.gone.slice(1) })),
  'a lookup that finds the gone': lookups((page) => ({
    ...page,
    gone: [],
    found: [...page.found, ...page.gone.map((key) => ({ key, data: {} }))],
  })),
  'a lookup that takes the unreadable for gone': lookups((page) => ({
    ...page,
    found: page.found.slice(1),
    gone: [...page.gone, ...page.found.slice(0, 1).map((record) => record.key)],
  })),
  'a lookup of other data': lookups((page) => ({
    ...page,
    found: page.found.map((record) => ({ ...record, data: { Name: 'x' } })),
  })),
  'an enumeration that leaves a key out': keyPages((page, index) =>
    index === 0 ? { ...page, keys: page.keys.slice(1) } : page,
  ),
  'an enumeration that names the gone': keyPages((page, index) =>
    index === 0 ? { ...page, keys: [...page.keys, { key: 'd', etag: '1' }] } : page,
  ),
  'an enumeration without proof': keyPages(({ complete: _, ...page }) => page),
  'a proof on the first page': keyPages((page) => ({ ...page, complete: { count: 5, asOf: page.asOf } })),
  'a proof that counts what was sent, not what is there': keyPages((page, index, all) => {
    const kept = { ...page, keys: page.keys.slice(0, 1) };
    return isLast(index, all) ? { ...kept, complete: { count: all.length, asOf: page.asOf } } : kept;
  }),
  'an etag that stands still': keyPages((page) => ({
    ...page,
    keys: page.keys.map(({ key }) => ({ key, etag: 'same' })),
  })),
  'an etag that always moves': keyPages((page) => ({
    ...page,
    keys: page.keys.map(({ key }) => ({ key, etag: String(another()) })),
  })),
  'scopes that do not count every row': (sound) => ({
    scopes: (stream) => changed(sound.scopes!(stream), (one) => ({ ...one, count: one.count - 1 })),
  }),
  'a scope that is not told': (sound) => ({
    scopes: (stream) => changed(sound.scopes!(stream), (one, index) => (index === 0 ? undefined : one)),
  }),
  'a scope’s etag that stands still': (sound) => ({
    scopes: (stream) => changed(sound.scopes!(stream), (one) => ({ ...one, etag: 'same' })),
  }),
  'a scope’s etag that is the count': (sound) => ({
    scopes: (stream) => changed(sound.scopes!(stream), (one) => ({ ...one, etag: String(one.count) })),
  }),
  'a scope that lists every key': (sound) => ({ enumerate: (stream) => sound.enumerate!(stream) }),
  'partitions that overlap': (sound) => ({
    read: ({ partition: _, ...request }) => sound.read(request),
  }),
  'a partition that is never read': (sound) => ({
    partitions: async (stream) => {
      const first = (await sound.partitions!(stream))!;
      return { ...first, partitions: [first.partitions[0]!, { name: 'none', value: 'none' }] };
    },
  }),
  'partitions of one name': (sound) => ({
    partitions: async (stream) => {
      const first = (await sound.partitions!(stream))!;
      return { ...first, partitions: first.partitions.map((one) => ({ ...one, name: 'part' })) };
    },
  }),
  'a cursor behind the partitions that is fixed too late': (sound) => ({
    partitions: async (stream) => ({
      ...(await sound.partitions!(stream))!,
      cursor: { v: 1, position: 7 },
    }),
  }),
  'a method that nobody told of': () => ({ shape: undefined as never, lookup: undefined as never }),
};

async function* none<Item>(): AsyncGenerator<Item> {}
