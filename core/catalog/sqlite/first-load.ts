import type { Json } from '../../contract/json.ts';
import type { Lease, StreamStore } from '../catalog.ts';
import type { Database } from './database.ts';
import type { StreamIds } from './streams.ts';

const longestAliasChain = 20;

/** First loads in partitions, and where merged records went. */
export function createFirstLoads(
  database: Database,
  guard: (lease: Lease, stream: string) => void,
  ids: StreamIds,
): Pick<StreamStore, 'firstLoad' | 'planFirstLoad' | 'finishPartition' | 'finishFirstLoad' | 'alias'> {
  return {
    firstLoad(stream) {
      const rows = database.all(
        'SELECT name,value,cursor,done FROM partition WHERE stream=? ORDER BY name',
        ids.id(stream),
      );
      if (rows.length === 0) return undefined;
      return {
        partitions: rows.map((row) => ({
          name: row[0] as string,
          value: JSON.parse(row[1] as string) as Json,
          cursor: row[2] === null ? undefined : (JSON.parse(row[2] as string) as Json),
          done: row[3] === 1,
        })),
      };
    },
    planFirstLoad(lease, stream, plan) {
      const id = ids.id(stream);
      database.transaction(() => {
        guard(lease, stream);
        database.run('UPDATE stream SET live_cursor=? WHERE id=?', JSON.stringify(plan.cursor), id);
        for (const { name, value } of plan.partitions) {
          database.run(
            'INSERT INTO partition(stream,name,value) VALUES(?,?,?)',
            id,
            name,
            JSON.stringify(value),
          );
        }
      });
    },
    finishPartition(lease, stream, partition) {
      database.transaction(() => {
        guard(lease, stream);
        database.run('UPDATE partition SET done=1 WHERE stream=? AND name=?', ids.id(stream), partition);
      });
    },
    finishFirstLoad(lease, stream) {
      const id = ids.id(stream);
      database.transaction(() => {
        guard(lease, stream);
        database.run('UPDATE stream SET cursor=live_cursor, live_cursor=NULL WHERE id=?', id);
        database.run('DELETE FROM partition WHERE stream=?', id);
      });
    },
    alias(stream, key) {
      let found: string | undefined;
      for (let step = 0; step < longestAliasChain; step++) {
        const row = database.get(
          'SELECT into_key FROM alias WHERE stream=? AND key=?',
          ids.id(stream),
          found ?? key,
        );
        if (!row) break;
        found = row[0] as string;
      }
      return found;
    },
  };
}
