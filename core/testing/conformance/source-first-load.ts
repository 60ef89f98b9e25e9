import { expect, test } from 'vitest';
import type { Json } from '../../contract/json.ts';
import type { FirstLoad, Page, Partition, Source } from '../../contract/source.ts';
import { checkPage, collect, keysOf, latestOf, missing } from './source-pages.ts';
import type { SourceTests } from './source-suite.ts';

/** A first load in parts: together with the read that follows they miss nothing, whatever happens meanwhile. */
export function testFirstLoad({ setup, bench, read }: SourceTests): void {
  if (!setup.offers.includes('partitions')) return;

  /** As the engine keeps it: through JSON, perhaps into another process. */
  const cut = async (): Promise<FirstLoad> => {
    const first = await bench().source.partitions!(bench().stream);
    if (first === undefined) throw new Error('the stream of the bench is not cut into partitions');
    expect(JSON.parse(JSON.stringify(first)), 'a first load is plain JSON').toEqual(first);
    return first;
  };
  const readPart = (partition: Partition, from?: Json, by: Source = bench().source): Promise<Page[]> => {
    const { stream } = bench();
    return collect(by.read({ stream, from, partition, signal: new AbortController().signal }));
  };

  test('a first load in partitions shows every row, in pages that keep the contract, and none twice', async () => {
    const { partitions } = await cut();
    expect(partitions.length).toBeGreaterThanOrEqual(2);
    expect(new Set(partitions.map((one) => one.name)).size).toBe(partitions.length);
    const shown: string[] = [];
    for (const partition of partitions) {
      const pages = await readPart(partition);
      for (const page of pages) checkPage(page, bench().stream);
      shown.push(...keysOf(pages));
    }
    expect(shown.sort()).toEqual([...bench().keys].sort());
  });

  test('what changes while partitions are read is shown by them or by the read that follows', async () => {
    const { partitions, cursor } = await cut();
    await bench().later();
    const pages = await readPart(partitions[0]!);
    const [early = ''] = keysOf(pages);
    const changed = await bench().update(early);
    const added = await bench().insert();
    await bench().later();
    for (const partition of partitions.slice(1)) pages.push(...(await readPart(partition)));
    await bench().later();
    pages.push(...(await read(cursor)));
    expect(missing(bench().keys, keysOf(pages))).toEqual([]);
    expect([...keysOf(pages)]).toContain(added);
    expect(latestOf(pages).get(early)).toMatchObject(changed);
  });

  test('an interrupted partition goes on in another process without losing a row', async () => {
    const { partitions } = await cut();
    const other = await bench().reopen();
    for (const partition of partitions) {
      const pages = await readPart(partition);
      for (const [i, page] of pages.entries()) {
        if (page.cursor === undefined) continue;
        const covered = keysOf([
          ...pages.slice(0, i + 1),
          ...(await readPart(partition, page.cursor, other)),
        ]);
        expect(missing(keysOf(pages), covered), `keys lost behind page ${i + 1}`).toEqual([]);
      }
    }
    await other.close?.();
  });
}
