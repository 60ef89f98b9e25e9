import { describe, expect, it } from 'vitest';
import { at, createTestCatalog, kindOf, openKinds, page } from './catalog.ts';

const account = 'crm.Account';

function createStream(keys: readonly string[], asOf = 10) {
  const { catalog, lease } = createTestCatalog([account]);
  const { streams } = catalog;
  openKinds(catalog, lease, [kindOf('account', account)]);
  const save = (second: number, more: Parameters<typeof page>[1]) =>
    streams.savePage(lease, account, page(second, more));
  const rows = (...names: string[]) => names.map((key) => ({ key, data: { name: key } }));
  save(asOf, { records: rows(...keys) });
  return { catalog, lease, streams, save, rows };
}

describe('an enumeration', () => {
  it('names the records it did not show, in key order', () => {
    const { streams, lease } = createStream(['a', 'b', 'c', 'd', 'e']);
    const enumeration = streams.startEnumeration(lease, account);
    streams.noteSeen(lease, account, enumeration, ['b', 'd', 'unknown']);
    expect([...streams.unseen(account, enumeration, at(20))].flat()).toEqual(['a', 'c', 'e']);
  });

  it('says nothing of records stored since it began, quarantined, or deleted', () => {
    const { streams, lease, save, rows } = createStream(['a', 'b', 'c']);
    const enumeration = streams.startEnumeration(lease, account);
    save(20, { records: rows('new') });
    save(21, { unreadable: [{ key: 'b', reason: 'broken' }], deleted: ['c'] });
    expect([...streams.unseen(account, enumeration, at(20))].flat()).toEqual(['a']);
  });

  it('takes a record for shown that the read after it shows, also when that leaves it unchanged', () => {
    const { streams, lease, save, rows } = createStream(['a', 'b']);
    const enumeration = streams.startEnumeration(lease, account);
    expect(save(30, { records: rows('a') })).toMatchObject({ unchanged: 1 });
    expect([...streams.unseen(account, enumeration, at(20))].flat()).toEqual(['b']);
    streams.endEnumeration(lease, account, enumeration);
  });

  it('is followed by a removal that spares what was stored, deleted or quarantined meanwhile', () => {
    const { catalog, streams, lease, save, rows } = createStream(['a', 'b', 'c', 'd']);
    save(25, {
      records: [{ key: 'b', data: { name: 'changed' } }],
      unreadable: [{ key: 'c', reason: 'broken' }],
    });
    save(26, { deleted: ['d'] });
    expect(streams.removeAbsent(lease, account, ['a', 'b', 'c', 'd', 'never'], at(20))).toBe(1);
    expect(streams.countRecords(account)).toBe(2);
    expect(catalog.kinds.countDirty('account')).toBeGreaterThan(0);
    expect(save(19, { records: rows('a') })).toMatchObject({ older: 1 });
    expect(save(21, { records: rows('a') })).toMatchObject({ new: 1 });
  });

  it('tells tens of thousands of records apart, in steps that stay small also when nothing is gone', () => {
    const keys = Array.from({ length: 20_000 }, (_, index) => `k${String(index).padStart(5, '0')}`);
    const { streams, lease } = createStream(keys);
    const enumeration = streams.startEnumeration(lease, account);
    for (let from = 0; from < keys.length; from += 1000) {
      const shown = keys.slice(from, from + 1000).filter((_, index) => index !== 500);
      streams.noteSeen(lease, account, enumeration, shown);
    }
    const steps = [...streams.unseen(account, enumeration, at(20))];
    expect(steps.length).toBeGreaterThanOrEqual(4);
    expect(steps.flat()).toHaveLength(20);
    expect(steps.flat().slice(0, 3)).toEqual(['k00500', 'k01500', 'k02500']);
    expect([...streams.unseen(account, enumeration, at(5))].map((keys) => keys.length)).toEqual(
      steps.map(() => 0),
    );
  });
});
