import type { LoopbackReply } from '../../../core/testing/loopback-server.ts';
import type { DocumentContent, DocumentStore, Operation, Status } from './document-store.ts';
import type { Quotas } from './quotas.ts';
import { invalid, okReply } from './replies.ts';
import type { Switches } from './switches.ts';
import { s3Identifiers, s3Locations } from './s3/identifiers.ts';
import type { ObjectDocuments } from './s3/object-documents.ts';
import { clientToken, documents, identifiers, position, type Fields } from './validation.ts';

export interface DocumentOperations {
  ingest(body: Fields): LoopbackReply;
  remove(body: Fields): LoopbackReply;
  get(body: Fields): LoopbackReply;
  list(body: Fields): LoopbackReply;
}

interface Place {
  readonly knowledgeBaseId: string;
  readonly dataSourceId: string;
}

/** Tokens are remembered this long; the service does not document it. */
const tokenMemoryMs = 600_000;
const maxPage = 100;

/** The four document operations. https://docs.aws.amazon.com/bedrock/latest/userguide/kb-direct-ingestion.html */
export function createDocumentOperations(options: {
  readonly place: Place;
  readonly store: DocumentStore;
  readonly quotas: Quotas;
  readonly switches: Switches;
  readonly maxDocuments: number;
  /** Whether documents may carry access control lists. */
  readonly accessLists: () => boolean;
  /** Of an S3 data source: where the documents are. */
  readonly objects?: ObjectDocuments | undefined;
  /** Whether an ingestion job has read it: until then, single objects are not taken. */
  readonly isSynced: () => boolean;
  /** Whether an ingestion job of the knowledge base is under way. */
  readonly isJobRunning: () => boolean;
  readonly now: () => number;
}): DocumentOperations {
  const { place, store, quotas, switches, objects, now } = options;
  const tokens = new Map<string, number>();

  const detail = (id: string, status: Status): Record<string, unknown> => ({
    ...place,
    status: status.status,
    identifier: objects
      ? { dataSourceType: 'S3', s3: { uri: id } }
      : { dataSourceType: 'CUSTOM', custom: { id } },
    ...(status.reason === undefined ? {} : { statusReason: status.reason }),
    ...(status.updatedAt === undefined ? {} : { updatedAt: new Date(status.updatedAt).toISOString() }),
  });
  /** Whether a request with this token was taken before: the service then ignores the new one without a word. */
  const replayed = (operation: string, token: string | undefined): boolean => {
    if (token === undefined) return false;
    for (const [known, at] of tokens) {
      if (at > now() - tokenMemoryMs) break;
      tokens.delete(known);
    }
    const known = tokens.has(`${operation} ${token}`);
    if (!known) tokens.set(`${operation} ${token}`, now());
    return known;
  };
  const accept = (
    id: string,
    content: DocumentContent | undefined,
    problem?: string,
  ): { status: Status; doneAt: number } => {
    const previous = store.get(id);
    const lateMs = switches.take('late', id)?.delayMs ?? 0;
    const held = switches.take('heldBack', id) !== undefined;
    const { final, reason } = problem
      ? { final: 'FAILED', reason: problem }
      : content
        ? switches.outcome(id, content)
        : { final: 'NOT_FOUND' };
    const at = now();
    const operation = schedule(at, at + lateMs, switches, id, {
      content,
      final,
      reason,
      windowMs: previous?.settled ? switches.staleMs : content ? switches.notFoundMs : 0,
    });
    const doneAt = operation.doneAt;
    for (const other of previous?.operations ?? [])
      if (other.startAt === Infinity)
        Object.assign(other, times(doneAt + 200, doneAt + 200, switches, id, other.final, 0));
    if (held) Object.assign(operation, { startAt: Infinity, visibleAt: Infinity, doneAt: Infinity });
    store.add(id, operation);
    return { status: { status: content ? 'STARTING' : 'DELETING', updatedAt: at }, doneAt };
  };
  const guard = (): void => {
    if (switches.ingestionJobRunning || options.isJobRunning())
      throw invalid(
        'The data source has an ongoing ingestion job. Wait until the ongoing KnowledgeBaseDocuments API request or ingestion job is complete.',
      );
    if (objects && !options.isSynced())
      throw invalid(
        'The data source must be synced for the first time before documents are ingested directly.',
      );
    quotas.admit();
  };
  const identifiersOf = objects ? s3Identifiers : identifiers;
  const documentsOf = (body: Fields): readonly Entry[] =>
    objects
      ? s3Locations(body, options.maxDocuments).map((id) => entryOf(id, objects.read(id)))
      : documents(body, options.maxDocuments, options.accessLists());
  return {
    ingest(body) {
      const token = clientToken(body['clientToken']);
      const entries = documentsOf(body);
      for (const { id } of entries)
        if (switches.poison?.test(id))
          throw invalid('1 validation error detected: the content of a document is not acceptable.');
      guard();
      if (replayed('ingest', token))
        return okReply(202, {
          documentDetails: entries.map(({ id }) => detail(id, { status: 'STARTING', updatedAt: now() })),
        });
      const accepted = entries.map(({ id, content, problem }) => ({ id, ...accept(id, content, problem) }));
      quotas.occupy(Math.max(...accepted.map(({ doneAt }) => doneAt)));
      return okReply(202, { documentDetails: accepted.map(({ id, status }) => detail(id, status)) });
    },
    remove(body) {
      const token = clientToken(body['clientToken']);
      const ids = identifiersOf(body, options.maxDocuments);
      guard();
      const replay = replayed('delete', token);
      const details = ids.map((id) => {
        if (!store.get(id)) return { id, status: { status: 'NOT_FOUND' }, doneAt: 0 };
        if (replay) return { id, status: { status: 'DELETING', updatedAt: now() }, doneAt: 0 };
        return { id, ...accept(id, undefined) };
      });
      quotas.occupy(Math.max(...details.map(({ doneAt }) => doneAt)));
      return okReply(202, { documentDetails: details.map(({ id, status }) => detail(id, status)) });
    },
    get(body) {
      const ids = identifiersOf(body, options.maxDocuments);
      return okReply(200, { documentDetails: ids.map((id) => detail(id, store.status(id))) });
    },
    list(body) {
      const limit = body['maxResults'] ?? maxPage;
      if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 1)
        throw invalid('maxResults must be greater than or equal to 1');
      if (limit > maxPage) throw invalid(`maxResults must be less than or equal to ${maxPage}`);
      const from = body['nextToken'] === undefined ? 0 : position(body['nextToken']);
      const { documents: page, next } = store.list(from, limit);
      return okReply(200, {
        documentDetails: page.map(({ id }) => detail(id, store.status(id))),
        ...(next === undefined ? {} : { nextToken: Buffer.from(`position ${next}`).toString('base64url') }),
      });
    },
  };
}

interface Entry {
  readonly id: string;
  readonly content: DocumentContent;
  /** Why it will fail. */
  readonly problem?: string;
}
const empty: DocumentContent = { text: '', metadata: {}, access: [] };

const entryOf = (id: string, read: ReturnType<ObjectDocuments['read']>): Entry =>
  read === undefined
    ? { id, content: empty, problem: 'The specified key does not exist.' }
    : 'problem' in read
      ? { id, content: empty, problem: read.problem }
      : { id, content: read };

function schedule(
  acceptedAt: number,
  startAt: number,
  switches: Switches,
  id: string,
  change: {
    content: DocumentContent | undefined;
    final: string;
    reason?: string | undefined;
    windowMs: number;
  },
): Operation {
  return {
    content: change.content,
    final: change.final,
    reason: change.reason,
    ...times(acceptedAt, startAt, switches, id, change.final, change.windowMs),
  };
}

/** The moments of one change; the whole lasts between the two `indexedMs`, spread evenly over the ids. */
function times(
  acceptedAt: number,
  startAt: number,
  switches: Switches,
  id: string,
  final: string,
  windowMs: number,
): Pick<Operation, 'acceptedAt' | 'startAt' | 'visibleAt' | 'pendingAt' | 'progressAt' | 'doneAt'> {
  const { pendingMs, progressMs, indexedMs, deletedMs } = switches.timings;
  const [shortest, longest] = final === 'NOT_FOUND' ? deletedMs : indexedMs;
  const lasts = shortest + (longest - shortest) * spread(id);
  const visibleAt = startAt + windowMs;
  return {
    acceptedAt,
    startAt,
    visibleAt,
    pendingAt: visibleAt + Math.min(pendingMs, lasts),
    progressAt: visibleAt + Math.min(progressMs, lasts),
    doneAt: visibleAt + Math.round(lasts),
  };
}

/** A number from 0 to 1 that depends on the id alone. */
function spread(id: string): number {
  let mixed = 2166136261;
  for (let index = 0; index < id.length; index++) mixed = Math.imul(mixed ^ id.charCodeAt(index), 16777619);
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 4294967295;
}
