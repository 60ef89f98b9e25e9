import type { Environment } from './functions.ts';
import { ambiguous, invalidIdentifier } from './sql-error.ts';
import type { SqlType, Stored } from './sql-types.ts';
import type { Store } from './store.ts';
import type { Expression } from './syntax.ts';

/** A bind as the wire carries it. */
export interface Binding {
  readonly type: string;
  readonly value: string | null;
}

/** An expression as SQLite evaluates it, with the type it has in Snowflake. */
export interface Compiled {
  readonly sql: string;
  readonly type: SqlType;
  /** Known before any row is read. */
  readonly constant?: { readonly value: Stored };
}

export interface OutputColumn {
  readonly name: string;
  readonly type: SqlType;
  readonly nullable: boolean;
}

/** What stands in FROM: its columns are `<sqlName>.c0`, `c1`, …, unless they name a place of their own. */
export interface Relation {
  readonly names: readonly string[];
  readonly sqlName: string;
  /** The table of SQLite that is read as it is. */
  readonly table?: string;
  readonly columns: readonly (OutputColumn & { readonly sql?: string })[];
}

export interface Session {
  readonly binds: readonly Binding[];
  readonly environment: Environment;
  readonly store: Store;
  relations: number;
}

export interface Scope {
  readonly session: Session;
  readonly relations: readonly Relation[];
  /** Select aliases, which a condition may use where no column has the name. */
  readonly aliases: ReadonlyMap<string, Expression>;
  /** Inside a grouped query: the SQL of what it is grouped by. */
  readonly groups?: ReadonlySet<string>;
  readonly outer?: Scope;
}

/** The column that a name means, from the nearest scope that has it; undefined where only an alias could be meant. */
export function findColumn(path: readonly string[], name: string, scope: Scope): Compiled | undefined {
  const found: Compiled[] = [];
  for (const relation of scope.relations) {
    const suffix = relation.names.slice(Math.max(0, relation.names.length - path.length));
    if (path.length > 0 && suffix.join('\u0000') !== path.join('\u0000')) continue;
    const at = relation.columns.findIndex((column) => column.name === name);
    if (at < 0) continue;
    const column = relation.columns[at]!;
    found.push({ sql: column.sql ?? `${relation.sqlName}.c${at}`, type: column.type });
  }
  if (found.length > 1) throw ambiguous(name);
  return found[0] ?? (scope.outer && findColumn(path, name, scope.outer));
}

export function needColumn(path: readonly string[], name: string, scope: Scope): Compiled {
  const found = findColumn(path, name, scope);
  if (!found) throw invalidIdentifier([...path, name].join('.'));
  return found;
}

export const quote = (value: Stored): string =>
  value === null
    ? 'NULL'
    : typeof value === 'number'
      ? Number.isInteger(value)
        ? String(value)
        : value === Infinity
          ? '9e999'
          : value === -Infinity
            ? '-9e999'
            : String(value)
      : `'${value.replaceAll("'", "''")}'`;

export const fixedValue = (type: SqlType, value: Stored): Compiled => ({
  sql: quote(value),
  type,
  constant: { value },
});
