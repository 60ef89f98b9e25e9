import type { Closing, HoldingStore, Work } from '../core/catalog/index.ts';
import type { Json } from '../core/contract/json.ts';
import type { BatchLimits, Change, Destination, Outcome } from '../core/contract/destination.ts';

/** A piece of work with the change that does it. */
export interface Prepared {
  readonly work: Work;
  readonly change: Change;
  /** Every address that sending it may touch; filled in when the batch is cut. */
  readonly addresses: readonly string[];
}
export interface Refused {
  readonly document: number;
  readonly id: string;
  readonly fingerprint: string;
  readonly code: string;
  readonly reason: string;
  readonly change: Change;
}
export interface CutBatch {
  readonly batch: Prepared[];
  /** Above a limit of the destination: quarantined before anything is sent. */
  readonly refused: Refused[];
  /** The last document taken or refused; undefined when none was. */
  readonly lastTaken: number | undefined;
}

/** More would make steps on the catalog long and requests in flight large, and no destination faster. */
const mostDocuments = 500;
const mostBytes = 4 * 1024 * 1024;

export const boundLimits = (limits: BatchLimits): BatchLimits => ({
  ...limits,
  maxDocuments: Math.min(limits.maxDocuments, mostDocuments),
  maxBytes: Math.min(limits.maxBytes, mostBytes),
});

/** Takes as many changes from the front as one request may hold, by number and by bytes. */
export function cutBatch(
  prepared: readonly Prepared[],
  destination: Destination,
  limits: BatchLimits,
): CutBatch {
  const batch: Prepared[] = [];
  const refused: Refused[] = [];
  let bytes = 0;
  let lastTaken: number | undefined;
  for (const one of prepared) {
    const encoded = destination.encode(one.change);
    const reason =
      encoded.refused ??
      (encoded.bytes > limits.maxDocumentBytes
        ? `the document takes ${encoded.bytes} bytes, the destination accepts ${limits.maxDocumentBytes}; shorten its template or limit its parts`
        : undefined);
    if (reason !== undefined) {
      refused.push({
        document: one.work.document,
        id: one.work.id,
        fingerprint: one.change.action === 'write' ? one.change.fingerprint : '',
        code: 'DOCUMENT_REFUSED',
        reason,
        change: one.change,
      });
      lastTaken = one.work.document;
      continue;
    }
    if (batch.length >= limits.maxDocuments || (batch.length > 0 && bytes + encoded.bytes > limits.maxBytes))
      break;
    batch.push({ ...one, addresses: encoded.addresses });
    bytes += encoded.bytes;
    lastTaken = one.work.document;
  }
  return { batch, refused, lastTaken };
}

/** What is not desired any more since the batch was cut does not leave: it is not busy, and is looked at again. */
export function dropOvertaken(
  prepared: readonly Prepared[],
  holdings: Pick<HoldingStore, 'current'>,
  slot: number,
  busy: Set<number>,
): readonly Prepared[] {
  const current = holdings.current(
    slot,
    prepared.map(({ work }) => work),
  );
  for (const { work } of prepared) if (!current.has(work.document)) busy.delete(work.document);
  return prepared.filter(({ work }) => current.has(work.document));
}

/** What an outcome says about the attempt that it answers. */
export function closingOf(outcome: Outcome, payload: Json | undefined): Closing {
  switch (outcome.status) {
    case 'done':
      return { status: 'done', receipt: outcome.receipt, addresses: outcome.addresses };
    case 'accepted':
      return { status: 'accepted', acceptance: outcome.receipt };
    case 'rejected':
      return { ...outcome, payload };
    case 'unknown':
      return { status: 'unknown' };
    case 'later':
    case 'halted':
      return { status: 'later' };
  }
}
