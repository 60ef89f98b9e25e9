import { isTransientError } from '../../core/contract/errors.ts';
import type { SnowflakeClient } from './client.ts';
import { quoteIdentifier, quoteTable, type TableName } from './identifier.ts';

/**
 * What Snowflake's own classification says of the columns of a table: `IDENTIFIER (EMAIL)`. Empty where the role may
 * not ask. https://docs.snowflake.com/en/user-guide/classify-intro
 */
export async function sensitivities(
  client: SnowflakeClient,
  table: TableName,
): Promise<ReadonlyMap<string, string>> {
  const name = quoteTable(table).replaceAll("'", "''");
  const rows = await client
    .named(
      `SELECT COLUMN_NAME, TAG_NAME, TAG_VALUE FROM TABLE(${quoteIdentifier(table.database)}.INFORMATION_SCHEMA.TAG_REFERENCES_ALL_COLUMNS('${name}', 'table'))`,
      { purpose: 'discover' },
    )
    .catch((error: unknown) => {
      if (isTransientError(error)) throw error;
      return [];
    });
  const found = new Map<string, { privacy?: string; semantic?: string }>();
  for (const row of rows) {
    const column = String(row['COLUMN_NAME']);
    const tags = found.get(column) ?? {};
    found.set(column, tags);
    if (row['TAG_NAME'] === 'PRIVACY_CATEGORY') tags.privacy = String(row['TAG_VALUE']);
    if (row['TAG_NAME'] === 'SEMANTIC_CATEGORY') tags.semantic = String(row['TAG_VALUE']);
  }
  return new Map(
    [...found]
      .filter(([, { privacy, semantic }]) => privacy ?? semantic)
      .map(([column, { privacy, semantic }]) => [
        column,
        privacy && semantic ? `${privacy} (${semantic})` : (privacy ?? semantic)!,
      ]),
  );
}
