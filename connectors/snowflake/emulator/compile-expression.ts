import { arithmetic } from './arithmetic.ts';
import { compileAggregate, isAggregate } from './compile-aggregate.ts';
import { compileQuery } from './compile-query.ts';
import { comparable, likePattern, readPath, unify } from './conversions.ts';
import { BOOLEAN, NUMBER, resolveCast, resolveFunction, TEXT } from './functions.ts';
import { findColumn, fixedValue, needColumn, quote, type Compiled, type Scope } from './scope.ts';
import { invalidArguments, notGrouped, notRecognized, SqlError, unsupported } from './sql-error.ts';
import {
  dataTypeName,
  decodeNumber,
  encodeNumber,
  parseSqlType,
  sqlType,
  type SqlType,
  type Stored,
} from './sql-types.ts';
import type { Expression } from './syntax.ts';

const DATE_PARTS = ['DATEADD', 'DATEDIFF', 'DATE_TRUNC'];

/** Translates an expression into SQLite. In a grouped query only aggregates and what it is grouped by may stand. */
export function compile(expression: Expression, scope: Scope): Compiled {
  if (scope.groups && expression.node !== 'literal' && !isAggregate(expression)) {
    const { groups, ...rows } = scope;
    const plain = compileUngrouped(expression, rows);
    if (plain && groups.has(plain.sql)) return plain;
    const { outer: _, ...own } = rows;
    if (expression.node === 'column' && findColumn(expression.path, expression.name, own))
      throw notGrouped(expression.name);
  }
  return translate(expression, scope);
}

/** An expression with an aggregate inside cannot be read per row: then it is translated part by part. */
function compileUngrouped(expression: Expression, scope: Scope): Compiled | undefined {
  try {
    return translate(expression, scope);
  } catch (error) {
    if (error instanceof SqlError) return undefined;
    throw error;
  }
}

function translate(expression: Expression, scope: Scope): Compiled {
  switch (expression.node) {
    case 'literal':
      return literal(expression);
    case 'bind': {
      const bind = scope.session.binds[expression.index - 1];
      if (!bind) throw unsupported(`bind variable ${expression.index} without a value`);
      if (bind.type === 'TEXT' || bind.value === null) return fixedValue(TEXT, bind.value);
      if (bind.type === 'FIXED') return fixedValue(NUMBER, encodeNumber(bind.value, NUMBER));
      if (bind.type === 'BOOLEAN') return fixedValue(BOOLEAN, bind.value === 'true' ? 1 : 0);
      throw unsupported(`bind of type ${bind.type}`);
    }
    case 'column': {
      const found = findColumn(expression.path, expression.name, scope);
      if (found) return found;
      const alias = expression.path.length === 0 ? scope.aliases.get(expression.name) : undefined;
      if (alias) return compile(alias, { ...scope, aliases: new Map() });
      return needColumn(expression.path, expression.name, scope);
    }
    case 'negate': {
      const value = compile(expression.value, scope);
      if (value.type.kind !== 'fixed' && value.type.kind !== 'real')
        throw invalidArguments('-', [dataTypeName(value.type)]);
      const { type } = value;
      return apply(scope, `negate ${type.kind} ${type.scale}`, type, [value], ([one]) => {
        if (one === null) return null;
        if (type.kind === 'real') return -Number(one);
        const text = decodeNumber(String(one), type.scale ?? 0);
        return encodeNumber(text.startsWith('-') ? text.slice(1) : `-${text}`, type);
      });
    }
    case 'cast':
      return cast(compile(expression.value, scope), expression.type, scope);
    case 'path': {
      const value = compile(expression.value, scope);
      if (!['variant', 'object', 'array'].includes(value.type.kind))
        throw invalidArguments('GET_PATH', [dataTypeName(value.type)]);
      const { steps } = expression;
      return apply(scope, `path ${JSON.stringify(steps)}`, parseSqlType('VARIANT'), [value], ([one]) =>
        readPath(one!, steps),
      );
    }
    case 'not':
      return { type: BOOLEAN, sql: `(NOT ${condition(expression.value, scope)})` };
    case 'is-null':
      return {
        type: BOOLEAN,
        sql: `(${compile(expression.value, scope).sql} IS ${expression.negated ? 'NOT ' : ''}NULL)`,
      };
    case 'in':
      return within(expression, scope);
    case 'like': {
      const [value, pattern] = [compile(expression.value, scope), compile(expression.pattern, scope)];
      if (value.type.kind !== 'text' || pattern.type.kind !== 'text')
        throw invalidArguments('LIKE', [dataTypeName(value.type), dataTypeName(pattern.type)]);
      const flags = expression.ignoreCase ? 'isu' : 'su';
      const like = apply(scope, `like ${flags}`, BOOLEAN, [value, pattern], ([text, form]) =>
        text === null || form === null ? null : likePattern(String(form), flags).test(String(text)) ? 1 : 0,
      );
      return expression.negated ? { type: BOOLEAN, sql: `(NOT ${like.sql})` } : like;
    }
    case 'case': {
      const values = [
        ...expression.branches.map(({ then }) => then),
        ...(expression.otherwise ? [expression.otherwise] : []),
      ];
      const unified = unify(
        'CASE',
        values.map((one) => compile(one, scope)),
        scope,
      );
      const branches = expression.branches.map(
        ({ when }, at) => `WHEN ${condition(when, scope)} THEN ${unified.parts[at]!.sql}`,
      );
      const rest = expression.otherwise ? ` ELSE ${unified.parts.at(-1)!.sql}` : '';
      return { type: unified.type, sql: `(CASE ${branches.join(' ')}${rest} END)` };
    }
    case 'exists':
      return { type: BOOLEAN, sql: `EXISTS (${compileQuery(expression.query, scope.session, scope).sql})` };
    case 'subquery': {
      const query = compileQuery(expression.query, scope.session, scope);
      if (query.columns.length !== 1) throw unsupported('a subquery of several columns');
      return { type: query.columns[0]!.type, sql: `(${query.sql})` };
    }
    case 'call':
      return isAggregate(expression) ? compileAggregate(expression, scope) : call(expression, scope);
    case 'binary':
      return binary(expression, scope);
  }
}

/** A condition: an expression of type BOOLEAN. */
export function condition(expression: Expression, scope: Scope): string {
  const { type, sql, constant } = compile(expression, scope);
  if (type.kind !== 'boolean' && constant?.value !== null) throw notRecognized('Boolean', sql);
  return sql;
}

function literal(expression: Expression & { node: 'literal' }): Compiled {
  if (expression.kind === 'number') {
    const type = sqlType('NUMBER', [38, expression.value.split('.')[1]?.length ?? 0]);
    return fixedValue(type, encodeNumber(expression.value, type));
  }
  if (expression.kind === 'boolean') return fixedValue(BOOLEAN, expression.value === 'TRUE' ? 1 : 0);
  return fixedValue(TEXT, expression.kind === 'null' ? null : expression.value);
}

/** A function of this process over SQLite values; computed at once where every argument is known. */
export function apply(
  scope: Scope,
  key: string,
  type: SqlType,
  parts: readonly Compiled[],
  evaluate: (values: readonly Stored[]) => Stored,
): Compiled {
  if (parts.every((part) => part.constant))
    return fixedValue(type, evaluate(parts.map((part) => part.constant!.value)));
  const types = parts.map((part) => `${part.type.kind}/${part.type.scale}`).join();
  const name = scope.session.store.functions.scalar(
    `${key} (${types}) ${scope.session.environment.timeZone}`,
    evaluate,
  );
  return { type, sql: `${name}(${parts.map((part) => part.sql).join(', ')})` };
}

export function cast(value: Compiled, to: SqlType, scope: Scope): Compiled {
  if (value.constant?.value === null) return fixedValue(to, null);
  const convert = resolveCast(value.type, to, scope.session.environment);
  return apply(scope, `cast ${to.kind} ${to.precision} ${to.scale}`, to, [value], ([one]) => convert(one!));
}

function within(expression: Expression & { node: 'in' }, scope: Scope): Compiled {
  const left = compile(expression.value, scope);
  const not = expression.negated ? 'NOT ' : '';
  if (!('cores' in expression.list)) {
    indexBuckets(expression.value, left, scope);
    const list = expression.list.map((one) => comparable('IN', left, compile(one, scope), scope)[1]);
    return { type: BOOLEAN, sql: `(${left.sql} ${not}IN (${list.join(', ')}))` };
  }
  const query = compileQuery(expression.list, scope.session, scope);
  const [column] = query.columns;
  const [one, other] = comparable('IN', left, { sql: 'c0', type: column!.type }, scope);
  return { type: BOOLEAN, sql: `(${one} ${not}IN (SELECT ${other} FROM (${query.sql})))` };
}

/** Rows of some buckets are looked up again and again: hashing all of them each time would take most of the time. */
function indexBuckets(expression: Expression, { sql }: Compiled, { relations, session }: Scope): void {
  const [relation] = relations;
  if (expression.node !== 'call' || expression.name !== 'BITAND' || !relation?.table || relations.length > 1)
    return;
  const own = sql.replaceAll(`${relation.sqlName}.`, '');
  const name = `${relation.table}_${own.replace(/\W+/g, '_')}`;
  session.store.sqlite.exec(`CREATE INDEX IF NOT EXISTS ${name} ON ${relation.table} (${own})`);
}

function binary(expression: Expression & { node: 'binary' }, scope: Scope): Compiled {
  const { operator } = expression;
  if (operator === 'AND' || operator === 'OR')
    return {
      type: BOOLEAN,
      sql: `(${condition(expression.left, scope)} ${operator} ${condition(expression.right, scope)})`,
    };
  const [left, right] = [compile(expression.left, scope), compile(expression.right, scope)];
  if (['=', '<>', '!=', '<', '<=', '>', '>='].includes(operator)) {
    const [one, other] = comparable(operator, left, right, scope);
    return { type: BOOLEAN, sql: `(${one} ${operator} ${other})` };
  }
  if (operator === '||') {
    const [one, other] = [cast(left, TEXT, scope), cast(right, TEXT, scope)];
    return { type: TEXT, sql: `(${one.sql} || ${other.sql})` };
  }
  const { type, apply: evaluate } = arithmetic(operator, left.type, right.type);
  return apply(scope, `arithmetic ${operator}`, type, [left, right], evaluate);
}

function call(expression: Expression & { node: 'call' }, scope: Scope): Compiled {
  const { name } = expression;
  if (expression.star || expression.distinct || expression.within) throw unsupported(`function ${name}`);
  const [unit] = expression.arguments;
  // The unit of a date function may be written as a word.
  const given =
    DATE_PARTS.includes(name) && unit?.node === 'column' && unit.path.length === 0
      ? [fixedValue(TEXT, unit.name), ...expression.arguments.slice(1).map((one) => compile(one, scope))]
      : undefined;
  if (name === 'IFF') {
    const [when, ...rest] = expression.arguments;
    if (!when || rest.length !== 2) throw invalidArguments(name, []);
    const { type, parts } = unify(
      name,
      rest.map((one) => compile(one, scope)),
      scope,
    );
    return {
      type,
      sql: `(CASE WHEN ${condition(when, scope)} THEN ${parts[0]!.sql} ELSE ${parts[1]!.sql} END)`,
    };
  }
  const values = given ?? expression.arguments.map((one) => compile(one, scope));
  if (['COALESCE', 'NVL', 'IFNULL', 'ZEROIFNULL'].includes(name)) {
    const all = name === 'ZEROIFNULL' ? [...values, fixedValue(NUMBER, encodeNumber('0', NUMBER))] : values;
    if (all.length < 2)
      throw invalidArguments(
        name,
        values.map((one) => dataTypeName(one.type)),
      );
    const { type, parts } = unify(name, all, scope);
    return { type, sql: `coalesce(${parts.map((part) => part.sql).join(', ')})` };
  }
  if (name === 'NULLIF') {
    const [one, other] = comparable(name, values[0]!, values[1]!, scope);
    return {
      type: values[0]!.type,
      sql: `(CASE WHEN ${one} = ${other} THEN NULL ELSE ${values[0]!.sql} END)`,
    };
  }
  const { type, apply: evaluate } = resolveFunction(
    name,
    values.map((one) => one.type),
    values.map((one) => one.constant?.value),
    scope.session.environment,
  );
  const constants = values.map((one) => (one.constant ? quote(one.constant.value) : '')).join();
  return apply(scope, `${name} ${constants}`, type, values, evaluate);
}
