import type { Change, Outcome, WriteChange } from '../../core/contract/destination.ts';
import type { Context } from '../../core/contract/context.ts';
import type { BedrockClient, DocumentDetail } from './client.ts';
import type { Doubts } from './doubts.ts';
import { sortError, type Sorted } from './errors.ts';
import { mayLeave, type Pace } from './pace.ts';
import { probeOf } from './probe.ts';
import { writeReceipt } from './receipt.ts';
import type { RequestDocument } from './request-document.ts';

export interface WriterParts {
  readonly client: BedrockClient;
  readonly context: Context;
  readonly doubts: Doubts;
  readonly paces: { readonly ingest: Pace; readonly remove: Pace };
  readonly document: (change: WriteChange) => RequestDocument;
  /** The service takes fewer documents in one request than were sent. */
  readonly learnBatchSize: (documents: number) => void;
}
interface Item {
  readonly change: Change;
  readonly wire: RequestDocument['wire'] | undefined;
}

/** Sends one batch: the writes in one request, then the deletes in another; answers in the order of the changes. */
export async function sendChanges(
  changes: readonly Change[],
  parts: WriterParts,
): Promise<readonly Outcome[]> {
  const { client, context, doubts, paces } = parts;
  const outcomes = new Map<Change, Outcome>();
  const writes: Item[] = [];
  const deletes: Item[] = [];
  const ids = new Set<string>();
  for (const change of changes) {
    if (change.inDoubt && !doubts.has(change.id)) doubts.raise(change.id, context.now());
    const doubtMs = doubts.remainingMs(change.id, context.now());
    if (ids.has(change.id))
      outcomes.set(change, { status: 'later', reason: 'A change of the same document is in this batch.' });
    else if (doubtMs > 0)
      outcomes.set(change, {
        status: 'later',
        reason: 'An earlier request for this document may still take effect.',
        retryAfterMs: doubtMs,
      });
    else if (change.action === 'delete') deletes.push({ change, wire: undefined });
    else {
      const { wire, refused } = parts.document(change);
      if (refused === undefined) writes.push({ change, wire });
      else outcomes.set(change, { status: 'rejected', code: 'bedrock-does-not-fit', reason: refused });
    }
    ids.add(change.id);
  }

  /** Sends the items; a request that is invalid is halved until the document that spoils it stands alone. */
  const send = async (
    items: readonly Item[],
    pace: Pace,
    request: (items: readonly Item[]) => Promise<readonly DocumentDetail[]>,
  ): Promise<Sorted | undefined> => {
    if (items.length === 0) return undefined;
    if (!(await mayLeave(pace, context.signal))) {
      for (const { change } of items)
        outcomes.set(change, { status: 'later', reason: 'The run is stopping.' });
      return undefined;
    }
    const sentAt = context.now();
    try {
      const details = await request(items);
      pace.calm();
      accept(items, details, outcomes, doubts, context.now());
      return undefined;
    } catch (error) {
      const sorted = sortError(error, context.now());
      if (sorted.crowded) pace.crowded();
      if (sorted.kind === 'invalid' && items.length > 1) {
        const limit = Number(/less than or equal to (\d+)/.exec(sorted.reason)?.[1] ?? Infinity);
        if (limit < items.length) parts.learnBatchSize(limit);
        const middle = Math.ceil(items.length / 2);
        const first = await send(items.slice(0, middle), pace, request);
        if (first && first.kind !== 'invalid') refuse(items.slice(middle), first, outcomes);
        const second =
          first && first.kind !== 'invalid' ? first : await send(items.slice(middle), pace, request);
        return second ?? first;
      }
      if (sorted.kind === 'unknown') for (const { change } of items) doubts.raise(change.id, sentAt);
      refuse(items, sorted, outcomes);
      return sorted;
    }
  };
  await send(writes, paces.ingest, (items) => client.ingest(items.flatMap(({ wire }) => wire ?? [])));
  await send(deletes, paces.remove, (items) => client.remove(items.map(({ change }) => change.id)));
  return changes.map(
    (change) => outcomes.get(change) ?? { status: 'unknown', reason: 'The change was not accounted for.' },
  );
}

function accept(
  items: readonly Item[],
  details: readonly DocumentDetail[],
  outcomes: Map<Change, Outcome>,
  doubts: Doubts,
  now: number,
): void {
  const byId = new Map(details.map((detail) => [detail.id, detail]));
  const latest = details.reduce<string | undefined>(
    (last, { updatedAt }) => (last === undefined || (updatedAt ?? '') > last ? updatedAt : last),
    undefined,
  );
  for (const { change } of items) {
    const detail = byId.get(change.id);
    const addresses = [change.id];
    const doubtful = doubts.has(change.id) || (change.receipt === undefined && change.addresses.length > 0);
    if (change.action === 'delete' && detail?.status === 'NOT_FOUND' && !doubtful) {
      outcomes.set(change, { status: 'done', receipt: { status: 'NOT_FOUND' }, addresses });
      continue;
    }
    const receipt = writeReceipt({
      acceptedAt: detail?.updatedAt ?? latest,
      since: now,
      asks: 0,
      seen: detail?.status === 'FAILED' || detail?.status === 'IGNORED',
      doubtful,
      ...(doubtful && change.action === 'write' ? { probe: probeOf(change.document) } : {}),
    });
    outcomes.set(change, { status: 'accepted', receipt, addresses });
  }
}

function refuse(items: readonly Item[], sorted: Sorted, outcomes: Map<Change, Outcome>): void {
  const { reason } = sorted;
  const outcome: Outcome =
    sorted.kind === 'invalid'
      ? { status: 'rejected', code: 'bedrock-validation', reason }
      : sorted.kind === 'halted'
        ? { status: 'halted', reason, ...(sorted.hint === undefined ? {} : { hint: sorted.hint }) }
        : sorted.kind === 'later'
          ? {
              status: 'later',
              reason,
              ...(sorted.retryAfterMs === undefined ? {} : { retryAfterMs: sorted.retryAfterMs }),
            }
          : { status: 'unknown', reason };
  for (const { change } of items) outcomes.set(change, outcome);
}
