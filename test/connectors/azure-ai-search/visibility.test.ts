import { afterEach, describe, expect, it } from 'vitest';
import { collect, createDocument, createRig, deleteOf, writeOf, writesOf, type Rig } from './support.ts';

let rig: Rig;
afterEach(async () => rig.emulator.close());

const ids = async (destination = rig.destination): Promise<string[]> =>
  (await collect(destination.inventory!())).map((item) => item.id);

describe('an index that shows what it has accepted only seconds later', () => {
  it('is listed once it does, also by another process right after the write', async () => {
    rig = await createRig({}, { visibilityDelayMs: 4000 });
    await rig.destination.write(writesOf(3));
    expect(await ids(await rig.another())).toHaveLength(3);
    await rig.destination.write([writeOf(createDocument(2), 'newer')]);
    const [, second] = await collect(rig.destination.inventory!());
    expect(second).toMatchObject({ fingerprint: 'newer' });
    await rig.destination.write([deleteOf(createDocument(3).id)]);
    expect(await ids()).toHaveLength(2);
  });

  it('is listed at once when nothing was written lately', async () => {
    rig = await createRig({}, { visibilityDelayMs: 4000 });
    await rig.destination.write(writesOf(3));
    rig.clock.advance(90_000);
    const before = rig.clock.now();
    expect(await ids()).toHaveLength(3);
    expect(rig.clock.now()).toBe(before);
  });

  it('is not waited for longer than a minute', async () => {
    rig = await createRig({}, { visibilityDelayMs: 3_600_000 });
    await rig.destination.write(writesOf(3));
    const before = rig.clock.now();
    expect(await ids()).toEqual([]);
    expect(rig.clock.now() - before).toBeLessThanOrEqual(60_500);
  });
});
