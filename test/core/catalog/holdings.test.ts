import { describe, expect, it } from 'vitest';
import type { AttemptItem, ComposedDocument } from '../../../core/catalog/index.ts';
import { createTestCatalog, kindOf, openKinds, page } from './catalog.ts';

const account = 'crm.Account';

/** Documents a, b, c of one kind, wanted in one slot. */
function createSlot() {
  const { catalog, lease, slot } = createTestCatalog([account], ['left']);
  const left = slot('left');
  const { streams, kinds, documents, holdings } = catalog;
  const records = ['a', 'b', 'c'].map((key) => ({ key, data: { name: key } }));
  streams.savePage(lease, account, page(1, { records }));
  openKinds(catalog, lease, [kindOf('account', account)]);
  while (kinds.expand(lease));
  const want = (key: string, desired: string, more: Partial<ComposedDocument> = {}) => {
    const record = kinds.findRoot('account', key)!;
    const targets = [{ slot: left, desired, withheld: undefined }];
    const one = { record, mark: 1e9, bulk: false, id: `doc:${key}`, content: desired, targets, ...more };
    return documents.saveComposed(lease, 'account', [one]).counts.get(left);
  };
  const numberOf = (key: string): number => documents.find('account', key)!.document;
  const item = (key: string, fingerprint: string, addresses: string[] = []): AttemptItem => ({
    document: numberOf(key),
    id: `doc:${key}`,
    action: fingerprint === '' ? 'delete' : 'write',
    fingerprint,
    addresses,
  });
  const open = (...items: AttemptItem[]): number => holdings.openAttempt(lease, left, items);
  const close = (attempt: number, key: string, closing: Parameters<typeof holdings.close>[3][number][1]) =>
    holdings.close(lease, left, attempt, [[numberOf(key), closing]]);
  const work = () => [...holdings.work(left, 'fresh', 0, 10), ...holdings.work(left, 'bulk', 0, 10)];
  const letPass = (cause: 'source' | 'condition' | 'identity'): void =>
    holdings.judgeDeletes(
      lease,
      left,
      ['account'],
      { kind: cause === 'identity' ? undefined : 'account', cause },
      true,
    );
  const holdingOf = (key: string) => documents.find('account', key)?.holdings[0];
  return { catalog, lease, left, streams, holdings, want, item, open, close, work, letPass, holdingOf };
}

describe('an attempt', () => {
  it('that is done settles its document, and ends when none of its items is left open', () => {
    const { left, holdings, want, item, open, close, work, holdingOf } = createSlot();
    expect(want('a', 'F1')).toMatchObject({ considered: 1 });
    want('b', 'F1');
    const attempt = open(item('a', 'F1'), item('b', 'F1'));
    expect(close(attempt, 'a', { status: 'done' })).toMatchObject({ written: 1 });
    expect(holdingOf('a')).toMatchObject({ held: 'F1', todo: false });
    expect(holdings.openAttempts(left)[0]!.items.map((one) => one.id)).toEqual(['doc:b']);
    close(attempt, 'b', { status: 'done' });
    expect(holdings.openAttempts(left)).toEqual([]);
    expect(work()).toEqual([]);
  });

  it('is a verdict about what was sent, not about what is wanted by then', () => {
    const { want, item, open, close, work, holdingOf } = createSlot();
    want('a', 'F1');
    const attempt = open(item('a', 'F1'));
    want('a', 'F2');
    expect(close(attempt, 'a', { status: 'done' })).toMatchObject({ written: 0 });
    expect(holdingOf('a')).toMatchObject({ held: 'F1', desired: 'F2', todo: true });
    expect(work().map((one) => one.desired)).toEqual(['F2']);
  });

  it('of a document that is no longer wanted, and was never held, still has it deleted', () => {
    const { want, item, open, close, work, letPass } = createSlot();
    want('a', 'F1');
    const attempt = open(item('a', 'F1'));
    expect(want('a', '', { id: undefined, content: undefined })).toMatchObject({ unchanged: 1 });
    expect(close(attempt, 'a', { status: 'done' })).toMatchObject({ considered: 1 });
    expect(work()).toEqual([]);
    letPass('condition');
    expect(work().map((one) => [one.id, one.desired])).toEqual([['doc:a', '']]);
  });

  it('whose answer never came leaves every address it may have touched, until a verdict proves what is there', () => {
    const { want, item, open, close, work, holdingOf } = createSlot();
    want('a', 'F1');
    close(open(item('a', 'F1', ['a#0', 'a#1'])), 'a', { status: 'done', addresses: ['a#0', 'a#1'] });
    want('a', 'F2');
    close(open(item('a', 'F2', ['a#0', 'a#2'])), 'a', { status: 'unknown' });
    expect(holdingOf('a')).toMatchObject({ held: undefined, todo: true });
    expect(work()[0]!.addresses.toSorted()).toEqual(['a#0', 'a#1', 'a#2']);
    close(open(item('a', 'F2', ['a#0'])), 'a', { status: 'done', addresses: ['a#0'] });
    expect(holdingOf('a')).toMatchObject({ held: 'F2', todo: false });
  });

  it('that is confirmed later keeps the addresses it was sent to', () => {
    const { want, item, open, close, work } = createSlot();
    want('a', 'F1');
    const attempt = open(item('a', 'F1', ['a#0', 'a#1']));
    close(attempt, 'a', { status: 'accepted', acceptance: { ticket: 1 } });
    close(attempt, 'a', { status: 'done' });
    want('a', 'F2');
    expect(work()[0]!.addresses).toEqual(['a#0', 'a#1']);
  });

  it('that changed nothing is tried again, and counts nothing', () => {
    const { want, item, open, close, work } = createSlot();
    want('a', 'F1');
    const { considered, ...counts } = close(open(item('a', 'F1')), 'a', { status: 'later' });
    expect([considered, ...Object.values(counts)].every((one) => one === 0)).toBe(true);
    expect(work()).toHaveLength(1);
  });

  it('that is refused is not tried again until something else is wanted', () => {
    const { want, item, open, close, work, holdingOf } = createSlot();
    want('a', 'F1');
    const refused = { status: 'rejected', code: 'NO', reason: 'too long' } as const;
    expect(close(open(item('a', 'F1')), 'a', refused)).toMatchObject({ quarantined: 1 });
    expect(work()).toEqual([]);
    expect(want('a', 'F1')).toMatchObject({ considered: 1, quarantined: 1 });
    expect(holdingOf('a')).toMatchObject({ quarantine: 'too long', todo: false });
    want('a', 'F2');
    expect(work()).toHaveLength(1);
    close(open(item('a', 'F2')), 'a', { status: 'done' });
    expect(holdingOf('a')).toMatchObject({ quarantine: undefined, held: 'F2' });
  });

  it('closes once: a second verdict about it changes nothing', () => {
    const { want, item, open, close, holdingOf } = createSlot();
    want('a', 'F1');
    const attempt = open(item('a', 'F1'));
    close(attempt, 'a', { status: 'done' });
    close(attempt, 'a', { status: 'unknown' });
    expect(holdingOf('a')).toMatchObject({ held: 'F1', todo: false });
  });
});

describe('the comparison with an inventory', () => {
  type Shown = { id: string; status: string; fingerprint?: string };
  const compare = (
    { lease, left, holdings }: ReturnType<typeof createSlot>,
    shown: readonly Shown[],
    repair: boolean,
  ) => {
    const comparison = holdings.inventory(left, 'doc:');
    comparison.add(shown);
    return [...comparison.finish(repair ? lease : undefined)].at(-1);
  };
  const holdAll = (made: ReturnType<typeof createSlot>): void => {
    for (const key of ['a', 'b', 'c']) {
      made.want(key, 'F1');
      made.close(made.open(made.item(key, 'F1')), key, { status: 'done' });
    }
  };
  const shown = (key: string, fingerprint = 'F1'): Shown => ({
    id: `doc:${key}`,
    status: 'present',
    fingerprint,
  });

  it('tells what is missing, different and unexpected, and changes nothing unless asked to', () => {
    const made = createSlot();
    holdAll(made);
    const foreign = { id: 'someone:else', status: 'present' };
    const inventory = [shown('a'), shown('b', 'other'), shown('stranger'), foreign];
    const result = compare(made, inventory, false);
    expect(result).toMatchObject({
      expected: 3,
      present: 2,
      seen: 2,
      missing: ['doc:c'],
      different: ['doc:b'],
      unexpected: ['doc:stranger'],
      foreignCount: 1,
    });
    expect(made.work()).toEqual([]);
    compare(made, inventory, true);
    made.letPass('identity');
    expect(
      made
        .work()
        .map((one) => [one.id, one.desired])
        .toSorted(),
    ).toEqual([
      ['doc:b', 'F1'],
      ['doc:c', 'F1'],
      ['doc:stranger', ''],
    ]);
  });

  it('counts a document that failed at the service as missing', () => {
    const made = createSlot();
    holdAll(made);
    const failed = { id: 'doc:a', status: 'failed' };
    expect(compare(made, [failed, shown('b'), shown('c')], true)).toMatchObject({ missing: ['doc:a'] });
    expect(made.work().map((one) => one.id)).toEqual(['doc:a']);
  });

  it('leaves a document with an open attempt to its verdict', () => {
    const made = createSlot();
    holdAll(made);
    made.want('a', 'F2');
    made.open(made.item('a', 'F2'));
    const result = compare(made, [shown('a', 'F2'), shown('b'), shown('c')], true);
    expect(result).toMatchObject({ different: [], missing: [], unsettled: 1 });
    expect(made.holdingOf('a')).toMatchObject({ held: 'F1' });
  });

  it('finds a deletion that the service had not carried out, and one that it carried out itself', () => {
    const made = createSlot();
    holdAll(made);
    made.want('a', '', { id: undefined, content: undefined });
    expect(compare(made, [shown('b'), shown('c')], true)).toMatchObject({ missing: ['doc:a'] });
    expect(made.work().filter((one) => one.bulk)).toEqual([]);
  });

  describe('beside a run that composes what the slot shows, and is not in its books', () => {
    const beside = (inventory: readonly (Shown & { addresses?: string[] })[], composeAfter: number) => {
      const made = createSlot();
      const comparison = made.holdings.inventory(made.left, 'doc:');
      comparison.add(inventory);
      const steps = [];
      for (const step of comparison.finish(made.lease)) {
        steps.push(step);
        if (steps.length === composeAfter) made.want('a', 'F2');
      }
      return { ...made, unexpected: steps.at(-1)!.unexpected };
    };
    const betweenSteps = [1, 2];

    it.each(betweenSteps)('leaves it wanted, and to be written (after step %i)', (composeAfter) => {
      const made = beside([shown('a')], composeAfter);
      expect(made.unexpected).toEqual(['doc:a']);
      expect(made.holdingOf('a')).toMatchObject({ desired: 'F2', held: 'F1', todo: true });
      expect(made.work().map((one) => [one.id, one.desired, one.bulk])).toEqual([['doc:a', 'F2', false]]);
      expect(made.holdings.countGuarded(made.left)).toEqual({ heldBack: 0, unjudged: 0 });
    });

    it.each(betweenSteps)(
      'knows where it lies, so that nothing of it is left (after step %i)',
      (composeAfter) => {
        const made = beside([{ ...shown('a'), addresses: ['a#0', 'a#1'] }], composeAfter);
        expect(made.work().map((one) => one.addresses)).toEqual([['a#0', 'a#1']]);
      },
    );

    it('takes it for the same document, also where it is composed while the first of many are adopted', () => {
      const strangers = Array.from({ length: 2000 }, (_, at) => shown(String(at).padStart(4, '0')));
      const made = beside([...strangers, shown('a')], 4);
      expect(made.holdingOf('a')).toMatchObject({ desired: 'F2', held: 'F1', todo: true });
      expect(made.holdings.countGuarded(made.left)).toEqual({ heldBack: 0, unjudged: 2000 });
    });
  });
});
