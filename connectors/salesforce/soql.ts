/** Quoted for SOQL: https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_select_quotedstringescapes.htm */
export const quoteSoql = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

export interface RowQuery {
  readonly object: string;
  /** The stamp that orders the rows before their id; null orders by id alone. */
  readonly cursor: string | null;
  /** Rows behind this stamp and id; an empty id includes the whole of that stamp. */
  readonly after: readonly [string, string] | undefined;
  /** Rows stamped before this instant. */
  readonly upper: string;
  readonly conditions?: readonly string[];
}
export interface KeysetQuery extends RowQuery {
  readonly fields: readonly string[];
  readonly limit: number;
}

/**
 * One page by key. Thousands of rows may share a second, so the id breaks the tie; the plain `>=` beside it lets
 * Salesforce use the index of the stamp.
 */
export function keysetQuery(query: KeysetQuery): string {
  const order = query.cursor === null ? 'Id ASC' : `${query.cursor} ASC, Id ASC`;
  return `${rowsQuery(query)} ORDER BY ${order} LIMIT ${query.limit}`;
}

/** The same rows in no order, as a bulk job takes them best. */
export const rowsQuery = (query: RowQuery & { readonly fields: readonly string[] }): string =>
  `SELECT ${query.fields.join(', ')} FROM ${query.object}${whereOf(query)}`;

export const countQuery = (query: RowQuery): string => `SELECT COUNT() FROM ${query.object}${whereOf(query)}`;

function whereOf({ cursor, after, upper, conditions: given = [] }: RowQuery): string {
  const conditions = [...given];
  if (cursor === null) {
    if (after) conditions.push(`Id > ${quoteSoql(after[1])}`);
  } else {
    if (after) conditions.push(`${cursor} >= ${after[0]}`);
    conditions.push(`${cursor} < ${upper}`);
    if (after && after[1] !== '') {
      conditions.push(`(${cursor} > ${after[0]} OR Id > ${quoteSoql(after[1])})`);
    }
  }
  return conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '';
}
