import type { Change, Outcome, WriteChange } from '../../core/contract/destination.ts';
import type { Context } from '../../core/contract/context.ts';
import type { BatchSize } from './batch-size.ts';
import type { BedrockClient, DocumentDetail } from './client.ts';
import type { Concurrency } from './concurrency.ts';
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
  readonly sizes: { readonly ingest: BatchSize; readonly remove: BatchSize };
  readonly concurrency: Concurrency;
}
interface Item {
  readonly change: Change;
  readonly wire: RequestDocument['wire'] | undefined;
}

interface Road {
  readonly pace: Pace;
  readonly size: BatchSize;
  readonly request: (items: readonly Item[]) => Promise<readonly DocumentDetail[]>;
}
/** The most that one request took, whether a document was refused alone, and what ended the sending. */
interface Sent {
  readonly taken: number;
  readonly alone: boolean;
  readonly stop?: Sorted;
}

/** What the API model allows in one request: never blamed for a refusal. */
const modelLimit = 10;
const stopping: Outcome = { status: 'later', reason: 'The run is stopping.' };
/** Of the rest of a batch, nothing has left. */
const notSent = (sorted: Sorted): Sorted =>
  sorted.kind === 'unknown' ? { ...sorted, kind: 'later' } : sorted;

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

  const { concurrency, sizes } = parts;
  /** One request; one that is invalid is halved until the document that spoils it stands alone. */
  const sendOne = async (road: Road, items: readonly Item[]): Promise<Sent> => {
    const { pace, size } = road;
    const sentAt = context.now();
    try {
      const details = await road.request(items);
      pace.calm();
      concurrency.accepted();
      size.accepted(items.length);
      accept(items, details, outcomes, doubts, context.now());
      return { taken: items.length, alone: false };
    } catch (error) {
      const sorted = sortError(error, context.now());
      if (sorted.crowded) pace.crowded();
      if (sorted.tooMany) concurrency.full();
      if (sorted.kind !== 'invalid' || items.length === 1) {
        size.inconclusive();
        if (sorted.kind === 'unknown') for (const { change } of items) doubts.raise(change.id, sentAt);
        refuse(items, sorted, outcomes);
        return {
          taken: 0,
          alone: items.length === 1,
          ...(sorted.kind === 'invalid' ? {} : { stop: sorted }),
        };
      }
      const limit = Number(/less than or equal to (\d+)/.exec(sorted.reason)?.[1] ?? Infinity);
      if (limit < items.length) size.refused(limit);
      const pieces = limit < items.length ? limit : Math.ceil(items.length / 2);
      const sent = await sendAll(road, items, () => pieces);
      if (limit >= items.length && !sent.alone && sent.taken > 0 && items.length > modelLimit)
        size.refused(Math.max(sent.taken, modelLimit));
      else size.inconclusive();
      return sent;
    }
  };
  /** Sends the items in pieces; what says nothing about the documents ends it, and the rest is not sent. */
  const sendAll = async (
    road: Road,
    items: readonly Item[],
    take: (available: number) => number,
  ): Promise<Sent> => {
    let taken = 0;
    let alone = false;
    for (let from = 0; from < items.length;) {
      if (!(await mayLeave(road.pace, context.signal))) {
        for (const { change } of items.slice(from)) outcomes.set(change, stopping);
        break;
      }
      const piece = items.slice(from, from + take(items.length - from));
      from += piece.length;
      const sent = await sendOne(road, piece);
      taken = Math.max(taken, sent.taken);
      alone ||= sent.alone;
      if (sent.stop) {
        refuse(items.slice(from), notSent(sent.stop), outcomes);
        return { taken, alone, stop: sent.stop };
      }
    }
    return { taken, alone };
  };
  await sendAll(
    {
      pace: paces.ingest,
      size: sizes.ingest,
      request: (items) => client.ingest(items.flatMap(({ wire }) => wire ?? [])),
    },
    writes,
    sizes.ingest.next,
  );
  await sendAll(
    {
      pace: paces.remove,
      size: sizes.remove,
      request: (items) => client.remove(items.map(({ change }) => change.id)),
    },
    deletes,
    sizes.remove.next,
  );
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
