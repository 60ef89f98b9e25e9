import type { DocumentContent } from './document-store.ts';
import type { JobTimings } from './ingestion-jobs.ts';
import { cut } from './ranking.ts';

export interface Timings {
  /** After acceptance: STARTING until `pendingMs`, PENDING until `progressMs`, IN_PROGRESS until the end. */
  readonly pendingMs: number;
  readonly progressMs: number;
  /** Shortest and longest time to the final status. */
  readonly indexedMs: readonly [number, number];
  readonly deletedMs: readonly [number, number];
}
export const defaultTimings: Timings = {
  pendingMs: 60,
  progressMs: 160,
  indexedMs: [300, 800],
  deletedMs: [150, 400],
};

/** For benchmarks: a status is never final at the very moment of acceptance. */
export const shortTimings: Timings = {
  pendingMs: 1,
  progressMs: 2,
  indexedMs: [3, 10],
  deletedMs: [3, 10],
};

export const defaultJobTimings: JobTimings = { startingMs: 1_000, leastMs: 4_000, perDocumentMs: 2 };
/** For benchmarks. */
export const shortJobTimings: JobTimings = { startingMs: 5, leastMs: 10, perDocumentMs: 0 };

/** Ends the processing of matching documents with another status than INDEXED. */
export interface ScriptedOutcome {
  readonly id: RegExp;
  readonly final:
    'FAILED' | 'IGNORED' | 'PARTIALLY_INDEXED' | 'METADATA_PARTIALLY_INDEXED' | 'METADATA_UPDATE_FAILED';
  readonly reason?: string;
}

interface OneShot {
  readonly id: RegExp;
  /** How many changes it hits; one when absent. */
  readonly times?: number;
}

/** What an emulator can be told to do wrong, at any time. */
export interface Switches {
  timings: Timings;
  /** How long an accepted new document still looks as if it were not there. */
  notFoundMs: number;
  /** How long an accepted change of a known document still shows the earlier final status. */
  staleMs: number;
  /** Refuses the whole request while it holds a matching document. */
  poison: RegExp | undefined;
  outcomes: ScriptedOutcome[];
  jobTimings: JobTimings;
  /** Ingestion jobs end FAILED for this reason. */
  jobFails: string | undefined;
  /** Failure reasons of jobs name the files; the service does not always. */
  jobsNameFailures: boolean;
  /** Direct ingestion answers that an ingestion job is under way. */
  ingestionJobRunning: boolean;
  /** Actions that the caller's policy does not allow, for example `bedrock:StartIngestionJob`. */
  readonly denied: Set<string>;
  /** Which vector store stands behind: S3 Vectors refuses more than 1 KB or 35 keys of metadata. */
  vectorStore: 'opensearch-serverless' | 's3-vectors';
  /** S3 Vectors whose index keeps the text as a filterable key: the usual mistake when the index was made. */
  textIsFilterable: boolean;
  /** The next data sources that are made turn FAILED for this reason. */
  dataSourceFails: string | undefined;
  /** The next change of a matching document takes effect only after `delayMs`, whatever its caller was told. */
  late(change: OneShot & { readonly delayMs: number }): void;
  /** The next change of a matching document is processed only after the change that follows it. */
  heldBack(change: OneShot): void;
  take(kind: 'late' | 'heldBack', id: string): { readonly delayMs: number } | undefined;
  outcome(id: string, content: DocumentContent): { final: string; reason?: string | undefined };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-limitations.html */
const s3Vectors = { bytes: 1024, keys: 35, filterableBytes: 2048 };

export function createSwitches(timings: Timings, jobTimings: JobTimings = defaultJobTimings): Switches {
  const shots: { kind: 'late' | 'heldBack'; id: RegExp; left: number; delayMs: number }[] = [];
  const switches: Switches = {
    timings,
    notFoundMs: 0,
    staleMs: 0,
    poison: undefined,
    outcomes: [],
    jobTimings,
    jobFails: undefined,
    jobsNameFailures: true,
    ingestionJobRunning: false,
    denied: new Set(),
    vectorStore: 'opensearch-serverless',
    textIsFilterable: false,
    dataSourceFails: undefined,
    late: ({ id, times, delayMs }) => void shots.push({ kind: 'late', id, left: times ?? 1, delayMs }),
    heldBack: ({ id, times }) => void shots.push({ kind: 'heldBack', id, left: times ?? 1, delayMs: 0 }),
    take(kind, id) {
      const shot = shots.find((one) => one.kind === kind && one.left > 0 && one.id.test(id));
      if (shot) shot.left--;
      return shot;
    },
    outcome(id, content) {
      const scripted = switches.outcomes.find((one) => one.id.test(id));
      if (scripted) return { final: scripted.final, reason: scripted.reason };
      const refused = switches.vectorStore === 's3-vectors' && refusedByS3Vectors(content, switches);
      return refused ? { final: 'FAILED', reason: refused } : { final: 'INDEXED' };
    },
  };
  return switches;
}

function refusedByS3Vectors(content: DocumentContent, switches: Switches): string | undefined {
  const bytes = Buffer.byteLength(JSON.stringify(content.metadata));
  if (bytes > s3Vectors.bytes || Object.keys(content.metadata).length > s3Vectors.keys)
    return 'The metadata of the document exceeds the limit of the vector store.';
  const [chunk = ''] = cut(content.text);
  return switches.textIsFilterable && bytes + Buffer.byteLength(chunk) > s3Vectors.filterableBytes
    ? 'Invalid record for key: Filterable metadata must have at most 2048 bytes'
    : undefined;
}
