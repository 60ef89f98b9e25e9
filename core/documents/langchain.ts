import type { DocumentInterface } from '@langchain/core/documents';
import type { BusinessDocument } from '../contract/document.ts';

/** The metadata of a LangChain document: what the kind declares, beside what the document says of itself. */
export type LangChainMetadata = Readonly<Record<string, unknown>> &
  Pick<
    BusinessDocument,
    'kind' | 'title' | 'origin' | 'parts' | 'access' | 'classification' | 'trust' | 'version'
  > & {
    /** The document's url, where LangChain's retrievers and citations look for it. */
    readonly source?: string;
  };

/** A `Document` of `@langchain/core` in shape; `fromLangChainDocument` gives back the same document. */
export function toLangChainDocument(document: BusinessDocument): DocumentInterface<LangChainMetadata> {
  const { id, body, url, metadata, ...own } = document;
  return {
    id,
    pageContent: body,
    metadata: { ...metadata, ...own, ...(url === undefined ? {} : { source: url }) },
  };
}

/** Throws a `TypeError` for a document that `toLangChainDocument` did not make. */
export function fromLangChainDocument(document: DocumentInterface): BusinessDocument {
  const { kind, title, origin, parts, access, classification, trust, version, source, ...metadata } =
    document.metadata as LangChainMetadata;
  const own = { kind, title, origin, parts, access, classification, trust, version };
  const absent = Object.entries(own).find(([, value]) => value === undefined)?.[0];
  if (document.id === undefined || absent !== undefined) {
    throw new TypeError(`The document has no ${absent ?? 'id'}: it was not made by toLangChainDocument.`);
  }
  return {
    ...own,
    id: document.id,
    body: document.pageContent,
    metadata: metadata as BusinessDocument['metadata'],
    ...(source === undefined ? {} : { url: source }),
  };
}
