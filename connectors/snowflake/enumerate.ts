import { TransientError } from '../../core/contract/errors.ts';
import type { KeyPage, LookupPage, Unreadable } from '../../core/contract/source.ts';
import type { SnowflakeClient } from './client.ts';
import { projection } from './columns.ts';
import { quoteIdentifier } from './identifier.ts';
import { bindOf, joinKey, MAX_KEY_LENGTH, notNull, splitKey } from './keys.ts';
import { createSnapshot, inSnapshot, readClock, toRecords, type Reading } from './reading.ts';
import type { ResolvedStream } from './table-reader.ts';

const LOOKUP_KEYS = 500;

/**
 * Lists every key with a count by Snowflake itself. Both statements read one snapshot by Time Travel; where an object
 * has none, the count is taken before and after, and proves something only when it did not move.
 * https://docs.snowflake.com/en/sql-reference/constructs/at-before
 */
export async function* enumerateKeys(stream: ResolvedStream, reading: Reading): AsyncGenerator<KeyPage> {
  const { client, signal } = reading;
  const asOf = await reading.clock();
  const snapshot = createSnapshot(stream, asOf, signal);
  const expected = await inSnapshot(snapshot, (from) => countKeys(client, stream, from, signal));
  const from = snapshot.from();
  const isFixed = stream.table !== undefined && from !== stream.from();
  let seen = 0;
  let listable = true;
  const keys = client.query(
    `SELECT DISTINCT ${stream.key.map(projection).join(', ')} FROM ${from} WHERE ${notNull(stream.key)}`,
    { purpose: `enumerate ${stream.name}`, signal },
  );
  for await (const batch of keys) {
    seen += batch.length;
    const joined = batch.map((row) => joinKey(row.map(String)));
    const listed = joined.filter((key) => key !== '' && key.length <= MAX_KEY_LENGTH);
    if (listed.length < joined.length) listable = false;
    yield { asOf, keys: listed.map((key) => ({ key })) };
  }
  if (seen !== expected && isFixed) throw new TransientError(`Of ${expected} keys ${seen} arrived.`);
  const still = isFixed ? expected : await countKeys(client, stream, from, signal);
  // A key that is too long to be listed cannot be told from an absent one.
  const proven = seen === expected && still === expected && listable;
  yield { asOf, keys: [], ...(proven ? { complete: { count: expected, asOf } } : {}) };
}

async function countKeys(
  client: SnowflakeClient,
  stream: ResolvedStream,
  from: string,
  signal: AbortSignal,
): Promise<number> {
  const columns = stream.key.map((column) => quoteIdentifier(column.name)).join(', ');
  const [row] = await client.all(
    `SELECT TO_VARCHAR(COUNT(DISTINCT ${columns})) FROM ${from} WHERE ${notNull(stream.key)}`,
    { purpose: `count ${stream.name}`, signal },
  );
  return Number(row![0]);
}

/** Asks for single keys; one that Snowflake does not show is gone. */
export async function* lookupKeys(
  client: SnowflakeClient,
  stream: ResolvedStream,
  keys: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<LookupPage> {
  for (let start = 0; start < keys.length; start += LOOKUP_KEYS) {
    const asked = keys.slice(start, start + LOOKUP_KEYS);
    const asOf = await readClock(client, signal);
    const parts = asked.map((key) => splitKey(key, stream.key)).filter((one) => one !== undefined);
    const found = new Map<string, LookupPage['found'][number]>();
    const unreadable = new Map<string, Unreadable>();
    if (parts.length > 0) {
      const rows = await client.all(
        `SELECT ${stream.selectList} FROM ${stream.from()} WHERE ${matching(stream, parts.length)}`,
        { binds: parts.flat(), purpose: `lookup ${stream.name}`, signal },
      );
      const page = toRecords(stream, rows);
      for (const record of page.records) found.set(record.key, record);
      for (const one of page.unreadable ?? []) if (one.key !== undefined) unreadable.set(one.key, one);
    }
    yield {
      asOf,
      found: [...found.values()],
      gone: asked.filter((key) => !found.has(key) && !unreadable.has(key)),
      unreadable: [...unreadable.values()],
    };
  }
}

function matching(stream: ResolvedStream, count: number): string {
  const [first] = stream.key;
  if (stream.key.length === 1)
    return `${quoteIdentifier(first!.name)} IN (${Array.from({ length: count }, () => bindOf(first!)).join(', ')})`;
  const one = stream.key.map((column) => `${quoteIdentifier(column.name)} = ${bindOf(column)}`).join(' AND ');
  return Array.from({ length: count }, () => `(${one})`).join(' OR ');
}
