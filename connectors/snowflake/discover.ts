import type { FieldDescription, StreamDescription } from '../../core/contract/source.ts';
import type { SnowflakeClient } from './client.ts';
import type { Column } from './columns.ts';
import type { SnowflakeConfig } from './config.ts';
import { displayTable, foldName, parseTableName, quoteIdentifier, type TableName } from './identifier.ts';
import { toColumn } from './origin.ts';
import { semanticViews } from './semantic-views.ts';
import { sensitivities } from './tags.ts';

/** Names that usually mean "changed at". */
const CHANGED = /(updated|modified|changed|altered|synced|loaded|ingested|systemmodstamp)/i;
const CREATED = /(created|inserted|event|occurred|recorded)/i;
/** Tags take a statement per table: of more tables, only those that are named are asked about. */
const MAX_TAGGED = 25;
const TIMES = ['TIMESTAMP_NTZ', 'TIMESTAMP_LTZ', 'TIMESTAMP_TZ'];

/**
 * Describes tables and views with their comments. Every statement is limited to one schema: on large databases
 * INFORMATION_SCHEMA refuses wider questions. https://docs.snowflake.com/en/sql-reference/info-schema
 */
export async function discoverTables(
  client: SnowflakeClient,
  config: SnowflakeConfig,
  names: readonly string[] | undefined,
): Promise<readonly StreamDescription[]> {
  const wanted = names?.map((name) => parseTableName(name, config, name));
  const schemas = wanted
    ? distinct(wanted.map(({ database, schema }) => ({ database, schema })))
    : await visibleSchemas(client, config);
  const descriptions: StreamDescription[] = [];
  for (const { database, schema } of schemas) {
    const tables = await client.all(
      `SELECT TABLE_NAME, COMMENT FROM ${quoteIdentifier(database)}.INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = ? ORDER BY TABLE_NAME`,
      { binds: [schema], purpose: 'discover' },
    );
    const columns = await columnsOf(client, database, schema);
    const keys = await primaryKeys(client, database, schema);
    const tagged = wanted || tables.length <= MAX_TAGGED;
    for (const [tableName, comment] of tables) {
      const table: TableName = { database, schema, table: String(tableName) };
      if (wanted && !wanted.some((one) => displayTable(one) === displayTable(table))) continue;
      const own = columns.get(table.table) ?? [];
      const tags = tagged ? await sensitivities(client, table) : new Map<string, string>();
      descriptions.push({
        name: displayTable(table),
        ...(comment ? { comment: String(comment) } : {}),
        fields: own.map((column) => toField(column, tags.get(column.name))),
        key: keys.get(table.table) ?? [],
        cursors: cursorCandidates(own),
      });
    }
    const views = await semanticViews(client, { database, schema });
    descriptions.push(
      ...views.filter((view) => !wanted || wanted.some((one) => displayTable(one) === view.name)),
    );
  }
  return descriptions;
}

async function visibleSchemas(
  client: SnowflakeClient,
  config: SnowflakeConfig,
): Promise<readonly { database: string; schema: string }[]> {
  const database = foldName(config.database)!;
  if (config.schema !== undefined) return [{ database, schema: foldName(config.schema)! }];
  const rows = await client.all(
    `SELECT DISTINCT TABLE_SCHEMA FROM ${quoteIdentifier(database)}.INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA <> 'INFORMATION_SCHEMA' ORDER BY TABLE_SCHEMA`,
    { purpose: 'discover' },
  );
  return rows.map(([schema]) => ({ database, schema: String(schema) }));
}

async function columnsOf(
  client: SnowflakeClient,
  database: string,
  schema: string,
): Promise<Map<string, Column[]>> {
  const rows = await client.all(
    `SELECT COLUMN_NAME, DATA_TYPE, TO_VARCHAR(NUMERIC_SCALE), IS_NULLABLE, COMMENT, TABLE_NAME FROM ${quoteIdentifier(database)}.INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = ? ORDER BY TABLE_NAME, ORDINAL_POSITION`,
    { binds: [schema], purpose: 'discover' },
  );
  return groupBy(rows, (row) => [String(row[5]), toColumn(row)]);
}

/** Declared keys; Snowflake does not enforce them. https://docs.snowflake.com/en/sql-reference/sql/show-primary-keys */
async function primaryKeys(
  client: SnowflakeClient,
  database: string,
  schema: string,
): Promise<Map<string, string[]>> {
  const rows = await client.all(
    `SHOW PRIMARY KEYS IN SCHEMA ${quoteIdentifier(database)}.${quoteIdentifier(schema)}`,
    { purpose: 'discover' },
  );
  const ordered = [...rows].sort((left, right) => Number(left[5]) - Number(right[5]));
  return groupBy(ordered, (row) => [String(row[3]), String(row[4])]);
}

const toField = (column: Column, sensitivity: string | undefined): FieldDescription => ({
  name: column.name,
  type: column.dataType,
  nullable: column.nullable,
  ...(column.comment === undefined ? {} : { help: column.comment }),
  ...(sensitivity === undefined ? {} : { sensitivity }),
});

/** Timestamps named after changes first, other timestamps next, dates last. */
export function cursorCandidates(columns: readonly Column[]): string[] {
  const rank = ({ name, dataType }: Column): number =>
    (TIMES.includes(dataType) ? 0 : 10) + (CHANGED.test(name) ? 0 : CREATED.test(name) ? 2 : 1);
  return columns
    .filter((column) => TIMES.includes(column.dataType) || column.dataType === 'DATE')
    .sort((left, right) => rank(left) - rank(right))
    .map((column) => column.name);
}

function groupBy<Row, Value>(
  rows: readonly Row[],
  split: (row: Row) => readonly [string, Value],
): Map<string, Value[]> {
  const groups = new Map<string, Value[]>();
  for (const row of rows) {
    const [name, value] = split(row);
    const group = groups.get(name);
    if (group) group.push(value);
    else groups.set(name, [value]);
  }
  return groups;
}

const distinct = <T>(values: readonly T[]): T[] => [
  ...new Map(values.map((value) => [JSON.stringify(value), value])).values(),
];
