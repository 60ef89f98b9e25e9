import type { ChangeDetection } from './config.ts';
import { quoteIdentifier } from './identifier.ts';
import type { Reading } from './reading.ts';
import type { ResolvedStream } from './table-reader.ts';

export type Detection = Exclude<ChangeDetection, 'auto'>;

/** The way that was asked for; `auto` is the change history where the table keeps one, else its cursor, else hashes. */
export async function chooseDetection(stream: ResolvedStream, reading: Reading): Promise<Detection> {
  if (stream.changes !== 'auto') return stream.changes;
  if (await isTracked(stream, reading)) return 'changes';
  return stream.cursor ? 'cursor' : 'reconcile';
}

/** Whether Snowflake keeps a change history of the table. https://docs.snowflake.com/en/sql-reference/sql/show-tables */
async function isTracked(
  { table, name }: ResolvedStream,
  { client, signal }: Pick<Reading, 'client' | 'signal'>,
): Promise<boolean> {
  if (!table) return false;
  const schema = `${quoteIdentifier(table.database)}.${quoteIdentifier(table.schema)}`;
  // A pattern of LIKE takes any case and knows wildcards: what it finds is compared once more.
  const pattern = table.table.replaceAll('\\', '\\\\\\\\').replaceAll("'", "''");
  for (const what of ['TABLES', 'VIEWS']) {
    const found = await client.named(`SHOW ${what} LIKE '${pattern}' IN SCHEMA ${schema}`, {
      purpose: `describe ${name}`,
      signal,
    });
    const own = found.find((row) => row['name'] === table.table);
    if (own) return own['change_tracking'] === 'ON';
  }
  return false;
}
