import type { Context } from '../../core/contract/context.ts';
import type { Source, Stream } from '../../core/contract/source.ts';
import { checkKey, checkPolicies, checkSession } from './check.ts';
import { createSnowflakeClient } from './client.ts';
import type { SnowflakeConfig, SnowflakeStream } from './config.ts';
import { readCosts } from './costs.ts';
import { parseCursor, type SnowflakeCursor } from './cursor.ts';
import { discoverTables } from './discover.ts';
import { enumerateKeys, lookupKeys } from './enumerate.ts';
import { displayTable } from './identifier.ts';
import { cutFirstLoad, readPartition, readStream } from './read.ts';
import { readClock, withNotices, type Reading } from './reading.ts';
import { createScopes, type Scopes } from './scopes.ts';
import { createSummaries, type Summaries } from './summaries.ts';
import { resolveStream, type ResolvedStream } from './table-reader.ts';

/** Reads tables and views of one Snowflake account. */
export function createSnowflakeSource(
  config: SnowflakeConfig,
  context: Context,
): Source<SnowflakeStream, SnowflakeCursor> {
  const client = createSnowflakeClient(config, context);
  const resolve = (stream: Stream<SnowflakeStream>, signal?: AbortSignal): Promise<ResolvedStream> =>
    resolveStream(client, config, stream, context.name, signal);
  const comparisons = new Map<string, Summaries>();
  const summariesOf = ({ name }: Stream<SnowflakeStream>): Summaries => {
    const known = comparisons.get(name) ?? createSummaries(context.now);
    comparisons.set(name, known);
    return known;
  };
  const reading = (stream: Stream<SnowflakeStream>, signal: AbortSignal): Reading => ({
    client,
    config,
    log: context.log,
    signal,
    summaries: summariesOf(stream),
  });
  /** Found before a first load, told in the report of its run. */
  const aboutKeys = new Map<string, readonly string[]>();
  const listings = new Map<string, Scopes>();
  const scopesOf = (stream: Stream<SnowflakeStream>): Scopes => {
    const known = listings.get(stream.name);
    if (known) return known;
    const made = createScopes(client, () => resolve(stream), context.signal, summariesOf(stream));
    listings.set(stream.name, made);
    return made;
  };

  return {
    async identity() {
      const [row] = await client.all('SELECT CURRENT_ACCOUNT(), CURRENT_DATABASE()', { purpose: 'identity' });
      return { instance: `${row![0]}/${row![1] ?? config.database}` };
    },
    async check(streams) {
      client.startRun();
      await checkSession(client, config, context.name);
      for (const stream of streams) {
        const resolved = await resolve(stream);
        const where = `sources.${context.name}.streams.${stream.name}`;
        await checkPolicies(client, resolved, stream.fields, { log: context.log, where });
        await checkKey(client, resolved, context.log);
      }
    },
    discover: (names) => discoverTables(client, config, names),
    async shape(stream) {
      const { table, key, cursor } = await resolve(stream);
      return {
        from: table ? displayTable(table) : 'query',
        key: key.map((column) => column.name),
        cursor: cursor ? { column: cursor.column.name, type: cursor.column.dataType } : null,
      };
    },
    async partitions(stream) {
      const resolved = await resolve(stream);
      aboutKeys.set(stream.name, await checkKey(client, resolved, context.log));
      return cutFirstLoad(resolved, reading(stream, context.signal));
    },
    async *read({ stream, from, partition, signal }) {
      const resolved = await resolve(stream, signal);
      const cursor = from === undefined ? undefined : parseCursor(from, stream.name);
      if (partition) {
        yield* readPartition(resolved, partition, cursor, reading(stream, signal));
        return;
      }
      const since = config.costs ? await readClock(client, signal) : undefined;
      yield* withNotices(readStream(resolved, cursor, reading(stream, signal)), async () => {
        const said = aboutKeys.get(stream.name) ?? [];
        aboutKeys.delete(stream.name);
        return since === undefined
          ? said
          : [...said, ...(await readCosts(since, stream.name, context.name, reading(stream, signal)))];
      });
    },
    async *lookup(stream, keys) {
      yield* lookupKeys(client, await resolve(stream), keys, context.signal);
    },
    async *scopes(stream) {
      yield* scopesOf(stream).scopes();
    },
    async *enumerate(stream, scope) {
      if (scope === undefined) yield* enumerateKeys(client, await resolve(stream), context.signal);
      else yield* scopesOf(stream).enumerate(scope);
    },
    close: client.close,
  };
}
