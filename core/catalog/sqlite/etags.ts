import type { Lease, StreamStore } from '../catalog.ts';
import type { Database } from './database.ts';
import { scanLive } from './scan-live.ts';
import type { StreamIds } from './streams.ts';

/** What enumerations have shown of each key: changes that move no stamp are told by it, and so are keys no scope lists. */
export function createEtags(
  database: Database,
  guard: (lease: Lease, stream: string) => void,
  ids: StreamIds,
): Pick<StreamStore, 'scopes' | 'differing' | 'noteEtags' | 'noteScopes' | 'finishScope' | 'unlisted'> {
  const dropOthers = (id: number, scope: string, keys: readonly string[]): void =>
    void database.run(
      'DELETE FROM etag WHERE stream=? AND scope=? AND key NOT IN (SELECT value FROM json_each(?))',
      id,
      scope,
      JSON.stringify(keys),
    );
  return {
    scopes: (stream) =>
      new Map(
        database
          .all('SELECT scope,etag FROM scope WHERE stream=?', ids.id(stream))
          .map((row) => [row[0] as string, row[1] as string]),
      ),
    differing(stream, keys) {
      const noted = new Map(
        database
          .all(
            'SELECT e.key,e.etag FROM json_each(?) j CROSS JOIN etag e WHERE e.stream=? AND e.key=j.value',
            JSON.stringify(keys.map((one) => one.key)),
            ids.id(stream),
          )
          .map((row) => [row[0] as string, row[1] as string]),
      );
      return keys.filter((one) => noted.get(one.key) !== one.etag).map((one) => one.key);
    },
    noteEtags(lease, stream, scope, keys) {
      const id = ids.id(stream);
      database.transaction(() => {
        guard(lease, stream);
        for (const { key, etag } of keys) {
          database.run(
            'INSERT INTO etag(stream,key,scope,etag) VALUES(?,?,?,?) ON CONFLICT(stream,key) DO UPDATE SET scope=excluded.scope, etag=excluded.etag',
            id,
            key,
            scope,
            etag,
          );
        }
      });
    },
    noteScopes(lease, stream, scopes) {
      const id = ids.id(stream);
      // Neighbours in the index stand together: a page of it is touched once for many keys.
      const rows = scopes
        .flatMap(({ scope, keys }) => keys.map(({ key, etag }) => [key, scope, etag] as const))
        .sort(([left], [right]) => (left < right ? -1 : 1));
      database.transaction(() => {
        guard(lease, stream);
        for (const { scope, keys } of scopes) {
          const isKnown = database.get('SELECT 1 FROM etag WHERE stream=? AND scope=? LIMIT 1', id, scope);
          if (isKnown)
            dropOthers(
              id,
              scope,
              keys.map((one) => one.key),
            );
        }
        database.run(
          "INSERT INTO etag(stream,key,scope,etag) SELECT ?,value->>'$[0]',value->>'$[1]',value->>'$[2]' FROM json_each(?) WHERE true " +
            'ON CONFLICT(stream,key) DO UPDATE SET scope=excluded.scope, etag=excluded.etag',
          id,
          JSON.stringify(rows),
        );
        for (const { scope, etag } of scopes)
          database.run('INSERT OR REPLACE INTO scope(stream,scope,etag) VALUES(?,?,?)', id, scope, etag);
      });
    },
    finishScope(lease, stream, scope, etag, keys) {
      const id = ids.id(stream);
      database.transaction(() => {
        guard(lease, stream);
        dropOthers(id, scope, keys);
        if (etag === undefined) database.run('DELETE FROM scope WHERE stream=? AND scope=?', id, scope);
        else database.run('INSERT OR REPLACE INTO scope(stream,scope,etag) VALUES(?,?,?)', id, scope, etag);
      });
    },
    *unlisted(stream, asOf, asked = false) {
      const select = 'EXISTS (SELECT 1 FROM etag e WHERE e.stream=r.stream AND e.key=r.key)';
      for (const rows of scanLive(database, ids.id(stream), { asOf, select, withQuarantined: asked }))
        yield rows.filter((row) => row[1] === 0).map((row) => row[0] as string);
    },
  };
}
