import { expect, it } from 'vitest';
import type { Catalog, KindDefinition, Lease } from '../../../core/catalog/index.ts';
import { createTestCatalog, kindOf, openKinds, page } from './catalog.ts';

const [account, contact] = ['crm.Account', 'crm.Contact'] as const;
const kind = kindOf('account', account, [{ path: 'contacts', stream: contact, on: ['id', 'account'] }]);

const save = (
  catalog: Catalog,
  lease: Lease,
  stream: string,
  second: number,
  rows: readonly { id: string; account?: string; partner?: string }[],
): void =>
  void catalog.streams.savePage(
    lease,
    stream,
    page(second, { records: rows.map((data) => ({ key: data.id, data })) }),
  );
const count = (catalog: Catalog) => {
  const steps = [...catalog.insight.joins()];
  return { steps: steps.length, report: steps.find((one) => one !== undefined) };
};

it('joins are counted in steps, again when records have changed, and only then', () => {
  const { catalog, lease } = createTestCatalog([account, contact]);
  openKinds(catalog, lease, [kind]);
  save(catalog, lease, account, 1, [{ id: 'a' }, { id: 'b' }, { id: 'c' }]);
  save(catalog, lease, contact, 1, [
    { id: '1', account: 'a' },
    { id: '2', account: 'a' },
    { id: '3', account: 'nobody' },
  ]);
  const first = count(catalog);
  expect(first.report).toEqual({
    kind: 'account',
    part: 'contacts',
    parents: 3,
    parentsWithPart: 1,
    partRecords: 3,
    partRecordsWithoutParent: 1,
  });
  expect(first.steps).toBeGreaterThan(1);
  expect(count(catalog)).toEqual({ steps: 1, report: first.report });
  save(catalog, lease, contact, 2, [{ id: '3', account: 'b' }]);
  expect(count(catalog).report).toMatchObject({ parentsWithPart: 2, partRecordsWithoutParent: 0 });
  catalog.streams.savePage(lease, account, page(3, { deleted: ['a'] }));
  expect(count(catalog).report).toMatchObject({
    parents: 2,
    parentsWithPart: 1,
    partRecordsWithoutParent: 2,
  });
  save(catalog, lease, account, 4, [{ id: 'd' }]);
  expect(count(catalog).report).toMatchObject({ parents: 3 });
});

it('joins of a kind that is defined anew over the same records are counted anew', () => {
  const { catalog, lease } = createTestCatalog([account, contact]);
  const joinedOn = (field: string): KindDefinition =>
    kindOf('account', account, [{ path: 'contacts', stream: contact, on: ['id', field] }], field);
  openKinds(catalog, lease, [joinedOn('account')]);
  save(catalog, lease, account, 1, [{ id: 'a' }, { id: 'b' }]);
  save(catalog, lease, contact, 1, [
    { id: '1', account: 'a', partner: 'a' },
    { id: '2', account: 'nobody', partner: 'b' },
    { id: '3', account: 'nobody' },
  ]);
  const byAccount = { parentsWithPart: 1, partRecords: 3, partRecordsWithoutParent: 2 };
  const byPartner = { parentsWithPart: 2, partRecords: 2, partRecordsWithoutParent: 0 };
  expect(count(catalog).report).toMatchObject(byAccount);
  openKinds(catalog, lease, [joinedOn('partner')]);
  expect(count(catalog).report).toMatchObject(byPartner);
  catalog.kinds.define(lease, [joinedOn('account')]);
  expect(count(catalog).report).toMatchObject({ partRecords: 0 });
  while (catalog.kinds.buildIndexes(lease));
  expect(count(catalog).report).toMatchObject(byAccount);
});

it('joins of tens of thousands of records are counted right, none twice and none left out', () => {
  const { catalog, lease } = createTestCatalog([account, contact]);
  openKinds(catalog, lease, [kind]);
  const many = Array.from({ length: 21_000 }, (_, at) => ({
    id: `k${String(at).padStart(5, '0')}`,
    account: `a${at % 700}`,
  }));
  for (let from = 0; from < many.length; from += 3000)
    save(catalog, lease, contact, 1, many.slice(from, from + 3000));
  save(
    catalog,
    lease,
    account,
    1,
    Array.from({ length: 500 }, (_, at) => ({ id: `a${at}` })),
  );
  expect(count(catalog).report).toMatchObject({
    parents: 500,
    parentsWithPart: 500,
    partRecords: 21_000,
    partRecordsWithoutParent: 6000,
  });
});
