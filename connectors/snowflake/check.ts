import type { Log } from '../../core/contract/context.ts';
import { ConfigError } from '../../core/contract/errors.ts';
import type { SnowflakeClient } from './client.ts';
import type { SnowflakeConfig } from './config.ts';
import { quoteIdentifier } from './identifier.ts';
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
export async function checkKey(client: SnowflakeClient, stream: ResolvedStream, log: Log): Promise<void> {
  const columns = stream.key.map((column) => quoteIdentifier(column.name)).join(', ');
  const [row] = await client.all(
    `SELECT TO_VARCHAR(COUNT(*)), TO_VARCHAR(COUNT_IF(${notNull(stream.key)})), TO_VARCHAR(COUNT(DISTINCT ${columns})) FROM ${stream.from()}`,
    { purpose: `check ${stream.name}` },
  );
  const [rows, keyed, unique] = row!.map(Number) as [number, number, number];
  const fields = { stream: stream.name, table: stream.title, key: columns };
  if (keyed < rows) log.warn('Rows without a key cannot be read.', { ...fields, rows: rows - keyed });
  if (unique < keyed)
    log.warn('The key is not unique: of rows with one key only the latest is kept.', {
      ...fields,
      rows: keyed - unique,
    });
}
