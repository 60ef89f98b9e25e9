import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { StoredTable } from './store.ts';

export interface History {
  /** Notes what a row held before it changed; null for a row that is new. */
  record(table: StoredTable, rowid: number, before: readonly SQLInputValue[] | null): void;
  /** What a SELECT may read from for the table as it stood, or undefined when that is out of reach. */
  asOf(table: StoredTable, atMs: number): string | undefined;
  /** What a SELECT may read from for the net changes after `lowMs`, up to and including `highMs`. */
  changes(table: StoredTable, lowMs: number, highMs: number, insertsOnly: boolean): string;
  track(table: StoredTable, sinceMs: number | undefined): void;
  isTracked(table: StoredTable, atMs: number): boolean;
  /** The table was created anew: nothing before this instant can be asked for. */
  forget(table: StoredTable): void;
}

export const RETENTION_MS = 24 * 3_600_000;
const KEPT_COPIES = 20;

interface Change {
  readonly atMs: number;
  readonly rowid: number;
  readonly before: readonly SQLInputValue[] | null;
}

/** Row versions of one day: enough for AT and CHANGES. https://docs.snowflake.com/en/user-guide/data-time-travel */
export function createHistory(sqlite: DatabaseSync, now: () => number): History {
  const changesOf = new Map<StoredTable, Change[]>();
  const trackedSince = new Map<StoredTable, number>();
  const copies: string[] = [];
  let serial = 0;

  const list = (table: StoredTable): Change[] => changesOf.get(table) ?? [];
  /** What every row that changed after an instant held at that instant. */
  const versions = (table: StoredTable, atMs: number): Map<number, readonly SQLInputValue[] | null> => {
    const found = new Map<number, readonly SQLInputValue[] | null>();
    for (const change of list(table))
      if (change.atMs > atMs && !found.has(change.rowid)) found.set(change.rowid, change.before);
    return found;
  };
  const create = (
    columns: readonly string[],
  ): { name: string; insert(values: readonly SQLInputValue[]): void } => {
    const name = `h${++serial}`;
    sqlite.exec(`CREATE TEMP TABLE ${name} (${columns.join(', ')})`);
    copies.push(name);
    if (copies.length > KEPT_COPIES) sqlite.exec(`DROP TABLE ${copies.shift()}`);
    const statement = sqlite.prepare(`INSERT INTO ${name} VALUES (${columns.map(() => '?').join(', ')})`);
    return { name, insert: (values) => void statement.run(...values) };
  };
  const names = (table: StoredTable): string[] => table.columns.map((_, at) => `c${at}`);

  return {
    record(table, rowid, before) {
      const changes = changesOf.get(table) ?? [];
      changesOf.set(table, changes);
      changes.push({ atMs: now(), rowid, before });
    },
    asOf(table, atMs) {
      if (atMs < table.createdMs || atMs < now() - RETENTION_MS || atMs > now()) return undefined;
      const older = versions(table, atMs);
      if (older.size === 0) return table.sqlName;
      const copy = create(['id', 'present', ...names(table)]);
      const empty = table.columns.map(() => null);
      for (const [rowid, values] of older) copy.insert([rowid, values ? 1 : 0, ...(values ?? empty)]);
      const columns = names(table).join(', ');
      return `(SELECT ${columns} FROM ${table.sqlName} WHERE rowid NOT IN (SELECT id FROM ${copy.name}) UNION ALL SELECT ${columns} FROM ${copy.name} WHERE present)`;
    },
    changes(table, lowMs, highMs, insertsOnly) {
      const [atLow, atHigh] = [versions(table, lowMs), versions(table, highMs)];
      const columns = names(table);
      const extra = columns.length;
      const copy = create([...columns, `c${extra}`, `c${extra + 1}`, `c${extra + 2}`]);
      const current = sqlite.prepare(`SELECT ${columns.join(', ')} FROM ${table.sqlName} WHERE rowid = ?`);
      current.setReturnArrays(true);
      const held = (rowid: number): readonly SQLInputValue[] | null =>
        (current.get(rowid) as unknown as SQLInputValue[] | undefined) ?? null;
      for (const [rowid, before] of atLow) {
        const after = atHigh.has(rowid) ? atHigh.get(rowid)! : held(rowid);
        if (JSON.stringify(before) === JSON.stringify(after)) continue;
        const isUpdate = before && after ? 1 : 0;
        const id = `${table.sqlName}-${rowid}`;
        if (before && !insertsOnly) copy.insert([...before, 'DELETE', isUpdate, id]);
        if (after && !(insertsOnly && before)) copy.insert([...after, 'INSERT', isUpdate, id]);
      }
      return copy.name;
    },
    track(table, sinceMs) {
      if (sinceMs === undefined) trackedSince.delete(table);
      else trackedSince.set(table, sinceMs);
    },
    isTracked: (table, atMs) => atMs >= (trackedSince.get(table) ?? Infinity),
    forget(table) {
      changesOf.delete(table);
      trackedSince.delete(table);
    },
  };
}
