/** Names a statement in QUERY_HISTORY. https://docs.snowflake.com/en/sql-reference/parameters#query-tag */
export const queryTag = (source: string, purpose: string): string =>
  JSON.stringify({ app: 'tributary', source, purpose });
