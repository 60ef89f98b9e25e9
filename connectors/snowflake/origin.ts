import { ConfigError } from '../../core/contract/errors.ts';
import type { Stream } from '../../core/contract/source.ts';
import type { SnowflakeClient } from './client.ts';
import type { Column } from './columns.ts';
import type { SnowflakeConfig, SnowflakeStream } from './config.ts';
import { displayTable, parseTableName, quoteIdentifier, quoteTable, type TableName } from './identifier.ts';
import type { SqlRow } from './row-reader.ts';
import { suggest } from './suggest.ts';

/** Where the rows of a stream come from: a table or view, part of one, or a query. */
export interface Origin {
  /** As a person would call it: `Table SALES.MART.USAGE`. */
  readonly title: string;
  /** Undefined for a query. */
  readonly table: TableName | undefined;
  readonly columns: readonly Column[];
  /** What stands after FROM; `history` is an AT or CHANGES clause, which only a table takes. */
  from(history?: string): string;
}

interface Place {
  readonly where: string;
  readonly signal?: AbortSignal;
}

export async function describeOrigin(
  client: SnowflakeClient,
  config: SnowflakeConfig,
  stream: Stream<SnowflakeStream>,
  place: Place,
): Promise<Origin> {
  const { query, where } = stream.options;
  if (query !== undefined) return describeQuery(client, query, where, place);
  const table = parseTableName(stream.options.table ?? stream.name, config, place.where);
  const columns = await describeColumns(client, table, place);
  if (columns.length === 0) throw await noTable(client, table, place);
  const name = quoteTable(table);
  const title = `Table ${displayTable(table)}`;
  if (where === undefined) return { title, table, columns, from: (history = '') => `${name}${history}` };
  const from = (history = ''): string => filtered(`${name}${history}`, where);
  await client.describe(`SELECT 1 FROM ${from()}`, {
    purpose: 'describe',
    ...place,
    where: `${place.where}.where`,
  });
  return { title, table, columns, from };
}

/** Line breaks keep a comment at the end of the text from swallowing what follows. */
const filtered = (from: string, where: string | undefined): string =>
  where === undefined ? from : `(SELECT * FROM ${from} WHERE (${where}\n)) AS "Q"`;

async function describeQuery(
  client: SnowflakeClient,
  query: string,
  where: string | undefined,
  place: Place,
): Promise<Origin> {
  const inner = `(${query.trim().replace(/(\s*;)+$/, '')}\n) AS "M"`;
  const from = (): string => filtered(inner, where);
  const columns = await client.describe(`SELECT * FROM ${from()}`, {
    purpose: 'describe',
    ...place,
    where: `${place.where}.query`,
  });
  return { title: 'The query', table: undefined, columns, from };
}

/** The columns of one table in their order. https://docs.snowflake.com/en/sql-reference/info-schema/columns */
async function describeColumns(
  client: SnowflakeClient,
  table: TableName,
  place: Place,
): Promise<readonly Column[]> {
  const rows = await client.all(
    `SELECT COLUMN_NAME, DATA_TYPE, TO_VARCHAR(NUMERIC_SCALE), IS_NULLABLE, COMMENT FROM ${quoteIdentifier(table.database)}.INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`,
    { binds: [table.schema, table.table], purpose: 'describe', ...place },
  );
  return rows.map(toColumn);
}

export const toColumn = ([name, dataType, scale, nullable, comment]: SqlRow): Column => ({
  name: String(name),
  dataType: String(dataType),
  scale: scale === null || scale === undefined ? undefined : Number(scale),
  nullable: nullable !== 'NO',
  comment: comment ? String(comment) : undefined,
});

async function noTable(client: SnowflakeClient, table: TableName, { where }: Place): Promise<ConfigError> {
  const rows = await client.all(
    `SELECT TABLE_NAME FROM ${quoteIdentifier(table.database)}.INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = ?`,
    { binds: [table.schema], purpose: 'describe', where },
  );
  const meant = suggest(
    table.table,
    rows.map(([name]) => String(name)),
  );
  return new ConfigError(
    'SNOWFLAKE_OBJECT',
    `Table ${displayTable(table)} does not exist, or the role may not see it.`,
    {
      where,
      hint: meant
        ? `Did you mean ${displayTable({ ...table, table: meant })}?`
        : 'Check the name, and grant USAGE on database and schema and SELECT on the table to the role.',
    },
  );
}
