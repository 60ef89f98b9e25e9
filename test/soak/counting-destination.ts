import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Destination, DestinationConnector } from '../../core/contract/destination.ts';

export interface CountingDestination {
  readonly connector: DestinationConnector<Record<string, never>>;
  readonly counts: { writes: number; deletes: number };
  /** How many documents it holds, and a sum over their ids that no order moves. */
  held(): { readonly documents: number; readonly sum: bigint };
}

/**
 * Takes everything at once and keeps a number of 48 bits for each document, so that its own memory hardly counts. Asked
 * to confirm, it has always decided.
 */
export function countingDestination(type: string, mode: 'done' | 'accepting'): CountingDestination {
  const held = new Set<number>();
  const counts = { writes: 0, deletes: 0 };
  let owner: string | undefined;
  const destination = (installation: string): Destination => ({
    profile: 'soak',
    limits: () => ({
      maxDocuments: 500,
      maxBytes: 4_000_000,
      maxDocumentBytes: 1_000_000,
      maxInFlight: 4,
      requestsPerSecond: 1_000_000,
    }),
    check: async () => undefined,
    plan: async () => (owner === undefined ? { missing: true, steps: [] } : { steps: [], owner }),
    apply: async () => void (owner = installation),
    encode: (change) => ({
      bytes: change.action === 'write' ? change.document.body.length + 500 : change.id.length,
      addresses: [change.id],
    }),
    async write(changes) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      return changes.map((change) => {
        if (change.action === 'write') {
          counts.writes++;
          held.add(numberOf(change.id));
        } else {
          counts.deletes++;
          held.delete(numberOf(change.id));
        }
        return mode === 'done'
          ? { status: 'done', receipt: { version: 1 } }
          : { status: 'accepted', receipt: { version: 1 }, addresses: [change.id] };
      });
    },
    ...(mode === 'accepting'
      ? { confirm: async (changes) => changes.map(() => ({ status: 'done' as const })) }
      : {}),
  });
  return {
    connector: {
      type,
      title: type,
      config: z.strictObject({}) as never,
      create: async (_config, { installation }) => destination(installation),
    },
    counts,
    held: () => ({ documents: held.size, sum: [...held].reduce((sum, one) => sum + BigInt(one), 0n) }),
  };
}

/** 48 bits of a hash. */
export const numberOf = (id: string): number => createHash('sha256').update(id).digest().readUIntBE(0, 6);
