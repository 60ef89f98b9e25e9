import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { Json } from '../../../core/contract/json.ts';
import type { Table, TableColumn } from '../../../core/testing/table.ts';
import { decodeValue, encodeValue, parseSqlType, type SqlType, type Stored } from './sql-types.ts';

export interface StoredColumn {
  readonly name: string;
  readonly type: SqlType;
  readonly nullable: boolean;
  readonly comment: string | undefined;
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
}

export interface Store {
  readonly sqlite: DatabaseSync;
  readonly warehouse: Warehouse;
  tables(): readonly StoredTable[];
  find(database: string, schema: string, name: string): StoredTable | undefined;
  count(table: StoredTable): number;
  /** The SQLite name of the table as it stood at an instant, or undefined when that is out of reach. */
  asOf(table: StoredTable, atMs: number): string | undefined;
}

const RETENTION_MS = 24 * 3_600_000;

export interface StoreOptions {
  readonly tables: readonly Table[];
  readonly database: string;
  readonly schema: string;
  readonly now: () => number;
  /** Column types in Snowflake's own words, by table and column, where the kit's types are not enough. */
  readonly types?: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined;
}

/** Loads tables into SQLite in memory and keeps enough history for Time Travel within a day. */
export function createStore(options: StoreOptions): Store {
  const sqlite = new DatabaseSync(':memory:');
  sqlite.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF');
  const tables: StoredTable[] = [];
  const history = new Map<StoredTable, { atMs: number; rowid: number; before: SQLInputValue[] | null }[]>();

  const find = (database: string, schema: string, name: string): StoredTable | undefined =>
    tables.find((one) => one.database === database && one.schema === schema && one.name === name);
  const resolve = (name: string): StoredTable => {
    const { database, schema, table } = qualify(name, options);
    const found = find(database, schema, table);
    if (!found) throw new Error(`emulator: no table ${name}`);
    return found;
  };
  const record = (table: StoredTable, rowid: number, before: SQLInputValue[] | null): void =>
    void history.get(table)!.push({ atMs: options.now(), rowid, before });
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
    const stored: StoredTable = {
      database,
      schema,
      name,
      comment: table.comment ?? table.label,
      key: table.key.map(fold),
      columns: table.columns.map((column) => ({
        name: fold(column.name),
        type: types[column.name] ? parseSqlType(types[column.name]!) : typeOf(column),
        nullable: column.nullable ?? true,
        comment: column.comment ?? column.label,
      })),
      sqlName: `t${index}`,
      createdMs: options.now() - RETENTION_MS,
    };
    tables.push(stored);
    history.set(stored, []);
    const columns = stored.columns.map((_, at) => `c${at}`);
    sqlite.exec(`CREATE TABLE ${stored.sqlName} (${columns.join(', ')})`);
    const insert = sqlite.prepare(
      `INSERT INTO ${stored.sqlName} VALUES (${columns.map(() => '?').join(', ')})`,
    );
    sqlite.exec('BEGIN');
    for (const row of table.rows) insert.run(...encode(stored, row));
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
    asOf(table, atMs) {
      if (atMs < table.createdMs || atMs < options.now() - RETENTION_MS || atMs > options.now())
        return undefined;
      const later = history.get(table)!.filter((change) => change.atMs > atMs);
      if (later.length === 0) return table.sqlName;
      const copy = `${table.sqlName}_at`;
      sqlite.exec(
        `DROP TABLE IF EXISTS ${copy}; CREATE TEMP TABLE ${copy} AS SELECT * FROM ${table.sqlName} WHERE 0`,
      );
      sqlite.exec(
        `INSERT INTO ${copy} (rowid, ${names(table)}) SELECT rowid, ${names(table)} FROM ${table.sqlName}`,
      );
      for (const change of later.reverse()) {
        sqlite.prepare(`DELETE FROM ${copy} WHERE rowid = ?`).run(change.rowid);
        if (change.before)
          sqlite
            .prepare(
              `INSERT INTO ${copy} (rowid, ${names(table)}) VALUES (?, ${change.before.map(() => '?').join(', ')})`,
            )
            .run(change.rowid, ...change.before);
      }
      return copy;
    },
    warehouse: {
      insert(name, row) {
        const table = resolve(name);
        const values = encode(table, row);
        const result = sqlite
          .prepare(`INSERT INTO ${table.sqlName} VALUES (${values.map(() => '?').join(', ')})`)
          .run(...values);
        record(table, Number(result.lastInsertRowid), null);
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
          record(table, rowid, values);
        }
      },
      remove(name, key) {
        const table = resolve(name);
        const found = locate(table, key);
        if (found.length === 0) throw new Error(`emulator: no such row in ${name}`);
        for (const { rowid, values } of found) {
          sqlite.prepare(`DELETE FROM ${table.sqlName} WHERE rowid = ?`).run(rowid);
          record(table, rowid, values);
        }
      },
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

const names = (table: StoredTable): string => table.columns.map((_, at) => `c${at}`).join(', ');

/** A plain name folds to upper case, as unquoted identifiers do; any other is kept as it is. */
const fold = (name: string): string => (/^[A-Za-z_][\w$]*$/.test(name) ? name.toUpperCase() : name);

/** Completes `TABLE` or `SCHEMA.TABLE` to database, schema and table. */
export function qualify(
  name: string,
  defaults: { readonly database: string; readonly schema: string },
): { database: string; schema: string; table: string } {
  const parts = name.split('.').map(fold);
  return {
    table: parts.at(-1)!,
    schema: parts.at(-2) ?? defaults.schema,
    database: parts.at(-3) ?? defaults.database,
  };
}

/** Instants are TIMESTAMP_TZ, since the kit's timestamps name their zone. */
function typeOf(column: TableColumn): SqlType {
  switch (column.type) {
    case 'integer':
      return parseSqlType('NUMBER(38,0)');
    case 'number':
      return column.scale === undefined ? parseSqlType('FLOAT') : parseSqlType(`NUMBER(38,${column.scale})`);
    case 'boolean':
      return parseSqlType('BOOLEAN');
    case 'date':
      return parseSqlType('DATE');
    case 'timestamp':
      return parseSqlType('TIMESTAMP_TZ(9)');
    case 'json':
      return parseSqlType('VARIANT');
    default:
      return parseSqlType('VARCHAR');
  }
}
