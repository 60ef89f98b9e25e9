import { expect, test } from 'vitest';
import type { AcceptedChange, Destination, InventoryItem } from '../../contract/destination.ts';
import type { Json } from '../../contract/json.ts';
import { createTestDocument } from '../test-document.ts';
import type { Changer } from './destination-changes.ts';
import type { DestinationBench, DestinationSetup } from './destination-suite.ts';

/** What the tests of attempts work on: the bench of the test that runs. */
export interface DestinationTests {
  readonly setup: DestinationSetup;
  bench(): DestinationBench;
  changer(): Changer;
  inventory(): Promise<InventoryItem[]>;
}

/** Attempts outlive the process that made them, and ids are any text. */
export function testAttempts({ setup, bench, changer, inventory }: DestinationTests): void {
  const offers = (what: DestinationSetup['offers'][number]): boolean => setup.offers.includes(what);
  const stored = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;

  test('looking changes nothing: a slot that nobody has made ready is the same after check and plan', async () => {
    const fresh = await setup.open();
    const plan = await fresh.destination.plan();
    expect(plan.owner).toBeUndefined();
    await fresh.destination.check().catch((error: Error) => expect(error.name).toBe('ConfigError'));
    expect(await fresh.destination.plan()).toEqual(plan);
    await fresh.destination.close?.();
    await fresh.close();
  });

  test('receipts are plain JSON, and enough for another process to delete by', async () => {
    const { destination } = bench();
    const write = changer().write(createTestDocument('a'));
    const [outcome] = await destination.write([write]);
    const receipt = outcome && 'receipt' in outcome ? outcome.receipt : undefined;
    if (receipt !== undefined) expect(stored(receipt)).toEqual(receipt);
    await changer().settle(destination, [write]);
    const other = await bench().reopen();
    const [removed] = await changer().settle(other, [stored(changer().remove(write.id))]);
    expect(removed?.status).toBe('done');
    if (offers('inventory')) expect(await inventory()).toEqual([]);
    await other.close?.();
  });

  if (offers('confirm')) {
    test('what one process had accepted, another confirms by the stored receipt', async () => {
      const { destination } = bench();
      const changes = ['a', 'b', 'c'].map((key) => changer().write(createTestDocument(key)));
      const outcomes = await destination.write(changes);
      const accepted = outcomes.flatMap((outcome, i): AcceptedChange[] =>
        outcome.status === 'accepted'
          ? [{ id: changes[i]!.id, action: 'write', receipt: stored(outcome.receipt) }]
          : [],
      );
      expect(accepted.length, 'what confirm is asked about is accepted first').toBeGreaterThan(0);
      const other = await bench().reopen();
      expect(await confirmed(other, accepted.toReversed())).toEqual(accepted.map(() => 'done'));
      await other.close?.();
    });
  }

  /** How each ends, in the order asked. */
  async function confirmed(by: Destination, accepted: readonly AcceptedChange[]): Promise<string[]> {
    const asked = [...accepted];
    const ends: string[] = [];
    for (let poll = 0; poll < (setup.maxPolls ?? 50); poll++) {
      await bench().later();
      const verdicts = await by.confirm!(asked);
      verdicts.forEach((verdict, i) => {
        const receipt: Json =
          'receipt' in verdict ? (verdict.receipt ?? asked[i]!.receipt) : asked[i]!.receipt;
        asked[i] = { ...asked[i]!, receipt: stored(receipt) };
        ends[i] = verdict.status;
      });
      if (!ends.includes('waiting')) return ends;
    }
    return ends;
  }

  if (offers('inventory')) {
    test('ids of any characters come back as they are, and lead to their document', async () => {
      const { destination } = bench();
      const keys = ['a/b', '../up', "O'Brien", '"quoted"', '100% %41', 'a:b', ' x ', 'ü😀', '#?&=', '_a-b'];
      const documents = keys.map((key) => createTestDocument(key));
      const results = await changer().settle(destination, documents.map(changer().write));
      expect(results.map((result) => result.status)).toEqual(keys.map(() => 'done'));
      const ids = documents.map((document) => document.id).sort();
      expect((await inventory()).map((item) => item.id)).toEqual(ids);
      await changer().settle(destination, [changer().remove(ids[0]!)]);
      expect((await inventory()).map((item) => item.id)).toEqual(ids.slice(1));
    });
  }
}
