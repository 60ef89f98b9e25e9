import { isTransientError, PauseError } from '../../core/contract/errors.ts';
import type { RawRecord } from './api-types.ts';
import { createBulkJobs, type BulkJob, type BulkJobs } from './bulk-job.ts';
import { readCsv } from './bulk-csv.ts';
import type { BulkPosition } from './cursor.ts';
import { salesforceCode } from './errors.ts';
import type { ReadParts } from './read.ts';

/** Why a query is left to the REST API. */
export interface NotByBulk {
  readonly reason: string;
  /** The object will not be read by bulk in this run. */
  readonly lasting: boolean;
}

const pollMs = [500, 1000, 2000, 5000, 10_000];
const longestWaitMs = 3_600_000;
const downloads = 5;

export interface BulkAsk {
  readonly object: string;
  readonly soql: string;
  readonly scanAll: boolean;
  /** The type of every field that the query selects. */
  readonly types: ReadonlyMap<string, string>;
  readonly batchRows: number;
  /** The clock of Salesforce before the job is made. */
  readonly asOf: string;
  readonly signal: AbortSignal;
  /** Where an earlier read stood in the result of its job. */
  readonly resume?: BulkPosition | undefined;
}
export interface BulkBatch {
  readonly rows: readonly RawRecord[];
  /** Where the read stands behind these rows; undefined once the whole result has come and adds up. */
  readonly position: BulkPosition | undefined;
}

/**
 * The rows of a query by a job of the Bulk API 2.0. Each batch names the job and the place in its result, so that a read
 * goes on there for the seven days that Salesforce keeps it. What comes of a job that does not add up is not trusted: then,
 * and when Salesforce takes no job for the object, the query is left to the REST API, which also tells the true error.
 */
export async function* bulkRows(
  parts: ReadParts,
  ask: BulkAsk,
): AsyncGenerator<BulkBatch, NotByBulk | undefined> {
  const { object } = ask;
  const jobs = createBulkJobs(parts.client);
  let position = ask.resume;
  if (position && !(await stillThere(jobs, position.id, object))) position = undefined;
  if (!position) {
    const made = await create(jobs, ask);
    if ('reason' in made) return made;
    position = { id: made.id, asOf: ask.asOf, rows: 0, before: 0 };
    yield { rows: [], position };
  }
  const refused = async (reason: string): Promise<NotByBulk> => {
    await jobs.remove(position!.id, object);
    return { reason, lasting: false };
  };
  const job = await untilDone(parts, ask, jobs, position.id);
  if (job.state !== 'JobComplete') {
    return refused(`its job ended as ${job.state}: ${firstLine(job.errorMessage)}`);
  }
  for (let more = true; more;) {
    const part: Part = yield* readPart(parts, ask, jobs, position);
    if ('reason' in part) return refused(part.reason);
    const { locator: _, ...rest } = position;
    const before: number = position.before + part.rows;
    position = { ...rest, rows: 0, before, ...(part.next ? { locator: part.next } : {}) };
    more = part.next !== undefined;
  }
  const counted = job.numberRecordsProcessed;
  if (counted !== undefined && counted !== position.before) {
    return refused(`${position.before} rows came of the ${counted} that its job counted`);
  }
  yield { rows: [], position: undefined };
  await jobs.remove(position.id, object);
  return undefined;
}

async function create(jobs: BulkJobs, { object, soql, scanAll }: BulkAsk): Promise<BulkJob | NotByBulk> {
  try {
    return await jobs.create(soql, { object, scanAll });
  } catch (error) {
    const code = salesforceCode(error);
    if (code === undefined || code === 'REQUEST_LIMIT_EXCEEDED' || !/^[A-Z_]+$/.test(code)) throw error;
    if (isTransientError(error)) throw error;
    return { reason: `Salesforce took no bulk job (${code})`, lasting: code !== 'INVALID_FIELD' };
  }
}

/** The job of an earlier run, unless it has gone or belongs to another version of the API. */
async function stillThere(jobs: BulkJobs, id: string, object: string): Promise<BulkJob | undefined> {
  try {
    return await jobs.look(id, object);
  } catch (error) {
    if (isTransientError(error) || salesforceCode(error) === undefined) throw error;
    if (salesforceCode(error) === 'REQUEST_LIMIT_EXCEEDED') throw error;
    return undefined;
  }
}

async function untilDone(
  { context }: ReadParts,
  { object, signal }: BulkAsk,
  jobs: BulkJobs,
  id: string,
): Promise<BulkJob> {
  const startedAt = context.now();
  for (let look = 0; ; look++) {
    signal.throwIfAborted();
    const job = await jobs.look(id, object);
    if (job.state !== 'UploadComplete' && job.state !== 'InProgress') return job;
    if (context.now() - startedAt > longestWaitMs) {
      throw new PauseError(`Salesforce is still preparing ${object}: the next run fetches the result`);
    }
    await context.sleep(pollMs[Math.min(look, pollMs.length - 1)]!);
  }
}

type Part = { readonly rows: number; readonly next: string | undefined } | { readonly reason: string };

/** One part of a result; where its download breaks off it is fetched again and what was read is passed over. */
async function* readPart(
  { context }: ReadParts,
  { object, types, batchRows, signal }: BulkAsk,
  jobs: BulkJobs,
  start: BulkPosition,
): AsyncGenerator<BulkBatch, Part> {
  let read = start.rows;
  for (let broken = 0; ; broken++) {
    const part = await jobs.part(start.id, start.locator, object);
    let passed = 0;
    try {
      for await (const all of readCsv(part.body.stream, types, batchRows)) {
        signal.throwIfAborted();
        const rows = all.slice(Math.max(0, read - passed));
        passed += all.length;
        if (rows.length === 0) continue;
        read += rows.length;
        yield { rows, position: { ...start, rows: read } };
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!isTransientError(error) || broken === downloads) throw error;
      await context.sleep(1000);
      continue;
    }
    if (part.rows !== undefined && part.rows !== read) {
      return { reason: `${read} rows came of the ${part.rows} that a part of its result announced` };
    }
    return { rows: read, next: part.next };
  }
}

const firstLine = (message: string | undefined): string => message?.split('\n')[0] ?? 'no reason given';
