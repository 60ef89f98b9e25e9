import type { Json } from '../../contract/json.ts';
import type { JoinReport } from '../../observe/report.ts';
import type { Insight } from '../catalog.ts';
import type { Database } from './database.ts';
import type { Definitions } from './definitions.ts';
import { countQuarantine, listQuarantine } from './quarantine.ts';
import type { StreamIds } from './streams.ts';

const keptRuns = 50;

export function createInsight(database: Database, definitions: Definitions, streams: StreamIds): Insight {
  const count = (sql: string, ...values: (string | number)[]): number =>
    database.get(sql, ...values)![0] as number;
  return {
    joins() {
      const reports: JoinReport[] = [];
      for (const kind of definitions.kinds.values()) {
        for (const node of kind.nodes) {
          if (!node.parentIndex || !node.partIndex) continue;
          const parent = kind.nodes.find((one) => one.path === node.parent)!;
          const matching =
            'SELECT count(*) FROM link a WHERE a.idx=? AND EXISTS (SELECT 1 FROM link b WHERE b.idx=? AND b.value=a.value)';
          const partRecords = count('SELECT count(*) FROM link WHERE idx=?', node.partIndex.id);
          reports.push({
            kind: kind.name,
            part: node.path,
            parents: count(
              'SELECT count(*) FROM record WHERE stream=? AND hash IS NOT NULL',
              streams.id(parent.stream),
            ),
            parentsWithPart: count(matching, node.parentIndex.id, node.partIndex.id),
            partRecords,
            partRecordsWithoutParent: partRecords - count(matching, node.partIndex.id, node.parentIndex.id),
          });
        }
      }
      return reports;
    },
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
    divergent(slots, limit) {
      const list = JSON.stringify(slots);
      const where =
        'd.id IN (SELECT document FROM holding WHERE slot IN (SELECT value FROM json_each(?1)) AND (held IS NULL OR held<>desired))';
      return {
        count: count(`SELECT count(*) FROM document d WHERE ${where}`, list),
        ids: database
          .all(`SELECT d.urn FROM document d WHERE ${where} ORDER BY d.urn LIMIT ${Math.floor(limit)}`, list)
          .map((row) => row[0] as string),
      };
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
