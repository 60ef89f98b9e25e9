import { describe, expect, test } from 'vitest';
import type { InventoryResult } from '../../catalog/catalog.ts';
import { openSlot, type CatalogBench } from './catalog-bench.ts';

/** Desired, held, attempts, and deletes that wait for the guard. */
export function testHoldings(bench: () => CatalogBench): void {
  const begin = (...keys: string[]) => openSlot(bench().catalog, keys);

  describe('forgetting', () => {
    test('what is held of a few documents, named by their numbers, has those written again, and no other', () => {
      const { slot, lease, hold, due } = begin('a', 'b', 'c');
      for (const key of ['a', 'b', 'c']) hold(key, 'F1');
      const { documents, holdings } = bench().catalog;
      const numbers = ['a', 'c'].map((key) => documents.find('account', key)!.document);
      expect(holdings.countForget(slot, { documents: numbers })).toBe(2);
      expect([...holdings.forget(lease, slot, { documents: numbers })]).toEqual([{ documents: 2, due: 2 }]);
      expect(due().map((one) => one.id)).toEqual(['doc:a', 'doc:c']);
      expect([...holdings.forget(lease, slot, { documents: [] })]).toEqual([{ documents: 0, due: 0 }]);
    });
  });

  describe('an attempt', () => {
    test('is durable before anything is sent: another process finds it open', async () => {
      const { slot, want, send } = begin('a');
      want('a', 'F1');
      send('a', 'F1', ['a#1']);
      const other = await bench().reopen();
      expect(other.holdings.openAttempts(slot)[0]!.items).toMatchObject([
        { id: 'doc:a', action: 'write', fingerprint: 'F1', addresses: ['a#1'] },
      ]);
      other.close();
    });

    test('that is done says what is held, which is not always what is wanted by then', () => {
      const { want, send, close, due, holding } = begin('a');
      want('a', 'F1');
      const attempt = send('a', 'F1');
      want('a', 'F2');
      close(attempt, 'a', { status: 'done' });
      expect(holding('a')).toMatchObject({ held: 'F1', desired: 'F2' });
      expect(due().map((one) => one.desired)).toEqual(['F2']);
    });

    test('closes once: a second verdict changes nothing', () => {
      const { want, send, close, holding } = begin('a');
      want('a', 'F1');
      const attempt = send('a', 'F1');
      close(attempt, 'a', { status: 'done' });
      close(attempt, 'a', { status: 'unknown' });
      expect(holding('a')).toMatchObject({ held: 'F1', todo: false });
    });

    test('without an answer leaves the document in doubt, and every address until a verdict proves what is there', () => {
      const { hold, want, send, close, due, holding } = begin('a');
      hold('a', 'F1', ['a#1', 'a#2']);
      want('a', 'F2');
      close(send('a', 'F2', ['a#1', 'a#3']), 'a', { status: 'unknown' });
      expect(due()[0]).toMatchObject({ inDoubt: true });
      expect(due()[0]!.addresses.toSorted()).toEqual(['a#1', 'a#2', 'a#3']);
      close(send('a', 'F2', ['a#1']), 'a', { status: 'done', addresses: ['a#1'] });
      expect(holding('a')).toMatchObject({ held: 'F2', todo: false });
    });

    test('of what is no longer wanted is not settled by absence: what it put there is taken away again', () => {
      const { slot, lease, want, send, close, due } = begin('a');
      want('a', 'F1');
      const attempt = send('a', 'F1');
      want('a', '');
      close(attempt, 'a', { status: 'done' });
      bench().catalog.holdings.judgeDeletes(
        lease,
        slot,
        ['account'],
        { kind: 'account', cause: 'condition' },
        true,
      );
      expect(due().map((one) => [one.id, one.desired])).toEqual([['doc:a', '']]);
    });

    test('that was refused is not repeated until something else is wanted', () => {
      const { want, send, close, due, holding } = begin('a');
      want('a', 'F1');
      close(send('a', 'F1'), 'a', { status: 'rejected', code: 'NO', reason: 'too long' });
      expect(due()).toEqual([]);
      want('a', 'F1');
      expect(due()).toEqual([]);
      expect(holding('a')).toMatchObject({ quarantine: 'too long' });
      want('a', 'F2');
      expect(due()).toHaveLength(1);
    });
  });

  describe('a delete', () => {
    const account = ['account'];
    const counts = (slot: number) => bench().catalog.holdings.countGuarded(slot);

    test('waits for the judgement about its kind and cause, which is kept', async () => {
      const { slot, lease, hold, want, due } = begin('a', 'b');
      hold('a', 'F1');
      hold('b', 'F1');
      want('a', '');
      want('b', '');
      const { holdings } = bench().catalog;
      expect(due()).toEqual([]);
      expect(holdings.guardedDeletes(slot, account, 'all')).toMatchObject([
        { kind: 'account', cause: 'condition', count: 2, ids: ['doc:a', 'doc:b'] },
      ]);
      expect(holdings.guardedDeletes(slot, account, 'heldBack')).toEqual([]);
      holdings.judgeDeletes(lease, slot, account, { kind: 'account', cause: 'condition' }, false);
      expect(holdings.guardedDeletes(slot, account, 'heldBack')).toMatchObject([{ count: 2 }]);
      const other = await bench().reopen();
      expect(other.holdings.countGuarded(slot)).toEqual({ heldBack: 2, unjudged: 0 });
      other.close();
      holdings.judgeDeletes(lease, slot, account, { kind: 'account', cause: 'condition' }, true);
      expect(due()).toHaveLength(2);
    });

    test('that policy asks for never waits', () => {
      const { slot, hold, want, due } = begin('a');
      hold('a', 'F1');
      want('a', '', { targets: [{ slot, desired: '', withheld: 'secret' }] });
      expect(due().map((one) => one.desired)).toEqual(['']);
      expect(counts(slot)).toEqual({ heldBack: 0, unjudged: 0 });
    });

    test('that was let pass and did not succeed is not judged again', () => {
      const { slot, lease, hold, want, send, close, due } = begin('a');
      hold('a', 'F1');
      want('a', '');
      bench().catalog.holdings.judgeDeletes(
        lease,
        slot,
        account,
        { kind: 'account', cause: 'condition' },
        true,
      );
      close(send('a', ''), 'a', { status: 'unknown' });
      want('a', '');
      expect(due()).toHaveLength(1);
      expect(counts(slot)).toEqual({ heldBack: 0, unjudged: 0 });
    });

    test('that waits is forgotten when the document is wanted again', () => {
      const { slot, hold, want, due, holding } = begin('a');
      hold('a', 'F1');
      want('a', '');
      want('a', 'F1');
      expect(counts(slot)).toEqual({ heldBack: 0, unjudged: 0 });
      expect(due()).toEqual([]);
      expect(holding('a')).toMatchObject({ todo: false });
    });
  });

  describe('an inventory', () => {
    const compare = (
      slot: number,
      shown: readonly { id: string; fingerprint?: string }[],
      ...finish: Parameters<
        ReturnType<ReturnType<typeof bench>['catalog']['holdings']['inventory']>['finish']
      >
    ): InventoryResult => {
      const comparison = bench().catalog.holdings.inventory(slot, 'doc:');
      comparison.add(shown.map((one) => ({ ...one, status: 'present' })));
      return [...comparison.finish(...finish)].findLast((one) => one !== undefined)!;
    };

    test('tells missing, different, unexpected and forbidden, and leaves what is not ours alone', () => {
      const { slot, hold, want } = begin('a', 'b', 'c', 'd');
      for (const key of ['a', 'b', 'c']) hold(key, 'F1');
      want('d', 'F1');
      want('d', '', { targets: [{ slot, desired: '', withheld: 'secret' }] });
      const shown = ['doc:a', 'doc:b', 'doc:d', 'doc:x', 'other:y'].map((id) => ({
        id,
        fingerprint: id === 'doc:b' ? 'F0' : 'F1',
      }));
      expect(compare(slot, shown, undefined)).toMatchObject({
        missing: ['doc:c'],
        different: ['doc:b'],
        unexpected: ['doc:x'],
        forbidden: ['doc:d'],
        foreignCount: 1,
      });
    });

    test('takes the place of books that are older: fingerprints count, an id alone is in doubt', () => {
      const { slot, lease, hold, holding } = begin('a', 'b', 'c');
      for (const key of ['a', 'b', 'c']) hold(key, 'F1');
      compare(slot, [{ id: 'doc:a', fingerprint: 'F1' }, { id: 'doc:b' }], lease, { relearn: true });
      expect(holding('a')).toMatchObject({ held: 'F1', todo: false });
      expect(holding('b')).toMatchObject({ held: undefined, todo: true });
      expect(holding('c')).toMatchObject({ held: '', todo: true });
    });
  });
}
