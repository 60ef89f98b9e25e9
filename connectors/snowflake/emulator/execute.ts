import { compile, filter, findColumn, type Binding, type Scope } from './compile.ts';
import type { Environment } from './functions.ts';
import { informationSchemaView } from './information-schema.ts';
import { parse, type Select, type Statement } from './parse.ts';
import { noWarehouse, SqlError, unknownObject, unsupported } from './sql-error.ts';
import {
  instantFromMs,
  msFromInstant,
  parseSqlType,
  toWire,
  type SqlType,
  type Stored,
} from './sql-types.ts';
import type { Store, StoredTable } from './store.ts';

export interface ResultColumn {
  readonly name: string;
  readonly type: SqlType;
  readonly nullable: boolean;
}
export type WireRow = readonly (string | null)[];
export interface Result {
  readonly columns: readonly ResultColumn[];
  readonly rows: Iterable<WireRow>;
  readonly statementTypeId: number;
  /** What a USE statement changes in the session. */
  readonly session?: { readonly role?: string; readonly warehouse?: string };
}

/** Runs one statement in a session. */
export function execute(
  sqlText: string,
  binds: readonly Binding[],
  store: Store,
  environment: Environment,
  known: { readonly warehouses: readonly string[]; readonly roles: readonly string[] },
): Result {
  const statement = parse(sqlText);
  if (statement.statement === 'select') return select(statement, binds, store, environment);
  if (statement.statement === 'show') return show(statement, store, environment);
  return use(statement, known);
}

function locate(path: readonly string[], store: Store, environment: Environment): StoredTable {
  const database = path.at(-3) ?? environment.database;
  const schema = path.at(-2) ?? environment.schema;
  const name = path.at(-1)!;
  const written = path.join('.');
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
  if (!found) throw unknownObject('Object', written);
  if (!environment.warehouse) throw noWarehouse();
  return found;
}

function select(
  statement: Select,
  binds: readonly Binding[],
  store: Store,
  environment: Environment,
): Result {
  const table = statement.from ? locate(statement.from.path, store, environment) : undefined;
  const scope: Scope = {
    columns: table?.columns ?? [],
    binds,
    environment,
    wanted: [],
    aggregates: 0,
    plain: 0,
  };
  const items = statement.items.map((item) => compile(item.expression, scope));
  if (scope.aggregates > 0 && scope.plain > 0) throw unsupported('columns beside aggregates');
  const columns = items.map((item, at) => ({
    name: statement.items[at]!.name,
    type: item.type,
    nullable: !item.constant,
  }));
  const project = (row: readonly Stored[]): WireRow =>
    items.map((item) => toWire(item.type, item.evaluate(row)));
  if (!table) return { columns, rows: [project([])], statementTypeId: 4096 };

  const where = statement.where ? ` WHERE ${filter(statement.where, scope)}` : '';
  const order = statement.orderBy.map((one) => {
    if (one.expression.node !== 'column') throw unsupported('ORDER BY an expression');
    // NULL is the largest value in Snowflake.
    return `c${findColumn(one.expression.name, scope)}${one.descending ? ' DESC NULLS FIRST' : ' NULLS LAST'}`;
  });
  const source = statement.from!.at ? snapshot(table, statement, scope, store) : table.sqlName;
  if (order.length > 0 && source === table.sqlName && table.schema !== 'INFORMATION_SCHEMA')
    index(table, order, store);
  const sql =
    `SELECT ${statement.distinct ? 'DISTINCT ' : ''}${scope.wanted.join(', ') || '1'} FROM ${source}${where}` +
    (order.length > 0 && scope.aggregates === 0 ? ` ORDER BY ${order.join(', ')}` : '') +
    (statement.limit === undefined ? '' : ` LIMIT ${statement.limit}`);
  const prepared = store.sqlite.prepare(sql);
  prepared.setReturnArrays(true);
  const fetched = prepared.iterate() as unknown as Iterable<readonly Stored[]>;
  return { columns, rows: mapRows(fetched, project), statementTypeId: 4096 };
}

function* mapRows(
  rows: Iterable<readonly Stored[]>,
  project: (row: readonly Stored[]) => WireRow,
): Iterable<WireRow> {
  for (const row of rows) yield project(row);
}

function snapshot(table: StoredTable, statement: Select, scope: Scope, store: Store): string {
  const at = compile(statement.from!.at!, { ...scope, columns: [] });
  if (!at.constant || at.type.kind === 'text')
    throw unsupported('AT with a value that is no constant timestamp');
  const source = store.asOf(table, msFromInstant(String(at.evaluate([]))));
  if (source) return source;
  throw new SqlError(
    '000707',
    '02000',
    `Time travel data is not available for table ${table.name}. The requested time is either beyond the allowed time travel period or before the object creation time.`,
  );
}

function index(table: StoredTable, order: readonly string[], store: Store): void {
  const columns = order.map((one) => one.replace(/ .*$/, ''));
  store.sqlite.exec(
    `CREATE INDEX IF NOT EXISTS ${table.sqlName}_${columns.join('_')} ON ${table.sqlName} (${columns.join(', ')})`,
  );
}

const text = (name: string): ResultColumn => ({ name, type: parseSqlType('VARCHAR'), nullable: true });

/** https://docs.snowflake.com/en/sql-reference/sql/show-primary-keys */
function show(statement: Statement & { statement: 'show' }, store: Store, environment: Environment): Result {
  const path = statement.path;
  const inSchema = statement.scope === 'SCHEMA';
  const database = path.at(inSchema ? -2 : -3) ?? environment.database;
  const schema = path.at(inSchema ? -1 : -2) ?? environment.schema;
  const tables = store
    .tables()
    .filter(
      (table) =>
        table.database === database && table.schema === schema && (inSchema || table.name === path.at(-1)),
    );
  if (tables.length === 0) throw unknownObject(inSchema ? 'Schema' : 'Table', path.join('.'));
  const created = String(Math.floor(environment.nowMs / 1000));
  if (statement.what === 'TABLES')
    return {
      statementTypeId: 24576,
      columns: ['created_on', 'name', 'database_name', 'schema_name', 'kind', 'comment'].map(text),
      rows: tables.map((table) => [
        created,
        table.name,
        table.database,
        table.schema,
        'TABLE',
        table.comment ?? '',
      ]),
    };
  return {
    statementTypeId: 24576,
    columns: [
      'created_on',
      'database_name',
      'schema_name',
      'table_name',
      'column_name',
      'key_sequence',
      'constraint_name',
      'rely',
      'comment',
    ].map(text),
    rows: tables.flatMap((table) =>
      table.key.map((key, at) => [
        instantFromMs(table.createdMs),
        table.database,
        table.schema,
        table.name,
        key,
        String(at + 1),
        `SYS_CONSTRAINT_${table.sqlName}`,
        'false',
        null,
      ]),
    ),
  };
}

function use(
  statement: Statement & { statement: 'use' },
  known: { readonly warehouses: readonly string[]; readonly roles: readonly string[] },
): Result {
  const done = {
    columns: [text('status')],
    rows: [['Statement executed successfully.']],
    statementTypeId: 16384,
  };
  if (statement.what === 'SECONDARY ROLES') return done;
  const names = statement.what === 'ROLE' ? known.roles : known.warehouses;
  if (!names.includes(statement.name))
    throw new SqlError(
      '002043',
      '02000',
      'SQL compilation error:\nObject does not exist, or operation cannot be performed.',
    );
  return {
    ...done,
    session: statement.what === 'ROLE' ? { role: statement.name } : { warehouse: statement.name },
  };
}
