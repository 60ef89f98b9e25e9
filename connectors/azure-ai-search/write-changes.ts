import type { Change, Outcome } from '../../core/contract/destination.ts';
import type { AdaptiveLimits } from './adaptive-limits.ts';
import type { CapacityGuard } from './capacity.ts';
import type { AzureSearchClient } from './client.ts';
import type { Embedder } from './embedder.ts';
import type { LastChange } from './last-change.ts';
import type { LateRequests } from './late-requests.ts';
import { removal, type MappedChange } from './map-change.ts';
import { combine, requestOutcome } from './outcomes.ts';
import { findKeys } from './read-keys.ts';
import type { Action } from './search-document.ts';
import { ServiceError } from './service-error.ts';
import { vectorField } from './vector-index.ts';
import { writeBatch } from './write-batch.ts';

/** https://learn.microsoft.com/azure/search/search-limits-quotas-capacity */
const maxActions = 1000;

export interface Writing {
  readonly map: (change: Change) => MappedChange;
  readonly client: AzureSearchClient;
  readonly limits: AdaptiveLimits;
  readonly capacity: CapacityGuard;
  readonly lastChange: LastChange;
  readonly late: LateRequests;
  /** Makes the vectors of passages, for an index that keeps them. */
  readonly embedder?: Embedder | undefined;
  /** Documents are cut into passages: what may be left of a doubtful one is looked up. */
  readonly chunked: boolean;
}

/**
 * Sends changes: the passages of every document, then, for documents whose passages are all there, the removal of
 * those it does not have any more. What is between the two is not known to be done, and so is tried again.
 */
export async function writeChanges(
  changes: readonly Change[],
  writing: Writing,
): Promise<readonly Outcome[]> {
  const taken = new Set<string>();
  const held = new Map<Change, Outcome>();
  const open: Open[] = [];
  for (const change of changes) {
    const mapped = writing.map(change);
    if (mapped.refused !== undefined)
      held.set(change, { status: 'rejected', code: 'AZURE_SEARCH_LIMIT', reason: mapped.refused });
    else if (mapped.keys.some((key) => taken.has(key)))
      held.set(change, { status: 'later', reason: 'another change of this request touches the same key' });
    else {
      mapped.keys.forEach((key) => taken.add(key));
      open.push({ change, mapped });
    }
  }
  const full = await writing.capacity.before(
    open.reduce((sum, { mapped }) => sum + mapped.uploads.length, 0),
  );
  if (full !== undefined) {
    for (const one of open.filter(({ change }) => change.action === 'write')) {
      held.set(one.change, full);
      open.splice(open.indexOf(one), 1);
    }
  }
  const withVectors = await addVectors(open, held, writing);
  const left = await leftovers(open, writing).catch((error: unknown) => {
    if (!(error instanceof ServiceError)) throw error;
    return requestOutcome(error);
  });
  if (typeof left !== 'function') {
    const why: Outcome =
      left.status === 'halted' || left.status === 'later'
        ? left
        : { status: 'later', reason: 'what is left of a document could not be looked up' };
    return changes.map((change) => held.get(change) ?? why);
  }
  const sent = new Map<string, Outcome>();
  // A document's first passage says which fingerprint is in force, so it goes last.
  await send(
    open.flatMap(({ mapped }) =>
      mapped.uploads.length > 0 ? withVectors(mapped).toReversed() : [...mapped.removals, ...left(mapped)],
    ),
    sent,
    writing,
  );
  const isDone = ({ key }: Action): boolean => sent.get(key)?.status === 'done';
  await send(
    open.flatMap(({ mapped }) =>
      mapped.uploads.length > 0 && mapped.uploads.every(isDone) ? [...mapped.removals, ...left(mapped)] : [],
    ),
    sent,
    writing,
  );
  for (const { change, mapped } of open) held.set(change, outcomeOf(mapped, left(mapped), sent));
  return changes.map((change) => held.get(change)!);
}

type Open = { readonly change: Change; readonly mapped: MappedChange };

/** Vectors for every passage; a document that cannot have them all is answered at once, and nothing of it is sent. */
async function addVectors(
  open: Open[],
  held: Map<Change, Outcome>,
  { embedder }: Writing,
): Promise<(mapped: MappedChange) => readonly Action[]> {
  if (embedder === undefined) return ({ uploads }) => uploads;
  const found = await embedder.embed(open.flatMap(({ mapped }) => mapped.uploads.flatMap(textToEmbed)));
  const made = new Map<MappedChange, readonly Action[]>();
  for (const one of [...open]) {
    const embedded = one.mapped.uploads.map((upload) => {
      const [text] = textToEmbed(upload);
      return { upload, answer: text === undefined ? undefined : found.get(text) };
    });
    const failed = embedded.find(({ answer }) => answer && 'outcome' in answer)?.answer;
    if (failed && 'outcome' in failed) {
      held.set(one.change, failed.outcome);
      open.splice(open.indexOf(one), 1);
      continue;
    }
    const actions = embedded.map(({ upload, answer }) =>
      answer && 'vector' in answer ? { ...upload, [vectorField]: answer.vector } : upload,
    );
    made.set(one.mapped, actions);
  }
  return (mapped) => made.get(mapped) ?? mapped.uploads;
}

/** The passage, or the title of a document without a text. */
function textToEmbed({ content, title }: Action): string[] {
  const text = [content, title].find((one) => typeof one === 'string' && one.trim() !== '');
  return typeof text === 'string' ? [text] : [];
}

/** Requests of up to a thousand actions; after one that achieves nothing, the rest waits. */
async function send(
  actions: readonly Action[],
  sent: Map<string, Outcome>,
  { client, limits, lastChange, late }: Writing,
): Promise<void> {
  await late.waitOut(actions.map(({ key }) => key));
  for (let from = 0; from < actions.length; from += maxActions) {
    const batch = actions.slice(from, from + maxActions);
    const outcomes = await writeBatch(batch, client, limits);
    for (const [key, outcome] of outcomes) {
      sent.set(key, outcome);
      if (outcome.status === 'unknown') late.note(key);
    }
    const last = batch.findLast(({ key }) => outcomes.get(key)?.status === 'done');
    if (last) await lastChange.note(last);
    const all = [...outcomes.values()];
    const halted = all.find((outcome) => outcome.status === 'halted');
    if (!halted && all.some((outcome) => outcome.status === 'done' || outcome.status === 'rejected'))
      continue;
    const rest: Outcome = halted ?? { status: 'later', reason: 'an earlier request achieved nothing' };
    for (const { key } of actions.slice(from + maxActions)) sent.set(key, rest);
    return;
  }
}

/** Passages that no receipt names, of documents whose last request was never answered or that the books do not know. */
async function leftovers(
  open: readonly Open[],
  { client, chunked }: Writing,
): Promise<(mapped: MappedChange) => readonly Action[]> {
  const doubtful = chunked ? open.filter(({ change }) => change.inDoubt) : [];
  const found = await findKeys(
    client,
    doubtful.map(({ change }) => change.id),
  );
  const left = new Map<MappedChange, readonly Action[]>();
  for (const { change, mapped } of doubtful) {
    const keys = (found.get(change.id) ?? []).filter((key) => !mapped.keys.includes(key));
    left.set(mapped, keys.map(removal));
  }
  return (mapped) => left.get(mapped) ?? [];
}

function outcomeOf(
  { uploads, removals }: MappedChange,
  left: readonly Action[],
  sent: ReadonlyMap<string, Outcome>,
): Outcome {
  const unsent: Outcome = { status: 'later', reason: 'the passages were not all taken' };
  const outcomes = (some: readonly Action[]): Outcome[] => some.map(({ key }) => sent.get(key) ?? unsent);
  const written = outcomes(uploads);
  const all = written.every((one) => one.status === 'done')
    ? [...written, ...outcomes([...removals, ...left])]
    : written;
  return combine(
    all,
    uploads.map(({ key }) => key),
  );
}
