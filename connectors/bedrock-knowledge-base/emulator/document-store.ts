/** A value as Retrieve returns and filters it. */
export type AttributeValue = string | number | boolean | readonly string[];
export interface DocumentContent {
  readonly text: string;
  readonly metadata: Readonly<Record<string, AttributeValue>>;
  /** Who may and may not find it, in a data source with access control lists. */
  readonly access: readonly { readonly name: string; readonly access: string }[];
}

/** One accepted change. Its status at any moment is arithmetic on the clock; there are no timers. */
export interface Operation {
  readonly content: DocumentContent | undefined;
  /** From when it shows: before, the document looks as it did (the not-found or stale window). */
  startAt: number;
  acceptedAt: number;
  visibleAt: number;
  pendingAt: number;
  progressAt: number;
  doneAt: number;
  readonly final: string;
  readonly reason?: string | undefined;
}

export interface StoredDocument {
  readonly id: string;
  /** Position in the listing order. */
  readonly position: number;
  /** The last final status, or undefined before the first. */
  settled: { status: string; reason?: string | undefined; updatedAt: number } | undefined;
  /** What Retrieve finds: the content of the last change that was indexed. */
  live: DocumentContent | undefined;
  /** In order of start. A change that starts before the one under way is done replaces it. */
  operations: Operation[];
}

export interface Status {
  readonly status: string;
  readonly reason?: string | undefined;
  readonly updatedAt?: number;
}

export interface DocumentStore {
  get(id: string): StoredDocument | undefined;
  /** Puts a change in its place in the order of starts; creates the document. */
  add(id: string, operation: Operation): void;
  status(id: string): Status;
  /** Documents at and after a position, with their position. */
  list(from: number, limit: number): { documents: StoredDocument[]; next: number | undefined };
  /** Brings every document up to now and gives those whose content changed since the last call. */
  changedSinceLastRead(): ReadonlySet<string>;
  all(): IterableIterator<StoredDocument>;
}

export function createDocumentStore(now: () => number): DocumentStore {
  const documents = new Map<string, StoredDocument>();
  const order: (StoredDocument | undefined)[] = [];
  const unsettled = new Set<StoredDocument>();
  let changed = new Set<string>();

  const apply = (document: StoredDocument, operation: Operation): void => {
    changed.add(document.id);
    if (operation.final === 'NOT_FOUND') {
      document.live = undefined;
      document.settled = undefined;
      return;
    }
    document.settled = { status: operation.final, reason: operation.reason, updatedAt: operation.doneAt };
    if (/^(PARTIALLY_)?INDEXED$/.test(operation.final)) document.live = operation.content;
  };
  const settle = (document: StoredDocument): void => {
    const time = now();
    for (;;) {
      const [first, second] = document.operations;
      if (!first) break;
      const nextStart = second && second.startAt <= time ? second.startAt : undefined;
      if (first.doneAt <= (nextStart ?? time)) apply(document, first);
      else if (nextStart === undefined) break;
      document.operations.shift();
    }
    if (document.operations.length > 0) return;
    unsettled.delete(document);
    if (document.settled === undefined && documents.get(document.id) === document) {
      documents.delete(document.id);
      order[document.position] = undefined;
    }
  };
  const get = (id: string): StoredDocument | undefined => {
    const document = documents.get(id);
    if (document) settle(document);
    return documents.get(id);
  };
  const statusOf = (document: StoredDocument): Status => {
    const time = now();
    const operation = document.operations[0];
    if (!operation || time < operation.startAt || time < operation.visibleAt)
      return document.settled ?? { status: 'NOT_FOUND' };
    const deleting = operation.final === 'NOT_FOUND';
    if (time < operation.pendingAt)
      return { status: deleting ? 'DELETING' : 'STARTING', updatedAt: operation.acceptedAt };
    if (time < operation.progressAt)
      return { status: deleting ? 'DELETING' : 'PENDING', updatedAt: operation.pendingAt };
    return { status: deleting ? 'DELETE_IN_PROGRESS' : 'IN_PROGRESS', updatedAt: operation.progressAt };
  };
  return {
    get,
    add(id, operation) {
      let document = get(id);
      if (!document) {
        document = { id, position: order.length, settled: undefined, live: undefined, operations: [] };
        documents.set(id, document);
        order.push(document);
      }
      document.operations.push(operation);
      if (document.operations.length > 1) document.operations.sort((a, b) => a.startAt - b.startAt);
      unsettled.add(document);
    },
    status(id) {
      const document = get(id);
      return document ? statusOf(document) : { status: 'NOT_FOUND' };
    },
    list(from, limit) {
      const found: StoredDocument[] = [];
      let position = from;
      for (; position < order.length && found.length < limit; position++) {
        const document = order[position];
        if (!document) continue;
        settle(document);
        if (order[position] && statusOf(document).status !== 'NOT_FOUND') found.push(document);
      }
      return { documents: found, next: position < order.length ? position : undefined };
    },
    changedSinceLastRead() {
      for (const document of unsettled) settle(document);
      const ids = changed;
      changed = new Set();
      return ids;
    },
    all: () => documents.values(),
  };
}
