import type { LoopbackReply } from '../../../core/testing/loopback-server.ts';
import type { DocumentStore } from './document-store.ts';
import {
  documentFault,
  readActions,
  type IndexingAction,
  type StoredDocument,
} from './document-validation.ts';
import { isVectorType, type IndexDefinition } from './index-definition.ts';

interface ItemResult {
  readonly key: string;
  readonly status: boolean;
  readonly errorMessage: string | null;
  readonly statusCode: number;
}

/** Statuses of single documents that a request may be answered with: https://learn.microsoft.com/azure/search/search-how-to-load-search-index */
export type ItemRefusal = 409 | 422 | 429 | 503;
export type RefuseItem = (key: string) => ItemRefusal | undefined;

const refusals: Readonly<Record<ItemRefusal, string>> = {
  409: 'The document was changed by another request at the same time.',
  422: 'The index is temporarily unavailable.',
  429: 'Document quota has been exceeded for this index.',
  503: 'The service is too busy',
};

/** https://learn.microsoft.com/rest/api/searchservice/documents/ */
export function indexDocuments(
  body: unknown,
  index: IndexDefinition,
  store: DocumentStore,
  options: {
    readonly apiVersion: string;
    readonly onDuplicateKey: (key: string) => void;
    readonly refusal: RefuseItem;
  },
): Pick<LoopbackReply, 'status' | 'body'> {
  const actions = readActions(body, index, options.apiVersion);
  const seen = new Set<string>();
  const changes: { key: string; document: StoredDocument | undefined }[] = [];
  const results = actions.map((action): ItemResult => {
    const { key } = action;
    if (seen.has(key)) {
      options.onDuplicateKey(key);
      return failed(key, 409, `The document with key '${key}' stands more than once in the request.`);
    }
    seen.add(key);
    const refused = options.refusal(key);
    if (refused !== undefined) return failed(key, refused, refusals[refused]);
    const existed = store.exists(key);
    if (action.action === 'delete') {
      if (existed) changes.push({ key, document: undefined });
      return done(key, 200);
    }
    if (action.action === 'merge' && !existed) return failed(key, 404, 'Document not found.');
    const document = result(action, existed, index, store);
    const fault = documentFault(document, index);
    if (fault) return failed(key, 400, fault);
    changes.push({ key, document });
    return done(key, existed ? 200 : 201);
  });
  store.commit(changes);
  return {
    status: results.every((one) => one.status) ? 200 : 207,
    body: { value: results },
  };
}

/** An upload replaces; a merge patches, and loses vectors that the index does not store and the request does not bring. */
function result(
  { action, key, document }: IndexingAction,
  existed: boolean,
  index: IndexDefinition,
  store: DocumentStore,
): StoredDocument {
  const kept = existed && action !== 'upload' ? { ...store.accepted(key) } : {};
  for (const field of index.fields) if (isVectorType(field.type) && !field.stored) delete kept[field.name];
  for (const name in document) {
    if (document[name] === null) delete kept[name];
    else kept[name] = document[name];
  }
  return kept;
}

const done = (key: string, statusCode: number): ItemResult => ({
  key,
  status: true,
  errorMessage: null,
  statusCode,
});
const failed = (key: string, statusCode: number, errorMessage: string): ItemResult => ({
  key,
  status: false,
  errorMessage,
  statusCode,
});
