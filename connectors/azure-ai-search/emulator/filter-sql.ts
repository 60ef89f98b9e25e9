import { fieldMap } from './document-validation.ts';
import { isCollectionType, type FieldDefinition, type IndexDefinition } from './index-definition.ts';
import { parseFilter, type FilterExpression, type Literal } from './odata-filter.ts';
import { invalidExpression } from './refusal.ts';

export interface SqlCondition {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

const fail = (message: string): Error => invalidExpression(message, '$filter');
const operators = { eq: 'IS', ne: 'IS NOT', gt: '>', ge: '>=', lt: '<', le: '<=' } as const;

/** The value of a field in a row of `document d`. */
export function fieldSql(field: FieldDefinition): string {
  if (field.key) return 'd.key';
  return instantSql(`json_extract(d.body, '$.${field.name}')`, field.type);
}

const instantSql = (sql: string, type: string): string =>
  type.includes('Edm.DateTimeOffset') ? `strftime('%Y-%m-%dT%H:%M:%fZ', ${sql})` : sql;

/** Compiles an OData filter into a condition over `document d`; a comparison with null is false, as at the service. */
export function filterSql(filter: string | null | undefined, index: IndexDefinition): SqlCondition {
  if (filter === undefined || filter === null || filter.trim() === '') return { sql: '1', values: [] };
  const fields = fieldMap(index);
  const values: (string | number)[] = [];
  const filterable = (path: string): FieldDefinition => {
    const field = fields.get(path);
    if (!field) throw fail(`Could not find a property named '${path}' on type 'search.document'.`);
    if (!field.filterable) {
      throw fail(
        `'${path}' is not a filterable field. Only filterable fields can be used in filter expressions.`,
      );
    }
    return field;
  };

  interface Scope {
    readonly variable: string;
    readonly type: string;
    readonly lambda: 'any' | 'all';
  }
  const operand = (path: string, scope: Scope | undefined): { sql: string; type: string } => {
    if (scope && path === scope.variable)
      return { sql: instantSql('item.value', scope.type), type: scope.type };
    const field = filterable(path);
    if (isCollectionType(field.type)) throw fail(`'${path}' is a collection; use any or all.`);
    return { sql: fieldSql(field), type: field.type };
  };
  const compile = (expression: FilterExpression, scope: Scope | undefined): string => {
    switch (expression.kind) {
      case 'and':
      case 'or':
        return `(${compile(expression.left, scope)} ${expression.kind.toUpperCase()} ${compile(expression.right, scope)})`;
      case 'not':
        return `NOT (${compile(expression.operand, scope)})`;
      case 'constant':
        return expression.value ? '1' : '0';
      case 'flag': {
        const { sql, type } = operand(expression.path, scope);
        if (type !== 'Edm.Boolean') throw fail(`'${expression.path}' is not a boolean expression.`);
        return `coalesce(${sql}, 0)`;
      }
      case 'in': {
        const { sql, type } = operand(expression.path, scope);
        if (type !== 'Edm.String') throw fail(`search.in needs a string, '${expression.path}' is ${type}.`);
        values.push(JSON.stringify(expression.values));
        return `coalesce(${sql} IN (SELECT value FROM json_each(?)), 0)`;
      }
      case 'compare': {
        const { sql, type } = operand(expression.path, scope);
        const { operator, value } = expression;
        if (scope?.type === 'Edm.String' && operator !== (scope.lambda === 'any' ? 'eq' : 'ne')) {
          throw fail(`'${operator}' cannot be used on strings inside '${scope.lambda}'.`);
        }
        if (value === null) {
          if (operator !== 'eq' && operator !== 'ne') throw fail(`null can only be compared with eq and ne.`);
          return `${sql} ${operators[operator]} NULL`;
        }
        values.push(bindable(value, type));
        return sql === 'd.key'
          ? `d.key ${operators[operator]} ?`
          : `coalesce(${sql} ${operators[operator]} ?, 0)`;
      }
      default: {
        const field = filterable(expression.path);
        if (!isCollectionType(field.type)) throw fail(`'${expression.path}' is not a collection.`);
        const items = `SELECT 1 FROM json_each(d.body, '$.${field.name}') AS item`;
        if (!expression.body) return `EXISTS (${items})`;
        const inner: Scope = {
          variable: expression.variable ?? '',
          type: field.type.slice('Collection('.length, -1),
          lambda: expression.kind,
        };
        const body = compile(expression.body, inner);
        return expression.kind === 'any'
          ? `EXISTS (${items} WHERE ${body})`
          : `NOT EXISTS (${items} WHERE NOT (${body}))`;
      }
    }
  };
  return { sql: compile(parseFilter(filter), undefined), values };
}

function bindable(value: Exclude<Literal, null>, type: string): string | number {
  const found =
    typeof value === 'object'
      ? 'Edm.DateTimeOffset'
      : typeof value === 'string'
        ? 'Edm.String'
        : typeof value;
  const wanted = /Edm\.(Double|Int32|Int64)/.test(type)
    ? 'number'
    : type === 'Edm.Boolean'
      ? 'boolean'
      : type;
  if (found !== wanted) {
    throw fail(
      `A binary operator with incompatible types was detected. Found operand types '${type}' and '${found}' for operator kind 'Equal'.`,
    );
  }
  if (typeof value === 'object') return new Date(value.instant).toISOString();
  return typeof value === 'boolean' ? Number(value) : value;
}
