import type { Context } from '../../core/contract/context.ts';
import type { Source, Stream } from '../../core/contract/source.ts';
import { checkKey, checkSession } from './check.ts';
import { createSnowflakeClient } from './client.ts';
import type { SnowflakeConfig, SnowflakeStream } from './config.ts';
import { parseCursor, type SnowflakeCursor } from './cursor.ts';
import { discoverTables } from './discover.ts';
import { enumerateKeys, lookupKeys } from './enumerate.ts';
import { displayTable } from './identifier.ts';
import { readStream } from './read.ts';
import { resolveStream, type ResolvedStream } from './table-reader.ts';

/** Reads tables and views of one Snowflake account. */
export function createSnowflakeSource(
  config: SnowflakeConfig,
  context: Context,
): Source<SnowflakeStream, SnowflakeCursor> {
  const client = createSnowflakeClient(config, context);
  const resolve = (stream: Stream<SnowflakeStream>, signal?: AbortSignal): Promise<ResolvedStream> =>
    resolveStream(client, config, stream, context.name, signal);

  return {
    async identity() {
      const [row] = await client.all('SELECT CURRENT_ACCOUNT(), CURRENT_DATABASE()', { purpose: 'identity' });
      return { instance: `${row![0]}/${row![1] ?? config.database}` };
    },
    async check(streams) {
      await checkSession(client, config, context.name);
      for (const stream of streams) await checkKey(client, await resolve(stream), context.log);
    },
    discover: (names) => discoverTables(client, config, names),
    async shape(stream) {
      const { table, key, cursor } = await resolve(stream);
      return {
        table: displayTable(table),
        key: key.map((column) => column.name),
        cursor: cursor ? { column: cursor.column.name, type: cursor.column.dataType } : null,
      };
    },
    async *read({ stream, from, signal }) {
      const resolved = await resolve(stream, signal);
      const cursor =
        from === undefined ? undefined : parseCursor(from, stream.name, resolved.cursor !== undefined);
      yield* readStream(resolved, cursor, { client, config, log: context.log, signal });
    },
    async *lookup(stream, keys) {
      yield* lookupKeys(client, await resolve(stream), keys, context.signal);
    },
    async *enumerate(stream) {
      yield* enumerateKeys(client, await resolve(stream), context.signal);
    },
    close: client.close,
  };
}
