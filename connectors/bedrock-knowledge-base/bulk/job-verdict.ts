import type { DocumentDetail } from '../client.ts';
import { withoutContent } from '../errors.ts';
import type { Job } from './job-runner.ts';
import type { JobDetail } from './source-client.ts';

/** What an ended job says of one change. `missed`: nothing, so that another job has to look. */
export type JobVerdict =
  | { readonly status: 'done'; readonly isPartial?: boolean }
  | { readonly status: 'waiting' | 'missed' }
  | { readonly status: 'failed'; readonly code: string; readonly reason: string };

const indexed = ['INDEXED', 'PARTIALLY_INDEXED'];
const failed = ['FAILED', 'IGNORED', 'METADATA_UPDATE_FAILED', 'METADATA_PARTIALLY_INDEXED'];
const underWay = ['STARTING', 'PENDING', 'IN_PROGRESS', 'DELETING', 'DELETE_IN_PROGRESS'];

/**
 * Whether the figures of a job account for everything that it was started for, and every failure has a name: then what is
 * not named among the failures need not be asked about.
 */
export function accountsForAll({ covers, ended }: Job, uriOf: (id: string) => string | undefined): boolean {
  if (ended?.status !== 'COMPLETE' || covers.size === 0) return false;
  const { statistics, failureReasons } = ended;
  const named = namedIn(failureReasons);
  if ((statistics.numberOfDocumentsFailed ?? 0) !== named.size) return false;
  if (failureReasons.some((reason) => namedIn([reason]).size === 0)) return false;
  const created = statistics.numberOfNewDocumentsIndexed ?? 0;
  const modified = statistics.numberOfModifiedDocumentsIndexed ?? 0;
  const metadata = statistics.numberOfMetadataDocumentsModified ?? 0;
  let [writes, deletes] = [0, 0];
  for (const [id, action] of covers)
    if (action === 'delete') deletes++;
    else if (!named.has(uriOf(id) ?? '')) writes++;
  // The metadata file of a changed document changes too, and may or may not be counted once more.
  const written = [created + modified + metadata, created + Math.max(modified, metadata)];
  return written.includes(writes) && (statistics.numberOfDocumentsDeleted ?? 0) === deletes;
}

/**
 * A status may be older than the job: INDEXED then says only that an earlier version is there, and is believed when
 * every failure of the job has a name and this document is not among them.
 */
export function judgeByJob(
  action: 'write' | 'delete',
  uri: string,
  detail: DocumentDetail | undefined,
  job: JobDetail,
): JobVerdict {
  const status = detail?.status ?? 'NOT_FOUND';
  const why = job.failureReasons.find((reason) => reason.includes(uri));
  if (underWay.includes(status)) return { status: 'waiting' };
  if (action === 'delete') return { status: status === 'NOT_FOUND' ? 'done' : 'missed' };
  if (failed.includes(status)) {
    const reason = detail?.reason ?? why;
    return {
      status: 'failed',
      code: `bedrock-${status.toLowerCase()}`,
      reason: reason === undefined ? status : `${status}: ${reasonText(reason)}`,
    };
  }
  if (why !== undefined) return { status: 'failed', code: 'bedrock-job-failure', reason: reasonText(why) };
  if (!indexed.includes(status)) return { status: 'missed' };
  const isFresh = (detail?.updatedAt ?? '') >= (job.startedAt ?? '~');
  if (!isFresh && hasUnnamedFailure(job)) return { status: 'missed' };
  return { status: 'done', isPartial: status === 'PARTIALLY_INDEXED' };
}

const hasUnnamedFailure = ({ statistics, failureReasons }: JobDetail): boolean =>
  (statistics.numberOfDocumentsFailed ?? 0) > namedIn(failureReasons).size;

/** The documents that reasons name by their address, of whatever file beside them they speak. */
export const namedIn = (reasons: readonly string[]): ReadonlySet<string> =>
  new Set(reasons.flatMap((reason) => reason.match(/s3:\/\/[^\s\],"]+?\.md\b/g) ?? []));

/** A reason without the list of the files that it is about, which may be long. */
export const reasonText = (reason: string): string =>
  withoutContent(reason.replace(/\s*\[Files:[^\]]*\]\.?/g, ''));
