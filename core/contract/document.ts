/** Who may read a document. Unknown means nobody: what cannot be decided is withheld. */
export type Access =
  | { readonly allow: readonly string[]; readonly deny: readonly string[] }
  | { readonly everyone: true; readonly reason: string };

export type Trust = 'system' | 'internal' | 'external';

export type MetadataValue = string | number | boolean | readonly string[];

/** Where one contribution to a document came from. */
export interface PartRef {
  /** The part's path in its kind: `contacts`, `opportunities.lines`. */
  readonly part: string;
  readonly system: string;
  readonly stream: string;
  readonly key: string;
  readonly modifiedAt?: string;
  readonly url?: string;
}

/** A unit of knowledge that an agent retrieves and cites: the same on every destination. */
export interface BusinessDocument {
  /** `<namespace>:<kind>:<system>:<instance>:<stream>:<key>`, each percent-encoded, at most 512 bytes. */
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  /** Markdown; each section repeats its subject, since retrievers split and flatten. */
  readonly body: string;
  /** Deep link into the system of record. */
  readonly url?: string;
  readonly origin: {
    readonly system: string;
    readonly stream: string;
    readonly key: string;
    readonly modifiedAt?: string;
  };
  /** Every record that contributed, in the order of the kind. */
  readonly parts: readonly PartRef[];
  /** Flat, declared by the kind. Instants stand twice: ISO 8601 and, with the suffix `_epoch`, seconds. */
  readonly metadata: Readonly<Record<string, MetadataValue>>;
  readonly access: Access;
  readonly classification: string;
  readonly trust: Trust;
  /** The first 12 characters of the content fingerprint. Equal versions hold equal content. */
  readonly version: string;
}
