import {
  startLoopbackServer,
  type LoopbackReply,
  type LoopbackRequest,
  type LoopbackServer,
} from '../../../core/testing/loopback-server.ts';
import type { Table } from '../../../core/testing/table.ts';
import { apiError, errorReply, isApiError } from './api-error.ts';
import { createBulk, type Bulk } from './bulk.ts';
import { createDataApi } from './data-api.ts';
import { fieldDefinitions } from './field-definitions.ts';
import { createOAuth } from './oauth.ts';
import type { FieldSettings, RecordTypeInfo } from './object-type.ts';
import { createOrg, type OrgMutations } from './org.ts';
import { createQueryRunner } from './query.ts';
import { createReplication } from './replication.ts';

export interface SalesforceEmulatorOptions {
  readonly tables: readonly Table[];
  readonly port?: number;
  readonly now?: () => number;
  /** The daily request limit is enforced unless this is false. */
  readonly limits?: boolean;
  readonly dailyApiRequests?: number;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly jwt?: { readonly publicKey: string; readonly username: string };
  readonly refresh?: { readonly token: string; readonly rotate?: boolean };
  readonly tokenLifetimeMs?: number;
  readonly organizationId?: string;
  /** The most records an answer holds, when fewer than Salesforce's 2,000 are wanted. */
  readonly pageSize?: number;
  readonly fieldSettings?: FieldSettings;
  readonly dailyBulkJobs?: number;
  /** From the creation of a bulk job to its result. */
  readonly bulkDurationMs?: number;
  /** The most rows of one part of a bulk result. */
  readonly bulkPartRows?: number;
  /** Bulk results are compressed, as Salesforce's always are, unless this is false. */
  readonly bulkGzip?: boolean;
  /** Rows of a bulk result that come in the order of their ids; the chunks themselves come in no order. */
  readonly bulkChunkRows?: number;
  /** Whether a bulk result without rows has a header; Salesforce's documentation does not say. */
  readonly bulkHeaderOfNothing?: boolean;
  readonly recordTypes?: Readonly<Record<string, readonly RecordTypeInfo[]>>;
  /** The most ids that `/deleted` and `/updated` name, when fewer than 600,000 are wanted. */
  readonly maxReplicationIds?: number;
}
export interface SalesforceEmulator {
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
  readonly server: LoopbackServer;
  readonly org: OrgMutations;
  readonly bulk: Pick<Bulk, 'failNext'>;
  /** Requests that other applications of the org make. */
  useApi(requests: number): void;
  /** Ends every session: the next request of each client is answered 401. */
  expireSessions(): void;
  close(): Promise<void>;
}

const dayMs = 24 * 3_600_000;

/** A Salesforce org on loopback: OAuth, describe, SOQL, limits; records in memory, the clock given from outside. */
export async function startSalesforceEmulator(
  options: SalesforceEmulatorOptions,
): Promise<SalesforceEmulator> {
  const now = options.now ?? Date.now;
  const clientId = options.clientId ?? '3MVG9.emulated.client';
  const clientSecret = options.clientSecret ?? 'emulated-client-secret';
  const dailyApiRequests = options.dailyApiRequests ?? 100_000;
  const settings = options.fieldSettings ?? {};
  const org = createOrg([...options.tables, fieldDefinitions(options.tables)], now, settings);
  let url = '';
  const oauth = createOAuth({
    clientId,
    clientSecret,
    jwt: options.jwt,
    refresh: options.refresh,
    tokenLifetimeMs: options.tokenLifetimeMs ?? 2 * 3_600_000,
    organizationId: options.organizationId ?? '00DEM0000000001EAA',
    now,
    url: () => url,
  });
  const usage = { used: 0, since: now() };
  const bulk = createBulk(org, {
    now,
    limits: options.limits !== false,
    dailyJobs: options.dailyBulkJobs ?? 10_000,
    dailyMegabytes: 1_000_000,
    durationMs: options.bulkDurationMs ?? 2000,
    partRows: options.bulkPartRows ?? 100_000,
    chunkRows: options.bulkChunkRows ?? 3,
    gzip: options.bulkGzip !== false,
    headerOfNothing: options.bulkHeaderOfNothing ?? true,
  });
  const api = createDataApi({
    bulk,
    org,
    runner: createQueryRunner(org, { now, pageSize: options.pageSize ?? 2000 }),
    limits: () => ({
      DailyApiRequests: { Max: dailyApiRequests, Remaining: Math.max(0, dailyApiRequests - usage.used) },
      ...bulk.limits(),
    }),
    replication: createReplication(org, now, options.maxReplicationIds ?? 600_000),
    recordTypes: options.recordTypes ?? {},
  });

  const handle = (request: LoopbackRequest): LoopbackReply => {
    if (request.path === '/services/oauth2/token') return oauth.token(request);
    if (!request.path.startsWith('/services/data/')) return { status: 404, body: 'URL No Longer Exists' };
    if (!oauth.accepts(request.headers['authorization'])) {
      throw apiError(401, 'INVALID_SESSION_ID', 'Session expired or invalid');
    }
    if (now() - usage.since >= dayMs) Object.assign(usage, { used: 0, since: now() });
    if (options.limits !== false && usage.used >= dailyApiRequests) {
      throw apiError(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.');
    }
    usage.used++;
    org.settle();
    return api(request);
  };
  const server = await startLoopbackServer(
    (request) => {
      let reply: LoopbackReply;
      try {
        reply = handle(request);
      } catch (error) {
        if (!isApiError(error)) throw error;
        reply = errorReply(error.apiError);
      }
      return {
        ...reply,
        headers: {
          date: new Date(now()).toUTCString(),
          'sforce-limit-info': `api-usage=${usage.used}/${dailyApiRequests}; per-app-api-usage=1/250(appName=emulated)`,
          ...reply.headers,
        },
      };
    },
    options.port === undefined ? {} : { port: options.port },
  );
  url = server.url;
  return {
    url,
    env: {
      SALESFORCE_LOGIN_URL: url,
      SALESFORCE_CLIENT_ID: clientId,
      SALESFORCE_CLIENT_SECRET: clientSecret,
    },
    server,
    org,
    bulk,
    useApi: (requests) => void (usage.used += requests),
    expireSessions: () => oauth.revokeAll(),
    close: async () => {
      await server.close();
      org.database.close();
    },
  };
}
