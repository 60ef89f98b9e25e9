import { compile, condition } from './compile-expression.ts';
import { compileQuery, type Named } from './compile-query.ts';
import { comparable } from './conversions.ts';
import { informationSchemaView } from './information-schema.ts';
import { needColumn, type OutputColumn, type Relation, type Scope, type Session } from './scope.ts';
import {
  noChangeTracking,
  noHistory,
  noWarehouse,
  SqlError,
  unknownObject,
  unsupported,
} from './sql-error.ts';
import { semanticQuery } from './semantic-query.ts';
import { decodeNumber, msFromInstant, parseSqlType } from './sql-types.ts';
import type { StoredTable } from './store.ts';
import { callTableFunction } from './table-functions.ts';
import type { Expression, From } from './syntax.ts';

export interface CompiledFrom {
  readonly sql: string;
  readonly relations: readonly Relation[];
}

/** Translates what stands in FROM; every relation gets a name of its own in SQLite. */
export function compileFrom(
  from: From,
  session: Session,
  outer: Scope | undefined,
  named: Named,
): CompiledFrom {
  const relation = (
    sql: string,
    names: readonly string[],
    columns: readonly OutputColumn[],
  ): CompiledFrom => {
    const sqlName = `r${++session.relations}`;
    const table = /^t\d+$/.test(sql) ? { table: sql } : {};
    return { sql: `${sql} AS ${sqlName}`, relations: [{ names, sqlName, columns, ...table }] };
  };
  switch (from.from) {
    case 'query': {
      const query = compileQuery(from.query, session, outer, named);
      return relation(`(${query.sql})`, from.alias === undefined ? [] : [from.alias], query.columns);
    }
    case 'semantic view': {
      const query = compileQuery(semanticQuery(from, session), session, outer, named);
      return relation(`(${query.sql})`, from.alias === undefined ? [] : [from.alias], query.columns);
    }
    case 'function': {
      const values = from.arguments.map((one) => constant(one, session));
      const view = callTableFunction(session.store, from.path, values, session.environment.sessionId);
      return relation(view.sqlName, [from.alias ?? from.path.at(-1)!], view.columns);
    }
    case 'table': {
      const common = from.path.length === 1 ? named.get(from.path[0]!) : undefined;
      if (common) {
        if (from.at) throw unsupported('AT on a common table expression');
        return relation(`(${common.sql})`, [from.alias ?? from.path[0]!], common.columns);
      }
      const table = locate(from.path, session);
      const names = from.alias === undefined ? [table.database, table.schema, table.name] : [from.alias];
      if (!from.at) return relation(table.sqlName, names, table.columns);
      if (from.changes)
        return relation(changesOf(from, table, session), names, [...table.columns, ...METADATA]);
      const past = session.store.asOf(table, instantMs(from.at, session));
      if (!past) throw noHistory(table.name);
      return relation(past, names, table.columns);
    }
    case 'join': {
      const left = compileFrom(from.left, session, outer, named);
      const right = compileFrom(from.right, session, outer, named);
      const relations = [...left.relations, ...right.relations];
      const scope: Scope = { session, relations, aliases: new Map(), ...(outer ? { outer } : {}) };
      const joined = `${left.sql} ${from.kind} JOIN ${right.sql}`;
      if (from.kind === 'CROSS') return { sql: joined, relations };
      const pairs = from.using.map((name) => {
        const side = (part: CompiledFrom) => needColumn([], name, { ...scope, relations: part.relations });
        return comparable('USING', side(left), side(right), scope).join(' = ');
      });
      const on = from.on ? condition(from.on, scope) : pairs.join(' AND ');
      // USING shows its columns once: here the left one.
      const hidden = right.relations.map((one) => ({
        ...one,
        columns: one.columns.map((column, at) =>
          from.using.includes(column.name)
            ? { ...column, name: `\u0000${column.name}`, sql: `${one.sqlName}.c${at}` }
            : column,
        ),
      }));
      return {
        sql: `${joined} ON ${on}`,
        relations: from.using.length > 0 ? [...left.relations, ...hidden] : relations,
      };
    }
  }
}

/** What CHANGES adds to a row. https://docs.snowflake.com/en/sql-reference/constructs/changes */
const METADATA: readonly OutputColumn[] = [
  { name: 'METADATA$ACTION', type: parseSqlType('VARCHAR'), nullable: false },
  { name: 'METADATA$ISUPDATE', type: parseSqlType('BOOLEAN'), nullable: false },
  { name: 'METADATA$ROW_ID', type: parseSqlType('VARCHAR'), nullable: false },
];

function changesOf(from: From & { from: 'table' }, table: StoredTable, session: Session): string {
  const low = instantMs(from.at!, session);
  const high = from.end ? instantMs(from.end, session) : session.environment.nowMs;
  const { store } = session;
  if (!store.isTracked(table, low)) throw noChangeTracking(table.name);
  if (!store.asOf(table, low) || !store.asOf(table, high)) throw noHistory(table.name);
  return store.changes(table, low, high, from.changes === 'APPEND_ONLY');
}

function instantMs(expression: Expression, session: Session): number {
  const at = compile(expression, { session, relations: [], aliases: new Map() });
  if (!at.constant || at.type.kind === 'text')
    throw unsupported('AT with a value that is no constant timestamp');
  return msFromInstant(String(at.constant.value));
}

function constant(expression: Expression, session: Session): string {
  const value = compile(expression, { session, relations: [], aliases: new Map() });
  if (!value.constant) throw unsupported('a table function of columns');
  const held = value.constant.value;
  return value.type.kind === 'fixed' ? decodeNumber(String(held), value.type.scale ?? 0) : String(held);
}

function locate(path: readonly string[], session: Session): StoredTable {
  const { store, environment } = session;
  const database = path.at(-3) ?? environment.database;
  const schema = path.at(-2) ?? environment.schema;
  const name = path.at(-1)!;
  if (!database || !schema)
    throw new SqlError(
      '090105',
      '22000',
      "Cannot perform SELECT. This session does not have a current database. Call 'USE DATABASE', or use a qualified name.",
    );
  if (schema === 'INFORMATION_SCHEMA') return informationSchemaView(store, database, name);
  const tables = store.tables();
  if (!tables.some((table) => table.database === database)) throw unknownObject('Database', database);
  if (!tables.some((table) => table.database === database && table.schema === schema))
    throw unknownObject('Schema', `${database}.${schema}`);
  const found = store.find(database, schema, name);
  if (!found) throw unknownObject('Object', path.join('.'));
  if (!environment.warehouse) throw noWarehouse();
  return found;
}
