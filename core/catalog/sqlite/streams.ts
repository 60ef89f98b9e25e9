import type { Json } from '../../contract/json.ts';
import type { Lease, StreamState, StreamStore } from '../catalog.ts';
import type { Database } from './database.ts';
import type { Definitions } from './definitions.ts';
import { createEnumerations } from './enumerations.ts';
import { createEtags } from './etags.ts';
import { createFirstLoads } from './first-load.ts';
import { composeLease } from './kinds.ts';
import type { FencedLeases } from './leases.ts';
import { savePage } from './save-page.ts';
import { createTombstones } from './tombstones.ts';

/** Numbers of streams, made on first mention and kept for good. */
export interface StreamIds {
  id(stream: string): number;
}

export function createStreamIds(database: Database): StreamIds {
  const known = new Map<string, number>();
  return {
    id(stream) {
      let id = known.get(stream);
      if (id === undefined) {
        database.run('INSERT OR IGNORE INTO stream(name) VALUES(?)', stream);
        id = database.get('SELECT id FROM stream WHERE name=?', stream)![0] as number;
        known.set(stream, id);
      }
      return id;
    },
  };
}

export function createStreamStore(
  database: Database,
  definitions: Definitions,
  leases: FencedLeases,
  ids: StreamIds,
): StreamStore {
  /** Who composes has also told which kinds are open and which indexes there are: what a page touches rests on it. */
  const guard = (lease: Lease, stream: string): void => {
    leases.guard(lease, `stream:${stream}`);
    if (lease.names.includes(composeLease)) leases.guard(lease, composeLease);
  };
  const { noteRead, ...enumerations } = createEnumerations(database, definitions, guard, ids);
  return {
    state(stream): StreamState {
      const id = ids.id(stream);
      const row = database.get('SELECT shape,cursor,complete,as_of FROM stream WHERE id=?', id)!;
      return {
        id,
        shape: (row[0] as string | null) ?? undefined,
        cursor: row[1] === null ? undefined : (JSON.parse(row[1] as string) as Json),
        complete: row[2] === 1,
        asOf: (row[3] as string | null) ?? undefined,
      };
    },
    countRecords: (stream) =>
      database.get(
        'SELECT count(*) FROM record WHERE stream=? AND hash IS NOT NULL',
        ids.id(stream),
      )![0] as number,
    reshape(lease, stream, shape) {
      const id = ids.id(stream);
      database.transaction(() => {
        guard(lease, stream);
        database.run(
          'UPDATE stream SET shape=?, cursor=NULL, live_cursor=NULL, complete=0 WHERE id=?',
          shape,
          id,
        );
        for (const table of ['partition', 'etag', 'scope'])
          database.run(`DELETE FROM ${table} WHERE stream=?`, id);
      });
    },
    savePage(lease, stream, page) {
      const id = ids.id(stream);
      const counts = database.transaction(() => {
        guard(lease, stream);
        return savePage(database, definitions, { id, name: stream }, page);
      });
      noteRead(
        id,
        page.records.map((one) => one.key),
      );
      return counts;
    },
    finish(lease, stream) {
      database.transaction(() => {
        guard(lease, stream);
        const id = ids.id(stream);
        if (database.get('SELECT complete FROM stream WHERE id=?', id)![0] === 1) return;
        database.run('UPDATE stream SET complete=1 WHERE id=?', id);
        for (const node of definitions.nodesByStream.get(stream) ?? []) {
          if (!node.required)
            database.run("UPDATE kind SET fill_after='' WHERE id=? AND opened=1", node.kind);
        }
      });
    },
    ...createFirstLoads(database, guard, ids),
    ...enumerations,
    ...createEtags(database, guard, ids),
    ...createTombstones(database, guard, ids),
  };
}
