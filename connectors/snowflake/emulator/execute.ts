import { hasAggregate, isAggregate } from './compile-aggregate.ts';
import { compile } from './compile-expression.ts';
import { compileCore, compileQuery, compileWith, ordered, orderOf } from './compile-query.ts';
import { resolveCast, resolveFunction, type Environment } from './functions.ts';
import { parse } from './parse.ts';
import { findColumn, type Binding, type OutputColumn, type Scope, type Session } from './scope.ts';
import { describeSemanticView, show } from './show.ts';
import type { Session as Account } from './sessions.ts';
import { SqlError, unsupported } from './sql-error.ts';
import { parseSqlType, toWire, type SqlType, type Stored } from './sql-types.ts';
import type { Store } from './store.ts';
import type { Expression, Query, Statement } from './syntax.ts';

export type ResultColumn = OutputColumn;
export type WireRow = readonly (string | null)[];
export interface Result {
  readonly columns: readonly ResultColumn[];
  readonly rows: Iterable<WireRow>;
  readonly statementTypeId: number;
  /** What a USE statement changes in the session. */
  readonly session?: Partial<Pick<Account, 'role' | 'warehouse' | 'secondaryRoles'>>;
}

/** Runs one statement in a session; with `describeOnly`, as far as its columns. */
export function execute(
  sqlText: string,
  binds: readonly Binding[],
  store: Store,
  environment: Environment,
  known: { readonly warehouses: readonly string[]; readonly roles: readonly string[] },
  describeOnly = false,
): Result {
  const statement = parse(sqlText);
  if (statement.statement === 'select') {
    const session: Session = { binds, environment, store, relations: 0 };
    const result = select(statement.query, session);
    return describeOnly ? { ...result, rows: [] } : result;
  }
  if (statement.statement === 'show') return show(statement, store, environment);
  if (statement.statement === 'describe') return describeSemanticView(statement.path, store, environment);
  return use(statement, known);
}

function select(query: Query, session: Session): Result {
  const [core] = query.cores;
  if (query.cores.length > 1 || core!.qualify || core!.distinct) return selectAll(query, session);
  const compiled = compileCore(core!, session, undefined, compileWith(query, session, undefined, new Map()));
  if (compiled.grouped) return selectAll(query, session);
  const wanted: string[] = [];
  const items = compiled.items.map((item) => project(item.expression, compiled.scope, wanted));
  const columns = items.map(({ type, constant }, at) => ({
    name: compiled.items[at]!.name,
    type,
    nullable: !constant,
  }));
  index(query, compiled.scope, session.store);
  const sql = `SELECT ${wanted.join(', ') || '1'} ${compiled.tail}${ordered(orderOf(query.orderBy, compiled), query)}`;
  return {
    statementTypeId: 4096,
    columns,
    rows: map(fetch(session.store, sql), (row) => items.map((item) => toWire(item.type, item.evaluate(row)))),
  };
}

function selectAll(query: Query, session: Session): Result {
  const { sql, columns } = compileQuery(query, session);
  return {
    statementTypeId: 4096,
    columns,
    rows: map(fetch(session.store, sql), (row) => columns.map(({ type }, at) => toWire(type, row[at]!))),
  };
}

function fetch(store: Store, sql: string): Iterable<readonly Stored[]> {
  let prepared: ReturnType<Store['sqlite']['prepare']>;
  try {
    prepared = store.sqlite.prepare(sql);
  } catch (error) {
    throw unsupported(error instanceof Error ? error.message : 'this query');
  }
  prepared.setReturnArrays(true);
  return prepared.iterate() as unknown as Iterable<readonly Stored[]>;
}

function* map<From, To>(rows: Iterable<From>, change: (row: From) => To): Iterable<To> {
  for (const row of rows) yield change(row);
}

interface Projected {
  readonly type: SqlType;
  readonly constant: boolean;
  evaluate(row: readonly Stored[]): Stored;
}

/** Functions of a column in a plain select list run over the rows as they are fetched: faster than inside SQLite. */
function project(expression: Expression, scope: Scope, wanted: string[]): Projected {
  if (expression.node === 'cast') {
    const value = project(expression.value, scope, wanted);
    const convert = resolveCast(value.type, expression.type, scope.session.environment);
    if (!value.constant)
      return { type: expression.type, constant: false, evaluate: (row) => convert(value.evaluate(row)) };
  }
  if (expression.node === 'call' && !isAggregate(expression) && !hasAggregate(expression)) {
    const plain = tryResolve(expression, scope, wanted);
    if (plain) return plain;
  }
  const { sql, type, constant } = compile(expression, scope);
  if (constant) return { type, constant: true, evaluate: () => constant.value };
  const slot = wanted.includes(sql) ? wanted.indexOf(sql) : wanted.push(sql) - 1;
  return { type, constant: false, evaluate: (row) => row[slot]! };
}

/** A call of one column and constants; anything else is left to the compiler. */
function tryResolve(
  expression: Expression & { node: 'call' },
  scope: Scope,
  wanted: string[],
): Projected | undefined {
  const simple = (one: Expression): boolean =>
    one.node === 'literal' ||
    one.node === 'bind' ||
    (one.node === 'column' && findColumn(one.path, one.name, scope) !== undefined) ||
    (one.node === 'cast' && simple(one.value)) ||
    (one.node === 'call' && !NATIVE.includes(one.name) && one.arguments.every(simple));
  if (!simple(expression)) return undefined;
  const values = expression.arguments.map((one) => project(one, scope, wanted));
  if (values.every((value) => value.constant)) return undefined;
  const { type, apply } = resolveFunction(
    expression.name,
    values.map((value) => value.type),
    values.map((value) => (value.constant ? value.evaluate([]) : undefined)),
    scope.session.environment,
  );
  return { type, constant: false, evaluate: (row) => apply(values.map((value) => value.evaluate(row))) };
}

const NATIVE = ['IFF', 'COALESCE', 'NVL', 'IFNULL', 'ZEROIFNULL', 'NULLIF'];

/** Reads in the order of columns go by an index, as Snowflake prunes by its micro-partitions. */
function index(query: Query, scope: Scope, store: Store): void {
  const [relation] = scope.relations;
  const table = store
    .tables()
    .find((one) => scope.relations.length === 1 && isIn(one, scope) && one.columns === relation!.columns);
  if (!table || query.orderBy.length === 0) return;
  const columns = query.orderBy.map(({ expression }) =>
    expression.node === 'column'
      ? relation!.columns.findIndex((column) => column.name === expression.name)
      : -1,
  );
  if (columns.includes(-1)) return;
  store.sqlite.exec(
    `CREATE INDEX IF NOT EXISTS ${table.sqlName}_${columns.join('_')} ON ${table.sqlName} (${columns.map((at) => `c${at}`).join(', ')})`,
  );
}

const isIn = (
  table: { readonly database: string; readonly schema: string; readonly name: string },
  scope: Scope,
): boolean =>
  scope.relations[0]!.names.join('\u0000') === [table.database, table.schema, table.name].join('\u0000');

function use(
  statement: Statement & { statement: 'use' },
  known: { readonly warehouses: readonly string[]; readonly roles: readonly string[] },
): Result {
  const done = {
    columns: [{ name: 'status', type: parseSqlType('VARCHAR'), nullable: true }],
    rows: [['Statement executed successfully.']],
    statementTypeId: 16384,
  };
  if (statement.what === 'SECONDARY ROLES')
    return { ...done, session: { secondaryRoles: statement.name === 'NONE' ? 'NONE' : 'ALL' } };
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
