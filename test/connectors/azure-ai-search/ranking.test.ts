import { afterEach, describe, expect, it } from 'vitest';
import { isoDuration } from '../../../connectors/azure-ai-search/freshness.ts';
import type { BusinessDocument } from '../../../core/contract/document.ts';
import { createDocument, createRig, writeOf, type Rig } from './support.ts';

let rig: Rig;
afterEach(async () => rig.emulator.close());

const day = 86_400_000;
const aged = (number: number, days: number | undefined): BusinessDocument => {
  const { modifiedAt: _, ...origin } = createDocument(number).origin;
  const modifiedAt =
    days === undefined ? {} : { modifiedAt: new Date(rig.clock.now() - days * day).toISOString() };
  return createDocument(number, {
    origin: { ...origin, ...modifiedAt },
    title: 'Heliotrope',
    body: 'Heliotrope.',
  });
};
const ask = async (text = 'heliotrope') => rig.destination.search!({ text, limit: 10 });

describe('freshness', () => {
  it('ranks what changed lately higher, and leaves the old and the undated where they are', async () => {
    rig = await createRig({ freshness: { within: '90d', boost: 3 } });
    await rig.destination.write(
      [aged(1, 400), aged(2, undefined), aged(3, 45), aged(4, 0)].map((one) => writeOf(one)),
    );
    const hits = await ask();
    expect(hits.map((hit) => hit.id.slice(-1))).toEqual(['4', '3', '1', '2']);
    const [now, half, old, undated] = hits.map((hit) => hit.score);
    expect(now! / old!).toBeCloseTo(3, 5);
    expect(half! / old!).toBeCloseTo(2, 5);
    expect(undated).toBeCloseTo(old!, 9);
  });

  it('is a scoring profile, brought in and changed in place', async () => {
    rig = await createRig();
    expect(rig.emulator.definition('context')!['scoringProfiles']).toEqual([]);
    const fresh = await rig.another({ freshness: {} });
    expect(fresh.profile).toBe(rig.destination.profile);
    expect((await fresh.plan()).steps[0]).toMatchObject({
      action: 'update',
      detail: 'set scoring profile freshness',
    });
    await fresh.apply(await fresh.plan());
    expect((await fresh.plan()).steps[0]).toMatchObject({ action: 'none' });
    expect(rig.emulator.definition('context')!['scoringProfiles']).toMatchObject([
      {
        name: 'freshness',
        functions: [
          { type: 'freshness', fieldName: 'modified_at', boost: 2, freshness: { boostingDuration: 'P90D' } },
        ],
      },
    ]);
    const stronger = await rig.another({ freshness: { boost: 5, within: '36h' } });
    await stronger.apply(await stronger.plan());
    expect(rig.emulator.definition('context')!['scoringProfiles']).toMatchObject([
      { functions: [{ boost: 5, freshness: { boostingDuration: 'PT129600S' } }] },
    ]);
    expect(isoDuration(30 * day)).toBe('P30D');
  });

  it('is not asked of an index that does not have it', async () => {
    rig = await createRig();
    const fresh = await rig.another({ freshness: {} });
    await expect(fresh.search!({ text: 'x', limit: 1 })).rejects.toMatchObject({
      code: 'AZURE_SEARCH_REFUSED',
    });
  });
});

describe('languages', () => {
  const languages = { analyzers: { de: 'de.microsoft', fr: 'fr.microsoft' } };
  const stored = () => rig.emulator.documents('context');

  it('have a field each with their own analyzer, filled for documents of that language alone', async () => {
    rig = await createRig({ languages });
    const inGerman = (number: number, language: string) =>
      writeOf(createDocument(number, { body: `Verträge ${number}`, metadata: { language } }));
    await rig.destination.write([
      inGerman(1, 'de'),
      inGerman(2, 'de-AT'),
      inGerman(3, 'nl'),
      writeOf(createDocument(4)),
    ]);
    expect(stored().map((one) => one['content_de'])).toEqual([
      'Verträge 1',
      'Verträge 2',
      undefined,
      undefined,
    ]);
    expect(stored().every((one) => one['content'] !== undefined && one['content_fr'] === undefined)).toBe(
      true,
    );
    const { fields } = rig.emulator.definition('context') as unknown as { fields: { name: string }[] };
    expect(fields.find((one) => one.name === 'content_de')).toMatchObject({
      searchable: true,
      retrievable: false,
      analyzer: 'de.microsoft',
    });
    expect((await ask('Verträge')).map((hit) => hit.text).sort()).toEqual([
      'Verträge 1',
      'Verträge 2',
      'Verträge 3',
    ]);
  });

  it('change what is stored, so that the profile tells them', async () => {
    rig = await createRig();
    const profiles = [
      rig.destination,
      await rig.another({ languages }),
      await rig.another({ languages: { ...languages, field: 'locale' } }),
      await rig.another({ languages: { analyzers: { de: 'de.microsoft' } } }),
    ].map((one) => one.profile);
    expect(new Set(profiles).size).toBe(4);
  });
});
