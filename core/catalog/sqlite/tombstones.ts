import type { Lease, StreamStore } from '../catalog.ts';
import type { Database } from './database.ts';
import type { StreamIds } from './streams.ts';

/** Longer than any read lasts: no page that began before a delete can come so late. */
const keptMs = 30 * 24 * 3_600_000;
/** Tombstones of one step. */
const stepRecords = 2000;

/** What deleted records leave behind does not stay for ever: the catalog is as large as what there is. */
export function createTombstones(
  database: Database,
  guard: (lease: Lease, stream: string) => void,
  ids: StreamIds,
): Pick<StreamStore, 'dropTombstones'> {
  return {
    *dropTombstones(lease, stream) {
      const id = ids.id(stream);
      const asOf = database.get('SELECT as_of FROM stream WHERE id=?', id)?.[0] as string | null | undefined;
      if (!asOf) return;
      const before = new Date(Date.parse(asOf) - keptMs).toISOString();
      for (let more = true; more;) {
        const keys = database
          .all(
            // A document that still has to go is found by its record.
            'SELECT r.key FROM record r INDEXED BY record_gone WHERE r.stream=? AND r.hash IS NULL AND r.as_of<? ' +
              'AND NOT EXISTS (SELECT 1 FROM kind k CROSS JOIN document d WHERE d.kind=k.id AND d.record=r.id) LIMIT ?',
            id,
            before,
            stepRecords,
          )
          .map((row) => row[0] as string);
        if (keys.length === 0) return;
        const list = JSON.stringify(keys);
        yield database.transaction(() => {
          guard(lease, stream);
          for (const table of ['record', 'etag'])
            database.run(
              `DELETE FROM ${table} WHERE stream=? AND key IN (SELECT value FROM json_each(?))`,
              id,
              list,
            );
          return keys.length;
        });
        more = keys.length === stepRecords;
      }
    },
  };
}
