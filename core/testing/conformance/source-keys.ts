import { expect, test } from 'vitest';
import type { KeyPage } from '../../contract/source.ts';
import { checkPage, collect, latestOf } from './source-pages.ts';
import type { SourceTests } from './source-suite.ts';

/** What proves absence: asking for keys by name, listing them whole, listing them by scope. */
export function testKeys({ setup, bench, read }: SourceTests): void {
  const offers = (what: (typeof setup.offers)[number]): boolean => setup.offers.includes(what);
  const enumerate = (scope?: string): Promise<KeyPage[]> =>
    collect(bench().source.enumerate!(bench().stream, scope));
  const keysIn = (pages: readonly KeyPage[]): string[] =>
    pages.flatMap((page) => page.keys.map((one) => one.key)).sort();
  const etagsIn = (pages: readonly KeyPage[]): Map<string, string | undefined> =>
    new Map(pages.flatMap((page) => page.keys.map((one) => [one.key, one.etag] as const)));
  const expectProof = (pages: readonly KeyPage[]): void => {
    expect(pages.slice(0, -1).every((page) => page.complete === undefined)).toBe(true);
    expect(pages.at(-1)?.complete?.count).toBe(keysIn(pages).length);
  };

  if (offers('lookup')) {
    test('lookup answers every key once: found, or gone', async () => {
      const { source, stream, keys } = bench();
      const full = latestOf(await read());
      await bench().later();
      await bench().remove(keys[2]!);
      await bench().later();
      const asked = [...keys, setup.missingKey];
      const pages = await collect(source.lookup!(stream, asked));
      for (const page of pages) checkPage({ asOf: page.asOf, records: page.found }, stream);
      const found = pages.flatMap((page) => page.found);
      const answers = [
        ...found.map((record) => record.key),
        ...pages.flatMap((page) => [...page.gone, ...page.unreadable.map((one) => one.key!)]),
      ];
      expect(answers.sort()).toEqual(asked.sort());
      expect(pages.flatMap((page) => page.gone).sort()).toEqual([keys[2], setup.missingKey].sort());
      for (const record of found) expect(record.data).toEqual(full.get(record.key));
      expect(await collect(source.lookup!(stream, []))).toEqual([]);
    });

    test('lookup shows a row as it is now', async () => {
      const { source, stream, keys } = bench();
      await read();
      await bench().later();
      const changed = await bench().update(keys[1]!);
      await bench().later();
      const pages = await collect(source.lookup!(stream, [keys[1]!]));
      expect(pages.flatMap((page) => page.found)[0]?.data).toMatchObject(changed);
    });
  }

  if (offers('enumerate')) {
    test('an enumeration names every row once and proves on its last page that it is complete', async () => {
      await bench().remove(bench().keys[3]!);
      const added = await bench().insert();
      await bench().later();
      const pages = await enumerate();
      expect(keysIn(pages)).toEqual([...bench().keys.filter((key) => key !== bench().keys[3]), added].sort());
      expectProof(pages);
    });

    test('etags of keys are the same as long as a row is, and others once it has changed', async () => {
      const before = etagsIn(await enumerate());
      expect(etagsIn(await enumerate())).toEqual(before);
      await bench().later();
      const [key = ''] = bench().keys;
      await bench().update(key);
      await bench().later();
      const after = etagsIn(await enumerate());
      if (before.get(key) !== undefined) expect(after.get(key)).not.toBe(before.get(key));
      for (const other of bench().keys.slice(1)) expect(after.get(other)).toBe(before.get(other));
    });
  }

  if (offers('scopes')) {
    const scopes = async () =>
      new Map((await collect(bench().source.scopes!(bench().stream))).map((one) => [one.scope, one]));

    test('scopes count every row once, and each lists what it counts, with proof', async () => {
      const found = await scopes();
      const all: string[] = [];
      for (const { scope, count } of found.values()) {
        const pages = await enumerate(scope);
        expect(keysIn(pages)).toHaveLength(count);
        expectProof(pages);
        all.push(...keysIn(pages));
      }
      expect(all.sort()).toEqual([...bench().keys].sort());
    });

    test('a scope’s etag stays while nothing changes, and moves with any change in it', async () => {
      const before = await scopes();
      expect(await scopes()).toEqual(before);
      const holder = new Map<string, string>();
      for (const scope of before.keys())
        for (const key of keysIn(await enumerate(scope))) holder.set(key, scope);
      for (const change of ['update', 'remove'] as const) {
        const [key = ''] = bench().keys;
        const earlier = await scopes();
        await bench().later();
        await bench()[change](key);
        await bench().later();
        const scope = holder.get(key)!;
        expect((await scopes()).get(scope)?.etag, change).not.toBe(earlier.get(scope)?.etag);
      }
    });
  }
}
