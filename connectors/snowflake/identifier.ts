import { ConfigError } from '../../core/contract/errors.ts';

export interface TableName {
  readonly database: string;
  readonly schema: string;
  readonly table: string;
}

/** Quotes one identifier exactly as it is. https://docs.snowflake.com/en/sql-reference/identifiers-syntax */
export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export const quoteTable = (name: TableName): string =>
  [name.database, name.schema, name.table].map(quoteIdentifier).join('.');

/** The name as a person would write it: plain parts unquoted. */
export const displayTable = (name: TableName): string =>
  [name.database, name.schema, name.table]
    .map((part) => (/^[A-Z_][A-Z0-9_$]*$/.test(part) ? part : quoteIdentifier(part)))
    .join('.');

/** Unquoted identifiers fold to upper case; quoted ones are kept. */
export function parseIdentifiers(text: string): string[] {
  const parts: string[] = [];
  const pattern = /(?:"((?:[^"]|"")+)"|([A-Za-z_][\w$]*))(\.|$)/y;
  let position = 0;
  while (position < text.length) {
    pattern.lastIndex = position;
    const match = pattern.exec(text);
    if (!match) return [];
    parts.push(match[1]?.replaceAll('""', '"') ?? match[2]!.toUpperCase());
    position += match[0].length;
    if (match[3] === '') return parts;
  }
  return [];
}

/** Completes a configured table name with the database and schema of the connection. */
export function parseTableName(
  text: string,
  defaults: { readonly database: string; readonly schema?: string | undefined },
  where: string,
): TableName {
  const parts = parseIdentifiers(text);
  if (parts.length < 1 || parts.length > 3)
    throw new ConfigError('SNOWFLAKE_TABLE_NAME', `\`${text}\` is not a table name.`, {
      where,
      hint: 'Write TABLE, SCHEMA.TABLE or DATABASE.SCHEMA.TABLE; put names with other characters in double quotes.',
    });
  const schema = parts.at(-2) ?? foldName(defaults.schema);
  if (schema === undefined)
    throw new ConfigError('SNOWFLAKE_SCHEMA_MISSING', `\`${text}\` names no schema.`, {
      where,
      hint: 'Write SCHEMA.TABLE, or set `schema` on the source.',
    });
  return { table: parts.at(-1)!, schema, database: parts.at(-3) ?? foldName(defaults.database)! };
}

/** One configured name, folded as Snowflake folds it. */
export const foldName = (name: string | undefined): string | undefined =>
  name === undefined ? undefined : (parseIdentifiers(name)[0] ?? name);
