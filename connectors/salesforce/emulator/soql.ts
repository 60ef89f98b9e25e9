import { parseQuery, type Query, type WhereClause } from '@jetstreamapp/soql-parser-js';
import { apiError, queryError, type ApiErrorCarrier } from './api-error.ts';
import type { EmulatedField, ObjectType } from './object-type.ts';
import { readLiteral } from './soql-literal.ts';
import { relatedField } from './soql-relationship.ts';
import { quote } from './values.ts';

/** A query that has passed every check, as SQL over the org's tables. */
export interface CompiledQuery {
  readonly object: ObjectType;
  readonly fields: readonly EmulatedField[];
  readonly count: boolean;
  readonly where: string;
  readonly parameters: readonly (string | number | null)[];
  readonly order: string;
  readonly limit: number | undefined;
  readonly offset: number;
}

type Fail = (errorCode: string, token: string, message: string) => ApiErrorCarrier;

/** Refuses what Salesforce refuses, in its words: unknown names, wrong literals, fields that cannot be filtered or sorted. */
export function compileSoql(
  soql: string,
  objects: ReadonlyMap<string, ObjectType>,
  scanAll: boolean,
): CompiledQuery {
  if (soql.length > 100_000)
    throw apiError(400, 'QUERY_TOO_COMPLICATED', 'SOQL statements cannot be longer than 100000 characters.');
  const query = parse(soql);
  const fail: Fail = (errorCode, token, message) => queryError(errorCode, soql, token, message);
  const object = find(objects, query.sObject ?? '');
  if (!object) {
    throw queryError(
      'INVALID_TYPE',
      soql,
      query.sObject ?? '',
      `sObject type '${query.sObject}' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.`,
      soql.toUpperCase().indexOf('FROM '),
    );
  }
  for (const clause of ['groupBy', 'having', 'usingScope', 'for', 'withDataCategory'] as const) {
    if (query[clause]) throw apiError(400, 'MALFORMED_QUERY', `unexpected token: '${clause}'`);
  }
  if (object.name === 'FieldDefinition' && !/EntityDefinition(Id|\.QualifiedApiName) (=|IN)/i.test(soql)) {
    throw apiError(
      400,
      'MALFORMED_QUERY',
      'a filter on a reified column is required [EntityDefinitionId,DurableId]',
    );
  }
  const fieldOf = (name: string): EmulatedField => {
    const field = find(object.fields, name);
    if (field) return field;
    throw fail(
      'INVALID_FIELD',
      name,
      `No such column '${name}' on entity '${object.name}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.`,
    );
  };
  const fields: EmulatedField[] = [];
  let count = false;
  for (const selected of query.fields ?? []) {
    if (selected.type === 'FieldFunctionExpression' && selected.functionName.toUpperCase() === 'COUNT') {
      count = true;
      continue;
    }
    if (selected.type === 'FieldRelationship' && !object.fields.has(selected.rawValue ?? '')) {
      const [relationship = '', ...deeper] = selected.relationships;
      const related =
        deeper.length === 0 ? relatedField(object, relationship, selected.field, objects) : undefined;
      if (!related) {
        const message = `Didn't understand relationship '${relationship}' in field path, or no such column '${selected.field}' behind it.`;
        throw fail('INVALID_FIELD', relationship, message);
      }
      fields.push(related);
      continue;
    }
    if (selected.type !== 'Field') throw fail('MALFORMED_QUERY', soql, `unexpected token: ${selected.type}`);
    const field = fieldOf(selected.field);
    if (fields.includes(field))
      throw fail('INVALID_FIELD', field.name, `duplicate field selected: ${field.name}`);
    fields.push(field);
  }
  const conditions: string[] = [];
  const parameters: (string | number | null)[] = [];
  if (query.where) conditions.push(`(${compileWhere(query.where, fieldOf, parameters, fail)})`);
  if (!scanAll && object.fields.has('IsDeleted')) conditions.push('IsDeleted = 0');

  const order = [query.orderBy ?? []].flat().map((one) => {
    if (!('field' in one)) throw fail('MALFORMED_QUERY', 'ORDER BY', 'unexpected token in ORDER BY');
    const field = fieldOf(one.field);
    if (!field.sortable) {
      throw fail('INVALID_FIELD', field.name, `field '${field.name}' can not be sorted in a query call`);
    }
    return `${quote(field.name)} ${one.order ?? 'ASC'} NULLS ${one.nulls ?? 'FIRST'}`;
  });
  return {
    object,
    fields,
    count,
    where: conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '',
    parameters,
    order: order.length > 0 ? ` ORDER BY ${order.join(', ').replaceAll(' ASC NULLS FIRST', '')}` : '',
    limit: query.limit,
    offset: query.offset ?? 0,
  };
}

function parse(soql: string): Query {
  try {
    return parseQuery(soql);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw apiError(400, 'MALFORMED_QUERY', `unexpected token: ${detail}`);
  }
}

/** Names are not sensitive to case in SOQL. */
function find<T>(names: ReadonlyMap<string, T>, name: string): T | undefined {
  const exact = names.get(name);
  if (exact) return exact;
  for (const [known, value] of names) if (known.toLowerCase() === name.toLowerCase()) return value;
  return undefined;
}

/** `=` and `!=` compare nulls as values, as in SOQL. AND and OR side by side need parentheses. */
function compileWhere(
  where: WhereClause,
  fieldOf: (name: string) => EmulatedField,
  parameters: (string | number | null)[],
  fail: Fail,
): string {
  let sql = '';
  const operators: (string | undefined)[] = [undefined];
  for (let node: WhereClause | undefined = where; node; node = 'right' in node ? node.right : undefined) {
    const condition = node.left;
    for (let paren = condition?.openParen ?? 0; paren > 0; paren--) {
      sql += '(';
      operators.push(undefined);
    }
    if (condition && 'operator' in condition) {
      if (!('field' in condition) || !('value' in condition)) {
        throw fail('MALFORMED_QUERY', 'WHERE', 'functions and subqueries are not emulated');
      }
      sql += compileCondition(condition, fieldOf(condition.field), parameters, fail);
      for (let paren = condition.closeParen ?? 0; paren > 0; paren--) {
        sql += ')';
        operators.pop();
      }
    }
    if (!('operator' in node)) continue;
    if (node.operator === 'NOT') {
      sql += ' NOT ';
      continue;
    }
    const before = operators.at(-1);
    if (before !== undefined && before !== node.operator) {
      throw fail('MALFORMED_QUERY', ` ${node.operator} `, `unexpected token: '${node.operator}'`);
    }
    operators[operators.length - 1] = node.operator;
    sql += ` ${node.operator} `;
  }
  return sql;
}

function compileCondition(
  condition: { operator: string; value: string | string[]; literalType?: string | string[] },
  field: EmulatedField,
  parameters: (string | number | null)[],
  fail: Fail,
): string {
  if (!field.filterable) {
    throw fail('INVALID_FIELD', field.name, `field '${field.name}' can not be filtered in a query call`);
  }
  const column = quote(field.name);
  const operator = condition.operator.toUpperCase();
  const literals = [condition.value].flat();
  const types = [condition.literalType ?? 'STRING'].flat();
  const text = ['string', 'textarea', 'picklist'].includes(field.type);
  const ordered = ['<', '>', '<=', '>='].includes(operator);
  if ((ordered && (field.type === 'boolean' || types[0] === 'NULL')) || (operator === 'LIKE' && !text)) {
    throw fail('INVALID_QUERY_FILTER_OPERATOR', field.name, `invalid operator on ${field.type} field`);
  }
  const values = literals.map((literal, index) =>
    readLiteral(field, literal, types[index] ?? types[0]!, fail),
  );
  parameters.push(...values);
  switch (operator) {
    case '=':
      return `${column} IS ?`;
    case '!=':
      return `${column} IS NOT ?`;
    case 'LIKE':
      return `${column} LIKE ? ESCAPE '\\'`;
    case 'IN':
      return `${column} IN (${values.map(() => '?').join(',')})`;
    case 'NOT IN':
      return `coalesce(${column} NOT IN (${values.map(() => '?').join(',')}), 1)`;
    default:
      if (ordered) return `${column} ${operator} ?`;
      throw fail('MALFORMED_QUERY', operator, `unexpected token: '${operator}'`);
  }
}
