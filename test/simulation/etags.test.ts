import { expect, it } from 'vitest';
import { createTestCatalog } from '../core/catalog/catalog.ts';

it('a key whose etag has moved is looked up, also when no stamp has', () => {
  const stream = 'crm.Account';
  const { catalog, lease } = createTestCatalog([stream]);
  const listed = [
    { key: 'a', etag: '1' },
    { key: 'b', etag: '1' },
  ];
  expect(catalog.streams.differing(stream, listed)).toEqual(['a', 'b']);
  catalog.streams.noteEtags(lease, stream, '', listed);
  expect(catalog.streams.differing(stream, listed)).toEqual([]);
  expect(catalog.streams.differing(stream, [{ key: 'a', etag: '2' }, listed[1]!])).toEqual(['a']);
});
