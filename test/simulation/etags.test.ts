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

it('scopes that are noted once more hold just the keys of the second time', () => {
  const stream = 'crm.Account';
  const { catalog, lease } = createTestCatalog([stream]);
  const keys = ['a', 'b', 'c'].map((key) => ({ key, etag: '1' }));
  catalog.streams.noteScopes(lease, stream, [
    { scope: '1/2', etag: 'x', keys: keys.slice(0, 2) },
    { scope: '2/2', etag: 'y', keys: keys.slice(2) },
  ]);
  expect(catalog.streams.differing(stream, keys)).toEqual([]);
  catalog.streams.noteScopes(lease, stream, [{ scope: '1/2', etag: 'z', keys: [{ key: 'b', etag: '2' }] }]);
  expect(catalog.streams.differing(stream, keys)).toEqual(['a', 'b']);
  expect([...catalog.streams.scopes(stream)]).toEqual([
    ['1/2', 'z'],
    ['2/2', 'y'],
  ]);
});
