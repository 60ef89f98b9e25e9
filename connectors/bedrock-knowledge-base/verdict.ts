import type { Verdict } from '../../core/contract/destination.ts';
import type { DocumentDetail } from './client.ts';
import { withoutContent } from './errors.ts';
import { writeReceipt, type Receipt } from './receipt.ts';

export interface VerdictLimits {
  /** A status that says nothing about the change is asked again at least this often and this long. */
  readonly maxAsks: number;
  readonly maxWaitMs: number;
  readonly doubtWindowMs: number;
}
export const verdictLimits = { maxAsks: 30, maxWaitMs: 120_000 };

const underWay = {
  write: ['STARTING', 'PENDING', 'IN_PROGRESS'],
  delete: ['DELETING', 'DELETE_IN_PROGRESS'],
};
const failed = ['FAILED', 'IGNORED', 'METADATA_UPDATE_FAILED', 'METADATA_PARTIALLY_INDEXED'];

/** Of a document that an answer of the service leaves out. */
export const notFound = (id: string): DocumentDetail => ({
  id,
  status: 'NOT_FOUND',
  reason: undefined,
  updatedAt: undefined,
});

export const overtaken: Verdict = {
  status: 'unknown',
  reason: 'An earlier request took effect after this change.',
};

/**
 * What a status says about one accepted change. A final status counts only if it is later than the acceptance or if
 * the change was seen under way: right after acceptance the service may still show the status of the change before.
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_KnowledgeBaseDocumentDetail.html
 */
export function judge(
  action: 'write' | 'delete',
  receipt: Receipt,
  detail: Pick<DocumentDetail, 'status' | 'reason' | 'updatedAt'>,
  now: number,
  limits: VerdictLimits,
): Verdict {
  const { status, updatedAt } = detail;
  const asks = receipt.asks + 1;
  const waiting = (more: Partial<Receipt> = {}): Verdict => ({
    status: 'waiting',
    receipt: writeReceipt({ ...receipt, asks, ...more }),
  });
  const inconclusive = (): Verdict =>
    asks >= limits.maxAsks && now - receipt.since >= limits.maxWaitMs
      ? { status: 'unknown', reason: `Bedrock shows ${status} and nothing of the change after ${asks} asks.` }
      : waiting();
  /** Final for this change; a doubtful one must also stay as it is for a while. */
  const settled = (verdict: Verdict): Verdict => {
    if (!receipt.doubtful) return verdict;
    if (!receipt.settling) return waiting({ settling: { updatedAt, since: now } });
    return now - receipt.settling.since < limits.doubtWindowMs ? waiting() : verdict;
  };
  const done: Verdict = {
    status: 'done',
    receipt: { status, ...(updatedAt === undefined ? {} : { updatedAt }) },
  };

  if (receipt.settling && receipt.settling.updatedAt !== updatedAt) return overtaken;
  if (underWay[action].includes(status)) return waiting({ seen: true });
  const later = updatedAt !== undefined && receipt.acceptedAt !== undefined && updatedAt > receipt.acceptedAt;
  if (action === 'delete') {
    if (status === 'NOT_FOUND') return settled(done);
    if (later && !underWay.write.includes(status)) return overtaken;
    return inconclusive();
  }
  if (!later && !receipt.seen) return inconclusive();
  if (status === 'INDEXED' || status === 'PARTIALLY_INDEXED') return settled(done);
  if (failed.includes(status)) {
    const why = detail.reason === undefined ? '' : `: ${withoutContent(detail.reason)}`;
    return settled({ status: 'failed', code: `bedrock-${status.toLowerCase()}`, reason: `${status}${why}` });
  }
  return inconclusive();
}
