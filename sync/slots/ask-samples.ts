import type { BusinessDocument } from '../../core/contract/document.ts';
import { composeNow } from '../compose.ts';
import type { OpenSlot, World } from '../world.ts';

const questions = 5;
const answersEach = 10;
/** A document may become findable some seconds after it was taken. */
const attempts = 5;
const pauseMs = 2000;

/** Questions made from titles of documents, spread evenly over the catalog: the same ones each time. */
export interface Samples {
  readonly asked: number;
  readonly found: number;
  /** Found in the old slot and not in the new one: ids of their documents. */
  readonly missed: readonly string[];
  /** Found in neither: the question says nothing. */
  readonly inconclusive: number;
}

export async function askSamples(world: World, slot: OpenSlot, old: OpenSlot): Promise<Samples> {
  const none = { asked: 0, found: 0, missed: [], inconclusive: 0 };
  if (!slot.destination.search || !old.destination.search) return none;
  const missed: string[] = [];
  let found = 0;
  let inconclusive = 0;
  const documents = await sampleDocuments(world, slot);
  for (const document of documents) {
    if (await isFound(world, slot, document, attempts)) found++;
    else if (await isFound(world, old, document, 1)) missed.push(document.id);
    else inconclusive++;
  }
  return { asked: documents.length, found, missed, inconclusive };
}

async function sampleDocuments(world: World, slot: OpenSlot): Promise<BusinessDocument[]> {
  const kinds = await world.kinds();
  return world.catalog.insight.sample(slot.id, questions).flatMap(({ kind, record }) => {
    const open = kinds.get(kind);
    const composition = open && composeNow(world, open, record)?.composition;
    return composition?.status === 'composed' ? [composition.document] : [];
  });
}

/** Asked by its title, and by somebody who may read it. */
async function isFound(
  world: World,
  slot: OpenSlot,
  { id, title, access }: BusinessDocument,
  times: number,
): Promise<boolean> {
  const principals = 'allow' in access ? { principals: access.allow } : {};
  for (let attempt = 1; ; attempt++) {
    const hits = await slot.destination.search!({ text: title, limit: answersEach, ...principals });
    if (hits.some((hit) => hit.id === id)) return true;
    if (attempt >= times) return false;
    await world.sleep(pauseMs);
  }
}
