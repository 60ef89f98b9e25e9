import { randomUUID } from 'node:crypto';
import type { Context } from '../../../core/contract/context.ts';
import { ConfigError } from '../../../core/contract/errors.ts';
import type { Ask } from '../ask.ts';
import { asException, sortError } from '../errors.ts';
import { reasonText } from './job-verdict.ts';
import type { JobDetail, SourceClient } from './source-client.ts';

/** An ingestion job that this process has started, or has found in a receipt. */
export interface Job {
  readonly id: string;
  /** Covers changes up to this count; undefined for a job that an earlier process started. */
  readonly upTo: number | undefined;
  /** What it was started for, by document id; of a job of an earlier process, nothing is known. */
  readonly covers: ReadonlyMap<string, 'write' | 'delete'>;
  /** Once it is over. */
  ended: JobDetail | undefined;
  askedAt: number;
}

/** At most one ingestion job at a time, started for everything that has changed until then. */
export interface JobRunner {
  /** A job may be reading the bucket. */
  isRunning(): boolean;
  /** Starts a job for these changes, unless the service is busy; the next call tries again. */
  start(upTo: number, covers: ReadonlyMap<string, 'write' | 'delete'>): Promise<void>;
  /** Asks about running jobs, when it is time. */
  advance(): Promise<void>;
  /** Bedrock takes single objects only after a first job. */
  isSynced(): Promise<boolean>;
  /** The job of a receipt. */
  find(id: string): Job;
  /** The last job of this process. */
  last(): Job | undefined;
}

const askEveryMs = 3_000;
/** The service takes one StartIngestionJob in ten seconds. */
const startEveryMs = 10_000;
const mostFailures = 2;
const over = ['COMPLETE', 'FAILED', 'STOPPED'];

export function createJobRunner(
  client: SourceClient,
  context: Context,
  ask: Ask,
  onStarted: (job: Job) => void,
): JobRunner {
  const jobs = new Map<string, Job>();
  let last: Job | undefined;
  let request: { token: string; upTo: number; covers: Job['covers'] } | undefined;
  let nextStartAt = -Infinity;
  let failures = 0;
  let busy: Promise<void> | undefined;
  let synced = false;
  const where = `destinations.${context.name}`;

  /** One call at a time: two confirmations never start two jobs. */
  const alone = (work: () => Promise<void>): Promise<void> =>
    (busy ??= work().finally(() => (busy = undefined)));

  const keep = (job: Job): Job => {
    jobs.set(job.id, job);
    for (const old of [...jobs.values()].filter((one) => one.ended).slice(0, -4)) jobs.delete(old.id);
    return job;
  };
  const send = async (): Promise<void> => {
    if (!request || context.now() < nextStartAt) return;
    nextStartAt = context.now() + startEveryMs;
    try {
      const { id } = await client.startJob(request.token);
      last = keep({
        id,
        upTo: request.upTo,
        covers: request.covers,
        ended: undefined,
        askedAt: context.now(),
      });
      context.log.info('An ingestion job has started.', { job: id, changes: request.covers.size });
      request = undefined;
      onStarted(last);
    } catch (error) {
      const sorted = sortError(error, context.now());
      nextStartAt = context.now() + Math.max(startEveryMs, sorted.retryAfterMs ?? 0);
      // Without an answer, the same token finds the job that may have been started.
      if (sorted.kind !== 'unknown') request = undefined;
      if (sorted.kind === 'halted' || sorted.kind === 'invalid') throw asException(sorted, where, error);
    }
  };
  const look = async (job: Job): Promise<void> => {
    job.askedAt = context.now();
    let found: JobDetail;
    try {
      found = await client.job(job.id);
    } catch (error) {
      const sorted = sortError(error, context.now());
      if (sorted.kind === 'later' || sorted.kind === 'unknown') return;
      if ((error as Error).name !== 'ResourceNotFoundException') throw asException(sorted, where, error);
      found = { id: job.id, status: 'STOPPED', startedAt: undefined, statistics: {}, failureReasons: [] };
    }
    if (!over.includes(found.status)) return;
    job.ended = found;
    tell(found);
    failures = found.status === 'COMPLETE' ? 0 : failures + 1;
    if (found.status === 'FAILED' && failures >= mostFailures)
      throw new ConfigError('BEDROCK_JOB_FAILED', `The ingestion job failed: ${reasonsOf(found)}`, {
        where: `${where}.bulk`,
        hint: 'Look at the role of the knowledge base (it needs s3:ListBucket and s3:GetObject), at the data source and its bucket.',
      });
  };
  const tell = ({ id, status, statistics, failureReasons }: JobDetail): void => {
    const figures = {
      job: id,
      status,
      scanned: statistics.numberOfDocumentsScanned ?? 0,
      new: statistics.numberOfNewDocumentsIndexed ?? 0,
      modified: statistics.numberOfModifiedDocumentsIndexed ?? 0,
      metadataModified: statistics.numberOfMetadataDocumentsModified ?? 0,
      deleted: statistics.numberOfDocumentsDeleted ?? 0,
      failed: statistics.numberOfDocumentsFailed ?? 0,
    };
    if (status === 'COMPLETE' && figures.failed === 0 && failureReasons.length === 0)
      context.log.info('An ingestion job has ended.', figures);
    else context.log.warn('An ingestion job has ended with failures.', figures);
  };
  return {
    isRunning: () => request !== undefined || [...jobs.values()].some((job) => !job.ended),
    last: () => last,
    async isSynced() {
      synced ||= last?.ended?.status === 'COMPLETE' || (await ask(client.hasCompletedJob));
      return synced;
    },
    find: (id) =>
      jobs.get(id) ?? keep({ id, upTo: undefined, covers: new Map(), ended: undefined, askedAt: -Infinity }),
    start: (upTo, covers) =>
      alone(async () => {
        if (request !== undefined || context.now() < nextStartAt) return;
        request = { token: randomUUID(), upTo, covers: new Map(covers) };
        await send();
      }),
    advance: () =>
      alone(async () => {
        await send();
        for (const job of jobs.values())
          if (!job.ended && context.now() - job.askedAt >= askEveryMs) await look(job);
      }),
  };
}

const reasonsOf = ({ failureReasons }: JobDetail): string =>
  failureReasons.length === 0
    ? 'Bedrock gives no reason.'
    : failureReasons.slice(0, 3).map(reasonText).join(' ');
