import { randomUUID } from 'node:crypto';
import type { LoopbackReply } from '../../../core/testing/loopback-server.ts';
import { execute } from './execute.ts';
import type { Results } from './results.ts';
import type { Binding } from './scope.ts';
import type { Session } from './sessions.ts';
import { cancelled, SqlError, unsupported } from './sql-error.ts';
import { visibleTo, type Store } from './store.ts';
import { createWarehouseMeter, type WarehouseMeter } from './warehouse-meter.ts';

export interface ExecutedStatement {
  readonly sqlText: string;
  readonly binds: readonly (string | null)[];
  readonly parameters: Readonly<Record<string, unknown>>;
}
export interface Statements {
  /** Of the warehouse that the statements use; SHOW, DESCRIBE and USE run without one. */
  readonly meter: WarehouseMeter;
  readonly executed: readonly ExecutedStatement[];
  submit(
    requestId: string,
    body: Readonly<Record<string, unknown>>,
    session: Session,
    baseUrl: string,
  ): Promise<LoopbackReply>;
  result(queryId: string): Promise<LoopbackReply>;
  /** How a statement stands, as monitoring tells it. */
  status(queryId: string): Promise<Readonly<Record<string, string | null>>>;
  abortRequest(requestId: string): void;
  abortQuery(queryId: string): void;
  hold(times?: number): () => void;
  release(): void;
}

interface Running {
  readonly queryId: string;
  readonly reply: Promise<LoopbackReply>;
  abort(): void;
}

/** The type of a statement that a warehouse computes. */
const SELECT = 4096;
const POLL_MS = 250;
const KEPT = 200;
/** https://docs.snowflake.com/en/user-guide/query-size-limits */
const MAX_STATEMENT_BYTES = 1_048_576;
const MAX_LIST = 16_384;

/** Runs statements, answers a repeated request id without running it again, and holds back what is held. */
export function createStatements(options: {
  readonly store: Store;
  readonly results: Results;
  readonly now: () => number;
  readonly account: string;
  readonly user: string;
  readonly warehouses: readonly string[];
  readonly roles: readonly string[];
  readonly limits: boolean;
}): Statements {
  const executed: ExecutedStatement[] = [];
  const meter = createWarehouseMeter(options.now);
  const running = new Map<string, Running>();
  let held = 0;
  let gate: { readonly opened: Promise<void>; open(): void } | undefined;

  const run = (
    body: Readonly<Record<string, unknown>>,
    session: Session,
    baseUrl: string,
    queryId: string,
  ): LoopbackReply => {
    const sqlText = String(body['sqlText'] ?? '');
    const parameters = (body['parameters'] ?? {}) as Record<string, unknown>;
    const binds = bindingsOf(body['bindings']);
    executed.push({ sqlText, binds: binds.map((bind) => bind.value), parameters });
    if (executed.length > 1000) executed.shift();
    const startedAt = performance.now();
    try {
      if (options.limits) checkLimits(sqlText, parameters);
      const result = execute(
        sqlText,
        binds,
        visibleTo(options.store, session),
        {
          sessionId: session.id,
          nowMs: options.now(),
          timeZone: String(parameters['TIMEZONE'] ?? 'America/Los_Angeles'),
          account: options.account.split('.')[0]!.toUpperCase(),
          user: options.user.toUpperCase(),
          role: session.role,
          warehouse: session.warehouse,
          database: session.database,
          schema: session.schema,
        },
        options,
        body['describeOnly'] === true,
      );
      if (session.warehouse && result.statementTypeId === SELECT && !body['describeOnly']) meter.use();
      Object.assign(session, result.session);
      const described = options.results.describe(result, baseUrl);
      options.store.queryLog.push({
        sessionId: session.id,
        queryId,
        queryTag: String(parameters['QUERY_TAG'] ?? ''),
        warehouse: session.warehouse,
        startMs: options.now(),
        executionMs: Math.ceil(performance.now() - startedAt),
        bytesScanned: bytesScanned(sqlText, options.store),
      });
      if (options.store.queryLog.length > 10_000) options.store.queryLog.shift();
      return success({
        ...described,
        parameters: outputParameters(parameters),
        queryId,
        databaseProvider: null,
        finalDatabaseName: session.database,
        finalSchemaName: session.schema,
        finalWarehouseName: session.warehouse,
        finalRoleName: session.role,
        numberOfBinds: binds.length,
        arrayBindSupported: false,
        version: 1,
      });
    } catch (error) {
      if (error instanceof SqlError) return failure(error, queryId);
      return failure(unsupported(error instanceof Error ? error.message : 'this statement'), queryId);
    }
  };

  return {
    meter,
    executed,
    async submit(requestId, body, session, baseUrl) {
      const known = running.get(requestId);
      if (known) return known.reply;
      const queryId = randomUUID();
      if (held > 0 && gate) {
        held--;
        let abort!: () => void;
        const aborted = new Promise<'aborted'>((resolve) => (abort = () => resolve('aborted')));
        const reply = Promise.race([gate.opened, aborted]).then((how) =>
          how === 'aborted' ? failure(cancelled(), queryId) : run(body, session, baseUrl, queryId),
        );
        keep(running, requestId, { queryId, reply, abort });
        return inProgress(queryId);
      }
      const reply = Promise.resolve().then(() => run(body, session, baseUrl, queryId));
      keep(running, requestId, { queryId, reply, abort: () => undefined });
      return body['asyncExec'] === true ? inProgress(queryId, '333334') : reply;
    },
    async result(queryId) {
      const found = [...running.values()].find((one) => one.queryId === queryId);
      if (!found) return failure(new SqlError('000709', '02000', `Statement ${queryId} not found`), queryId);
      let timer: NodeJS.Timeout | undefined;
      const waited = new Promise<LoopbackReply>((resolve) => {
        timer = setTimeout(() => resolve(inProgress(queryId)), POLL_MS);
      });
      return Promise.race([found.reply, waited]).finally(() => clearTimeout(timer));
    },
    async status(queryId) {
      const found = [...running.values()].find((one) => one.queryId === queryId);
      const waiting = Symbol('waiting');
      const reply = await Promise.race([
        found?.reply ?? waiting,
        new Promise((done) => setImmediate(done, waiting)),
      ]);
      if (!found) return { id: queryId, status: 'NO_DATA', errorMessage: null };
      if (reply === waiting) return { id: queryId, status: 'RUNNING', errorMessage: null };
      const { success, message } = (reply as LoopbackReply).body as {
        success: boolean;
        message: string | null;
      };
      return {
        id: queryId,
        status: success ? 'SUCCESS' : 'FAILED_WITH_ERROR',
        errorMessage: success ? null : message,
      };
    },
    abortRequest: (requestId) => running.get(requestId)?.abort(),
    abortQuery: (queryId) => [...running.values()].find((one) => one.queryId === queryId)?.abort(),
    hold(times = 1) {
      held = times;
      let open!: () => void;
      const opened = new Promise<void>((resolve) => (open = resolve));
      gate = { opened, open };
      return open;
    },
    release: () => gate?.open(),
  };
}

/** Snowflake reads whole columns: here, every row that each table named has ever had, at 16 bytes a column. */
function bytesScanned(sqlText: string, store: Store): number {
  return store
    .tables()
    .filter((table) => sqlText.includes(`"${table.name}"`) && !sqlText.includes('INFORMATION_SCHEMA'))
    .reduce((sum, table) => sum + store.lastRowid(table) * table.columns.length * 16, 0);
}

function keep(running: Map<string, Running>, requestId: string, one: Running): void {
  running.set(requestId, one);
  if (running.size > KEPT) running.delete(running.keys().next().value!);
}

const success = (data: unknown): LoopbackReply => ({
  status: 200,
  body: { data, code: null, message: null, success: true },
});

const inProgress = (queryId: string, code = '333333'): LoopbackReply => ({
  status: 200,
  body: {
    data: {
      getResultUrl: `/queries/${queryId}/result`,
      queryId,
      queryAbortsAfterSecs: 300,
      progressDesc: null,
    },
    code,
    message: 'Query execution in progress.',
    success: true,
  },
});

/** The driver takes an error without `sqlState` for one to ask about again: it never is left out. */
const failure = (error: SqlError, queryId: string): LoopbackReply => ({
  status: 200,
  body: {
    data: {
      internalError: false,
      errorCode: error.code,
      age: 0,
      sqlState: error.sqlState,
      queryId,
      line: -1,
      pos: -1,
      type: 'COMPILATION',
    },
    code: error.code,
    message: error.message,
    success: false,
    headers: null,
  },
});

function bindingsOf(bindings: unknown): Binding[] {
  const map = (bindings ?? {}) as Record<string, { type: string; value: unknown }>;
  return Object.keys(map)
    .sort((left, right) => Number(left) - Number(right))
    .map((key) => {
      const { type, value } = map[key]!;
      if (value !== null && typeof value !== 'string')
        throw new SqlError('002049', '0A000', 'SQL compilation error:\nArray binds are not supported here.');
      return { type, value };
    });
}

function checkLimits(sqlText: string, parameters: Readonly<Record<string, unknown>>): void {
  if (Buffer.byteLength(sqlText) > MAX_STATEMENT_BYTES)
    throw new SqlError('000603', 'XX000', 'SQL text exceeds the maximum size of 1 MB.');
  for (const [, list] of sqlText.matchAll(/ IN \(([^()]*)\)/g)) {
    const count = list!.split(',').length;
    if (count > MAX_LIST)
      throw new SqlError(
        '001795',
        '42601',
        `SQL compilation error: error line 1 at position 0\nmaximum number of expressions in a list exceeded, expected at most ${MAX_LIST}, got ${count}`,
      );
  }
  const tag = parameters['QUERY_TAG'];
  if (typeof tag === 'string' && tag.length > 2000)
    throw new SqlError('001420', '22023', "SQL compilation error:\ninvalid value for parameter 'QUERY_TAG'");
}

const outputParameters = (given: Readonly<Record<string, unknown>>): { name: string; value: unknown }[] =>
  Object.entries({
    TIMEZONE: given['TIMEZONE'] ?? 'America/Los_Angeles',
    DATE_OUTPUT_FORMAT: 'YYYY-MM-DD',
    TIME_OUTPUT_FORMAT: 'HH24:MI:SS',
    TIMESTAMP_OUTPUT_FORMAT: 'YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM',
    TIMESTAMP_NTZ_OUTPUT_FORMAT: 'YYYY-MM-DD HH24:MI:SS.FF3',
    TIMESTAMP_LTZ_OUTPUT_FORMAT: '',
    TIMESTAMP_TZ_OUTPUT_FORMAT: '',
    BINARY_OUTPUT_FORMAT: 'HEX',
  }).map(([name, value]) => ({ name, value }));
