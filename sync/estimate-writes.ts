import { composeNow } from './compose.ts';
import type { OpenSlot, World } from './world.ts';

export interface WriteEstimate {
  /** Of all writes together, worked out from a sample. */
  readonly bytes: number;
  /** About how many tokens are embedded for them; 0 where the destination embeds nothing. */
  readonly embeddingTokens: number;
}

const sample = 200;

/** How much a slot's due writes are, by composing some of them as they would be sent. */
export async function estimateWrites(world: World, slot: OpenSlot, writes: number): Promise<WriteEstimate> {
  if (writes === 0) return { bytes: 0, embeddingTokens: 0 };
  const kinds = await world.kinds();
  let [looked, bytes, tokens] = [0, 0, 0];
  for (const lane of ['fresh', 'bulk'] as const) {
    for (const work of world.catalog.holdings.work(slot.id, lane, 0, sample)) {
      const open = work.desired === '' ? undefined : kinds.get(work.kind);
      const composition = open && composeNow(world, open, work.record)?.composition;
      if (composition?.status !== 'composed') continue;
      const decision = slot.policy.decide(composition.document, composition.content);
      if (decision.status === 'withheld') continue;
      const { id, addresses } = work;
      const { document, fingerprint } = decision;
      const encoded = slot.destination.encode({ action: 'write', id, addresses, document, fingerprint });
      looked++;
      bytes += encoded.bytes;
      tokens += encoded.embeddingTokens ?? 0;
    }
  }
  if (looked === 0) return { bytes: 0, embeddingTokens: 0 };
  return {
    bytes: Math.round((bytes / looked) * writes),
    embeddingTokens: Math.round((tokens / looked) * writes),
  };
}
