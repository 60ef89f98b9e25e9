import type { DocumentInterface } from '@langchain/core/documents';
import type { SearchHit } from '../contract/destination.ts';
import type { MetadataValue } from '../contract/document.ts';

/** One passage with all that its plane says of the document: the same on every plane. */
export interface RetrievedPassage extends SearchHit {
  readonly kind?: string;
  /** Which passage of the document it is, counted from 0; absent where the service does not say. */
  readonly passage?: number;
  /** What the kind declares, as it was published. */
  readonly metadata: Readonly<Record<string, MetadataValue>>;
  readonly classification?: string;
  readonly trust?: string;
  /** ISO 8601: when the record behind the document last changed. */
  readonly modifiedAt?: string;
  readonly origin?: { readonly system: string; readonly stream: string; readonly key: string };
  /** The part of the passage that answers best, where the service marks one. */
  readonly caption?: string;
  /** The score of a second ranking by meaning, where the service made one. */
  readonly rerankerScore?: number;
}

/** What a citation needs, beside the metadata that the kind declares. */
export interface PassageMetadata extends Record<string, unknown> {
  /** The deep link into the system of record. */
  readonly source?: string;
  readonly title?: string;
  readonly kind?: string;
  readonly version?: string;
  readonly modified_at?: string;
  readonly retrieval: {
    /** The destination that was asked, as the configuration names it. */
    readonly destination: string;
    /** Counted from 0; absent where the service does not say. */
    readonly passage?: number;
    /** The plane's own scale: comparable within one answer only. */
    readonly score: number;
    readonly rerankerScore?: number;
    readonly caption?: string;
    /** Seconds between the record's last change and the question. */
    readonly ageSeconds?: number;
  };
}

/** A passage as a `Document` of `@langchain/core` in shape; its id is the business document's. */
export function toLangChainPassage(
  passage: RetrievedPassage,
  asked: { readonly destination: string; readonly now: number },
): DocumentInterface<PassageMetadata> {
  const { id, text, title, url, version, kind, classification, trust, modifiedAt, origin } = passage;
  const time = modifiedAt === undefined ? NaN : Date.parse(modifiedAt);
  const own = {
    source: url,
    title,
    kind,
    version,
    modified_at: modifiedAt,
    classification,
    trust,
    origin_system: origin?.system,
    origin_stream: origin?.stream,
    origin_key: origin?.key,
  };
  return {
    id,
    pageContent: text,
    metadata: {
      ...passage.metadata,
      ...Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined)),
      retrieval: {
        destination: asked.destination,
        ...(passage.passage === undefined ? {} : { passage: passage.passage }),
        score: passage.score,
        ...(passage.rerankerScore === undefined ? {} : { rerankerScore: passage.rerankerScore }),
        ...(passage.caption === undefined ? {} : { caption: passage.caption }),
        ...(Number.isNaN(time) ? {} : { ageSeconds: Math.max(0, Math.round((asked.now - time) / 1000)) }),
      },
    },
  };
}
