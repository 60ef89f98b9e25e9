import type { Catalog } from '../catalog.ts';
import type { Database } from './database.ts';

const defaultMaxBytes = 64 * 1024 * 1024;
/** Entries put in or taken out in one transaction. */
const step = 200;
const dayMs = 86_400_000;

/**
 * Entries of one day go in the order of their keys. Keys are hashes, so that of a cache which is too small for a
 * whole pass the same part stays from one pass to the next; by time, every pass would push out what it needs next.
 */
export function createCache(database: Database, now: () => number): Catalog['cache'] {
  const today = (): number => Math.floor(now() / dayMs);

  const shrink = (name: string, maxBytes: number): void => {
    const size = database.get('SELECT bytes FROM cache_size WHERE name=?', name)?.[0] as number;
    for (let surplus = size - maxBytes; surplus > 0;) {
      const oldest = database.all(
        'SELECT rowid,length(key)+length(value) FROM cache WHERE name=? ORDER BY used,key LIMIT ?',
        name,
        step,
      );
      if (oldest.length === 0) return;
      database.transaction(() => {
        for (const [rowid, bytes] of oldest) {
          if (surplus <= 0) return;
          database.run('DELETE FROM cache WHERE rowid=?', rowid as number);
          surplus -= bytes as number;
        }
      });
    }
  };

  return {
    get(name, key) {
      const row = database.get('SELECT value,used FROM cache WHERE name=? AND key=?', name, key);
      if (!row) return undefined;
      if ((row[1] as number) < today())
        database.run('UPDATE cache SET used=? WHERE name=? AND key=?', today(), name, key);
      return row[0] as Uint8Array;
    },
    set(name, entries, maxBytes = defaultMaxBytes) {
      for (let from = 0; from < entries.length; from += step) {
        database.transaction(() => {
          for (const [key, value] of entries.slice(from, from + step))
            database.run(
              'INSERT INTO cache(name,key,used,value) VALUES(?,?,?,?) ON CONFLICT(name,key) DO UPDATE SET used=excluded.used, value=excluded.value',
              name,
              key,
              today(),
              value,
            );
        });
        shrink(name, maxBytes);
      }
    },
  };
}
