import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LeaseLost, type Catalog } from '../../catalog/catalog.ts';
import {
  accountKind,
  accounts,
  openSlot,
  pageOf,
  account,
  take,
  type CatalogBench,
} from './catalog-bench.ts';
import { testHoldings } from './catalog-holdings.ts';
import { testRecords } from './catalog-records.ts';

export interface CatalogSetup {
  open(): Promise<CatalogBench>;
  /** Longer than a lease lives without its holder. */
  readonly leaseMs: number;
}

/** Holds a catalog to its interfaces: what the engine relies on, whatever database is behind it. */
export function describeCatalog(name: string, setup: CatalogSetup): void {
  describe(`${name} keeps the contract of a catalog`, () => {
    let bench: CatalogBench;
    let catalog: Catalog;
    beforeEach(async () => {
      bench = await setup.open();
      catalog = bench.catalog;
    });
    afterEach(() => bench.close());

    describe('leases', () => {
      test('are taken for all names or for none, and the holder is named', async () => {
        take(catalog, ['compose', 'slot:1']);
        const other = await bench.reopen();
        expect(other.leases.acquire(['stream:a', 'slot:1'])).toMatchObject({
          name: 'slot:1',
          heldBy: expect.any(String),
        });
        expect(take(other, ['stream:a'])).toMatchObject({ names: ['stream:a'] });
        other.close();
      });

      test('rise in epoch with every holder, and tell that some verb has been at work', () => {
        const first = take(catalog, ['compose']);
        catalog.leases.release(first);
        const second = take(catalog, ['compose']);
        expect(second.epoch).toBeGreaterThan(first.epoch);
        expect(catalog.leases.lastEpoch()).toBe(second.epoch);
      });

      test('that are given back leave no right to write', () => {
        const lease = take(catalog, [`stream:${accounts}`]);
        catalog.leases.release(lease);
        expect(() => catalog.streams.savePage(lease, accounts, pageOf(1))).toThrow(LeaseLost);
      });

      test('that another has taken over refuse every write of the old holder, and leave nothing of it', async () => {
        const { slot, lease, want, send } = openSlot(catalog, ['a']);
        want('a', 'F1');
        const attempt = send('a', 'F1');
        bench.advance(setup.leaseMs);
        const other = await bench.reopen();
        const next = take(other, lease.names);
        expect(next.epoch).toBeGreaterThan(lease.epoch);
        const writes: readonly (() => unknown)[] = [
          () => catalog.streams.savePage(lease, accounts, pageOf(2, { records: [account('b')] })),
          () => catalog.streams.finish(lease, accounts),
          () => catalog.streams.removeAbsent(lease, accounts, ['a'], pageOf(9).asOf, true),
          () => catalog.kinds.define(lease, [accountKind('two')]),
          () => catalog.kinds.expand(lease),
          () => want('a', 'F2'),
          () => send('a', 'F2'),
          () => catalog.holdings.close(lease, slot, attempt, []),
          () => [...catalog.holdings.forget(lease, slot, {})],
          () => catalog.holdings.judgeDeletes(lease, slot, [], { kind: 'account', cause: 'source' }, true),
        ];
        for (const write of writes) expect(write).toThrow(LeaseLost);
        expect(other.streams.countRecords(accounts)).toBe(1);
        expect(other.holdings.openAttempts(slot)).toHaveLength(1);
        other.close();
      });
    });

    test('the id of the installation, notes and small caches outlive the process', async () => {
      catalog.notes.set('identity:crm', { instance: 'one' });
      catalog.cache.set('vectors', [['k', new Uint8Array([1, 2])]], 1000);
      const other = await bench.reopen();
      expect(other.installation).toBe(catalog.installation);
      expect(other.notes.get('identity:crm')).toEqual({ instance: 'one' });
      expect([...other.cache.get('vectors', 'k')!]).toEqual([1, 2]);
      other.close();
    });

    testRecords(() => bench);
    testHoldings(() => bench);
  });
}
