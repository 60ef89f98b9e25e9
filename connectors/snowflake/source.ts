import type { Context } from '../../core/contract/context.ts';
import type { ReadRequest, Source, Stream } from '../../core/contract/source.ts';
import { aboutRepeated, checkKey, checkPolicies, checkSession } from './check.ts';
import { createSnowflakeClient } from './client.ts';
import type { SnowflakeConfig, SnowflakeStream } from './config.ts';
import { readUsage } from './costs.ts';
import { parseCursor, type SnowflakeCursor } from './cursor.ts';
import { describeStreams } from './describe.ts';
import { discoverTables } from './discover.ts';
import { enumerateKeys, lookupKeys } from './enumerate.ts';
import { displayTable } from './identifier.ts';
import { cutFirstLoad, readPartition, readStream } from './read.ts';
import { readClock, withClosing, type Reading, type SnowflakePage } from './reading.ts';
import { createScopes, type Scopes } from './scopes.ts';
import { createSummaries, type Summaries } from './summaries.ts';
import { resolveStream, type ResolvedStream } from './table-reader.ts';

type Request = ReadRequest<SnowflakeStream, SnowflakeCursor>;

interface Run {
  /** The state of the account that all its reads show. */
  asOf?: Promise<string> | undefined;
  readonly resolved: Map<string, Promise<ResolvedStream>>;
  /** Streams whose policies have been looked at. */
  readonly checked: Map<string, Promise<readonly string[]>>;
  /** Until when the statements of a stream have been accounted for. */
  readonly told: Map<string, string>;
}

/** What was asked before, unless that failed. */
function once<T>(known: Map<string, Promise<T>>, name: string, ask: () => Promise<T>): Promise<T> {
  const asked = known.get(name) ?? ask();
  known.set(name, asked);
  asked.catch(() => known.delete(name));
  return asked;
}

/** Reads tables and views of one Snowflake account. */
export function createSnowflakeSource(
  config: SnowflakeConfig,
  context: Context,
): Source<SnowflakeStream, SnowflakeCursor> {
  const client = createSnowflakeClient(config, context);
  const resolve = (stream: Stream<SnowflakeStream>, signal?: AbortSignal): Promise<ResolvedStream> =>
    run
      ? once(run.resolved, stream.name, () => resolveStream(client, config, stream, context.name))
      : resolveStream(client, config, stream, context.name, signal);
  const comparisons = new Map<string, Summaries>();
  const summariesOf = ({ name }: Stream<SnowflakeStream>): Summaries => {
    const known = comparisons.get(name) ?? createSummaries(context.now);
    comparisons.set(name, known);
    return known;
  };
  /** What is kept for the length of a run; without one, everything is asked anew. */
  let run: Run | undefined;
  const startRun = (): void => {
    client.startRun();
    run = { resolved: new Map(), checked: new Map(), told: new Map() };
  };
  const clock = async (): Promise<string> => {
    if (!run) return readClock(client);
    const current = run;
    current.asOf ??= readClock(client).catch((error: unknown) => {
      current.asOf = undefined;
      throw error;
    });
    return current.asOf;
  };
  const reading = (stream: Stream<SnowflakeStream>, signal: AbortSignal): Reading => ({
    client,
    config,
    log: context.log,
    signal,
    summaries: summariesOf(stream),
    clock,
  });
  const policies = (stream: Stream<SnowflakeStream>, resolved: ResolvedStream) =>
    checkPolicies(client, resolved, stream.fields, {
      log: context.log,
      where: `sources.${context.name}.streams.${stream.name}`,
    });
  /** A masked key is refused before anything is read by it; once in a run. */
  const checkMasks = (
    stream: Stream<SnowflakeStream>,
    resolved: ResolvedStream,
  ): Promise<readonly string[]> =>
    run ? once(run.checked, stream.name, () => policies(stream, resolved)) : policies(stream, resolved);
  /** Found before a first load, told in the report of its run. */
  const aboutKeys = new Map<string, readonly string[]>();
  const listings = new Map<string, Scopes>();
  const scopesOf = (stream: Stream<SnowflakeStream>): Scopes => {
    const known = listings.get(stream.name);
    if (known) return known;
    const made = createScopes(() => resolve(stream), reading(stream, context.signal));
    listings.set(stream.name, made);
    return made;
  };

  /** What a stream has used since that was last told. */
  const usageOf = async (stream: Stream<SnowflakeStream>, since: string, signal: AbortSignal) => {
    const { usage, until } = await readUsage(since, stream.name, context.name, reading(stream, signal));
    if (until !== undefined) run?.told.set(stream.name, until);
    return usage;
  };
  async function* read({ stream, from, partition, signal }: Request): AsyncGenerator<SnowflakePage> {
    const since = config.costs ? (run?.told.get(stream.name) ?? (await clock())) : undefined;
    const told = async () => (since === undefined ? {} : { usage: await usageOf(stream, since, signal) });
    const resolved = await resolve(stream, signal);
    const cursor = from === undefined ? undefined : parseCursor(from, stream.name);
    if (partition) {
      const pages = readPartition(resolved, partition, cursor, reading(stream, signal));
      yield* withClosing(pages, clock, async (isPaused) => (isPaused ? told() : {}));
      return;
    }
    const masks = await checkMasks(stream, resolved);
    yield* withClosing(readStream(resolved, cursor, reading(stream, signal)), clock, async (isPaused) => {
      if (isPaused) return told();
      const keys = aboutKeys.get(stream.name) ?? aboutRepeated(resolved);
      aboutKeys.delete(stream.name);
      resolved.repeated.rows = 0;
      return { notices: [...masks, ...keys], ...(await told()) };
    });
  }
  /** A page that has been taken is a place to go on from: only behind one may a ceiling stop the run. */
  async function* withCheckpoints(pages: AsyncIterable<SnowflakePage>): AsyncGenerator<SnowflakePage> {
    for await (const page of pages) {
      yield page;
      if (page.cursor !== undefined) client.noteCheckpoint();
    }
  }

  return {
    async identity() {
      const [row] = await client.all('SELECT CURRENT_ACCOUNT(), CURRENT_DATABASE()', { purpose: 'identity' });
      return { instance: `${row![0]}/${row![1] ?? config.database}` };
    },
    startRun,
    async check(streams) {
      await checkSession(client, config, context.name);
      for (const stream of streams) {
        const resolved = await resolveStream(client, config, stream, context.name);
        const masks = await policies(stream, resolved);
        for (const notice of [...masks, ...(await checkKey(client, resolved))])
          context.log.warn(notice, { stream: stream.name });
      }
    },
    discover: (names) => discoverTables(client, config, names),
    describe: (streams) => describeStreams(client, config, streams, context.name),
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
      await checkMasks(stream, resolved);
      aboutKeys.set(stream.name, await checkKey(client, resolved));
      return cutFirstLoad(resolved, reading(stream, context.signal));
    },
    read: (request) => withCheckpoints(read(request)),
    async *lookup(stream, keys) {
      yield* lookupKeys(client, await resolve(stream), keys, context.signal);
    },
    async *scopes(stream) {
      yield* scopesOf(stream).scopes();
    },
    async *enumerate(stream, scope) {
      if (scope === undefined) yield* enumerateKeys(await resolve(stream), reading(stream, context.signal));
      else yield* scopesOf(stream).enumerate(scope);
    },
    async close() {
      for (const scopes of listings.values()) await scopes.close();
      await client.close();
    },
  };
}
