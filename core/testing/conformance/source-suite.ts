import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../contract/json.ts';
import type { Page, Source, Stream } from '../../contract/source.ts';
import { testFirstLoad } from './source-first-load.ts';
import { testKeys } from './source-keys.ts';
import { checkPage, collect, keysOf, latestOf, missing, openEndedRead } from './source-pages.ts';

/** A source over a fresh system that nobody else uses: made for each test, closed after it. */
export interface SourceBench {
  readonly source: Source;
  /** A stream with at least four rows, whose options make a full read take at least two pages. */
  readonly stream: Stream;
  /** The keys that are there at the start. */
  readonly keys: readonly string[];
  /** Adds a row and answers its key. */
  insert(): Promise<string>;
  /** Changes a field of the allow-list and answers what it holds now. */
  update(key: string): Promise<JsonObject>;
  remove(key: string): Promise<void>;
  /** Moves the system's clock on, past whatever the source waits for before it trusts what it sees. */
  later(): Promise<void>;
  /** Another process over the same system. */
  reopen(): Promise<Source>;
  close(): Promise<void>;
}
export interface SourceSetup {
  open(): Promise<SourceBench>;
  /** The optional things that the source does; the suite holds it to exactly these. */
  readonly offers: readonly ('deletes' | 'lookup' | 'enumerate' | 'scopes' | 'partitions')[];
  /** A key in the form of the stream's keys that no row has. */
  readonly missingKey: string;
}

/** What the tests of the optional methods work on: the bench of the test that runs. */
export interface SourceTests {
  readonly setup: SourceSetup;
  bench(): SourceBench;
  read(from?: Page['cursor'], by?: Source): Promise<Page[]>;
}

/** Holds a source to the contract. Run it against an emulator that is as strict as the vendor. */
export function describeSource(name: string, setup: SourceSetup): void {
  describe(`${name} keeps the contract of a source`, () => {
    let bench: SourceBench;
    let source: Source;
    let stream: Stream;
    const offers = (what: SourceSetup['offers'][number]): boolean => setup.offers.includes(what);
    const read = (from?: Page['cursor'], by: Source = source): Promise<Page[]> =>
      collect(by.read({ stream, from, signal: new AbortController().signal }));
    const lastCursor = (pages: readonly Page[]): Json => {
      const cursor = pages.findLast((page) => page.cursor !== undefined)?.cursor;
      if (cursor === undefined) throw new Error('the read gave no cursor');
      return cursor;
    };

    beforeEach(async () => {
      bench = await setup.open();
      ({ source, stream } = bench);
    });
    afterEach(async () => {
      await source.close?.();
      await bench.close();
    });

    test('it offers exactly the optional methods that its setup names', () => {
      expect(source.lookup !== undefined).toBe(offers('lookup'));
      expect(source.enumerate !== undefined).toBe(offers('enumerate'));
      expect(source.scopes !== undefined).toBe(offers('scopes'));
      if (offers('partitions')) expect(source.partitions).toBeDefined();
    });

    test('its identity is the same each time and for every process', async () => {
      const identity = await source.identity();
      expect(identity.instance).not.toBe('');
      if (identity.link !== undefined) expect(identity.link).toMatch(/^https?:.*\{key\}/);
      expect(await source.identity()).toEqual(identity);
      const other = await bench.reopen();
      expect(await other.identity()).toEqual(identity);
      await other.close?.();
    });

    test('check passes for the configured stream and names a field or stream that does not exist', async () => {
      await source.check([stream]);
      const wrongField = { ...stream, fields: [...stream.fields, 'NoSuchField'] };
      await expect(source.check([wrongField])).rejects.toMatchObject({
        name: 'ConfigError',
        message: expect.stringContaining('NoSuchField'),
      });
      const wrongStream = { ...stream, name: 'NoSuchStream' };
      await expect(source.check([wrongStream])).rejects.toMatchObject({ name: 'ConfigError' });
    });

    test('discover describes the stream with its key and every configured field', async () => {
      const [described, ...others] = await source.discover([stream.name]);
      expect(others).toEqual([]);
      expect(described?.name).toBe(stream.name);
      expect(described?.key).not.toEqual([]);
      expect(described?.fields.map((field) => field.name)).toEqual(
        expect.arrayContaining([...stream.fields]),
      );
    });

    test('a full read shows every row in pages that keep the contract', async () => {
      const pages = await read();
      expect(pages.length).toBeGreaterThanOrEqual(2);
      for (const page of pages) checkPage(page, stream);
      const instants = pages.map((page) => Date.parse(page.asOf));
      expect(instants).toEqual(instants.toSorted((a, b) => a - b));
      expect([...keysOf(pages)].sort()).toEqual([...bench.keys].sort());
    });

    test('two full reads give the same records, field by field', async () => {
      expect(latestOf(await read())).toEqual(latestOf(await read()));
    });

    test('from every page of a read, what was shown and what is read on from there cover a full read', async () => {
      const pages = await read();
      const all = keysOf(pages);
      const other = await bench.reopen();
      for (const [i, page] of pages.entries()) {
        if (page.cursor === undefined) continue;
        const stored = JSON.parse(JSON.stringify(page.cursor)) as Json;
        expect(stored).toEqual(page.cursor);
        const covered = keysOf([...pages.slice(0, i + 1), ...(await read(stored, other))]);
        expect(missing(all, covered), `keys lost behind the cursor of page ${i + 1}`).toEqual([]);
      }
      await other.close?.();
    });

    test('a read from the last cursor shows what was added and changed since', async () => {
      const cursor = lastCursor(await read());
      await bench.later();
      const changed = await bench.update(bench.keys[0]!);
      const added = await bench.insert();
      await bench.later();
      const pages = await read(cursor);
      for (const page of pages) checkPage(page, stream);
      expect(latestOf(pages).get(bench.keys[0]!)).toMatchObject(changed);
      expect([...keysOf(pages)]).toContain(added);
    });

    test('a changed row never has an earlier version than before, and is told as of a later time', async () => {
      const key = bench.keys[0]!;
      const before = await read();
      await bench.later();
      await bench.update(key);
      await bench.later();
      const [old, changed] = [before, await read(lastCursor(before))].map((pages) =>
        pages.findLast((page) => page.records.some((record) => record.key === key)),
      );
      const versionIn = (page: Page | undefined): string | undefined =>
        page?.records.find((record) => record.key === key)?.version;
      if (versionIn(old) !== undefined) expect(versionIn(changed)! >= versionIn(old)!).toBe(true);
      expect(Date.parse(changed!.asOf)).toBeGreaterThan(Date.parse(old!.asOf));
    });

    test('what changes while a read is under way is shown by that read or by the next', async () => {
      const reading = openEndedRead(source, stream);
      const first = await reading.next();
      const early = first.records[0]!.key;
      await bench.later();
      const changed = await bench.update(early);
      const added = await bench.insert();
      await bench.later();
      const rest = await reading.rest();
      const pages = [first, ...rest, ...(await read(lastCursor([first, ...rest])))];
      expect(latestOf(pages).get(early)).toMatchObject(changed);
      expect([...keysOf(pages)]).toContain(added);
      expect(missing(bench.keys, keysOf(pages))).toEqual([]);
    });

    test('an interrupted read goes on in another process without losing a row', async () => {
      const reading = openEndedRead(source, stream);
      const first = await reading.next();
      await reading.stop();
      const other = await bench.reopen();
      const pages = [first, ...(await read(first.cursor, other))];
      expect([...keysOf(pages)].sort()).toEqual([...bench.keys].sort());
      await other.close?.();
    });

    test('a row that is gone is never shown as there, and is told where the source can tell', async () => {
      const cursor = lastCursor(await read());
      await bench.later();
      await bench.remove(bench.keys[1]!);
      await bench.later();
      const since = await read(cursor);
      const deleted = new Set(since.flatMap((page) => page.deleted ?? []));
      expect([...deleted]).toEqual(offers('deletes') ? [bench.keys[1]] : []);
      const shown = [...since, ...(await read())].flatMap((page) => page.records);
      expect(shown.map((record) => record.key)).not.toContain(bench.keys[1]);
    });

    test('a read stops when it is aborted', async () => {
      const reading = openEndedRead(source, stream);
      await reading.next();
      reading.abort();
      const rest = await reading.rest().catch((error: Error) => {
        expect(error.name).toBe('AbortError');
        return [];
      });
      expect(rest.length, 'pages after the abort').toBeLessThanOrEqual(1);
    });

    const tests: SourceTests = { setup, bench: () => bench, read };
    testFirstLoad(tests);
    testKeys(tests);
  });
}
