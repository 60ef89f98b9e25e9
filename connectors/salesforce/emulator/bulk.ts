import { gzipSync } from 'node:zlib';
import type { LoopbackReply, LoopbackRequest } from '../../../core/testing/loopback-server.ts';
import { apiError } from './api-error.ts';
import type { EmulatedField } from './object-type.ts';
import type { Org } from './org.ts';
import { compileSoql } from './soql.ts';
import { sqlOf } from './soql-relationship.ts';
import { quote } from './values.ts';

export interface BulkOptions {
  readonly now: () => number;
  /** Enforces the daily number of jobs and of megabytes. */
  readonly limits: boolean;
  readonly dailyJobs: number;
  readonly dailyMegabytes: number;
  /** From the creation of a job to its result. */
  readonly durationMs: number;
  /** The most rows of one part of a result, also when a client asks for more. */
  readonly partRows: number;
  readonly gzip: boolean;
  /** Rows that come in the order of their ids; these runs come in no order. */
  readonly chunkRows: number;
  /** A result without rows has a header all the same. */
  readonly headerOfNothing: boolean;
}
interface Job {
  readonly id: string;
  readonly operation: string;
  readonly version: string;
  readonly object: string;
  readonly fields: readonly EmulatedField[];
  readonly table: string;
  readonly rows: number;
  readonly createdAt: number;
  state: 'UploadComplete' | 'Failed' | 'Aborted';
  failure: string | undefined;
}
export interface Bulk {
  /** Answers everything below `/jobs/query`. */
  handle(version: string, path: readonly string[], request: LoopbackRequest): LoopbackReply;
  limits(): Readonly<Record<string, { readonly Max: number; readonly Remaining: number }>>;
  /** The next job ends as `Failed`, with this message or none. */
  failNext(message?: string): void;
}

const dayMs = 24 * 3_600_000;
/** https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/query_walkthrough.htm */
const unsupported = new Set(['CaseStatus', 'ContractStatus', 'OrderStatus', 'TaskStatus', 'Attachment']);

function readJson(body: Buffer): Record<string, string> {
  try {
    const asked: unknown = JSON.parse(body.toString('utf8'));
    if (typeof asked === 'object' && asked !== null) return asked as Record<string, string>;
  } catch {
    // Refused below, as whatever else is no object.
  }
  throw apiError(400, 'JSON_PARSER_ERROR', 'The request body is no JSON object');
}

/** Query jobs of the Bulk API 2.0: a result is a copy made when the job begins, in no order, in parts by locator. */
export function createBulk(org: Org, options: BulkOptions): Bulk {
  const jobs = new Map<string, Job>();
  const made: number[] = [];
  let bytes = 0;
  let serial = 0;
  let failure: { readonly message: string | undefined } | undefined;
  const json = (body: unknown, status = 200): LoopbackReply => ({ status, body });
  const notFound = () => apiError(404, 'NOT_FOUND', 'The requested resource does not exist');
  const recent = (): number => made.filter((at) => at > options.now() - dayMs).length;

  const create = (version: string, request: LoopbackRequest): LoopbackReply => {
    const asked = readJson(request.body);
    if (asked['operation'] !== 'query' && asked['operation'] !== 'queryAll') {
      throw apiError(400, 'INVALIDOPERATION', 'operation must be query or queryAll');
    }
    if ((asked['contentType'] ?? 'CSV') !== 'CSV' || (asked['lineEnding'] ?? 'LF') !== 'LF') {
      throw apiError(400, 'INVALIDJOB', 'only CSV with LF is emulated');
    }
    if (options.limits && recent() >= options.dailyJobs) {
      throw apiError(400, 'LIMIT_EXCEEDED', 'Max bulk v2 query jobs exceeded for the 24-hour period');
    }
    const soql = asked['query'] ?? '';
    const compiled = compileSoql(soql, org.objects, asked['operation'] === 'queryAll');
    const { object, fields, where, parameters } = compiled;
    if (compiled.count || compiled.offset > 0) {
      throw apiError(400, 'API_ERROR', 'Aggregate functions and OFFSET are not supported in Bulk Query');
    }
    if (unsupported.has(object.name)) {
      throw apiError(400, 'INVALIDENTITY', `Entity '${object.name}' is not supported by the Bulk API.`);
    }
    if (fields.some((field) => ['address', 'location'].includes(field.type))) {
      throw apiError(400, 'FUNCTIONALITY_NOT_ENABLED', 'Selecting compound data not supported in Bulk Query');
    }
    if (fields.some((field) => field.type === 'base64')) {
      throw apiError(400, 'API_ERROR', 'Binary fields are not supported in Bulk Query');
    }
    const id = `750EM${String(++serial).padStart(10, '0')}AAA`;
    const table = `bulk.${id}`;
    const line = fields.map(csvOf).join(` || ',' || `);
    const name = quote(object.name);
    const order = compiled.order || ` ORDER BY ((rowid / ${options.chunkRows}) * 7919) % 9973, rowid`;
    const picked = `SELECT rowid AS ":row" FROM ${name}${where}${order} LIMIT ${compiled.limit ?? -1}`;
    org.database
      .prepare(
        `CREATE TABLE ${quote(table)} AS SELECT ${line} AS line FROM (${picked}) CROSS JOIN ${name} ON ${name}.rowid = ":row"`,
      )
      .run(...parameters);
    const rows = Number(org.database.prepare(`SELECT count(*) AS size FROM ${quote(table)}`).get()?.['size']);
    const job: Job = {
      id,
      operation: asked['operation'],
      version,
      object: object.name,
      fields,
      table,
      rows,
      createdAt: options.now(),
      state: failure ? 'Failed' : 'UploadComplete',
      failure: failure?.message,
    };
    failure = undefined;
    jobs.set(id, job);
    made.push(options.now());
    return json(describe(job, 'UploadComplete'));
  };
  const stateOf = (job: Job): string => {
    const age = options.now() - job.createdAt;
    if (job.state === 'Aborted') return 'Aborted';
    if (age < options.durationMs / 2) return 'UploadComplete';
    if (age < options.durationMs) return 'InProgress';
    return job.state === 'Failed' ? 'Failed' : 'JobComplete';
  };
  const describe = (job: Job, state = stateOf(job)): Record<string, unknown> => ({
    id: job.id,
    operation: job.operation,
    object: job.object,
    state,
    apiVersion: Number(job.version),
    concurrencyMode: 'Parallel',
    contentType: 'CSV',
    lineEnding: 'LF',
    columnDelimiter: 'COMMA',
    isPkChunkingSupported: true,
    ...(state === 'JobComplete' ? { numberRecordsProcessed: job.rows, retries: 0 } : {}),
    ...(state === 'Failed' && job.failure !== undefined ? { errorMessage: job.failure } : {}),
  });
  const results = (job: Job, request: LoopbackRequest): LoopbackReply => {
    if (stateOf(job) !== 'JobComplete') throw apiError(400, 'INVALIDJOBSTATE', 'The job is not complete');
    const locator = request.query.get('locator');
    const start = locator === null ? 0 : Number(/^L(\d+)$/.exec(locator)?.[1] ?? NaN);
    if (!(start >= 0 && (start === 0 || start < job.rows))) {
      throw apiError(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator');
    }
    const size = Math.min(options.partRows, Number(request.query.get('maxRecords') ?? Infinity));
    const rows = org.database
      .prepare(`SELECT line FROM ${quote(job.table)} WHERE rowid > ? AND rowid <= ? ORDER BY rowid`)
      .all(start, start + size);
    const lines = rows.map((row) => String(row['line']));
    const header = job.fields.map((field) => `"${field.name}"`).join(',');
    const body = Buffer.from(
      rows.length === 0 && !options.headerOfNothing ? '' : `${[header, ...lines].join('\n')}\n`,
    );
    bytes += body.length;
    const zipped = options.gzip && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
    return {
      status: 200,
      headers: {
        'content-type': 'text/csv',
        'sforce-locator': start + rows.length < job.rows ? `L${start + rows.length}` : 'null',
        'sforce-numberofrecords': String(rows.length),
        ...(zipped ? { 'content-encoding': 'gzip' } : {}),
      },
      body: zipped ? gzipSync(body, { level: 1 }) : body,
    };
  };

  return {
    handle(version, [id, resource], request) {
      if (id === undefined) {
        if (request.method !== 'POST') throw apiError(405, 'METHOD_NOT_ALLOWED', 'only POST');
        return create(version, request);
      }
      const job = jobs.get(id);
      if (!job || job.createdAt < options.now() - 7 * dayMs) throw notFound();
      if (job.version !== version) {
        throw apiError(409, 'API_VERSION_MISMATCH', `The job was created with version ${job.version}`);
      }
      if (resource === 'results' && request.method === 'GET') return results(job, request);
      if (resource !== undefined) throw notFound();
      if (request.method === 'PATCH') job.state = 'Aborted';
      if (request.method === 'DELETE') {
        if (/^(UploadComplete|InProgress)$/.test(stateOf(job))) {
          throw apiError(400, 'INVALIDJOBSTATE', 'Only a job that has ended can be deleted');
        }
        jobs.delete(id);
        org.database.exec(`DROP TABLE ${quote(job.table)}`);
        return { status: 204 };
      }
      return json(describe(job));
    },
    limits: () => ({
      DailyBulkV2QueryJobs: { Max: options.dailyJobs, Remaining: Math.max(0, options.dailyJobs - recent()) },
      DailyBulkV2QueryFileStorageMB: {
        Max: options.dailyMegabytes,
        Remaining: Math.max(0, options.dailyMegabytes - Math.ceil(bytes / 1_048_576)),
      },
    }),
    failNext: (message) => void (failure = { message }),
  };
}

/** CSV has no null: an empty value stands for it. */
function csvOf(field: EmulatedField): string {
  const column = sqlOf(field);
  const text =
    field.type === 'boolean'
      ? `CASE ${column} WHEN 1 THEN 'true' ELSE 'false' END`
      : field.type === 'datetime'
        ? `replace(${column}, '+0000', 'Z')`
        : ['double', 'currency', 'percent'].includes(field.type)
          ? `printf('%!.17g', ${column})`
          : `replace(${column}, '"', '""')`;
  return `CASE WHEN ${column} IS NULL THEN '""' ELSE '"' || ${text} || '"' END`;
}
