import { expect, test } from 'vitest';
import { createOfflineEmbeddings } from '../../../core/retrieval/offline-embeddings.ts';

const cosine = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, one, at) => sum + one * b[at]!, 0);

test('an offline vector is the same on every machine, has length one, and lies near texts that share words', async () => {
  const embeddings = createOfflineEmbeddings(256);
  const [renews, renewal, weather, nothing] = await embeddings.embedDocuments([
    'Acme renews its contract in spring.',
    'When is the renewal of the Acme contract?',
    'Rain and wind are expected on Tuesday.',
    '…',
  ]);
  for (const one of [renews!, renewal!, weather!, nothing!]) expect(Math.hypot(...one)).toBeCloseTo(1, 10);
  expect(cosine(renews!, renewal!)).toBeGreaterThan(cosine(renews!, weather!) + 0.2);
  expect(await embeddings.embedQuery('Acme renews its contract in spring.')).toEqual(renews);
  const [eight] = await createOfflineEmbeddings(8).embedDocuments(['heliotrope']);
  expect(eight!.map((one) => Number(one.toFixed(3)))).toEqual([-0.162, 0, 0, -0.162, 0, 0, -0.973, 0]);
});
