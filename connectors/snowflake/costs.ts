import { isTransientError } from '../../core/contract/errors.ts';
import type { Usage } from '../../core/contract/source.ts';
import { quoteIdentifier, foldName } from './identifier.ts';
import { CLOCK, textOrNull, type Reading } from './reading.ts';
import { queryTag } from './query-tag.ts';

/** What the statements of a stream are for: first word of their purpose in the query tag. */
const PURPOSES = [
  'describe',
  'check',
  'bounds',
  'keyless',
  'compare',
  'read',
  'changes',
  'lookup',
  'enumerate',
  'count',
];

/**
 * What the statements of a stream have cost since an instant, by Snowflake's own account, and until when that is.
 * https://docs.snowflake.com/en/sql-reference/functions/query_history
 */
export async function readUsage(
  since: string,
  stream: string,
  source: string,
  { client, config, log, signal }: Reading,
): Promise<{ readonly usage: readonly Usage[]; readonly until?: string }> {
  const tags = PURPOSES.map((purpose) => queryTag(source, `${purpose} ${stream}`));
  try {
    const rows = await client.all(
      `SELECT WAREHOUSE_NAME, TO_VARCHAR(COUNT(*)), TO_VARCHAR(SUM(EXECUTION_TIME)), TO_VARCHAR(SUM(BYTES_SCANNED)), ${CLOCK} FROM TABLE(${quoteIdentifier(foldName(config.database)!)}.INFORMATION_SCHEMA.QUERY_HISTORY_BY_SESSION(RESULT_LIMIT => 10000)) WHERE START_TIME >= ?::TIMESTAMP_LTZ(9) AND WAREHOUSE_NAME IS NOT NULL AND QUERY_TAG IN (${tags.map(() => '?').join(', ')}) GROUP BY 1`,
      { binds: [since, ...tags], purpose: `costs ${stream}`, signal, beyondCeiling: true },
    );
    const usage = rows.map(([warehouse, count, ms, bytes]) => ({
      of: `warehouse ${warehouse}`,
      statements: Number(count),
      seconds: Number(ms) / 1000,
      bytesScanned: Number(bytes),
    }));
    const until = textOrNull(rows[0]?.[4]);
    return { usage, ...(until === null ? {} : { until }) };
  } catch (error) {
    if (isTransientError(error) || signal.aborted) throw error;
    log.info('What the statements cost could not be asked.', { stream });
    return { usage: [] };
  }
}
