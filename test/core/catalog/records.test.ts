import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { createTestCatalog, kindOf, openKinds, page } from './catalog.ts';

const account = 'crm.Account';
const row = (key: string, name: string, version?: string) => ({
  key,
  data: { name },
  ...(version === undefined ? {} : { version }),
});

function createRecords() {
  const { catalog, lease } = createTestCatalog([account]);
  openKinds(catalog, lease, [kindOf('account', account)]);
  const { streams, kinds } = catalog;
  return {
    streams,
    lease,
    save: (...args: Parameters<typeof page>) => streams.savePage(lease, account, page(...args)),
    nameOf(key: string): unknown {
      const record = kinds.findRoot('account', key);
      return record === undefined ? undefined : kinds.trees('account', [record]).get(record)?.data['name'];
    },
    quarantined: () => catalog.insight.quarantine(10).map((one) => one.key),
  };
}

describe('a record', () => {
  it('is replaced by what a later read says, and never by an older one', () => {
    const { save, nameOf } = createRecords();
    expect(save(10, { records: [row('a', 'new')] })).toMatchObject({ read: 1, new: 1 });
    expect(save(9, { records: [row('a', 'old')] })).toMatchObject({ read: 1, older: 1 });
    expect(nameOf('a')).toBe('new');
    expect(save(11, { records: [row('a', 'newer')] })).toMatchObject({ read: 1, changed: 1 });
    expect(nameOf('a')).toBe('newer');
  });

  it('is ordered by the source’s version where there is one, whenever it was read', () => {
    const { save, nameOf } = createRecords();
    save(10, { records: [row('a', 'five', '5')] });
    expect(save(20, { records: [row('a', 'four', '4')] })).toMatchObject({ older: 1 });
    expect(save(5, { records: [row('a', 'six', '6')] })).toMatchObject({ changed: 1 });
    expect(nameOf('a')).toBe('six');
  });

  it('is taken in its newest version when a page names it twice, in either order', () => {
    for (const records of [
      [row('a', 'two', '2'), row('a', 'one', '1')],
      [row('a', 'one', '1'), row('a', 'two', '2')],
    ]) {
      const { save, nameOf } = createRecords();
      expect(save(10, { records })).toMatchObject({ read: 2, new: 1, older: 1 });
      expect(nameOf('a')).toBe('two');
    }
  });

  it('stays gone for reads that began before it was deleted, and comes back with a later one', () => {
    const { save, nameOf } = createRecords();
    save(10, { records: [row('a', 'name', '1')] });
    expect(save(20, { deleted: ['a'] })).toMatchObject({ read: 1, deleted: 1 });
    expect(nameOf('a')).toBeUndefined();
    expect(save(19, { records: [row('a', 'name', '2')] })).toMatchObject({ older: 1 });
    expect(nameOf('a')).toBeUndefined();
    expect(save(21, { records: [row('a', 'again', '0')] })).toMatchObject({ new: 1 });
    expect(nameOf('a')).toBe('again');
  });

  it('that was deleted before it was ever seen is not brought in by an older read', () => {
    const { save, nameOf } = createRecords();
    expect(save(20, { deleted: ['a'] })).toMatchObject({ read: 1, older: 1 });
    expect(save(10, { records: [row('a', 'name')] })).toMatchObject({ older: 1 });
    expect(nameOf('a')).toBeUndefined();
  });

  it('is not deleted by an older read that says it is gone', () => {
    const { save, nameOf } = createRecords();
    save(20, { records: [row('a', 'name')] });
    expect(save(10, { deleted: ['a'] })).toMatchObject({ older: 1 });
    expect(nameOf('a')).toBe('name');
  });

  it('is compared by time alone with versions of another shape', () => {
    const { save, streams, lease, nameOf } = createRecords();
    save(10, { records: [row('a', 'old shape', '2026-01-01')] });
    streams.reshape(lease, account, 'by number');
    save(20, { records: [row('a', 'new shape', '0007')] });
    expect(nameOf('a')).toBe('new shape');
    expect(save(30, { records: [row('a', 'older number', '0006')] })).toMatchObject({ older: 1 });
  });

  it('that cannot be read keeps its last good content, and is quarantined until it can be', () => {
    const { save, nameOf, quarantined } = createRecords();
    save(10, { records: [row('a', 'good')] });
    expect(save(20, { unreadable: [{ key: 'a', reason: 'broken' }] })).toMatchObject({
      read: 1,
      quarantined: 1,
    });
    expect([nameOf('a'), quarantined()]).toEqual(['good', ['a']]);
    save(30, { records: [row('a', 'good')] });
    expect(quarantined()).toEqual([]);
  });

  it('with a key that is too long is quarantined, and does not stand in the way of one whose key begins alike', () => {
    const { save, nameOf, quarantined } = createRecords();
    const short = 'k'.repeat(64);
    expect(save(10, { records: [row('k'.repeat(513), 'long'), row(short, 'short')] })).toMatchObject({
      read: 2,
      new: 1,
      quarantined: 1,
    });
    expect([nameOf(short), quarantined()]).toEqual(['short', [`${short}…`]]);
  });

  it('ends as its newest version whatever the order and the pages in which versions arrive, and every record is accounted for', () => {
    const versions = fc.array(
      fc.record({
        key: fc.constantFrom('a', 'b', 'c'),
        version: fc.integer({ min: 1, max: 9 }),
        asOf: fc.integer({ min: 1, max: 9 }),
      }),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(versions, fc.integer({ min: 1, max: 4 }), (arrivals, pageSize) => {
        const { save, nameOf } = createRecords();
        for (let from = 0; from < arrivals.length; from += pageSize) {
          const own = arrivals.slice(from, from + pageSize);
          const counts = save(own[0]!.asOf, {
            records: own.map(({ key, version }) => row(key, `name ${version}`, String(version))),
          });
          const { read, ...became } = counts;
          expect(read).toBe(own.length);
          expect(Object.values(became).reduce((sum, one) => sum + one, 0)).toBe(read);
        }
        for (const key of ['a', 'b', 'c']) {
          const newest = Math.max(0, ...arrivals.filter((one) => one.key === key).map((one) => one.version));
          expect(nameOf(key)).toBe(newest === 0 ? undefined : `name ${newest}`);
        }
      }),
      { seed: 7, numRuns: 150 },
    );
  });
});
