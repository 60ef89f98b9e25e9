import type { Catalog } from '../catalog.ts';
import type { Database } from './database.ts';

/** Entries kept for all connectors together; the least recently used go first. */
const maxEntries = 200_000;

export function createCache(database: Database, now: () => number): Catalog['cache'] {
  let sets = 0;
  return {
    get(name, key) {
      const row = database.get('SELECT value FROM cache WHERE name=? AND key=?', name, key);
      if (!row) return undefined;
      database.run('UPDATE cache SET used=? WHERE name=? AND key=?', now(), name, key);
      return row[0] as Uint8Array;
    },
    set(name, key, value) {
      database.run(
        'INSERT INTO cache(name,key,used,value) VALUES(?,?,?,?) ON CONFLICT(name,key) DO UPDATE SET used=excluded.used, value=excluded.value',
        name,
        key,
        now(),
        value,
      );
      if (++sets % 1000 === 0) {
        database.run(
          'DELETE FROM cache WHERE rowid IN (SELECT rowid FROM cache ORDER BY used LIMIT max(0,(SELECT count(*) FROM cache)-?))',
          maxEntries,
        );
      }
    },
  };
}
