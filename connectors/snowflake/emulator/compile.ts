import type { Expression } from './parse.ts';
import { BOOLEAN, NUMBER, resolveCast, resolveFunction, TEXT, type Environment } from './functions.ts';
import { invalidArguments, invalidIdentifier, unsupported } from './sql-error.ts';
import { dataTypeName, decodeNumber, encodeNumber, sqlType, type SqlType, type Stored } from './sql-types.ts';
import type { StoredColumn } from './store.ts';

/** A bind as the wire carries it. */
export interface Binding {
  readonly type: string;
  readonly value: string | null;
}

/** Rows hand their values over in the order in which columns and aggregates were asked for here. */
export interface Scope {
  readonly columns: readonly StoredColumn[];
  readonly binds: readonly Binding[];
  readonly environment: Environment;
  /** The SQLite expressions that a row must hold, in order. */
  readonly wanted: string[];
  aggregates: number;
  plain: number;
}

export interface Compiled {
  readonly type: SqlType;
  readonly constant: boolean;
  evaluate(row: readonly Stored[]): Stored;
}

const AGGREGATES = ['MAX', 'MIN', 'COUNT', 'COUNT_IF'];

/** Turns an expression into a function of a fetched row, with the type it has in Snowflake. */
export function compile(expression: Expression, scope: Scope): Compiled {
  const fixed = (type: SqlType, value: Stored): Compiled => ({ type, constant: true, evaluate: () => value });
  switch (expression.node) {
    case 'literal':
      if (expression.kind === 'number') {
        const type = sqlType('NUMBER', [38, expression.value.split('.')[1]?.length ?? 0]);
        return fixed(type, encodeNumber(expression.value, type));
      }
      if (expression.kind === 'boolean') return fixed(BOOLEAN, expression.value === 'TRUE' ? 1 : 0);
      return fixed(TEXT, expression.kind === 'null' ? null : expression.value);
    case 'bind': {
      const bind = scope.binds[expression.index - 1];
      if (!bind) throw unsupported(`bind variable ${expression.index} without a value`);
      if (bind.type === 'TEXT' || bind.value === null) return fixed(TEXT, bind.value);
      if (bind.type === 'FIXED') return fixed(NUMBER, encodeNumber(bind.value, NUMBER));
      if (bind.type === 'BOOLEAN') return fixed(BOOLEAN, bind.value === 'true' ? 1 : 0);
      throw unsupported(`bind of type ${bind.type}`);
    }
    case 'negate': {
      const inner = compile(expression.value, scope);
      if (inner.type.kind !== 'fixed' || !inner.constant) throw unsupported('negation');
      const text = decodeNumber(String(inner.evaluate([])), inner.type.scale ?? 0);
      return fixed(inner.type, encodeNumber(text.startsWith('-') ? text.slice(1) : `-${text}`, inner.type));
    }
    case 'column': {
      const index = findColumn(expression.name, scope);
      const slot = want(scope, `c${index}`);
      scope.plain++;
      return { type: scope.columns[index]!.type, constant: false, evaluate: (row) => row[slot]! };
    }
    case 'cast': {
      const inner = compile(expression.value, scope);
      const cast = resolveCast(inner.type, expression.type, scope.environment);
      if (inner.constant) return fixed(expression.type, cast(inner.evaluate([])));
      return { type: expression.type, constant: false, evaluate: (row) => cast(inner.evaluate(row)) };
    }
    case 'call':
      if (AGGREGATES.includes(expression.name)) return aggregate(expression, scope);
      return call(expression, scope);
    case 'binary':
      if (expression.operator === '-') return subtract(expression, scope);
      throw unsupported(`operator ${expression.operator} in a select list`);
    default:
      throw unsupported(`${expression.node} in a select list`);
  }
}

function call(expression: Expression & { node: 'call' }, scope: Scope): Compiled {
  const values =
    // The unit of DATEADD may be written as a word.
    expression.name === 'DATEADD' && expression.arguments[0]?.node === 'column'
      ? [
          compile({ node: 'literal', kind: 'text', value: expression.arguments[0].name }, scope),
          ...expression.arguments.slice(1).map((one) => compile(one, scope)),
        ]
      : expression.arguments.map((one) => compile(one, scope));
  const { type, apply } = resolveFunction(
    expression.name,
    values.map((one) => one.type),
    values.map((one) => (one.constant ? one.evaluate([]) : undefined)),
    scope.environment,
  );
  const constant = values.every((one) => one.constant);
  const [only] = values;
  if (constant) {
    const value = apply(values.map((one) => one.evaluate([])));
    return { type, constant, evaluate: () => value };
  }
  if (values.length === 1 || values.slice(1).every((one) => one.constant)) {
    const rest = values.slice(1).map((one) => one.evaluate([]));
    return { type, constant, evaluate: (row) => apply([only!.evaluate(row), ...rest]) };
  }
  return { type, constant, evaluate: (row) => apply(values.map((one) => one.evaluate(row))) };
}

function aggregate(expression: Expression & { node: 'call' }, scope: Scope): Compiled {
  const { name } = expression;
  scope.aggregates++;
  let sql: string;
  let type = NUMBER;
  if (name === 'COUNT_IF') sql = `count(CASE WHEN ${filter(expression.arguments[0]!, scope)} THEN 1 END)`;
  else if (expression.star) sql = 'count(*)';
  else {
    const columns = expression.arguments.map((one) => {
      if (one.node !== 'column') throw unsupported(`${name} of an expression`);
      return findColumn(one.name, scope);
    });
    const [first] = columns;
    if (first === undefined || (name !== 'COUNT' && columns.length > 1)) throw invalidArguments(name, []);
    if (name !== 'COUNT') type = scope.columns[first]!.type;
    const distinct =
      columns.length > 1 ? `json_array(${columns.map((one) => `c${one}`).join(', ')})` : `c${first}`;
    if (columns.length > 1 && !expression.distinct) throw unsupported('COUNT of several columns');
    sql = name === 'COUNT' && expression.distinct ? `count(DISTINCT ${distinct})` : `${name}(c${first})`;
  }
  const slot = want(scope, sql);
  const counts = name.startsWith('COUNT');
  return {
    type,
    constant: false,
    evaluate: (row) => (counts ? encodeNumber(String(row[slot]), NUMBER) : row[slot]!),
  };
}

function subtract(expression: Expression & { node: 'binary' }, scope: Scope): Compiled {
  const left = compile(expression.left, scope);
  const right = compile(expression.right, scope);
  if (
    left.type.kind !== 'fixed' ||
    right.type.kind !== 'fixed' ||
    left.type.scale !== 0 ||
    right.type.scale !== 0
  )
    throw invalidArguments('-', [dataTypeName(left.type), dataTypeName(right.type)]);
  const number = (one: Compiled, row: readonly Stored[]): bigint =>
    BigInt(decodeNumber(String(one.evaluate(row)), 0));
  return {
    type: NUMBER,
    constant: left.constant && right.constant,
    evaluate: (row) => encodeNumber(String(number(left, row) - number(right, row)), NUMBER),
  };
}

/** Translates a condition on columns into SQLite; both sides of a comparison must be of one type. */
export function filter(expression: Expression, scope: Scope): string {
  switch (expression.node) {
    case 'not':
      return `NOT (${filter(expression.value, scope)})`;
    case 'is-null':
      return `${operand(expression.value, scope).sql} IS ${expression.negated ? 'NOT ' : ''}NULL`;
    case 'in': {
      const left = operand(expression.value, scope);
      const list = expression.list.map((one) => comparable(left, operand(one, scope)));
      return `${left.sql} IN (${list.join(', ')})`;
    }
    case 'binary': {
      if (expression.operator === 'AND' || expression.operator === 'OR')
        return `(${filter(expression.left, scope)} ${expression.operator} ${filter(expression.right, scope)})`;
      const left = operand(expression.left, scope);
      return `${left.sql} ${expression.operator} ${comparable(left, operand(expression.right, scope))}`;
    }
    default:
      throw unsupported(`${expression.node} as a condition`);
  }
}

interface Operand {
  readonly sql: string;
  readonly type: SqlType;
  readonly value: Stored | undefined;
}

function operand(expression: Expression, scope: Scope): Operand {
  if (expression.node === 'column') {
    const index = findColumn(expression.name, scope);
    return { sql: `c${index}`, type: scope.columns[index]!.type, value: undefined };
  }
  const compiled = compile(expression, { ...scope, wanted: [] });
  if (!compiled.constant) throw unsupported('a condition on a function of a column');
  const value = compiled.evaluate([]);
  return { sql: quote(value), type: compiled.type, value };
}

/** Snowflake would convert silently; here a missing cast is an error, so that none is missing. */
function comparable(left: Operand, right: Operand): string {
  const instants = ['timestamp_ltz', 'timestamp_tz'];
  const same =
    left.type.kind === right.type.kind ||
    (instants.includes(left.type.kind) && instants.includes(right.type.kind));
  if (!same) throw invalidArguments('=', [dataTypeName(left.type), dataTypeName(right.type)]);
  if (left.type.kind !== 'fixed' || left.type.scale === right.type.scale || right.value === undefined)
    return right.sql;
  return right.value === null
    ? 'NULL'
    : quote(encodeNumber(decodeNumber(String(right.value), right.type.scale ?? 0), left.type));
}

const quote = (value: Stored): string =>
  value === null ? 'NULL' : typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`;

export function findColumn(name: string, scope: Pick<Scope, 'columns'>): number {
  const index = scope.columns.findIndex((column) => column.name === name);
  if (index < 0) throw invalidIdentifier(name);
  return index;
}

function want(scope: Scope, sql: string): number {
  const index = scope.wanted.indexOf(sql);
  return index >= 0 ? index : scope.wanted.push(sql) - 1;
}
