import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createTestCatalog } from './catalog.ts';

const dayMs = 86_400_000;
const keyOf = (number: number): string => hash('sha256', String(number));
const value = new Uint8Array(936);
/** Sixty-four characters of key and the value. */
const entryBytes = 1000;

describe('the cache of the catalog', () => {
  it('gives back what it was given, and the last of two values', () => {
    const { cache } = createTestCatalog().catalog;
    cache.set('a', [['key', Uint8Array.of(1, 2)]]);
    cache.set('a', [['key', Uint8Array.of(3)]]);
    cache.set('b', [['key', Uint8Array.of(4)]]);
    expect([cache.get('a', 'key'), cache.get('b', 'key'), cache.get('a', 'other')]).toEqual([
      Uint8Array.of(3),
      Uint8Array.of(4),
      undefined,
    ]);
  });

  it('stays within its bound, also when values are replaced by longer ones', () => {
    const { cache } = createTestCatalog().catalog;
    const held = (): number =>
      Array.from({ length: 30 }, (_, at) => cache.get('a', keyOf(at))).filter(Boolean).length;
    for (let at = 0; at < 30; at++) cache.set('a', [[keyOf(at), new Uint8Array(0)]], 10 * entryBytes);
    expect(held()).toBe(30);
    for (let at = 0; at < 30; at++) cache.set('a', [[keyOf(at), value]], 10 * entryBytes);
    expect(held()).toBe(10);
    cache.set('a', [[keyOf(99), value]], 0);
    expect(held()).toBe(0);
  });

  it('lets go first what has not been used for the longest time', () => {
    const { catalog, advance } = createTestCatalog();
    const { cache } = catalog;
    for (let at = 0; at < 10; at++) cache.set('a', [[keyOf(at), value]], 10 * entryBytes);
    advance(dayMs);
    for (let at = 0; at < 5; at++) cache.get('a', keyOf(at));
    for (let at = 10; at < 15; at++) cache.set('a', [[keyOf(at), value]], 10 * entryBytes);
    const kept = Array.from({ length: 15 }, (_, at) => at).filter((at) => cache.get('a', keyOf(at)));
    expect(kept).toEqual([0, 1, 2, 3, 4, 10, 11, 12, 13, 14]);
  });

  it('spares the caches of others: a full one makes room in itself alone', () => {
    const { cache } = createTestCatalog().catalog;
    cache.set('small', [['key', Uint8Array.of(1)]]);
    for (let at = 0; at < 100; at++) cache.set('large', [[keyOf(at), value]], 20 * entryBytes);
    expect(cache.get('small', 'key')).toEqual(Uint8Array.of(1));
  });

  it('is still worth its size when a pass is twice as large as it', () => {
    const { cache } = createTestCatalog().catalog;
    const pass = (): number => {
      let found = 0;
      for (let at = 0; at < 200; at++) {
        if (cache.get('a', keyOf(at))) found++;
        else cache.set('a', [[keyOf(at), value]], 100 * entryBytes);
      }
      return found;
    };
    pass();
    expect(pass()).toBeGreaterThan(60);
    expect(pass()).toBeGreaterThan(90);
  });
});
