/** Quoted for SOQL: https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_select_quotedstringescapes.htm */
export const quoteSoql = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

export interface KeysetQuery {
  readonly object: string;
  readonly fields: readonly string[];
  /** The stamp that orders the rows before their id; null orders by id alone. */
  readonly cursor: string | null;
  /** Rows behind this stamp and id; an empty id includes the whole of that stamp. */
  readonly after: readonly [string, string] | undefined;
  /** Rows stamped before this instant. */
  readonly upper: string;
  readonly conditions?: readonly string[];
  readonly limit: number;
}

/**
 * One page by key. Thousands of rows may share a second, so the id breaks the tie; the plain `>=` beside it lets
 * Salesforce use the index of the stamp.
 */
export function keysetQuery(query: KeysetQuery): string {
  const { cursor, after, upper } = query;
  const conditions = [...(query.conditions ?? [])];
  if (cursor === null) {
    if (after) conditions.push(`Id > ${quoteSoql(after[1])}`);
  } else {
    if (after) conditions.push(`${cursor} >= ${after[0]}`);
    conditions.push(`${cursor} < ${upper}`);
    if (after && after[1] !== '') {
      conditions.push(`(${cursor} > ${after[0]} OR Id > ${quoteSoql(after[1])})`);
    }
  }
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '';
  const order = cursor === null ? 'Id ASC' : `${cursor} ASC, Id ASC`;
  return `SELECT ${query.fields.join(', ')} FROM ${query.object}${where} ORDER BY ${order} LIMIT ${query.limit}`;
}
