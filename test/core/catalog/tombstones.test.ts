import { expect, it } from 'vitest';
import { createTestCatalog, kindOf, openKinds, page } from './catalog.ts';

const account = 'crm.Account';
const day = 24 * 3600;

it('a deleted record is forgotten after a month, but not while its document still has to go', () => {
  const { catalog, lease, slot } = createTestCatalog([account], ['left']);
  const { streams, kinds, documents } = catalog;
  openKinds(catalog, lease, [kindOf('account', account)]);
  const rows = (...keys: string[]) => keys.map((key) => ({ key, data: { name: key } }));
  const save = (second: number, more: Parameters<typeof page>[1]) =>
    streams.savePage(lease, account, page(second, more));
  const drop = (): number => [...streams.dropTombstones(lease, account)].reduce((sum, one) => sum + one, 0);
  save(0, { records: rows('a', 'b', 'c') });
  const record = kinds.findRoot('account', 'b')!;
  const want = (desired: string) =>
    documents.saveComposed(lease, 'account', [
      {
        record,
        mark: 1e9,
        bulk: false,
        id: 'doc:b',
        content: desired,
        targets: [{ slot: slot('left'), desired, withheld: undefined }],
      },
    ]);
  want('F1');
  save(10, { deleted: ['a', 'b'] });
  save(20 * day, { records: rows('c') });
  expect(drop()).toBe(0);
  expect(save(5, { records: rows('a') })).toMatchObject({ older: 1 });
  save(31 * day, { records: rows('c') });
  expect(drop()).toBe(1);
  expect(drop()).toBe(0);
  expect(save(32 * day, { records: rows('a') })).toMatchObject({ new: 1 });
  expect(save(5, { records: rows('b') })).toMatchObject({ older: 1 });
});
