import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { Json } from '../../../core/contract/json.ts';
import type { Table } from '../../../core/testing/table.ts';
import { fold, qualify, typeOf } from './table-names.ts';
import { createHistory, RETENTION_MS, type History } from './history.ts';
import { decodeValue, encodeValue, parseSqlType, type SqlType, type Stored } from './sql-types.ts';
import type { QueryRecord } from './table-functions.ts';
import { createFunctionRegistry, type FunctionRegistry } from './sqlite-functions.ts';

export interface StoredColumn {
  readonly name: string;
  readonly type: SqlType;
  readonly nullable: boolean;
  readonly comment: string | undefined;
  /** Tag names and their values. */
  readonly tags?: Readonly<Record<string, string>>;
}
export interface StoredTable {
  readonly database: string;
  readonly schema: string;
  readonly name: string;
  readonly comment: string | undefined;
  readonly key: readonly string[];
  readonly columns: readonly StoredColumn[];
  /** The table's name in SQLite; its columns are `c0`, `c1`, … */
  readonly sqlName: string;
  readonly createdMs: number;
  readonly isView: boolean;
  readonly policies: readonly Policy[];
  /** The one role that may see it; each role of the account when absent. */
  readonly role?: string | undefined;
}
export interface Policy {
  readonly kind: 'MASKING_POLICY' | 'ROW_ACCESS_POLICY';
  readonly column?: string;
}

/** A semantic view as DESCRIBE SEMANTIC VIEW tells it. */
export interface SemanticView {
  readonly database: string;
  readonly schema: string;
  readonly name: string;
  readonly comment?: string;
  readonly parts: readonly {
    readonly kind: 'TABLE' | 'DIMENSION' | 'FACT' | 'METRIC';
    readonly name: string;
    readonly table?: string;
    readonly expression?: string;
    readonly type?: string;
    readonly comment?: string;
    readonly synonyms?: readonly string[];
  }[];
}

/** A key as a person writes it: one value, or one per key column in the order of the table's key. */
export type RowKey = string | number | readonly (string | number)[];
type Row = Readonly<Record<string, Json>>;

/** Changes the emulated tables, as a company's own loads would. */
export interface Warehouse {
  insert(table: string, row: Row): void;
  update(table: string, key: RowKey, fields: Row): void;
  remove(table: string, key: RowKey): void;
  rows(table: string): Row[];
  /** CREATE OR REPLACE: the history of the table is gone, and its change tracking unless it is asked for. */
  replace(table: string, rows: readonly Row[], options?: { readonly changeTracking?: boolean }): void;
  /** ALTER TABLE … SET CHANGE_TRACKING. */
  setChangeTracking(table: string, on: boolean): void;
}

export interface Store {
  readonly sqlite: DatabaseSync;
  readonly warehouse: Warehouse;
  tables(): readonly StoredTable[];
  find(database: string, schema: string, name: string): StoredTable | undefined;
  count(table: StoredTable): number;
  lastRowid(table: StoredTable): number;
  readonly functions: FunctionRegistry;
  readonly asOf: History['asOf'];
  readonly changes: History['changes'];
  readonly isTracked: History['isTracked'];
  readonly semanticViews: readonly SemanticView[];
  /** What QUERY_HISTORY knows of; the oldest are dropped. */
  readonly queryLog: QueryRecord[];
}

export interface StoreOptions {
  readonly tables: readonly Table[];
  readonly database: string;
  readonly schema: string;
  readonly now: () => number;
  /** Column types in Snowflake's own words, by table and column, where the kit's types are not enough. */
  readonly types?: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined;
  /** Tags by table and column, besides the PRIVACY_CATEGORY that a column's sensitivity becomes. */
  readonly tags?:
    Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>> | undefined;
  readonly views?: readonly string[] | undefined;
  readonly changeTracking?: readonly string[] | undefined;
  readonly semanticViews?: readonly SemanticView[] | undefined;
  readonly policies?: Readonly<Record<string, readonly Policy[]>> | undefined;
  readonly grants?: Readonly<Record<string, string>> | undefined;
}

/** The account as a session sees it: with secondary roles, what any role of the user may see. */
export function visibleTo(
  store: Store,
  session: { readonly role: string | null; readonly secondaryRoles: 'ALL' | 'NONE' },
): Store {
  const tables = store
    .tables()
    .filter(({ role }) => !role || session.secondaryRoles === 'ALL' || role === session.role);
  return {
    ...store,
    tables: () => tables,
    find: (database, schema, name) =>
      tables.find((one) => one.database === database && one.schema === schema && one.name === name),
  };
}

/** Loads tables into SQLite in memory and keeps enough history for Time Travel within a day. */
export function createStore(options: StoreOptions): Store {
  const sqlite = new DatabaseSync(':memory:');
  sqlite.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF');
  const tables: StoredTable[] = [];
  const history = createHistory(sqlite, options.now);
  const lastRowid = new Map<StoredTable, number>();

  const find = (database: string, schema: string, name: string): StoredTable | undefined =>
    tables.find((one) => one.database === database && one.schema === schema && one.name === name);
  const resolve = (name: string): StoredTable => {
    const { database, schema, table } = qualify(name, options);
    const found = find(database, schema, table);
    if (!found) throw new Error(`emulator: no table ${name}`);
    return found;
  };
  /** Row ids are never given twice: a row that comes after one that went is another row. */
  const insertRow = (table: StoredTable, row: Row): number => {
    const rowid = (lastRowid.get(table) ?? 0) + 1;
    lastRowid.set(table, rowid);
    const values = encode(table, row);
    inserts.get(table)!.run(rowid, ...values);
    return rowid;
  };
  const inserts = new Map<StoredTable, StatementSync>();
  const encode = (table: StoredTable, row: Row): Stored[] => {
    for (const name of Object.keys(row))
      if (!table.columns.some((column) => column.name === fold(name)))
        throw new Error(`emulator: no column ${name}`);
    const folded = new Map(Object.entries(row).map(([name, value]) => [fold(name), value]));
    return table.columns.map((column) => {
      const stored = encodeValue(column.type, folded.get(column.name) ?? null);
      if (stored === null && !column.nullable)
        throw new Error(`emulator: NULL in column ${column.name}, which takes none`);
      return stored;
    });
  };
  const locate = (table: StoredTable, key: RowKey): { rowid: number; values: SQLInputValue[] }[] => {
    const parts: readonly (string | number)[] = typeof key === 'object' ? key : [key];
    const columns = table.key.map((name) => table.columns.findIndex((column) => column.name === name));
    const where = columns.map((index) => `c${index} = ?`).join(' AND ');
    const values = columns.map((index, at) =>
      encodeValue(table.columns[index]!.type, parts[at] ?? null),
    ) as SQLInputValue[];
    return sqlite
      .prepare(`SELECT rowid AS rowid_, * FROM ${table.sqlName} WHERE ${where}`)
      .all(...values)
      .map((found) => {
        const [rowid, ...rest] = Object.values(found) as SQLInputValue[];
        return { rowid: Number(rowid), values: rest };
      });
  };

  for (const [index, table] of options.tables.entries()) {
    const { database, schema, table: name } = qualify(table.name, options);
    const types = options.types?.[table.name] ?? {};
    const stored: StoredTable & { createdMs: number } = {
      database,
      schema,
      name,
      comment: table.comment ?? table.label,
      key: table.key.map(fold),
      columns: table.columns.map((column) => {
        const tags = {
          ...(column.sensitivity === undefined ? {} : { PRIVACY_CATEGORY: column.sensitivity }),
          ...options.tags?.[table.name]?.[column.name],
        };
        return {
          name: fold(column.name),
          type: types[column.name] ? parseSqlType(types[column.name]!) : typeOf(column),
          nullable: column.nullable ?? true,
          comment: column.comment ?? column.label,
          tags,
        };
      }),
      sqlName: `t${index}`,
      createdMs: options.now() - RETENTION_MS,
      isView: options.views?.includes(table.name) ?? false,
      policies: options.policies?.[table.name] ?? [],
      role: options.grants?.[table.name]?.toUpperCase(),
    };
    tables.push(stored);
    if (options.changeTracking?.includes(table.name)) history.track(stored, stored.createdMs);
    const columns = stored.columns.map((_, at) => `c${at}`);
    sqlite.exec(`CREATE TABLE ${stored.sqlName} (${columns.join(', ')})`);
    inserts.set(
      stored,
      sqlite.prepare(
        `INSERT INTO ${stored.sqlName} (rowid, ${columns.join(', ')}) VALUES (?, ${columns.map(() => '?').join(', ')})`,
      ),
    );
    sqlite.exec('BEGIN');
    for (const row of table.rows) insertRow(stored, row);
    sqlite.exec('COMMIT');
    const keys = stored.key.map((key) => `c${stored.columns.findIndex((column) => column.name === key)}`);
    if (keys.length > 0)
      sqlite.exec(`CREATE INDEX ${stored.sqlName}_key ON ${stored.sqlName} (${keys.join(', ')})`);
  }

  return {
    sqlite,
    tables: () => tables,
    find,
    count: (table) => Number(sqlite.prepare(`SELECT count(*) AS n FROM ${table.sqlName}`).get()!['n']),
    lastRowid: (table) => lastRowid.get(table) ?? 0,
    functions: createFunctionRegistry(sqlite),
    asOf: history.asOf,
    changes: history.changes,
    isTracked: history.isTracked,
    semanticViews: options.semanticViews ?? [],
    queryLog: [],
    warehouse: {
      insert(name, row) {
        const table = resolve(name);
        history.record(table, insertRow(table, row), null);
      },
      update(name, key, fields) {
        const table = resolve(name);
        const found = locate(table, key);
        if (found.length === 0) throw new Error(`emulator: no such row in ${name}`);
        for (const { rowid, values } of found) {
          for (const [field, value] of Object.entries(fields)) {
            const index = table.columns.findIndex((column) => column.name === fold(field));
            if (index < 0) throw new Error(`emulator: no column ${field}`);
            sqlite
              .prepare(`UPDATE ${table.sqlName} SET c${index} = ? WHERE rowid = ?`)
              .run(encodeValue(table.columns[index]!.type, value), rowid);
          }
          history.record(table, rowid, values);
        }
      },
      remove(name, key) {
        const table = resolve(name);
        const found = locate(table, key);
        if (found.length === 0) throw new Error(`emulator: no such row in ${name}`);
        for (const { rowid, values } of found) {
          sqlite.prepare(`DELETE FROM ${table.sqlName} WHERE rowid = ?`).run(rowid);
          history.record(table, rowid, values);
        }
      },
      replace(name, rows, more = {}) {
        const table = resolve(name) as StoredTable & { createdMs: number };
        sqlite.exec(`DELETE FROM ${table.sqlName}`);
        history.forget(table);
        table.createdMs = options.now();
        for (const row of rows) insertRow(table, row);
        if (more.changeTracking) history.track(table, options.now());
      },
      setChangeTracking: (name, on) => history.track(resolve(name), on ? options.now() : undefined),
      rows(name) {
        const table = resolve(name);
        return sqlite
          .prepare(`SELECT * FROM ${table.sqlName} ORDER BY rowid`)
          .all()
          .map((row) =>
            Object.fromEntries(
              Object.values(row).map((value, at) => [
                table.columns[at]!.name,
                decodeValue(table.columns[at]!.type, value as Stored),
              ]),
            ),
          );
      },
    },
  };
}
