import pLimit from 'p-limit';
import type { Context } from '../../../core/contract/context.ts';
import type { Change, Outcome, WriteChange } from '../../../core/contract/destination.ts';
import { backoffMs } from '../../../core/http/retry.ts';
import type { Doubts } from '../doubts.ts';
import type { ObjectDocument } from './object-document.ts';
import { metadataEnding } from './object-key.ts';
import type { Objects } from './objects.ts';
import { sortObjectError } from './sort-object-error.ts';

export interface PutParts {
  readonly objects: Objects;
  readonly context: Context;
  readonly doubts: Doubts;
  readonly keyOf: (id: string) => string | undefined;
  readonly document: (change: WriteChange) => ObjectDocument;
}
export type PutOutcome = { readonly status: 'put' } | Exclude<Outcome, { status: 'done' | 'accepted' }>;

/** Far below the 3,500 requests a second that S3 takes below a prefix. */
const atOnce = 32;
const attempts = 4;
const keysAtOnce = 1000;

/** Sends one request, again while S3 is busy. */
type Send = (request: () => Promise<void>) => Promise<void>;

/** Changes the objects of a batch; answers in the order of the changes. All calls together keep to one bound on requests. */
export function createPutter(
  parts: PutParts,
): (changes: readonly Change[]) => Promise<readonly PutOutcome[]> {
  const { objects, context, doubts, keyOf } = parts;
  const limit = pLimit(atOnce);

  /** What became of the changes that `work` makes together; once one of its requests has passed, something is changed. */
  const guarded = async (
    changes: readonly Change[],
    work: (send: Send) => Promise<void>,
  ): Promise<PutOutcome> => {
    if (context.signal.aborted) return { status: 'later', reason: 'The run is stopping.' };
    let begun = false;
    const send: Send = async (request) => {
      for (let attempt = 1; ; attempt++) {
        try {
          await request();
          begun = true;
          return;
        } catch (error) {
          if (attempt === attempts || sortObjectError(error, context.now()).kind !== 'later') throw error;
          await context.sleep(backoffMs(attempt));
        }
      }
    };
    const sentAt = context.now();
    try {
      await work(send);
      return { status: 'put' };
    } catch (error) {
      const { kind, reason, hint, retryAfterMs } = sortObjectError(error, context.now());
      if (kind === 'unknown') for (const { id } of changes) doubts.raise(id, sentAt);
      if (begun || kind === 'unknown') return { status: 'unknown', reason };
      if (kind === 'invalid') return { status: 'rejected', code: 'bedrock-object-refused', reason };
      if (kind === 'later')
        return { status: 'later', reason, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
      return { status: 'halted', reason, ...(hint === undefined ? {} : { hint }) };
    }
  };
  const remove = (keys: readonly string[]) => async (): Promise<void> => {
    const refused = await objects.remove(keys);
    for (const [, code] of refused)
      throw Object.assign(new Error('An object was not removed.'), {
        name: code,
        $metadata: { httpStatusCode: code === 'AccessDenied' ? 403 : 500 },
      });
  };
  /**
   * A document that is replaced loses its metadata first: whoever reads the bucket in between finds the old document as
   * it was, or one that no filter on access lets through, never new text under old access or the reverse.
   */
  const put = (change: WriteChange, key: string): Promise<PutOutcome> =>
    guarded([change], async (send) => {
      const { text, metadata } = parts.document(change);
      const beside = `${key}${metadataEnding}`;
      if (change.receipt !== undefined || change.inDoubt) await send(remove([beside]));
      await send(() => objects.put(key, text, 'text/markdown; charset=utf-8'));
      await send(() => objects.put(beside, metadata, 'application/json'));
    });
  const removeAll = async (
    deletes: readonly Change[],
    outcomes: Map<Change, Promise<PutOutcome>>,
  ): Promise<void> => {
    for (let from = 0; from < deletes.length; from += keysAtOnce / 2) {
      const piece = deletes.slice(from, from + keysAtOnce / 2);
      const keys = piece.flatMap(({ id }) => {
        const key = keyOf(id);
        return key === undefined ? [] : [key, `${key}${metadataEnding}`];
      });
      const removed = limit(() =>
        guarded(piece, async (send) => {
          if (keys.length > 0) await send(remove(keys));
        }),
      );
      for (const change of piece) outcomes.set(change, removed);
    }
  };
  const decide = (change: Change): PutOutcome | Promise<PutOutcome> => {
    const waitMs = doubts.remainingMs(change.id, context.now());
    if (waitMs > 0)
      return {
        status: 'later',
        reason: 'An earlier request for this document may still take effect.',
        retryAfterMs: waitMs,
      };
    if (change.action === 'delete') return { status: 'put' };
    const key = keyOf(change.id);
    const refused = key === undefined ? 'its id is too long for a key' : parts.document(change).refused;
    if (key === undefined || refused !== undefined)
      return { status: 'rejected', code: 'bedrock-does-not-fit', reason: refused ?? '' };
    return limit(() => put(change, key));
  };
  return async (changes) => {
    const outcomes = new Map<Change, PutOutcome | Promise<PutOutcome>>(
      changes.map((change) => [change, decide(change)]),
    );
    const deletes = changes.filter((change) => {
      const decided = outcomes.get(change);
      return change.action === 'delete' && decided && 'status' in decided && decided.status === 'put';
    });
    const removed = new Map<Change, Promise<PutOutcome>>();
    await removeAll(deletes, removed);
    const settled = await Promise.all(changes.map((change) => removed.get(change) ?? outcomes.get(change)!));
    settled.forEach((outcome, index) => {
      if (outcome.status === 'put') doubts.settle(changes[index]!.id);
    });
    return settled;
  };
}
