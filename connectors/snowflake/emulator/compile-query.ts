import { hasAggregate, orderSql, orderSuffix } from './compile-aggregate.ts';
import { compile, condition } from './compile-expression.ts';
import { unify } from './conversions.ts';
import { compileFrom } from './compile-from.ts';
import {
  needColumn,
  type Compiled,
  type OutputColumn,
  type Relation,
  type Scope,
  type Session,
} from './scope.ts';
import { unsupported } from './sql-error.ts';
import type { Core, Expression, Order, Query } from './syntax.ts';

export interface CompiledQuery {
  readonly sql: string;
  readonly columns: readonly OutputColumn[];
}
export interface SelectedItem {
  readonly name: string;
  readonly expression: Expression;
}
/** One SELECT with its scope: what stands in its list, and the rest of its SQL. */
export interface CompiledCore {
  readonly scope: Scope;
  readonly items: readonly SelectedItem[];
  readonly grouped: boolean;
  /** From FROM to HAVING. */
  readonly tail: string;
}

/** Tables of a WITH clause, by the name they have there. */
export type Named = ReadonlyMap<string, CompiledQuery>;

/** Translates a query into SQLite; its columns are called `c0`, `c1`, … */
export function compileQuery(
  query: Query,
  session: Session,
  outer?: Scope,
  named: Named = new Map(),
): CompiledQuery {
  const tables = compileWith(query, session, outer, named);
  if (query.cores.length > 1) return compileUnion(query, session, outer, tables);
  const core = compileCore(query.cores[0]!, session, outer, tables);
  const columns = core.items.map((item) => ({ ...item, ...compile(item.expression, core.scope) }));
  const described = columns.map(({ name, type, constant }) => ({ name, type, nullable: !constant }));
  const selected = columns.map(({ sql }, at) => `${sql} AS c${at}`).join(', ');
  const distinct = query.cores[0]!.distinct ? 'DISTINCT ' : '';
  const { qualify } = query.cores[0]!;
  if (qualify) {
    const kept = `SELECT ${selected}, ${condition(qualify, core.scope)} AS q ${core.tail}`;
    const names = columns.map((_, at) => `c${at}`).join(', ');
    const order = query.orderBy.map((one) => orderByOutput(one, described));
    return {
      sql: `SELECT ${distinct}${names} FROM (${kept}) WHERE q${ordered(order.join(', '), query)}`,
      columns: described,
    };
  }
  return {
    sql: `SELECT ${distinct}${selected} ${core.tail}${ordered(orderOf(query.orderBy, core), query)}`.trim(),
    columns: described,
  };
}

export const compileWith = (
  query: Query,
  session: Session,
  outer: Scope | undefined,
  named: Named,
): Named => {
  const tables = new Map(named);
  for (const one of query.with) tables.set(one.name, compileQuery(one.query, session, outer, tables));
  return tables;
};

/** Where a name of the select list and a column have one name, the order means the select list. */
export const orderOf = (orders: readonly Order[], core: CompiledCore): string =>
  orders
    .map((order) => {
      const { expression } = order;
      const named =
        expression.node === 'column' && expression.path.length === 0
          ? core.items.find((item) => item.name === expression.name)?.expression
          : expression.node === 'literal' && expression.kind === 'number'
            ? core.items[Number(expression.value) - 1]?.expression
            : undefined;
      return orderSql([{ ...order, expression: named ?? expression }], core.scope);
    })
    .join(', ');

export const ordered = (order: string, { limit, offset }: Query): string =>
  (order ? ` ORDER BY ${order}` : '') +
  (limit === undefined ? '' : ` LIMIT ${limit}`) +
  (offset === undefined ? '' : `${limit === undefined ? ' LIMIT -1' : ''} OFFSET ${offset}`);

function orderByOutput(order: Order, columns: readonly OutputColumn[]): string {
  const { expression } = order;
  const at =
    expression.node === 'literal' && expression.kind === 'number'
      ? Number(expression.value) - 1
      : columns.findIndex((column) => expression.node === 'column' && column.name === expression.name);
  if (!columns[at]) throw unsupported('ORDER BY an expression here');
  return `c${at}${orderSuffix(order)}`;
}

function compileUnion(query: Query, session: Session, outer: Scope | undefined, named: Named): CompiledQuery {
  const plain = { with: [], unions: [], orderBy: [], limit: undefined, offset: undefined };
  const parts = query.cores.map((core) => compileQuery({ ...plain, cores: [core] }, session, outer, named));
  const [first] = parts;
  if (parts.some((part) => part.columns.length !== first!.columns.length))
    throw unsupported('set operation on queries of different width');
  const scope: Scope = { session, relations: [], aliases: new Map() };
  const unified = first!.columns.map((_, at) =>
    unify(
      'UNION',
      parts.map((part) => ({ sql: `c${at}`, type: part.columns[at]!.type })),
      scope,
    ),
  );
  const selects = parts.map(
    (part, index) =>
      `SELECT ${unified.map(({ parts: all }, at) => `${all[index]!.sql} AS c${at}`).join(', ')} FROM (${part.sql})`,
  );
  const columns = first!.columns.map(({ name }, at) => ({ name, type: unified[at]!.type, nullable: true }));
  const body = selects.map((sql, at) => (at === 0 ? sql : `${query.unions[at - 1]} ${sql}`)).join(' ');
  const order = query.orderBy.map((one) => orderByOutput(one, columns)).join(', ');
  return { sql: `SELECT * FROM (${body})${ordered(order, query)}`, columns };
}

export function compileCore(
  core: Core,
  session: Session,
  outer: Scope | undefined,
  named: Named,
): CompiledCore {
  const from = core.from && compileFrom(core.from, session, outer, named);
  const relations = from?.relations ?? [];
  const items = core.items.flatMap((item) =>
    item.item === 'expression' ? [item] : expandStar(item.of, relations),
  );
  const aliases = new Map(items.map((item) => [item.name, item.expression]));
  const rows: Scope = { session, relations, aliases, ...(outer ? { outer } : {}) };
  const groupBy = core.groupBy.map((expression) => compileGroup(expression, items, rows));
  const grouped =
    groupBy.length > 0 || items.some((item) => hasAggregate(item.expression)) || hasAggregate(core.having);
  const groups = new Set(groupBy.map((one) => one.sql));
  const scope: Scope = grouped ? { ...rows, groups } : rows;
  const tail =
    (from ? `FROM ${from.sql}` : '') +
    (core.where ? ` WHERE ${condition(core.where, rows)}` : '') +
    (groupBy.length > 0 ? ` GROUP BY ${[...groups].join(', ')}` : '') +
    (core.having ? ` HAVING ${condition(core.having, scope)}` : '');
  return { scope, items, grouped, tail };
}

/** GROUP BY names a column, or a place or a name of the select list. */
function compileGroup(expression: Expression, items: readonly SelectedItem[], scope: Scope): Compiled {
  if (expression.node !== 'literal' || expression.kind !== 'number') return compile(expression, scope);
  const item = items[Number(expression.value) - 1];
  if (!item) throw unsupported(`GROUP BY ${expression.value}`);
  return compile(item.expression, scope);
}

function expandStar(of: string | undefined, relations: readonly Relation[]): SelectedItem[] {
  const chosen = relations.filter((one) => of === undefined || one.names.at(-1) === of);
  if (chosen.length === 0) throw unsupported(`${of ?? ''}* without a table`);
  return chosen.flatMap((relation) =>
    relation.columns.map(({ name }) => {
      const path = relation.names.slice(-1);
      needColumn(path, name, { session: { relations: 0 } as Session, relations: chosen, aliases: new Map() });
      return { name, expression: { node: 'column' as const, path, name } };
    }),
  );
}
