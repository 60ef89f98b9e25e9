import { divide } from './arithmetic.ts';
import { apply, compile, condition } from './compile-expression.ts';
import { NUMBER } from './functions.ts';
import { addHash, hashSumValue, type HashSum } from './hash.ts';
import { unitsText } from './more-functions.ts';
import type { Compiled, Scope } from './scope.ts';
import { invalidArguments, unsupported } from './sql-error.ts';
import {
  dataTypeName,
  decodeNumber,
  encodeNumber,
  parseSqlType,
  type SqlType,
  type Stored,
} from './sql-types.ts';
import type { Expression, Order } from './syntax.ts';

type Call = Expression & { node: 'call' };

const AGGREGATES = [
  'MAX',
  'MIN',
  'COUNT',
  'COUNT_IF',
  'SUM',
  'AVG',
  'HASH_AGG',
  'LISTAGG',
  'ARRAY_AGG',
  'ANY_VALUE',
];
const RANKS = ['ROW_NUMBER', 'RANK', 'DENSE_RANK'];
const NEIGHBOURS = ['LAG', 'LEAD', 'FIRST_VALUE', 'LAST_VALUE'];

export const isAggregate = (expression: Expression): expression is Call =>
  expression.node === 'call' && (AGGREGATES.includes(expression.name) || expression.over !== undefined);

/** Whether a query is grouped by what it selects: windows group nothing. */
export function hasAggregate(expression: Expression | undefined): boolean {
  if (!expression) return false;
  if (expression.node === 'call' && AGGREGATES.includes(expression.name) && !expression.over) return true;
  return Object.values(expression).some((part) =>
    Array.isArray(part)
      ? part.some((one) =>
          isExpression(one)
            ? hasAggregate(one)
            : isBranch(one) && (hasAggregate(one.when) || hasAggregate(one.then)),
        )
      : isExpression(part) && hasAggregate(part),
  );
}
const isExpression = (value: unknown): value is Expression =>
  typeof value === 'object' && value !== null && 'node' in value;
const isBranch = (value: unknown): value is { when: Expression; then: Expression } =>
  typeof value === 'object' && value !== null && 'when' in value;

/** Aggregates read rows even in a grouped query, and windows read its groups. */
export function compileAggregate(expression: Call, scope: Scope): Compiled {
  const { groups: _, ...rows } = scope;
  const over = expression.over;
  const inner: Scope = over ? scope : rows;
  const { sql, type, convert } = shape(expression, inner);
  if (!over) return convert({ sql, type });
  const partition = over.partitionBy.map((one) => compile(one, scope).sql);
  const order = orderSql(over.orderBy, scope);
  const clause = `${partition.length > 0 ? `PARTITION BY ${partition.join(', ')}` : ''}${order ? ` ORDER BY ${order}` : ''}`;
  return convert({ sql: `${sql} OVER (${clause.trim()})`, type });
}

export const orderSql = (orders: readonly Order[], scope: Scope): string =>
  orders.map((one) => `${compile(one.expression, scope).sql}${orderSuffix(one)}`).join(', ');
export const orderSuffix = (order: Order): string =>
  `${order.descending ? ' DESC' : ''} NULLS ${order.nullsFirst ? 'FIRST' : 'LAST'}`;

interface Shape {
  readonly sql: string;
  readonly type: SqlType;
  convert(value: Compiled): Compiled;
}

function shape(expression: Call, scope: Scope): Shape {
  const { name } = expression;
  const { functions } = scope.session.store;
  const same = (sql: string, type: SqlType): Shape => ({ sql, type, convert: (value) => value });
  const counted = (sql: string): Shape => ({
    sql,
    type: NUMBER,
    convert: (value) => apply(scope, 'count', NUMBER, [value], ([one]) => encodeNumber(String(one), NUMBER)),
  });
  if (RANKS.includes(name)) {
    if (!expression.over?.orderBy.length || expression.arguments.length > 0) throw invalidArguments(name, []);
    return counted(`${name}()`);
  }
  if (name === 'COUNT_IF')
    return counted(`count(CASE WHEN ${condition(expression.arguments[0]!, scope)} THEN 1 END)`);
  if (name === 'COUNT' && expression.star) return counted('count(*)');
  const values = expression.arguments.map((one) => compile(one, scope));
  const [first] = values;
  const types = values.map((one) => one.type);
  const list = values.map((one) => one.sql).join(', ');
  const refuse = (): never => {
    throw invalidArguments(name, types.map(dataTypeName));
  };
  if (!first) return refuse();
  const distinct = expression.distinct ? 'DISTINCT ' : '';
  if (name === 'COUNT') {
    if (values.length === 1) return counted(`count(${distinct}${list})`);
    // A row counts only when none of the columns is NULL.
    const whole = values.map((one) => `${one.sql} IS NOT NULL`).join(' AND ');
    return counted(`count(${distinct}CASE WHEN ${whole} THEN json_array(${list}) END)`);
  }
  if (name === 'HASH_AGG') {
    if (types.some((type) => type.kind === 'geography')) refuse();
    const type = parseSqlType('NUMBER(19,0)');
    const key = `HASH_AGG ${types.map((one) => `${one.kind}/${one.scale}`).join()}`;
    const sum = functions.aggregate<HashSum>(key, {
      start: () => ({ high: 0, low: 0 }),
      step: (state, row) => addHash(state, types, row),
      result: (state) => encodeNumber(String(hashSumValue(state)), type),
    });
    return same(`${sum}(${distinct}${list})`, type);
  }
  if (values.length > 1 && name !== 'LISTAGG' && !NEIGHBOURS.includes(name)) return refuse();
  switch (name) {
    case 'MIN':
    case 'MAX':
      return same(`${name}(${list})`, first.type);
    case 'ANY_VALUE':
      return same(`min(${list})`, first.type);
    case 'LAG':
    case 'LEAD':
    case 'FIRST_VALUE':
    case 'LAST_VALUE':
      if (values.length > 1) throw unsupported(`${name} with an offset`);
      return same(`${name}(${list})`, first.type);
    case 'SUM':
    case 'AVG': {
      if (first.type.kind === 'real') return same(`${name}(${distinct}${list})`, first.type);
      if (first.type.kind !== 'fixed') return refuse();
      return decimals(name, first.type, `${distinct}${list}`, scope);
    }
    case 'LISTAGG': {
      if (first.type.kind !== 'text' || (values[1] && !values[1].constant)) return refuse();
      const order = expression.within ? ` ORDER BY ${orderSql(expression.within, scope)}` : '';
      if (expression.distinct) throw unsupported('LISTAGG(DISTINCT …)');
      const glue = values[1]?.sql ?? "''";
      return same(`coalesce(group_concat(${first.sql}, ${glue}${order}), '')`, parseSqlType('VARCHAR'));
    }
    default:
      throw unsupported(`function ${name}`);
  }
}

/** SUM and AVG of decimals, exact; AVG has six digits more, up to twelve. */
function decimals(name: string, from: SqlType, list: string, scope: Scope): Shape {
  const scale = from.scale ?? 0;
  const to = name === 'SUM' ? scale : Math.max(scale, Math.min(scale + 6, 12));
  const type: SqlType = { kind: 'fixed', precision: 38, scale: to };
  const units = (value: Stored): bigint => BigInt(decodeNumber(String(value), scale).replace('.', ''));
  interface Sum {
    units: bigint;
    count: number;
  }
  const add =
    (sign: 1 | -1) =>
    (state: Sum, [value]: readonly Stored[]): Sum => {
      if (value === null || value === undefined) return state;
      return { units: state.units + (sign === 1 ? units(value) : -units(value)), count: state.count + sign };
    };
  const sql = scope.session.store.functions.aggregate<Sum>(`${name} ${scale}`, {
    start: () => ({ units: 0n, count: 0 }),
    step: add(1),
    inverse: add(-1),
    result: (state) => {
      if (state.count === 0) return null;
      if (name === 'SUM') return encodeNumber(unitsText(state.units, scale), type);
      const widened = state.units * 10n ** BigInt(to - scale);
      return encodeNumber(unitsText(divide(widened, BigInt(state.count)), to), type);
    },
  });
  return { sql: `${sql}(${list})`, type, convert: (value) => value };
}
