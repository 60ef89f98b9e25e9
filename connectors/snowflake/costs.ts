import { isTransientError } from '../../core/contract/errors.ts';
import { quoteIdentifier, foldName } from './identifier.ts';
import type { Reading } from './reading.ts';
import { queryTag } from './query-tag.ts';

/** What the statements of a stream are for: first word of their purpose in the query tag. */
const PURPOSES = ['describe', 'bounds', 'keyless', 'compare', 'read', 'changes', 'lookup'];

/**
 * What the statements of a read have cost since an instant, by Snowflake's own account.
 * https://docs.snowflake.com/en/sql-reference/functions/query_history
 */
export async function readCosts(
  since: string,
  stream: string,
  source: string,
  { client, config, log, signal }: Reading,
): Promise<string[]> {
  const tags = PURPOSES.map((purpose) => queryTag(source, `${purpose} ${stream}`));
  try {
    const rows = await client.all(
      `SELECT WAREHOUSE_NAME, TO_VARCHAR(COUNT(*)), TO_VARCHAR(SUM(EXECUTION_TIME)), TO_VARCHAR(SUM(BYTES_SCANNED)) FROM TABLE(${quoteIdentifier(foldName(config.database)!)}.INFORMATION_SCHEMA.QUERY_HISTORY_BY_SESSION(RESULT_LIMIT => 10000)) WHERE START_TIME >= ?::TIMESTAMP_LTZ(9) AND WAREHOUSE_NAME IS NOT NULL AND QUERY_TAG IN (${tags.map(() => '?').join(', ')}) GROUP BY 1`,
      { binds: [since, ...tags], purpose: `costs ${stream}`, signal },
    );
    return rows.map(
      ([warehouse, count, ms, bytes]) =>
        `Warehouse ${warehouse}: ${(Number(ms) / 1000).toFixed(1)} seconds in ${count} statements, ${(Number(bytes) / 1e6).toFixed(1)} MB scanned.`,
    );
  } catch (error) {
    if (isTransientError(error) || signal.aborted) throw error;
    log.info('The role may not ask what its statements cost.', { stream });
    return [];
  }
}
