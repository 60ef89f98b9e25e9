import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { catalogFault } from './fault.ts';
import { migrate } from './migrations.ts';

/** A connection with statements prepared once. Rows come as arrays, in the order of the columns. */
export interface Database {
  readonly path: string;
  all(sql: string, ...values: SQLInputValue[]): Row[];
  get(sql: string, ...values: SQLInputValue[]): Row | undefined;
  /** Rows one by one, for results of any size. */
  each(sql: string, ...values: SQLInputValue[]): Iterable<Row>;
  run(sql: string, ...values: SQLInputValue[]): number;
  /** `head` VALUES (…),(…) `tail`: many rows with few statements, in the order given. */
  insert(head: string, rows: readonly (readonly SQLInputValue[])[], tail?: string): void;
  /** All or nothing. Does not nest. */
  transaction<T>(work: () => T): T;
  /** The next `count` numbers of a named sequence; returns the first. Inside a transaction. */
  next(sequence: string, count?: number): number;
  close(): void;
}
export type Row = SqlValue[];
export type SqlValue = number | string | null | Uint8Array;

/** Rows of one statement of `insert`; the rest goes in smaller ones, so that few shapes are ever prepared. */
const rowsAtOnce = [50, 8, 1] as const;

/** Opens or creates the file (folder 0700, file 0600) and brings its schema up to date. */
export function openDatabase(path: string): Database {
  try {
    return connect(path);
  } catch (error) {
    throw catalogFault(error, path) ?? error;
  }
}

function connect(path: string): Database {
  const inMemory = path === ':memory:';
  if (!inMemory) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
    chmodSync(path, 0o600);
  }
  const connection = new DatabaseSync(path);
  connection.exec('PRAGMA busy_timeout=10000');
  connection.exec(
    'PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=2048;' +
      'PRAGMA cache_size=-8192; PRAGMA temp_store=MEMORY; PRAGMA secure_delete=ON; PRAGMA foreign_keys=OFF',
  );
  const statements = new Map<string, StatementSync>();
  const prepared = (sql: string): StatementSync => {
    let statement = statements.get(sql);
    if (!statement) {
      statement = connection.prepare(sql);
      statement.setReturnArrays(true);
      statements.set(sql, statement);
    }
    return statement;
  };
  const database: Database = {
    path,
    all: (sql, ...values) => prepared(sql).all(...values) as unknown as Row[],
    get: (sql, ...values) => prepared(sql).get(...values) as unknown as Row | undefined,
    each(sql, ...values) {
      const own = connection.prepare(sql);
      own.setReturnArrays(true);
      return own.iterate(...values) as unknown as Iterable<Row>;
    },
    run: (sql, ...values) => Number(prepared(sql).run(...values).changes),
    insert(head, rows, tail = '') {
      let from = 0;
      for (const size of rowsAtOnce) {
        if (rows.length - from < size) continue;
        const tuple = `(${rows[0]!.map(() => '?').join(',')})`;
        const statement = prepared(`${head} VALUES ${Array(size).fill(tuple).join(',')} ${tail}`);
        for (; rows.length - from >= size; from += size)
          statement.run(...rows.slice(from, from + size).flat());
      }
    },
    transaction(work) {
      connection.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        connection.exec('COMMIT');
        return result;
      } catch (error) {
        // SQLite itself rolls back after some errors (a full disk); the error that counts is the first one.
        if (connection.isTransaction) connection.exec('ROLLBACK');
        throw error;
      }
    },
    next(sequence, count = 1) {
      const row = database.get('SELECT value FROM sequence WHERE name=?', sequence);
      const first = row ? (row[0] as number) + 1 : 1;
      database.run(
        'INSERT INTO sequence(name,value) VALUES(?,?) ON CONFLICT(name) DO UPDATE SET value=excluded.value',
        sequence,
        first + count - 1,
      );
      return first;
    },
    close: () => connection.close(),
  };
  migrate(connection);
  return database;
}
