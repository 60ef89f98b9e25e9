import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Destination } from '../../contract/destination.ts';
import { createTestDocument } from '../test-document.ts';
import { createChanger, type Changer } from './destination-changes.ts';
import { collect } from './source-pages.ts';

/** A service on which the destination can have slots side by side: made for each test, closed after it. */
export interface SlotsBench {
  /** Bound to the slot of the configuration, or to the one named. */
  bind(slot?: string): Promise<Destination>;
  /** Moves the service's clock on. */
  later(): Promise<void>;
  close(): Promise<void>;
}
export interface SlotsSetup {
  open(): Promise<SlotsBench>;
  readonly maxPolls?: number;
}

/** Holds the slots of a destination to the contract: what a reindex without downtime rests on. */
export function describeDestinationSlots(name: string, setup: SlotsSetup): void {
  describe(`${name} keeps the contract of slots`, () => {
    let bench: SlotsBench;
    let first: Destination;
    let second: Destination;
    let changer: Changer;
    const open: Destination[] = [];
    const bind = async (slot?: string): Promise<Destination> => {
      const destination = await bench.bind(slot);
      open.push(destination);
      return destination;
    };
    const ready = async (destination: Destination): Promise<void> =>
      destination.apply(await destination.plan());
    const active = async (): Promise<readonly string[]> => {
      await bench.later();
      const listed = (await first.slots!.list()).flatMap((slot) => (slot.active ? [slot.name] : []));
      expect([await first.slots!.led()], 'the pointer leads where the list says').toEqual(listed);
      return listed;
    };
    const held = async (destination: Destination): Promise<readonly string[]> => {
      await bench.later();
      const items = await collect(destination.inventory!());
      return items.map((item) => item.id).sort();
    };
    const document = createTestDocument('a');

    beforeEach(async () => {
      bench = await setup.open();
      first = await bind();
      changer = createChanger(() => bench.later(), setup.maxPolls ?? 50);
      await ready(first);
      await first.slots!.check();
      second = await bind(await first.slots!.open([first.slots!.name]));
    });
    afterEach(async () => {
      for (const destination of open.splice(0)) await destination.close?.();
      await bench.close();
    });

    test('another slot has a name and a label of its own, the same each time it is asked for', async () => {
      const { name: own, label } = first.slots!;
      const other = await first.slots!.open([own]);
      expect(other).toBe(second.slots!.name);
      expect(other).not.toBe(own);
      expect(second.slots!.label).not.toBe(label);
    });

    test('a second slot is made by apply; it is empty, and agents are not led to it', async () => {
      await changer.settle(first, [changer.write(document)]);
      await ready(second);
      expect(await active()).toEqual([first.slots!.name]);
      expect([await held(first), await held(second)]).toEqual([[document.id], []]);
    });

    test('what is written to one slot is not in the other', async () => {
      await ready(second);
      await changer.settle(second, [changer.write(document)]);
      expect([await held(first), await held(second)]).toEqual([[], [document.id]]);
    });

    test('agents are led to a slot, and back; doing either again changes nothing', async () => {
      await ready(second);
      for (const { slots } of [second, second, first, first, second]) {
        await slots!.activate();
        expect(await active()).toEqual([slots!.name]);
      }
    });

    test('another process sees where agents are led', async () => {
      await ready(second);
      await second.slots!.activate();
      const other = await bind();
      await bench.later();
      expect((await other.slots!.list()).find((slot) => slot.active)?.name).toBe(second.slots!.name);
    });

    test('the slot that agents are led to is not deleted', async () => {
      await ready(second);
      await changer.settle(first, [changer.write(document)]);
      await expect(first.slots!.retire()).rejects.toThrow();
      expect(await held(first)).toEqual([document.id]);
    });

    test('a former slot is deleted with all it holds; doing it again is fine, and the other stays', async () => {
      await ready(second);
      await changer.settle(first, [changer.write(document)]);
      const other = createTestDocument('b');
      const writer = createChanger(() => bench.later(), setup.maxPolls ?? 50);
      await writer.settle(second, [writer.write(other)]);
      await second.slots!.activate();
      await first.slots!.retire();
      await first.slots!.retire();
      expect(await active()).toEqual([second.slots!.name]);
      expect(await held(second)).toEqual([other.id]);
      const fresh = await bind(first.slots!.name);
      await ready(fresh);
      expect(await held(fresh)).toEqual([]);
    });
  });
}
