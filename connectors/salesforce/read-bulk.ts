import { isTransientError, PauseError } from '../../core/contract/errors.ts';
import type { Page } from '../../core/contract/source.ts';
import type { RawRecord } from './api-types.ts';
import { createBulkJobs, type BulkJob, type BulkJobs } from './bulk-job.ts';
import { readCsv } from './bulk-csv.ts';
import type { BulkPosition, SalesforceCursor } from './cursor.ts';
import { salesforceCode } from './errors.ts';
import type { WindowRead } from './read-window.ts';
import { sortRecords } from './records.ts';
import { rowsQuery } from './soql.ts';
import { selectsOf } from './stream-shape.ts';

/** Why a window is left to the REST API. */
export interface NotByBulk {
  readonly reason: string;
  /** The object will not be read by bulk in this run. */
  readonly lasting: boolean;
}

const pollMs = [500, 1000, 2000, 5000, 10_000];
const longestWaitMs = 3_600_000;
const downloads = 5;

/**
 * A window by a job of the Bulk API 2.0. Each page's cursor names the job and the place in its result, so that a read goes
 * on there for the seven days that Salesforce keeps it. What comes of a job that does not add up is not trusted: then, and
 * when Salesforce takes no job for the object, the window is left to the REST API, which also tells the true error.
 */
export async function* readBulk(
  read: WindowRead,
): AsyncGenerator<Page<SalesforceCursor>, NotByBulk | undefined> {
  const { client, shape, window, progress } = read;
  const { object } = shape;
  const { after: _, ...open } = progress;
  const jobs = createBulkJobs(client);
  const at = (job: BulkPosition): SalesforceCursor => ({
    ...open,
    ...(window.after ? { after: window.after } : {}),
    job,
  });
  let position = window.job;
  let job: BulkJob | undefined;
  if (position) {
    job = await stillThere(jobs, position.id, object);
    if (!job) position = undefined;
  }
  if (!position) {
    const made = await create(read, jobs);
    if ('reason' in made) return made;
    position = { id: made.id, asOf: read.asOf, rows: 0, before: 0 };
    yield { asOf: read.asOf, records: [], cursor: at(position) };
  }
  job = await untilDone(read, jobs, position.id);
  if (job.state !== 'JobComplete') {
    await jobs.remove(position.id, object);
    return { reason: `its job ended as ${job.state}: ${firstLine(job.errorMessage)}`, lasting: false };
  }
  for (let more = true; more;) {
    const part: Part = yield* readPart(read, jobs, position, at);
    if ('reason' in part) {
      await jobs.remove(position.id, object);
      return { reason: part.reason, lasting: false };
    }
    const { locator: _read, ...rest } = position;
    const before: number = position.before + part.rows;
    position = { ...rest, rows: 0, before, ...(part.next ? { locator: part.next } : {}) };
    more = part.next !== undefined;
  }
  if (job.numberRecordsProcessed !== undefined && job.numberRecordsProcessed !== position.before) {
    await jobs.remove(position.id, object);
    const counts = `${position.before} rows came of the ${job.numberRecordsProcessed} that its job counted`;
    return { reason: counts, lasting: false };
  }
  yield { asOf: position.asOf, records: [], cursor: progress };
  await jobs.remove(position.id, object);
  return undefined;
}

async function create(read: WindowRead, jobs: BulkJobs): Promise<BulkJob | NotByBulk> {
  const { shape, order, conditions, window } = read;
  const { object } = shape;
  const query = { object, fields: selectsOf(shape), cursor: order, conditions, ...window };
  try {
    return await jobs.create(rowsQuery(query), { object, scanAll: shape.hasIsDeleted });
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

async function untilDone(read: WindowRead, jobs: BulkJobs, id: string): Promise<BulkJob> {
  const { context, shape, signal } = read;
  const startedAt = context.now();
  for (let look = 0; ; look++) {
    signal.throwIfAborted();
    const job = await jobs.look(id, shape.object);
    if (job.state !== 'UploadComplete' && job.state !== 'InProgress') return job;
    if (context.now() - startedAt > longestWaitMs) {
      throw new PauseError(`Salesforce is still preparing ${shape.object}: the next run fetches the result`);
    }
    await context.sleep(pollMs[Math.min(look, pollMs.length - 1)]!);
  }
}

type Part = { readonly rows: number; readonly next: string | undefined } | { readonly reason: string };

/** One part of a result; where its download breaks off it is fetched again and what was read is passed over. */
async function* readPart(
  read: WindowRead,
  jobs: BulkJobs,
  start: BulkPosition,
  at: (position: BulkPosition) => SalesforceCursor,
): AsyncGenerator<Page<SalesforceCursor>, Part> {
  const { shape, config, signal } = read;
  let rows = start.rows;
  for (let broken = 0; ; broken++) {
    const part = await jobs.part(start.id, start.locator, shape.object);
    let seen = 0;
    let batch: RawRecord[] = [];
    const flush = (): Page<SalesforceCursor> => {
      rows += batch.length;
      const sorted = sortRecords(batch, shape);
      batch = [];
      return { asOf: start.asOf, ...sorted, cursor: at({ ...start, rows }) };
    };
    try {
      for await (const some of readCsv(part.body.stream, shape.types)) {
        signal.throwIfAborted();
        for (const row of some) {
          if (seen++ < rows + batch.length) continue;
          batch.push(row);
          if (batch.length === config.pageSize) yield flush();
        }
      }
      if (batch.length > 0) yield flush();
    } catch (error) {
      signal.throwIfAborted();
      if (!isTransientError(error) || broken === downloads) throw error;
      await read.context.sleep(1000);
      continue;
    }
    if (part.rows !== undefined && part.rows !== rows) {
      return { reason: `${rows} rows came of the ${part.rows} that a part of its result announced` };
    }
    return { rows, next: part.next };
  }
}

const firstLine = (message: string | undefined): string => message?.split('\n')[0] ?? 'no reason given';
