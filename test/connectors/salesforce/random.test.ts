import { expect, test } from 'vitest';
import { createRandom } from '../../../core/testing/random.ts';
import {
  accountId,
  accountsTable,
  lastCursor,
  openOrg,
  readAll,
  streamOf,
  type SalesforcePage,
} from './bench.ts';

const minute = 60_000;

/** A company at work on its accounts, a field that comes and goes, and a reader that is stopped anywhere. */
async function play(seed: number): Promise<void> {
  const random = createRandom(seed);
  const upTo = (count: number): number => Math.floor(random() * count);
  const bench = await openOrg([accountsTable(30, 7)], { pageSize: 3, bulkPartRows: 1 + upTo(9) });
  const { org } = bench.emulator;
  const stream = streamOf('Account', ['Name', 'AnnualRevenue'], {
    method: ['rest', 'bulk', 'auto'][seed % 3]!,
  });
  const settings = { pageSize: 1 + upTo(6), bulkFrom: 6 };
  const seen = new Map<string, unknown>();
  let cursor: SalesforcePage['cursor'];
  const apply = (pages: readonly SalesforcePage[]): void => {
    for (const page of pages) {
      for (const { key, data } of page.records) seen.set(key, data['AnnualRevenue']);
      for (const key of page.deleted ?? []) seen.delete(key);
      for (const { key } of page.merged ?? []) seen.delete(key);
    }
    cursor = pages.findLast((page) => page.cursor !== undefined)?.cursor ?? cursor;
  };
  const change = (step: number): void => {
    const commit = { commitAfterMs: upTo(9 * minute) };
    const ids = org.rows('Account').map((row) => String(row['Id']));
    const id = ids[upTo(ids.length)]!;
    const kind = random();
    if (kind < 0.4) org.update('Account', id, { AnnualRevenue: step * 100 }, commit);
    else if (kind < 0.6) org.insert('Account', { Name: 'N', AnnualRevenue: step }, commit);
    else if (kind < 0.75) org.remove('Account', id, commit);
    else if (kind < 0.85) org.undelete('Account', id, commit);
    else if (kind < 0.9 && step > 1) org.setField('Account', 'AnnualRevenue', { hidden: random() < 0.5 });
    else if (kind < 0.95 && id !== ids[0]) org.merge('Account', ids[0]!, id);
  };
  try {
    const first = await (await bench.connect(settings)).partitions!(stream);
    expect(first).toBeUndefined();
    for (let step = 0; step < 14; step++) {
      for (let count = upTo(6); count > 0; count--) {
        change(step);
        bench.clock.advance(upTo(40_000));
      }
      const pages = await readAll(await bench.connect(settings), stream, cursor);
      apply(pages.slice(0, 1 + upTo(pages.length)));
      bench.clock.advance(upTo(3 * minute));
    }
    org.setField('Account', 'AnnualRevenue', { hidden: false });
    for (let settle = 0; settle < 3; settle++) {
      bench.clock.advance(10 * minute);
      const pages = await readAll(await bench.connect(settings), stream, cursor);
      apply(pages);
      expect(lastCursor(pages).without).toBeUndefined();
    }
    const alive = org.rows('Account').filter((row) => row['IsDeleted'] === false);
    expect(seen, `seed ${seed}`).toEqual(
      new Map(alive.map((row) => [String(row['Id']), row['AnnualRevenue']])),
    );
    expect(seen.has(accountId(999))).toBe(false);
  } finally {
    await bench.emulator.close();
  }
}

test('whatever happens in an org, and wherever a read by REST or Bulk stops, the end is what the org holds', async () => {
  for (let seed = 1; seed <= 12; seed++) await play(seed);
});
