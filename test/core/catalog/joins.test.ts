import { describe, expect, it } from 'vitest';
import type { RecordTree } from '../../../core/catalog/index.ts';
import { createTestCatalog, dirtyKeys, kindOf, openKinds, page, type PartSketch } from './catalog.ts';

const [account, order, line, product] = ['crm.Account', 'crm.Order', 'crm.Line', 'crm.Product'] as const;
const streams = [account, order, line, product];
const deep: readonly PartSketch[] = [
  { path: 'orders', stream: order, on: ['id', 'account'], order: 'day', limit: 2, descending: true },
  { path: 'orders.lines', stream: line, on: ['id', 'order'] },
  { path: 'orders.lines.products', stream: product, on: ['product', 'id'], limit: 1 },
];

function createCompany(parts: readonly PartSketch[] = deep) {
  const { catalog, lease } = createTestCatalog(streams);
  let asOf = 0;
  const put = (stream: string, data: { id: string } & Record<string, string | null>): void =>
    void catalog.streams.savePage(lease, stream, page(++asOf, { records: [{ key: data.id, data }] }));
  const remove = (stream: string, key: string): void =>
    void catalog.streams.savePage(lease, stream, page(++asOf, { deleted: [key] }));
  for (const id of ['a1', 'a2', 'a3']) put(account, { id, name: `account ${id}` });
  put(order, { id: 'o1', account: 'a1', day: '1', name: 'first' });
  put(order, { id: 'o2', account: 'a2', day: '2', name: 'second' });
  put(line, { id: 'l1', order: 'o1', product: 'p1', name: 'line' });
  put(line, { id: 'l2', order: 'o2', product: 'p1', name: 'line' });
  put(product, { id: 'p1', name: 'rope' });
  put(product, { id: 'p2', name: 'sail' });
  openKinds(catalog, lease, [kindOf('account', account, parts)]);
  const tree = (key: string): RecordTree => {
    const record = catalog.kinds.findRoot('account', key)!;
    return catalog.kinds.trees('account', [record]).get(record)!;
  };
  const dirty = (): string[] => dirtyKeys(catalog, lease, 'account');
  expect(dirty()).toEqual(['a1', 'a2', 'a3']);
  return { catalog, lease, put, remove, tree, dirty };
}

const keysOf = (trees: readonly RecordTree[] | undefined): string[] => (trees ?? []).map((one) => one.key);

describe('a part', () => {
  it('at depth three makes every document that uses it dirty, and no other', () => {
    const { put, tree, dirty } = createCompany();
    put(product, { id: 'p1', name: 'cord' });
    expect(dirty()).toEqual(['a1', 'a2']);
    expect(tree('a1').parts['orders']![0]!.parts['lines']![0]!.parts['products']![0]!.data['name']).toBe(
      'cord',
    );
    put(product, { id: 'p2', name: 'jib' });
    expect(dirty()).toEqual([]);
  });

  it('in the middle takes its own parts along when it moves, and both documents are composed again', () => {
    const { put, tree, dirty } = createCompany();
    put(order, { id: 'o1', account: 'a3', day: '1', name: 'first' });
    expect(dirty()).toEqual(['a1', 'a3']);
    expect(keysOf(tree('a1').parts['orders'])).toEqual([]);
    expect(keysOf(tree('a3').parts['orders']![0]!.parts['lines'])).toEqual(['l1']);
    put(product, { id: 'p1', name: 'cord' });
    expect(dirty()).toEqual(['a2', 'a3']);
  });

  it('that arrives before its parents is found by them when they come', () => {
    const { put, tree, dirty } = createCompany();
    put(line, { id: 'l9', order: 'o9', product: 'p2', name: 'early' });
    expect(dirty()).toEqual([]);
    put(order, { id: 'o9', account: 'a9', day: '9', name: 'early' });
    expect(dirty()).toEqual([]);
    put(account, { id: 'a9', name: 'late' });
    expect(dirty()).toEqual(['a9']);
    expect(keysOf(tree('a9').parts['orders']![0]!.parts['lines'])).toEqual(['l9']);
  });

  it('that is moved and whose parent is moved before anything is expanded leaves no document stale', () => {
    const { put, tree, dirty } = createCompany();
    put(line, { id: 'l1', order: 'o2', product: 'p2', name: 'line' });
    put(order, { id: 'o2', account: 'a3', day: '2', name: 'second' });
    put(product, { id: 'p2', name: 'jib' });
    expect(dirty()).toEqual(['a1', 'a2', 'a3']);
    expect(keysOf(tree('a3').parts['orders']![0]!.parts['lines'])).toEqual(['l1', 'l2']);
  });

  it('whose join value becomes null, or that is deleted, leaves its document', () => {
    const { put, remove, tree, dirty } = createCompany();
    put(order, { id: 'o1', account: null, day: '1', name: 'first' });
    expect(dirty()).toEqual(['a1']);
    remove(order, 'o2');
    expect(dirty()).toEqual(['a2']);
    expect([...keysOf(tree('a1').parts['orders']), ...keysOf(tree('a2').parts['orders'])]).toEqual([]);
  });

  it('outside the limit comes in when its order changes or another one goes', () => {
    const { put, remove, tree, dirty } = createCompany();
    put(order, { id: 'o3', account: 'a1', day: '3', name: 'third' });
    put(order, { id: 'o4', account: 'a1', day: '4', name: 'fourth' });
    dirty();
    expect(keysOf(tree('a1').parts['orders'])).toEqual(['o4', 'o3']);
    put(order, { id: 'o1', account: 'a1', day: '5', name: 'first' });
    expect(dirty()).toEqual(['a1']);
    expect(keysOf(tree('a1').parts['orders'])).toEqual(['o1', 'o4']);
    remove(order, 'o1');
    remove(order, 'o4');
    dirty();
    expect(keysOf(tree('a1').parts['orders'])).toEqual(['o3']);
    put(order, { id: 'o2', account: 'a2', day: '9', name: 'second' });
    expect(keysOf(tree('a2').parts['orders'])).toEqual(['o2']);
  });

  it('is read in order and limited also where one parent has thousands of them', () => {
    const { catalog, lease, tree, dirty } = createCompany();
    const records = Array.from({ length: 3000 }, (_, index) => {
      const id = `big${String(index).padStart(4, '0')}`;
      return { key: id, data: { id, account: 'a2', day: String(1000 + index), name: 'bulk' } };
    });
    catalog.streams.savePage(lease, order, page(1000, { records }));
    expect(dirty()).toEqual(['a2']);
    expect(keysOf(tree('a2').parts['orders'])).toEqual(['big2999', 'big2998']);
    expect(keysOf(tree('a1').parts['orders'])).toEqual(['o1']);
  });

  it('does not make a document dirty by a field that its kind does not use', () => {
    const { put, dirty } = createCompany();
    put(product, { id: 'p1', name: 'rope', colour: 'red' });
    put(account, { id: 'a1', name: 'account a1', colour: 'red' });
    expect(dirty()).toEqual([]);
  });
});

describe('a fan-out', () => {
  it('wider than a step reaches every document, in steps, and goes on in a new process where it was interrupted', () => {
    const owner: PartSketch = { path: 'owner', stream: product, on: ['owner', 'id'], limit: 1 };
    const { catalog, lease } = createTestCatalog(streams);
    const wide = 5003;
    const records = Array.from({ length: wide }, (_, index) => ({
      key: `w${String(index).padStart(5, '0')}`,
      data: { name: 'wide', owner: 'p1' },
    }));
    catalog.streams.savePage(lease, account, page(1, { records }));
    catalog.streams.savePage(
      lease,
      product,
      page(1, { records: [{ key: 'p1', data: { id: 'p1', name: 'one' } }] }),
    );
    const kinds = [kindOf('account', account, [owner])];
    openKinds(catalog, lease, kinds);
    expect(dirtyKeys(catalog, lease, 'account')).toHaveLength(wide);
    catalog.streams.savePage(
      lease,
      product,
      page(2, { records: [{ key: 'p1', data: { id: 'p1', name: 'two' } }] }),
    );
    expect(catalog.kinds.countDirty('account')).toBe(0);
    expect(catalog.kinds.expand(lease)).toBe(true);
    const first = catalog.kinds.countDirty('account');
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(wide);
    catalog.kinds.define(lease, kinds);
    expect(new Set(dirtyKeys(catalog, lease, 'account')).size).toBe(wide);
  });
});

describe('a dirty mark', () => {
  it('that is raised while the document is being composed is not cleared with it', () => {
    const { catalog, lease, put, dirty } = createCompany();
    put(account, { id: 'a1', name: 'one' });
    const taken = catalog.kinds.takeDirty('account', 10);
    put(account, { id: 'a1', name: 'two' });
    catalog.documents.saveComposed(
      lease,
      'account',
      taken.map((one) => ({ ...one, id: undefined, content: undefined, targets: [] })),
    );
    expect(dirty()).toEqual(['a1']);
  });
});
