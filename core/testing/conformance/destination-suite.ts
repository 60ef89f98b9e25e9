import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BusinessDocument } from '../../contract/document.ts';
import type { Destination } from '../../contract/destination.ts';
import type { Filter } from '../../contract/filter.ts';
import { createTestDocument } from '../test-document.ts';
import { testAttempts } from './destination-attempts.ts';
import { collect } from './source-pages.ts';
import { createChanger, type Changer } from './destination-changes.ts';
import { testReadBack } from './destination-read-back.ts';

/** A destination over a fresh service that nobody else uses: made for each test, closed after it. */
export interface DestinationBench {
  /** Its slot does not exist yet, or is empty and owned by nobody. */
  readonly destination: Destination;
  /** Another process over the same slot, of this installation or of another one. */
  reopen(options?: { readonly installation?: string }): Promise<Destination>;
  /** Called between two polls: moves the service's clock on. */
  later(): Promise<void>;
  close(): Promise<void>;
}
export interface DestinationSetup {
  open(): Promise<DestinationBench>;
  /** The optional methods that the destination has; the suite holds it to exactly these. */
  readonly offers: readonly ('confirm' | 'inventory' | 'readBack' | 'search' | 'slots' | 'expect')[];
  /** Makes a document that the service itself refuses, though it is within the limits. */
  readonly poison?: (document: BusinessDocument) => BusinessDocument;
  /** How often a test asks before it gives up on a change that is still on its way; 50 when absent. */
  readonly maxPolls?: number;
}

/** Holds a destination to the contract. Run it against an emulator that is as strict as the vendor. */
export function describeDestination(name: string, setup: DestinationSetup): void {
  describe(`${name} keeps the contract of a destination`, () => {
    let bench: DestinationBench;
    let destination: Destination;
    let changer: Changer;
    const offers = (what: DestinationSetup['offers'][number]): boolean => setup.offers.includes(what);
    const inventory = async () => {
      await bench.later();
      const items = await collect(destination.inventory!());
      return items.sort((a, b) => (a.id < b.id ? -1 : 1));
    };

    beforeEach(async () => {
      bench = await setup.open();
      destination = bench.destination;
      changer = createChanger(() => bench.later(), setup.maxPolls ?? 50);
      await destination.apply(await destination.plan());
    });
    afterEach(async () => {
      await destination.close?.();
      await bench.close();
    });

    test('it offers exactly the optional methods that its setup names', () => {
      expect(destination.confirm !== undefined).toBe(offers('confirm'));
      expect(destination.inventory !== undefined).toBe(offers('inventory'));
      expect(destination.readBack !== undefined).toBe(offers('readBack'));
      expect(destination.search !== undefined).toBe(offers('search'));
      expect(destination.slots !== undefined).toBe(offers('slots'));
      expect(destination.expect !== undefined).toBe(offers('expect'));
    });

    test('apply is idempotent: afterwards there is nothing to do, and doing it again changes nothing', async () => {
      await changer.settle(destination, [changer.write(createTestDocument('kept'))]);
      const plan = await destination.plan();
      expect(plan.steps.filter((step) => step.action !== 'none')).toEqual([]);
      expect(plan.owner).toBeTruthy();
      await destination.apply(plan);
      expect(await destination.plan()).toEqual(plan);
      await destination.check();
      if (offers('inventory')) expect(await inventory()).toHaveLength(1);
    });

    test('a slot of another installation is refused unless it is adopted', async () => {
      const other = await bench.reopen({ installation: 'another-installation' });
      const plan = await other.plan();
      await expect(other.apply(plan)).rejects.toMatchObject({ name: 'ConfigError' });
      expect((await destination.plan()).owner).toBe(plan.owner);
      await other.apply(plan, { adopt: true });
      expect((await destination.plan()).owner).toBe('another-installation');
      await other.close?.();
    });

    test('its profile is the same for every process and its limits let work through', async () => {
      const other = await bench.reopen();
      expect(other.profile).toBe(destination.profile);
      await other.close?.();
      const limits = destination.limits();
      expect(limits.maxDocumentBytes).toBeLessThanOrEqual(limits.maxBytes);
      expect(Object.values(limits).every((value) => value > 0)).toBe(true);
    });

    if (offers('expect')) {
      test('however much work it expects, it says how it goes, and keeps to its profile, its limits and what it has encoded', async () => {
        const { profile } = destination;
        const change = changer.write(createTestDocument('one'));
        const encoded = destination.encode(change);
        for (const documents of [0, 1, 1_000_000, 2]) {
          const { road, seconds = 0 } = destination.expect!(documents);
          expect(road).not.toBe('');
          expect(seconds).toBeGreaterThanOrEqual(0);
          expect(Object.values(destination.limits()).every((value) => value > 0)).toBe(true);
          expect(destination.profile).toBe(profile);
          expect(destination.encode(change)).toEqual(encoded);
        }
        const results = await changer.settle(destination, [change]);
        expect(results.map((result) => result.status)).toEqual(['done']);
        const again = changer.write(createTestDocument('one', { body: 'Changed meanwhile.' }));
        destination.expect!(1_000_000);
        expect((await changer.settle(destination, [again])).map((result) => result.status)).toEqual(['done']);
        if (offers('inventory')) expect(await inventory()).toHaveLength(1);
      });
    }

    test('encode gives the same answer each time and refuses what is above the limits', async () => {
      const change = changer.write(createTestDocument('one'));
      expect(destination.encode(change)).toEqual(destination.encode(change));
      expect(destination.encode(change).refused).toBeUndefined();
      const { addresses } = destination.encode(change);
      expect(addresses).not.toEqual([]);
      const removal = destination.encode({ action: 'delete', id: change.id, addresses });
      expect(removal.addresses).toEqual(expect.arrayContaining([...addresses]));
      const body = 'x'.repeat(destination.limits().maxDocumentBytes + 1);
      expect(destination.encode(changer.write(createTestDocument('two', { body }))).refused).toBeTruthy();
    });

    test('changes are answered in their order, one answer each', async () => {
      const documents = ['a', 'b', 'c'].map((key) => createTestDocument(key));
      const results = await changer.settle(destination, documents.map(changer.write));
      expect(results.map((result) => result.status)).toEqual(['done', 'done', 'done']);
      const again = [changer.remove(documents[0]!.id), changer.write(createTestDocument('d'))];
      expect((await changer.settle(destination, again)).map((result) => result.status)).toEqual([
        'done',
        'done',
      ]);
    });

    test('deleting what is not there is fine', async () => {
      const [result] = await changer.settle(destination, [changer.remove(createTestDocument('nobody').id)]);
      expect(result?.status).toBe('done');
    });

    if (setup.poison) {
      const poison = setup.poison;
      test('a document that the service refuses does not take its batch with it', async () => {
        const bad = poison(createTestDocument('bad'));
        const [before, after, last] = ['before', 'after', 'last'].map((key) => createTestDocument(key));
        const documents = [before!, bad, after!, last!];
        const results = await changer.settle(destination, documents.map(changer.write));
        expect(results.map((result) => result.status)).toEqual([
          'done',
          expect.stringMatching(/^(rejected|failed)$/),
          'done',
          'done',
        ]);
        expect(results[1]!.reason).toBeTruthy();
        if (!offers('inventory')) return;
        const present = (await inventory()).filter((item) => item.status === 'present');
        expect(present.map((item) => item.id)).toEqual([after!.id, before!.id, last!.id]);
      });
    }

    if (offers('inventory')) {
      test('what was written is in the inventory, with the addresses that encode named', async () => {
        const changes = ['a', 'b'].map((key) => changer.write(createTestDocument(key)));
        await changer.settle(destination, changes);
        const items = await inventory();
        expect(items.map((item) => item.id)).toEqual(changes.map((change) => change.id));
        for (const [i, item] of items.entries()) {
          const change = changes[i]!;
          expect(item.status).toBe('present');
          expect([...item.addresses].sort()).toEqual([...destination.encode(change).addresses].sort());
          if (item.fingerprint !== undefined) expect(item.fingerprint).toBe(change.fingerprint);
          if (item.version !== undefined) expect(item.version).toBe(change.document.version);
        }
      });

      test('writing a document again leaves one, in its last form, without pieces of the first', async () => {
        const long = createTestDocument('a', {
          body: '# Account a\n\n'.concat('A long story. '.repeat(200)),
        });
        await changer.settle(destination, [changer.write(long)]);
        const short = changer.write(createTestDocument('a'));
        await changer.settle(destination, [short]);
        const items = await inventory();
        expect(items.map((item) => item.id)).toEqual([short.id]);
        const { addresses } = destination.encode({ ...short, addresses: [] });
        expect([...items[0]!.addresses].sort()).toEqual([...addresses].sort());
        if (items[0]!.version !== undefined) expect(items[0]!.version).toBe(short.document.version);
      });

      test('a deleted document is gone, and comes back when it is written again', async () => {
        const documents = ['a', 'b'].map((key) => createTestDocument(key));
        await changer.settle(destination, documents.map(changer.write));
        await changer.settle(destination, [changer.remove(documents[0]!.id)]);
        expect((await inventory()).map((item) => item.id)).toEqual([documents[1]!.id]);
        await changer.settle(destination, [changer.write(documents[0]!)]);
        expect(await inventory()).toHaveLength(2);
      });

      test('sending a change a second time, as after a crash, changes nothing more', async () => {
        const change = changer.write(createTestDocument('a'));
        await changer.settle(destination, [change]);
        const before = await inventory();
        const other = await bench.reopen();
        const [result] = await changer.settle(other, [change]);
        expect(result?.status).toBe('done');
        expect(await inventory()).toEqual(before);
        await other.close?.();
      });
    }

    const tests = { setup, bench: () => bench, changer: () => changer, inventory };
    testAttempts(tests);
    testReadBack(tests);

    if (offers('search')) {
      test('search finds what was written, and only what the asker may read', async () => {
        const body = 'The heliotrope programme renews in spring.';
        const open = createTestDocument('open', { body });
        const closed = createTestDocument('closed', {
          body,
          access: { allow: ['group:sales'], deny: ['user:eve'] },
        });
        await changer.settle(destination, [open, closed].map(changer.write));
        await bench.later();
        const ask = async (principals?: string[]): Promise<string[]> => {
          const request = { text: 'heliotrope programme', limit: 5, ...(principals ? { principals } : {}) };
          return [...new Set((await destination.search!(request)).map((hit) => hit.id))].sort();
        };
        expect(await ask()).toEqual([open.id]);
        expect(await ask(['group:service'])).toEqual([open.id]);
        expect(await ask(['group:sales'])).toEqual([closed.id, open.id]);
        expect(await ask(['group:sales', 'user:eve'])).toEqual([open.id]);
        const filtered = { text: 'heliotrope programme', limit: 5, filter: { kind: 'no-such-kind' } };
        expect(await destination.search!(filtered)).toEqual([]);
      });

      test('search keeps the portable filter, together with what the asker may read', async () => {
        const body = 'The heliotrope programme renews in spring.';
        const open = ['a', 'b', 'c'].map((key) => createTestDocument(key, { body }));
        const closed = createTestDocument('d', { body, access: { allow: ['group:sales'], deny: [] } });
        await changer.settle(destination, [...open, closed].map(changer.write));
        await bench.later();
        const ask = async (where: Filter): Promise<string[]> => {
          const hits = await destination.search!({ text: 'heliotrope programme', limit: 9, where });
          return [...new Set(hits.map((hit) => hit.id))].sort();
        };
        const keys = (values: string[]): Filter => ({ op: 'in', field: 'origin_key', values });
        const [a, b, c] = open.map((one) => one.id);
        expect(await ask(keys(['a', 'c', 'd']))).toEqual([a, c]);
        expect(await ask({ op: 'not', filter: keys(['a', 'd']) })).toEqual([b, c]);
        expect(await ask({ op: 'and', filters: [keys(['b']), keys(['c'])] })).toEqual([]);
        expect(await ask({ op: 'or', filters: [keys(['b']), keys(['c'])] })).toEqual([b, c]);
      });
    }
  });
}
