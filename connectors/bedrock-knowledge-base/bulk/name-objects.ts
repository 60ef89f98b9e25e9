import type { Context } from '../../../core/contract/context.ts';
import { asException, sortError } from '../errors.ts';
import { mayLeave, type Pace } from '../pace.ts';
import type { Receipt } from '../receipt.ts';
import type { SourceClient } from './source-client.ts';

export interface NamedObject {
  readonly id: string;
  readonly uri: string;
  readonly action: 'write' | 'delete';
}
/** What became of naming an object: Bedrock looks at it, it is gone already, it is refused; absent: not named yet. */
export type Naming =
  | { readonly status: 'named'; readonly receipt: Receipt }
  | { readonly status: 'gone' }
  | { readonly status: 'refused'; readonly code: string; readonly reason: string };

/** What the API model allows in one request. */
const atOnce = 10;

/**
 * Has Bedrock look at single objects, without a job. The request names an object and carries nothing of it, so sending
 * it again, or late, does no harm: what counts is what lies in the bucket.
 */
export async function nameObjects(
  changes: readonly NamedObject[],
  parts: {
    readonly client: SourceClient;
    readonly context: Context;
    readonly paces: { readonly ingest: Pace; readonly remove: Pace };
  },
): Promise<ReadonlyMap<string, Naming>> {
  const { client, context, paces } = parts;
  const named = new Map<string, Naming>();

  /** False: the service is busy, the rest waits. */
  const send = async (action: NamedObject['action'], some: readonly NamedObject[]): Promise<boolean> => {
    const pace = action === 'write' ? paces.ingest : paces.remove;
    if (some.length === 0) return true;
    if (!(await mayLeave(pace, context.signal))) return false;
    const uris = some.map(({ uri }) => uri);
    try {
      const details = await (action === 'write' ? client.ingest(uris) : client.remove(uris));
      pace.calm();
      const byUri = new Map(details.map((detail) => [detail.id, detail]));
      for (const { id, uri } of some) {
        const detail = byUri.get(uri);
        const receipt: Receipt = {
          acceptedAt: detail?.updatedAt,
          since: context.now(),
          asks: 0,
          seen: detail?.status === 'FAILED' || detail?.status === 'IGNORED',
          doubtful: false,
        };
        const isGone = action === 'delete' && detail?.status === 'NOT_FOUND';
        named.set(id, isGone ? { status: 'gone' } : { status: 'named', receipt });
      }
      return true;
    } catch (error) {
      const sorted = sortError(error, context.now());
      if (sorted.crowded) pace.crowded();
      if (sorted.kind === 'later' || sorted.kind === 'unknown') return false;
      if (sorted.kind === 'halted') throw asException(sorted, `destinations.${context.name}`, error);
      if (some.length > 1) {
        for (const one of some) if (!(await send(action, [one]))) return false;
        return true;
      }
      for (const { id } of some)
        named.set(id, { status: 'refused', code: 'bedrock-validation', reason: sorted.reason });
      return true;
    }
  };
  for (const action of ['write', 'delete'] as const) {
    const some = changes.filter((one) => one.action === action);
    for (let from = 0; from < some.length; from += atOnce)
      if (!(await send(action, some.slice(from, from + atOnce)))) return named;
  }
  return named;
}
