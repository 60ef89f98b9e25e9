import type { Json } from '../../contract/json.ts';
import type { Insight } from '../catalog.ts';
import { countJoins } from './count-joins.ts';
import type { Database } from './database.ts';
import type { Definitions } from './definitions.ts';
import { listInSteps } from './list-in-steps.ts';
import { countQuarantine, listQuarantine } from './quarantine.ts';
import type { StreamIds } from './streams.ts';

const keptRuns = 50;

export function createInsight(database: Database, definitions: Definitions, streams: StreamIds): Insight {
  return {
    joins: () => countJoins(database, definitions, streams),
    quarantine: (limit) => listQuarantine(database, limit),
    counts() {
      const records: Record<string, number> = {};
      for (const [name, live] of database.all(
        'SELECT s.name,(SELECT count(*) FROM record r WHERE r.stream=s.id AND r.hash IS NOT NULL) FROM stream s ORDER BY s.name',
      )) {
        records[name as string] = live as number;
      }
      const documents: Record<string, number> = {};
      for (const [name, live] of database.all(
        'SELECT k.name,(SELECT count(*) FROM document d WHERE d.kind=k.id) FROM kind k ORDER BY k.name',
      )) {
        documents[name as string] = live as number;
      }
      return {
        records,
        documents,
        quarantined: countQuarantine(database),
      };
    },
    divergent: (slots, limit) =>
      listInSteps(database, limit, ({ after, upTo }) =>
        database.all(
          'SELECT d.urn FROM document d WHERE d.id>?2 AND d.id<=?3 AND d.id IN (SELECT document FROM holding WHERE slot IN (SELECT value FROM json_each(?1)) AND document>?2 AND document<=?3 AND (held IS NULL OR held<>desired))',
          JSON.stringify(slots),
          after,
          upTo,
        ),
      ),
    behind: (from, to, limit) =>
      listInSteps(database, limit, ({ after, upTo }) =>
        database.all(
          'SELECT d.urn FROM document d LEFT JOIN holding h ON h.slot=?1 AND h.document=d.id LEFT JOIN holding o ON o.slot=?2 AND o.document=d.id ' +
            'WHERE d.id>?3 AND d.id<=?4 AND (h.slot IS NULL OR h.held=h.desired) ' +
            "AND CASE WHEN o.slot IS NULL THEN h.desired<>'' ELSE o.held IS NULL OR o.held<>o.desired END",
          from,
          to,
          after,
          upTo,
        ),
      ),
    sample(slot, many) {
      const [first, last] = database.get(
        'SELECT min(document),max(document) FROM holding WHERE slot=?',
        slot,
      ) as [number | null, number | null];
      if (first === null || last === null) return [];
      const found = new Map<number, { kind: string; record: number }>();
      for (let index = 0; index < many; index++) {
        const row = database.get(
          "SELECT h.document,k.name,d.record FROM holding h CROSS JOIN document d ON d.id=h.document JOIN kind k ON k.id=d.kind WHERE h.slot=? AND h.document>=? AND h.held<>'' AND h.desired<>'' ORDER BY h.document LIMIT 1",
          slot,
          first + Math.floor(((last - first + 1) * index) / many),
        );
        if (row) found.set(row[0] as number, { kind: row[1] as string, record: row[2] as number });
      }
      return [...found.values()];
    },
    saveRun(report) {
      database.transaction(() => {
        const id = database.next('run');
        database.run('INSERT INTO run(id,report) VALUES(?,?)', id, JSON.stringify(report));
        database.run('DELETE FROM run WHERE id<=?', id - keptRuns);
      });
    },
    lastRun() {
      const row = database.get('SELECT report FROM run ORDER BY id DESC LIMIT 1');
      return row ? (JSON.parse(row[0] as string) as Json) : undefined;
    },
  };
}
