import type { Log } from '../../core/contract/context.ts';
import { ConfigError, isTransientError } from '../../core/contract/errors.ts';
import type { SnowflakeClient } from './client.ts';
import type { SnowflakeConfig } from './config.ts';
import { quoteIdentifier, quoteTable } from './identifier.ts';
import { notNull } from './keys.ts';
import type { ResolvedStream } from './table-reader.ts';

/** The session has the warehouse and the database that were asked for: a login succeeds without either. */
export async function checkSession(
  client: SnowflakeClient,
  config: SnowflakeConfig,
  source: string,
): Promise<void> {
  const [row] = await client.all('SELECT CURRENT_WAREHOUSE(), CURRENT_DATABASE()', { purpose: 'check' });
  const [warehouse, database] = row!;
  if (warehouse === null)
    throw new ConfigError(
      'SNOWFLAKE_WAREHOUSE',
      `Warehouse \`${config.warehouse}\` does not exist, or the role may not use it.`,
      {
        where: `sources.${source}.warehouse`,
        hint: `GRANT USAGE ON WAREHOUSE ${config.warehouse} TO ROLE ${config.role}.`,
      },
    );
  if (database === null)
    throw new ConfigError(
      'SNOWFLAKE_DATABASE',
      `Database \`${config.database}\` does not exist, or the role may not use it.`,
      {
        where: `sources.${source}.database`,
        hint: `GRANT USAGE ON DATABASE ${config.database} TO ROLE ${config.role}.`,
      },
    );
}

/** Snowflake does not enforce keys: says when the configured one is not unique, or missing in rows. */
export async function checkKey(client: SnowflakeClient, stream: ResolvedStream): Promise<readonly string[]> {
  const columns = columnsOf(stream);
  const [row] = await client.all(
    `SELECT TO_VARCHAR(COUNT(*)), TO_VARCHAR(COUNT_IF(${notNull(stream.key)})), TO_VARCHAR(COUNT(DISTINCT ${columns})) FROM ${stream.from()}`,
    { purpose: `check ${stream.name}` },
  );
  const [rows, keyed, unique] = row!.map(Number) as [number, number, number];
  return [
    ...(keyed < rows ? [`Rows without a key (${columns}), which cannot be read: ${rows - keyed}.`] : []),
    ...(unique < keyed
      ? [
          `The key is not unique. Rows that share it (${columns}) with another one, of which only the latest is kept: ${keyed - unique}.`,
        ]
      : []),
  ];
}

/** The same of what a read has shown: it sees rows of one key where they stand in one page. */
export const aboutRepeated = (stream: ResolvedStream): readonly string[] =>
  stream.repeated.rows === 0
    ? []
    : [
        `The key is not unique. Rows read that share it (${columnsOf(stream)}) with another one of their page, of which only the latest is kept: ${stream.repeated.rows}.`,
      ];

const columnsOf = ({ key }: ResolvedStream): string =>
  key.map((column) => quoteIdentifier(column.name)).join(', ');

/**
 * A masked key gives every row another name than its own: it is refused. A masked field is told, since documents may
 * hold the mask. What the role may not ask about stays unknown.
 * https://docs.snowflake.com/en/sql-reference/functions/policy_references
 */
export async function checkPolicies(
  client: SnowflakeClient,
  stream: ResolvedStream,
  fields: readonly string[],
  { log, where }: { readonly log: Log; readonly where: string },
): Promise<readonly string[]> {
  if (!stream.table) return [];
  const policies =
    (await policiesOf(client, stream, 'TABLE')) ?? (await policiesOf(client, stream, 'VIEW')) ?? [];
  const masked = policies
    .filter((policy) => policy['POLICY_KIND'] === 'MASKING_POLICY')
    .map((policy) => String(policy['REF_COLUMN_NAME']));
  const key = stream.key.find((column) => masked.includes(column.name));
  if (key)
    throw new ConfigError(
      'SNOWFLAKE_KEY_MASKED',
      `The key column ${key.name} of ${stream.title} has a masking policy: rows cannot be told apart by it.`,
      { where: `${where}.key`, hint: 'Choose a key without a policy, or exempt the role from it.' },
    );
  const shown = masked.filter((column) =>
    fields.some((field) => field.toUpperCase() === column.toUpperCase()),
  );
  if (policies.some((policy) => policy['POLICY_KIND'] === 'ROW_ACCESS_POLICY'))
    log.info('A row access policy decides which rows the role sees; the others count as absent.', {
      stream: stream.name,
    });
  return shown.map(
    (column) => `Column ${column} has a masking policy: documents may hold the mask in place of the value.`,
  );
}

/** Undefined where the object is of the other kind, or the role may not ask. */
async function policiesOf(
  client: SnowflakeClient,
  { table, name }: ResolvedStream,
  domain: 'TABLE' | 'VIEW',
): Promise<readonly Readonly<Record<string, unknown>>[] | undefined> {
  const object = quoteTable(table!).replaceAll("'", "''");
  try {
    return await client.named(
      `SELECT POLICY_KIND, REF_COLUMN_NAME FROM TABLE(${quoteIdentifier(table!.database)}.INFORMATION_SCHEMA.POLICY_REFERENCES(REF_ENTITY_NAME => '${object}', REF_ENTITY_DOMAIN => '${domain}'))`,
      { purpose: `check ${name}` },
    );
  } catch (error) {
    if (isTransientError(error)) throw error;
    return undefined;
  }
}
