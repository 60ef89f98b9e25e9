import type { BusinessDocument } from '../../core/contract/document.ts';
import { composeNow } from '../compose.ts';
import type { OpenSlot, World } from '../world.ts';

const questions = 5;
const answersEach = 10;
/** A document may become findable some seconds after it was taken. */
const attempts = 5;
const pauseMs = 2000;

/** Questions of the configuration, and made from titles of documents spread evenly over the catalog: the same each time. */
export interface Samples {
  readonly asked: number;
  readonly found: number;
  /** Not found in the new slot, and in the old one or asked by the configuration: ids of their documents. */
  readonly missed: readonly string[];
  /** Found in neither, or about a document that is not there: the question says nothing. */
  readonly inconclusive: number;
}

export async function askSamples(world: World, slot: OpenSlot, old: OpenSlot): Promise<Samples> {
  const none = { asked: 0, found: 0, missed: [], inconclusive: 0 };
  if (!slot.destination.search || !old.destination.search) return none;
  const missed: string[] = [];
  let found = 0;
  let inconclusive = 0;
  const asked = [...(await fromTitles(world, slot)), ...configured(world)];
  for (const question of asked) {
    const { id, mustBeFound } = question;
    if (id === undefined) inconclusive++;
    else if (await isFound(world, slot, question, attempts)) found++;
    else if (mustBeFound || (await isFound(world, old, question, 1))) missed.push(id);
    else inconclusive++;
  }
  return { asked: asked.length, found, missed, inconclusive };
}

interface Question {
  readonly text: string;
  readonly principals: readonly string[] | undefined;
  /** Undefined when there is no such document. */
  readonly id: string | undefined;
  /** Whatever the old slot finds. */
  readonly mustBeFound: boolean;
}

async function fromTitles(world: World, slot: OpenSlot): Promise<Question[]> {
  const documents = await sampleDocuments(world, slot);
  return documents.map(({ id, title, access }) => ({
    text: title,
    principals: 'allow' in access ? access.allow : undefined,
    id,
    mustBeFound: false,
  }));
}

const configured = ({ catalog, config }: World): Question[] =>
  config.questions.map(({ ask, expect, as }) => {
    const slash = expect.indexOf('/');
    const document = catalog.documents.find(expect.slice(0, slash), expect.slice(slash + 1));
    return { text: ask, principals: as, id: document?.id, mustBeFound: true };
  });

async function sampleDocuments(world: World, slot: OpenSlot): Promise<BusinessDocument[]> {
  const kinds = await world.kinds();
  return world.catalog.insight.sample(slot.id, questions).flatMap(({ kind, record }) => {
    const open = kinds.get(kind);
    const composition = open && composeNow(world, open, record)?.composition;
    return composition?.status === 'composed' ? [composition.document] : [];
  });
}

async function isFound(
  world: World,
  slot: OpenSlot,
  { text, principals, id }: Question,
  times: number,
): Promise<boolean> {
  const request = { text, limit: answersEach, ...(principals ? { principals } : {}) };
  for (let attempt = 1; ; attempt++) {
    const hits = await slot.destination.search!(request);
    if (hits.some((hit) => hit.id === id)) return true;
    if (attempt >= times) return false;
    await world.sleep(pauseMs);
  }
}
