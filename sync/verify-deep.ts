import type { Lease, Work } from '../core/catalog/index.ts';
import type { ReadBack, WriteChange } from '../core/contract/destination.ts';
import { sha256 } from '../core/documents/index.ts';
import { composeNow } from './compose.ts';
import { forgetHeld } from './forget-held.ts';
import type { OpenSlot, World } from './world.ts';

export interface DeepOptions {
  /** How many documents are read back where the service tells no fingerprints. */
  readonly sample: number;
  /** The same documents for the same seed. */
  readonly seed: number;
}
/** What reading documents back has shown: *seen as*, of all of them or of a sample. */
export interface DeepResult {
  readonly asked: number;
  /** Of how many that are held as they are wanted. */
  readonly of: number;
  /** Set for a sample. */
  readonly seed?: number;
  readonly same: number;
  readonly different: readonly { readonly id: string; readonly fields: readonly string[] }[];
  readonly differentCount: number;
  /** The service shows nothing of them (yet): no proof of anything. */
  readonly unseen: number;
  /** Could not be composed as they were written: records or policy have moved; the next run looks at them. */
  readonly moved: number;
}
type Settled = Pick<Work, 'document' | 'record' | 'kind' | 'id' | 'desired'>;

const atOnce = 50;
const shown = 100;

/**
 * Composes documents again and has the destination compare them with what it stores: all of them where `whole`, else a sample
 * drawn by a seed. What differs is not known to be held any more, so that the next publish writes it.
 */
export async function readBack(
  world: World,
  lease: Lease,
  slot: OpenSlot,
  { sample, seed, whole }: DeepOptions & { readonly whole: boolean },
): Promise<DeepResult | undefined> {
  const { destination } = slot;
  if (!destination.readBack) return undefined;
  const counts = { asked: 0, of: 0, same: 0, differentCount: 0, unseen: 0, moved: 0 };
  const different: { id: string; fields: readonly string[] }[] = [];
  const look = async (documents: readonly Settled[]): Promise<void> => {
    for (let from = 0; from < documents.length; from += atOnce) {
      const composed = await composeAgain(world, slot, documents.slice(from, from + atOnce));
      counts.moved += Math.min(atOnce, documents.length - from) - composed.length;
      const answers = await destination.readBack!(composed.map((one) => one.change));
      counts.asked += composed.length;
      for (const [index, answer] of answers.entries()) note(composed[index]!.change.id, answer);
      const differing = composed.filter((_, index) => answers[index]?.status === 'different');
      if (differing.length > 0)
        await forgetHeld(world, lease, slot.id, { documents: differing.map((one) => one.document) });
      world.catalog.leases.renew(lease);
      world.signal.throwIfAborted();
    }
  };
  const note = (id: string, answer: ReadBack): void => {
    if (answer.status === 'same') counts.same++;
    else if (answer.status === 'unseen') counts.unseen++;
    else {
      counts.differentCount++;
      if (different.length < shown) different.push({ id, fields: answer.fields });
    }
  };
  let drawn: { readonly rank: string; readonly document: Settled }[] = [];
  for (const documents of world.catalog.holdings.settled(slot.id)) {
    counts.of += documents.length;
    if (whole) await look(documents);
    else {
      const ranked = documents.map((document) => ({ rank: sha256(`${seed} ${document.id}`), document }));
      drawn = [...drawn, ...ranked].sort((one, other) => (one.rank < other.rank ? -1 : 1)).slice(0, sample);
    }
  }
  await look(drawn.map((one) => one.document));
  return { ...counts, different, ...(whole ? {} : { seed }) };
}

async function composeAgain(
  world: World,
  slot: OpenSlot,
  documents: readonly Settled[],
): Promise<readonly { readonly document: number; readonly change: WriteChange }[]> {
  const kinds = await world.kinds();
  return documents.flatMap(({ document, id, kind, record, desired }) => {
    const open = kinds.get(kind);
    const composition = open && composeNow(world, open, record)?.composition;
    if (composition?.status !== 'composed') return [];
    const decision = slot.policy.decide(composition.document, composition.content);
    if (decision.status === 'withheld' || decision.fingerprint !== desired) return [];
    const change = { action: 'write' as const, id, addresses: [], document: decision.document };
    return [{ document, change: { ...change, fingerprint: desired } }];
  });
}
