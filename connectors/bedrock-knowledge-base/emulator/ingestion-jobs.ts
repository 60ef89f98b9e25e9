import type { LoopbackReply } from '../../../core/testing/loopback-server.ts';
import type { EmulatedSource } from './data-sources.ts';
import { scanObjects, type JobStatistics } from './job-scan.ts';
import type { Quotas } from './quotas.ts';
import { invalid, okReply, ServiceError } from './replies.ts';
import type { Switches } from './switches.ts';
import { clientToken, list, number, oneOf, position, text, isFields, type Fields } from './validation.ts';

export interface IngestionJobs {
  start(source: EmulatedSource, body: Fields): LoopbackReply;
  get(source: EmulatedSource, id: string): LoopbackReply;
  list(source: EmulatedSource, body: Fields): LoopbackReply;
  isRunning(): boolean;
  /** Lets a job whose time has come read the bucket, before the bucket changes. */
  settle(): void;
}
/** How long a job takes: until it reads the bucket, and for what it finds there. Bedrock publishes no figures. */
export interface JobTimings {
  readonly startingMs: number;
  readonly leastMs: number;
  readonly perDocumentMs: number;
}
interface Job {
  readonly id: string;
  readonly source: EmulatedSource;
  readonly description: string | undefined;
  readonly startedAt: number;
  readonly scanAt: number;
  scanned:
    | {
        readonly endsAt: number;
        readonly failed: boolean;
        readonly reasons: readonly string[];
        readonly statistics: JobStatistics;
      }
    | undefined;
}

const statuses = ['STARTING', 'IN_PROGRESS', 'COMPLETE', 'FAILED', 'STOPPING', 'STOPPED'];

/** One at a time in a knowledge base. https://docs.aws.amazon.com/bedrock/latest/userguide/kb-data-source-sync-ingest.html */
export function createIngestionJobs(options: {
  readonly knowledgeBaseId: string;
  readonly quotas: Quotas;
  readonly switches: Switches;
  readonly now: () => number;
}): IngestionJobs {
  const { knowledgeBaseId, quotas, switches, now } = options;
  const jobs: Job[] = [];
  const tokens = new Map<string, Job>();

  const settle = (): void => {
    for (const job of jobs) {
      if (job.scanned || job.scanAt > now()) continue;
      job.scanned = scanObjects(job.source, { from: job.scanAt, switches, timings: switches.jobTimings });
    }
  };
  const statusOf = ({ scanned }: Job): string =>
    scanned === undefined
      ? 'STARTING'
      : scanned.endsAt > now()
        ? 'IN_PROGRESS'
        : scanned.failed
          ? 'FAILED'
          : 'COMPLETE';
  const wire = (job: Job): Fields => {
    const status = statusOf(job);
    const ended = status === 'COMPLETE' || status === 'FAILED';
    return {
      knowledgeBaseId,
      dataSourceId: job.source.id,
      ingestionJobId: job.id,
      status,
      ...(job.description === undefined ? {} : { description: job.description }),
      ...(ended && job.scanned ? { statistics: job.scanned.statistics } : {}),
      ...(ended && job.scanned && job.scanned.reasons.length > 0
        ? { failureReasons: job.scanned.reasons }
        : {}),
      startedAt: new Date(job.startedAt).toISOString(),
      updatedAt: new Date(ended ? job.scanned!.endsAt : now()).toISOString(),
    };
  };
  const isRunning = (): boolean => {
    settle();
    return jobs.some((job) => ['STARTING', 'IN_PROGRESS'].includes(statusOf(job)));
  };
  return {
    settle,
    isRunning,
    /** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_StartIngestionJob.html */
    start(source, body) {
      const token = clientToken(body['clientToken']);
      const description = body['description'];
      if (description !== undefined) text(description, 'description', 1, 200);
      const known = tokens.get(token ?? '');
      if (known) return okReply(202, { ingestionJob: wire(known) });
      if (!source.objects) throw invalid('The data source of type CUSTOM does not support ingestion jobs.');
      if (isRunning())
        throw new ServiceError(
          'ConflictException',
          'You have reached the maximum number of concurrent ingestion jobs per knowledge base: 1. Please wait for an ongoing job to complete.',
        );
      if (quotas.inFlight() > 0)
        throw invalid('Unable to start the job: there is an ongoing KnowledgeBaseDocuments API request.');
      const job: Job = {
        id: `JOB${String(jobs.length + 1).padStart(7, '0')}`,
        source,
        description: description === undefined ? undefined : String(description),
        startedAt: now(),
        scanAt: now() + switches.jobTimings.startingMs,
        scanned: undefined,
      };
      jobs.push(job);
      if (token !== undefined) tokens.set(token, job);
      return okReply(202, { ingestionJob: wire(job) });
    },
    /** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_GetIngestionJob.html */
    get(source, id) {
      settle();
      const job = jobs.find((one) => one.id === id && one.source === source);
      if (!job)
        throw new ServiceError(
          'ResourceNotFoundException',
          `The ingestion job with id ${id} does not exist.`,
        );
      return okReply(200, { ingestionJob: wire(job) });
    },
    /** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_ListIngestionJobs.html */
    list(source, body) {
      settle();
      const wanted = statusFilter(body['filters']);
      const limit =
        body['maxResults'] === undefined ? 100 : number(body['maxResults'], 'maxResults', 1, 1000);
      const from = body['nextToken'] === undefined ? 0 : position(body['nextToken']);
      const found = jobs
        .filter((job) => job.source === source && (wanted === undefined || wanted.includes(statusOf(job))))
        .reverse();
      return okReply(200, {
        ingestionJobSummaries: found.slice(from, from + limit).map((job) => {
          const { failureReasons: _, ...summary } = wire(job);
          return summary;
        }),
        ...(from + limit < found.length
          ? { nextToken: Buffer.from(`position ${from + limit}`).toString('base64url') }
          : {}),
      });
    },
  };
}

function statusFilter(filters: unknown): readonly string[] | undefined {
  if (filters === undefined) return undefined;
  const [filter] = list(filters, 'filters', 1, 1);
  if (!isFields(filter)) throw invalid('filters must hold an object');
  oneOf(filter['attribute'], 'filters.attribute', ['STATUS']);
  oneOf(filter['operator'], 'filters.operator', ['EQ']);
  return list(filter['values'], 'filters.values', 1, 10).map((value) =>
    oneOf(value, 'filters.values', statuses),
  );
}
