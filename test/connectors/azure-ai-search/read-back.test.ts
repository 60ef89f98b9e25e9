import { describe, expect, it } from 'vitest';
import type { WriteChange } from '../../../core/contract/destination.ts';
import { createDocument, createRig } from './support.ts';

const writeOf = (number: number, more = {}): WriteChange => ({
  action: 'write',
  id: createDocument(number).id,
  addresses: [],
  fingerprint: `f${number}`,
  document: createDocument(number, {
    metadata: { city: 'Graz', seats: 12.5, tags: ['a', 'b'], since: '2026-01-02T03:04:05.000Z', rest: true },
    ...more,
  }),
});
const fields = {
  city: { type: 'string' },
  seats: { type: 'number' },
  tags: { type: 'list' },
  since: { type: 'instant' },
};

describe.each([
  ['documents', {}],
  ['passages', { chunks: { maxCharacters: 200, overlap: 0 } }],
])('Reading %s back', (_what, chunks) => {
  const long = { body: Array.from({ length: 12 }, (_, i) => `Paragraph ${i} of some length.`).join('\n\n') };
  const begin = async () => {
    const rig = await createRig({ metadata: { fields }, ...chunks });
    const changes = [writeOf(1, long), writeOf(2)];
    await rig.destination.write(changes);
    return { ...rig, changes };
  };

  it('finds what was written to be the same, in every field that the index returns', async () => {
    const { destination, changes, emulator } = await begin();
    expect(await destination.readBack!(changes)).toEqual([{ status: 'same' }, { status: 'same' }]);
    await emulator.close();
  });

  it('names the fields that are not as they would be written', async () => {
    const { destination, changes, emulator } = await begin();
    const other = {
      ...changes[0]!,
      document: { ...changes[0]!.document, title: 'Other', trust: 'external' as const },
    };
    expect(await destination.readBack!([other])).toEqual([
      { status: 'different', fields: ['title', 'trust'] },
    ]);
    await emulator.close();
  });

  it('does not take what is not there for different', async () => {
    const { destination, emulator } = await begin();
    expect(await destination.readBack!([writeOf(9)])).toEqual([{ status: 'unseen' }]);
    await emulator.close();
  });
});
