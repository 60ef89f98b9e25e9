import { describe, expect, test } from 'vitest';
import type { Catalog, Lease } from '../../catalog/catalog.ts';
import {
  account,
  accounts,
  contact,
  contacts,
  dirtyKeys,
  instant,
  openAccounts,
  pageOf,
  take,
  type CatalogBench,
} from './catalog-bench.ts';

/** Records, what they make dirty, and absence. */
export function testRecords(bench: () => CatalogBench): void {
  const begin = (): { catalog: Catalog; lease: Lease } => {
    const { catalog } = bench();
    const lease = take(catalog, ['compose', `stream:${accounts}`, `stream:${contacts}`]);
    return { catalog, lease };
  };
  const nameOf = ({ kinds }: Catalog, key: string): unknown => {
    const record = kinds.findRoot('account', key);
    return record === undefined ? undefined : kinds.trees('account', [record]).get(record)?.data['Name'];
  };

  describe('records', () => {
    test('are durable together with the cursor of their page', async () => {
      const { catalog, lease } = begin();
      catalog.streams.savePage(lease, accounts, pageOf(1, { records: [account('a')], cursor: { at: 1 } }));
      const other = await bench().reopen();
      expect(other.streams.state(accounts)).toMatchObject({ cursor: { at: 1 }, asOf: instant(1) });
      expect(other.streams.countRecords(accounts)).toBe(1);
      other.close();
    });

    test('never go back: by version where both have one, else by when their read began', () => {
      const { catalog, lease } = begin();
      const save = (second: number, name: string, version?: string) =>
        catalog.streams.savePage(
          lease,
          accounts,
          pageOf(second, { records: [{ ...account('a', name), ...(version ? { version } : {}) }] }),
        );
      openAccounts(catalog, lease);
      expect(save(1, 'one', '1')).toMatchObject({ new: 1 });
      expect(save(3, 'three', '3')).toMatchObject({ changed: 1 });
      expect(save(9, 'two', '2')).toMatchObject({ older: 1 });
      expect(nameOf(catalog, 'a')).toBe('three');
      expect(save(2, 'unversioned and earlier')).toMatchObject({ older: 1 });
      expect(save(10, 'unversioned and later')).toMatchObject({ changed: 1 });
      expect(nameOf(catalog, 'a')).toBe('unversioned and later');
    });

    test('that are deleted are not brought back by a read that began before, and are by one that began after', () => {
      const { catalog, lease } = begin();
      const { streams } = catalog;
      openAccounts(catalog, lease);
      streams.savePage(lease, accounts, pageOf(1, { records: [account('a')] }));
      expect(streams.savePage(lease, accounts, pageOf(5, { deleted: ['a'] }))).toMatchObject({ deleted: 1 });
      expect(streams.savePage(lease, accounts, pageOf(4, { records: [account('a')] }))).toMatchObject({
        older: 1,
      });
      expect(streams.countRecords(accounts)).toBe(0);
      expect(streams.savePage(lease, accounts, pageOf(6, { records: [account('a')] }))).toMatchObject({
        new: 1,
      });
      expect(streams.countRecords(accounts)).toBe(1);
    });

    test('are counted once each: read is the sum of what became of them', () => {
      const { catalog, lease } = begin();
      catalog.streams.savePage(lease, accounts, pageOf(1, { records: [account('a'), account('b')] }));
      const { read, ...others } = catalog.streams.savePage(
        lease,
        accounts,
        pageOf(2, {
          records: [account('a'), account('b', 'other'), account('c')],
          deleted: ['d'],
          unreadable: [{ key: 'e', reason: 'no text' }],
        }),
      );
      expect(read).toBe(5);
      expect(Object.values(others).reduce((sum, one) => sum + one, 0)).toBe(read);
    });

    test('that cannot be read keep their last good version until they can', () => {
      const { catalog, lease } = begin();
      const { streams } = catalog;
      openAccounts(catalog, lease);
      streams.savePage(lease, accounts, pageOf(1, { records: [account('a', 'good')] }));
      const unreadable = [{ key: 'a', reason: 'no text' }];
      expect(streams.savePage(lease, accounts, pageOf(2, { unreadable }))).toMatchObject({ quarantined: 1 });
      streams.savePage(lease, accounts, pageOf(3, { unreadable }));
      expect(nameOf(catalog, 'a')).toBe('good');
      const entry = catalog.quarantine.records(undefined, 10)[0]!.entry;
      expect(entry).toMatchObject({
        attempts: 2,
        since: instant(2),
        lastSeen: instant(3),
        reason: 'no text',
      });
      streams.savePage(lease, accounts, pageOf(4, { records: [account('a', 'good')] }));
      expect(catalog.quarantine.count()).toBe(0);
    });

    test('keep what a source does not tell any more, and empty what it tells to be empty', () => {
      const { catalog, lease } = begin();
      const fields = ['Id', 'Name'];
      openAccounts(catalog, lease);
      catalog.streams.savePage(lease, accounts, pageOf(1, { records: [account('a', 'kept')], fields }));
      const untold = { key: 'a', data: { Id: 'a' } };
      catalog.streams.savePage(lease, accounts, pageOf(2, { records: [untold], fields }));
      expect(nameOf(catalog, 'a')).toBe('kept');
      const emptied = { key: 'a', data: { Id: 'a', Name: null } };
      catalog.streams.savePage(lease, accounts, pageOf(3, { records: [emptied], fields }));
      expect(nameOf(catalog, 'a')).toBeNull();
    });
  });

  describe('what is dirty', () => {
    const save = (
      { streams }: Catalog,
      lease: Lease,
      second: number,
      ...parts: ReturnType<typeof contact>[]
    ) => streams.savePage(lease, contacts, pageOf(second, { records: parts }));

    test('is every document that uses what changed, under the old parent and the new one', () => {
      const { catalog, lease } = begin();
      catalog.streams.savePage(lease, accounts, pageOf(1, { records: [account('a'), account('b')] }));
      openAccounts(catalog, lease);
      save(catalog, lease, 2, contact('c', 'a'));
      expect(dirtyKeys(catalog, lease)).toEqual(['a']);
      save(catalog, lease, 3, contact('c', 'b'));
      expect(dirtyKeys(catalog, lease)).toEqual(['a', 'b']);
      expect(dirtyKeys(catalog, lease)).toEqual([]);
    });

    test('is not what uses none of the fields that changed', () => {
      const { catalog, lease } = begin();
      openAccounts(catalog, lease);
      const records = (unused: number) => [account('a', 'same', { Unused: unused })];
      catalog.streams.savePage(lease, accounts, pageOf(1, { records: records(1) }));
      dirtyKeys(catalog, lease);
      catalog.streams.savePage(lease, accounts, pageOf(2, { records: records(2) }));
      expect(dirtyKeys(catalog, lease)).toEqual([]);
    });

    test('reaches a parent that arrives after its child', () => {
      const { catalog, lease } = begin();
      openAccounts(catalog, lease);
      save(catalog, lease, 1, contact('c', 'a', 'Ann'));
      catalog.streams.savePage(lease, accounts, pageOf(2, { records: [account('a')] }));
      expect(dirtyKeys(catalog, lease)).toEqual(['a']);
      const record = catalog.kinds.findRoot('account', 'a')!;
      const { parts } = catalog.kinds.trees('account', [record]).get(record)!;
      expect(parts['contacts']!.map((one) => one.data['Name'])).toEqual(['Ann']);
    });

    test('stays when a touch comes while the document is composed', () => {
      const { catalog, lease } = begin();
      openAccounts(catalog, lease);
      catalog.streams.savePage(lease, accounts, pageOf(1, { records: [account('a')] }));
      while (catalog.kinds.expand(lease));
      const dirty = catalog.kinds.takeDirty('account', 10);
      catalog.streams.savePage(lease, accounts, pageOf(2, { records: [account('a', 'touched')] }));
      const none = { id: undefined, content: undefined, targets: [] };
      catalog.documents.saveComposed(
        lease,
        'account',
        dirty.map((one) => ({ ...one, ...none })),
      );
      expect(dirtyKeys(catalog, lease)).toEqual(['a']);
    });
  });

  describe('absence', () => {
    test('is claimed of what was stored before a list began and is not shown by it, nor read since, nor quarantined', () => {
      const { catalog, lease } = begin();
      const { streams } = catalog;
      const records = ['shown', 'gone', 'read', 'broken'].map((key) => account(key));
      streams.savePage(lease, accounts, pageOf(1, { records }));
      streams.savePage(lease, accounts, pageOf(2, { unreadable: [{ key: 'broken', reason: 'no text' }] }));
      const list = streams.startEnumeration(lease, accounts);
      streams.noteSeen(lease, accounts, list, ['shown']);
      streams.savePage(lease, accounts, pageOf(9, { records: [account('read'), account('new')] }));
      const unseen = (asked?: boolean): string[] =>
        [...streams.unseen(accounts, list, instant(5), asked)].flat().sort();
      expect(unseen()).toEqual(['gone']);
      expect(unseen(true)).toEqual(['broken', 'gone']);
      expect(streams.removeAbsent(lease, accounts, ['gone', 'new', 'broken'], instant(5))).toBe(1);
      expect(streams.countRecords(accounts)).toBe(4);
      streams.endEnumeration(lease, accounts, list);
    });
  });
}
