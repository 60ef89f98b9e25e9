import { PauseError, TransientError } from '../../core/contract/errors.ts';
import { columnOf, type Column } from './columns.ts';
import type { SnowflakeConfig } from './config.ts';
import { createConnection, type Connection, type Statement } from './driver.ts';
import { classify, isSessionLost } from './errors.ts';
import { queryTag } from './query-tag.ts';
import { readRows, type SqlRow } from './row-reader.ts';
import { createTurns } from './turns.ts';

export interface QueryOptions {
  readonly binds?: readonly (string | null)[];
  /** What the statement is for; seen in QUERY_HISTORY as part of the query tag. */
  readonly purpose: string;
  /** Where in the configuration a mistake would have to be corrected. */
  readonly where?: string;
  readonly signal?: AbortSignal;
  /** Set for a result that is read little by little, between other statements: it waits for none and keeps none waiting. */
  readonly unqueued?: boolean;
  /** Set for what accounts for the others: the ceiling of the run does not hold it. */
  readonly beyondCeiling?: boolean;
  /** Told of the statement before its first row. */
  onStatement?(statement: Statement): void;
}

/** What the statements of a run have taken so far. */
export interface Meter {
  readonly statements: number;
  readonly seconds: number;
}

/** Speaks SQL to one account over one session; knows nothing of streams. */
export interface SnowflakeClient {
  /** The rows of a statement, in batches of at most a few thousand. Two such statements run at once; others wait. */
  query(sql: string, options: QueryOptions): AsyncIterable<readonly SqlRow[]>;
  /** All rows of a statement that returns few; it waits for no other. */
  all(sql: string, options: QueryOptions): Promise<SqlRow[]>;
  /** The same by column name: for SHOW and DESCRIBE, whose columns move between releases. */
  named(sql: string, options: QueryOptions): Promise<Record<string, SqlRow[number]>[]>;
  /** The columns that a statement would have, without running it. */
  describe(sql: string, options: QueryOptions): Promise<readonly Column[]>;
  readonly meter: Meter;
  /** What was read so far is kept: from here on, a ceiling may stop the run. */
  noteCheckpoint(): void;
  /** A new run begins: its ceiling counts from zero. */
  startRun(): void;
  close(): Promise<void>;
}

const CLOSE_MS = 5000;

/**
 * Each open result holds a chunk as text, one as rows and the next one on its way: more of them take memory, and are no
 * faster, since one thread decodes them all.
 */
const RESULTS_AT_ONCE = 2;

/** Logs in with the first statement, again when the session is lost, and never holds more than one session. */
export function createSnowflakeClient(
  config: SnowflakeConfig,
  context: { readonly name: string; readonly signal: AbortSignal; now(): number },
): SnowflakeClient {
  let connected: Promise<Connection> | undefined;
  let statements = 0;
  let spentMs = 0;
  let checkpoints = 0;
  const turns = createTurns(RESULTS_AT_ONCE);

  const connect = async (): Promise<Connection> => {
    const connection = await createConnection(config);
    await new Promise<void>((resolve, reject) => {
      connection.connect((error) => (error ? reject(error) : resolve()));
    });
    // What is exported is what this role may see, not what the user's other roles would add.
    // https://docs.snowflake.com/en/sql-reference/sql/use-secondary-roles
    const { stream } = await execute(connection, 'USE SECONDARY ROLES NONE', { purpose: 'session' });
    stream.destroy();
    return connection;
  };
  const session = (): Promise<Connection> => {
    connected ??= connect().catch((error: unknown) => {
      connected = undefined;
      throw classify(error, `sources.${context.name}`);
    });
    return connected;
  };

  const execute = (
    connection: Connection,
    sql: string,
    options: QueryOptions & { readonly describeOnly?: boolean },
  ): Promise<{ statement: Statement; stream: ReturnType<Statement['streamRows']> }> =>
    new Promise((resolve, reject) => {
      const startedMs = context.now();
      statements++;
      const signal = options.signal ? AbortSignal.any([options.signal, context.signal]) : context.signal;
      const abort = (): void => statement.cancel(() => undefined);
      const statement = connection.execute({
        sqlText: sql,
        binds: [...(options.binds ?? [])],
        streamResult: true,
        rowMode: 'array',
        fetchAsString: ['Number'],
        ...(options.describeOnly ? { describeOnly: true } : {}),
        parameters: {
          TIMEZONE: 'UTC',
          QUERY_TAG: queryTag(context.name, options.purpose),
          STATEMENT_TIMEOUT_IN_SECONDS: Math.ceil(config.statementTimeout / 1000),
          CLIENT_RESULT_CHUNK_SIZE: 16,
          STRICT_JSON_OUTPUT: true,
        },
        complete: (error, done) => {
          signal.removeEventListener('abort', abort);
          spentMs += context.now() - startedMs;
          if (error) reject(signal.aborted ? signal.reason : error);
          else resolve({ statement: done, stream: done.streamRows() });
        },
      });
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
    });

  const checkCeiling = (): void => {
    const { maxSeconds } = config;
    // A run that gets nowhere would be followed by one that gets nowhere.
    if (maxSeconds === undefined || checkpoints === 0 || spentMs < maxSeconds * 1000) return;
    throw new PauseError(
      `The statements of this run have taken ${Math.round(spentMs / 1000)} seconds: the ceiling \`maxSeconds: ${maxSeconds}\` is reached.`,
    );
  };

  async function* query(sql: string, options: QueryOptions): AsyncGenerator<readonly SqlRow[]> {
    const signal = options.signal ? AbortSignal.any([options.signal, context.signal]) : context.signal;
    const end = options.unqueued ? () => undefined : await turns.take(signal);
    try {
      yield* run(sql, options);
    } finally {
      end();
    }
  }

  async function* run(
    sql: string,
    options: QueryOptions & { readonly describeOnly?: boolean },
  ): AsyncGenerator<readonly SqlRow[]> {
    for (let attempt = 1; ; attempt++) {
      context.signal.throwIfAborted();
      options.signal?.throwIfAborted();
      if (!options.beyondCeiling) checkCeiling();
      const connection = await session();
      let started = false;
      try {
        const { statement, stream } = await execute(connection, sql, options);
        options.onStatement?.(statement);
        const rows = readRows(stream, {
          expected: statement.getNumRows(),
          idleMs: config.idleTimeout,
          ...(options.signal ? { signal: options.signal } : {}),
          cancel: () => statement.cancel(() => undefined),
        });
        for await (const batch of rows) {
          started = true;
          yield batch;
        }
        return;
      } catch (error) {
        if (isSessionLost(error)) {
          connected = undefined;
          if (!started && attempt === 1) continue;
          throw new TransientError('The Snowflake session ended in the middle of a statement.', {
            cause: error,
          });
        }
        if (options.signal?.aborted) throw options.signal.reason;
        if (context.signal.aborted) throw context.signal.reason;
        throw classify(error, options.where);
      }
    }
  }

  const all = async (sql: string, options: QueryOptions): Promise<SqlRow[]> => {
    const rows: SqlRow[] = [];
    for await (const batch of run(sql, options)) rows.push(...batch);
    return rows;
  };

  return {
    query,
    all,
    async named(sql, options) {
      let names: readonly string[] = [];
      const rows = await all(sql, {
        ...options,
        onStatement: (statement) =>
          (names = (statement.getColumns() ?? []).map((column) => column.getName())),
      });
      return rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at] ?? null])));
    },
    async describe(sql, options) {
      const columns: Column[] = [];
      const described = run(sql, {
        ...options,
        describeOnly: true,
        onStatement: (statement) => columns.push(...(statement.getColumns() ?? []).map(columnOf)),
      });
      for await (const _ of described);
      return columns;
    },
    get meter() {
      return { statements, seconds: spentMs / 1000 };
    },
    noteCheckpoint: () => void checkpoints++,
    startRun() {
      statements = 0;
      checkpoints = 0;
      spentMs = 0;
    },
    async close() {
      const open = connected;
      connected = undefined;
      const connection = await open?.catch(() => undefined);
      if (!connection) return;
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([
        new Promise<void>((resolve) => connection.destroy(() => resolve())),
        new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_MS))),
      ]);
      clearTimeout(timer);
    },
  };
}
