import { expect, test } from 'vitest';
import { createTestDocument } from '../test-document.ts';
import type { DestinationTests } from './destination-attempts.ts';

/** Reading back tells what is there: neither more, nor less, nor anything of its own making. */
export function testReadBack({ setup, bench, changer, inventory }: DestinationTests): void {
  if (!setup.offers.includes('readBack')) return;
  const settle = async (...changes: Parameters<ReturnType<typeof changer>['settle']>[1]): Promise<void> => {
    const results = await changer().settle(bench().destination, changes);
    expect(results.map((result) => result.status)).toEqual(changes.map(() => 'done'));
    await bench().later();
  };

  test('what was written is read back as the same, in the order asked, by another process too', async () => {
    const body = '# Account a\n\n'.concat('A long story. '.repeat(200));
    const documents = [createTestDocument('a', { body }), createTestDocument('b'), createTestDocument('c')];
    const [a, b, c] = documents.map((document) => changer().write(document));
    await settle(a!, b!, c!);
    const nobody = changer().write(createTestDocument('nobody'));
    const other = await bench().reopen();
    for (const destination of [bench().destination, other]) {
      const answers = await destination.readBack!([c!, nobody, a!, b!]);
      expect(answers.map((answer) => answer.status)).toEqual(['same', 'unseen', 'same', 'same']);
    }
    await other.close?.();
  });

  test('the version that is read back is the one written last: every other one is told to be different', async () => {
    const document = createTestDocument('a');
    const first = changer().write({ ...document, version: 'first-version' });
    const second = changer().write({ ...document, version: 'second-version' });
    const different = { status: 'different', fields: ['version'] };
    await settle(first);
    expect(await bench().destination.readBack!([first, second])).toEqual([{ status: 'same' }, different]);
    await settle(changer().write(second.document));
    expect(await bench().destination.readBack!([first, second])).toEqual([different, { status: 'same' }]);
  });

  test('what is not there is not invented: neither what was never written nor what was deleted', async () => {
    const [kept, deleted] = ['kept', 'deleted'].map((key) => changer().write(createTestDocument(key)));
    expect(await bench().destination.readBack!([kept!, deleted!])).toEqual([
      { status: 'unseen' },
      { status: 'unseen' },
    ]);
    await settle(kept!, deleted!);
    await settle(changer().remove(deleted!.id));
    const answers = await bench().destination.readBack!([deleted!, kept!]);
    expect(answers).toEqual([{ status: 'unseen' }, { status: 'same' }]);
  });

  test('reading back changes nothing, whatever it is asked about', async () => {
    const { destination } = bench();
    const held = changer().write(createTestDocument('a'));
    await settle(held);
    const before = setup.offers.includes('inventory') ? await inventory() : [];
    const changed = changer().write(createTestDocument('a', { title: 'Another title' }));
    await destination.readBack!([changed, changer().write(createTestDocument('nobody'))]);
    await bench().later();
    if (setup.offers.includes('inventory')) expect(await inventory()).toEqual(before);
    expect(await destination.readBack!([held])).toEqual([{ status: 'same' }]);
  });
}
