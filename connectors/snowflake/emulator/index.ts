import { gunzipSync } from 'node:zlib';
import {
  startLoopbackServer,
  type LoopbackReply,
  type LoopbackRequest,
  type LoopbackServer,
} from '../../../core/testing/loopback-server.ts';
import type { Table } from '../../../core/testing/table.ts';
import { createFaults, type SnowflakeFaults } from './faults.ts';
import { createResults } from './results.ts';
import { createSessions, isRefusal, type Refusal, type Session, type Sessions } from './sessions.ts';
import { createStatements, type ExecutedStatement } from './statements.ts';
import { createStore, type Policy, type SemanticView, type Warehouse } from './store.ts';
import { qualify } from './table-names.ts';

export type { RowKey, SemanticView, Warehouse } from './store.ts';
export type { ExecutedStatement } from './statements.ts';

export interface SnowflakeEmulatorOptions {
  readonly tables: readonly Table[];
  readonly port?: number;
  /** The account's clock; the machine's when absent. */
  readonly now?: () => number;
  readonly account?: string;
  readonly user?: string;
  readonly role?: string;
  readonly warehouse?: string;
  /** Where tables live whose names are not qualified. */
  readonly database?: string;
  readonly schema?: string;
  /** Column types in Snowflake's words, by table and column, where the kit's types are not enough. */
  readonly types?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Tags by table, column and tag name. */
  readonly tags?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>;
  /** Tables that pose as views. */
  readonly views?: readonly string[];
  /** Tables whose changes are tracked from their beginning. */
  readonly changeTracking?: readonly string[];
  readonly semanticViews?: readonly SemanticView[];
  /** Masking and row access policies by table. */
  readonly policies?: Readonly<Record<string, readonly Policy[]>>;
  /** The one role that may see a table, by table; the user has it beside the main one. */
  readonly grants?: Readonly<Record<string, string>>;
  /** Snowflake's limits on statements and lists; on by default. */
  readonly limits?: boolean;
}

export interface SnowflakeEmulator {
  readonly url: string;
  /** What a configuration needs to reach this account, as environment variables. */
  readonly env: Readonly<Record<string, string>>;
  readonly server: LoopbackServer;
  readonly warehouse: Warehouse;
  /** The statements that were executed, in order; bounded to the last 1,000. */
  readonly statements: readonly ExecutedStatement[];
  /** `expire` makes the next call renew its session, `drop` makes it fail and log in again. */
  readonly sessions: { readonly open: number; expire(): void; drop(): void };
  /** How often the warehouse was resumed: it is suspended after a minute without a statement. */
  readonly resumes: number;
  readonly faults: SnowflakeFaults;
  /** The next statements answer that they are still running until the function returned is called. */
  hold(times?: number): () => void;
  close(): Promise<void>;
}

/** Starts one Snowflake account on loopback, speaking the protocol of the Node driver over tables in memory. */
export async function startSnowflakeEmulator(options: SnowflakeEmulatorOptions): Promise<SnowflakeEmulator> {
  const now = options.now ?? Date.now;
  const account = options.account ?? 'tributary_demo';
  const user = options.user ?? 'TRIBUTARY';
  const role = (options.role ?? 'TRIBUTARY_READER').toUpperCase();
  const warehouseName = (options.warehouse ?? 'TRIBUTARY_XS').toUpperCase();
  const named = options.tables.find((table) => table.name.split('.').length === 3)?.name;
  const fallback = { database: options.database ?? 'ANALYTICS', schema: options.schema ?? 'PUBLIC' };
  const home = named === undefined || options.database ? fallback : qualify(named, fallback);
  const { database, schema } = { database: home.database.toUpperCase(), schema: home.schema.toUpperCase() };

  const store = createStore({ ...options, database, schema, now });
  const sessions = createSessions({
    account,
    user,
    roles: [role, 'PUBLIC'],
    warehouses: [warehouseName],
    databases: [database, ...store.tables().map((table) => table.database)],
    schema,
    now,
  });
  const results = createResults();
  const statements = createStatements({
    store,
    results,
    now,
    account,
    user,
    warehouses: [warehouseName],
    roles: [role, 'PUBLIC'],
    limits: options.limits ?? true,
  });

  const server = await startLoopbackServer(
    (request) =>
      // The token endpoint takes a form, as RFC 6749 has it.
      request.path !== '/oauth/token-request' && bodyOf(request) === undefined
        ? { status: 400, body: 'Bad Request' }
        : route(request, sessions, statements, results, server.url),
    options.port === undefined ? {} : { port: options.port },
  );
  return {
    url: server.url,
    env: {
      SNOWFLAKE_ACCOUNT: account,
      SNOWFLAKE_ACCESS_URL: server.url,
      SNOWFLAKE_USER: user,
      SNOWFLAKE_ROLE: role,
      SNOWFLAKE_WAREHOUSE: warehouseName,
      SNOWFLAKE_DATABASE: database,
      SNOWFLAKE_SCHEMA: schema,
      SNOWFLAKE_PRIVATE_KEY: sessions.privateKey,
      SNOWFLAKE_TOKEN: sessions.token,
      SNOWFLAKE_OAUTH_CLIENT_ID: sessions.client.id,
      SNOWFLAKE_OAUTH_CLIENT_SECRET: sessions.client.secret,
      SNOWFLAKE_OAUTH_TOKEN_URL: `${server.url}/oauth/token-request`,
    },
    server,
    warehouse: store.warehouse,
    statements: statements.executed,
    sessions: {
      get open() {
        return sessions.count;
      },
      expire: sessions.expireAll,
      drop: sessions.dropAll,
    },
    get resumes() {
      return statements.meter.resumes;
    },
    faults: createFaults(server),
    hold: statements.hold,
    async close() {
      statements.release();
      await server.close();
      store.sqlite.close();
    },
  };
}

const ok = (data: unknown, code: string | null = null): LoopbackReply => ({
  status: 200,
  body: { data, code, message: null, success: true },
});
const refuse = ({ code, message }: Refusal): LoopbackReply => ({
  status: 200,
  body: { data: null, code, message, success: false, headers: null },
});

async function route(
  request: LoopbackRequest,
  sessions: Sessions,
  statements: ReturnType<typeof createStatements>,
  results: ReturnType<typeof createResults>,
  baseUrl: string,
): Promise<LoopbackReply> {
  const { method, path } = request;
  if (method === 'GET' && path.startsWith('/results/')) return results.serve(request);
  const authorization = request.headers['authorization'];
  if (method === 'POST' && path === '/session/v1/login-request') {
    const data = (bodyOf(request)?.['data'] ?? {}) as Record<string, unknown>;
    const session = sessions.login(data, request.query);
    return isRefusal(session) ? refuse(session) : ok(loginAnswer(session));
  }
  if (method === 'POST' && path === '/session/token-request') {
    const session = sessions.renew(authorization);
    if (isRefusal(session)) return refuse(session);
    return ok({
      sessionToken: session.token,
      validityInSecondsST: 3600,
      masterToken: session.masterToken,
      validityInSecondsMT: 14_400,
      sessionId: session.id,
    });
  }
  if (method === 'POST' && path === '/oauth/token-request') {
    const answer = sessions.issue(new URLSearchParams(request.body.toString()));
    return { status: 'error' in answer ? 401 : 200, body: answer };
  }
  if (method === 'POST' && path === '/telemetry/send') return ok(null);

  if (!/^\/(queries|session|monitoring)(\/|$)/.test(path)) return { status: 404, body: 'Not Found' };
  const session = sessions.find(authorization);
  if (isRefusal(session)) return refuse(session);
  if (method === 'POST' && path === '/session/heartbeat') return ok(null);
  if (method === 'POST' && path === '/session' && request.query.get('delete') === 'true') {
    sessions.remove(session);
    return ok(null);
  }
  if (method === 'POST' && path === '/queries/v1/query-request') {
    const requestId = request.query.get('requestId');
    if (!requestId || !request.query.get('request_guid')) return { status: 400, body: 'requestId missing' };
    return statements.submit(requestId, bodyOf(request) ?? {}, session, baseUrl);
  }
  if (method === 'POST' && path === '/queries/v1/abort-request') {
    statements.abortRequest(String(bodyOf(request)?.['requestId'] ?? ''));
    return ok(null);
  }
  const monitored = /^\/monitoring\/queries\/([0-9a-f-]{36})$/.exec(path);
  if (method === 'GET' && monitored) return ok({ queries: [await statements.status(monitored[1]!)] });
  const query = /^\/queries\/([0-9a-f-]{36})\/(result|abort-request)$/.exec(path);
  if (method === 'GET' && query?.[2] === 'result') return statements.result(query[1]!);
  if (method === 'POST' && query?.[2] === 'abort-request') {
    statements.abortQuery(query[1]!);
    return ok(null);
  }
  return { status: 404, body: 'Not Found' };
}

const maxBodyBytes = 64 * 1024 * 1024;
/** Undefined for what is no JSON object, or no gzip of one, or larger than any request. */
function bodyOf({ body, headers }: LoopbackRequest): Record<string, unknown> | undefined {
  if (body.length === 0) return {};
  try {
    const packed = headers['content-encoding'] === 'gzip';
    const raw = packed ? gunzipSync(body, { maxOutputLength: maxBodyBytes }) : body;
    const value: unknown = JSON.parse(raw.toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const loginAnswer = (session: Session): Record<string, unknown> => ({
  token: session.token,
  masterToken: session.masterToken,
  validityInSeconds: 3600,
  masterValidityInSeconds: 14_400,
  sessionId: session.id,
  serverVersion: '9.30.1',
  parameters: [
    { name: 'TIMEZONE', value: 'America/Los_Angeles' },
    { name: 'CLIENT_SESSION_KEEP_ALIVE', value: false },
  ],
  sessionInfo: {
    databaseName: session.database,
    schemaName: session.schema,
    warehouseName: session.warehouse,
    roleName: session.role,
  },
});
