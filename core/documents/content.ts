import type { BusinessDocument } from '../contract/document.ts';
import { canonicalJson, sha256 } from './canonical.ts';

/** Characters of the content fingerprint that stand in a document as its version. */
export const versionLength = 12;

/** A document without the stamps that move while its content stays: what fingerprints cover. */
export type Content = Omit<BusinessDocument, 'version'>;

/** SHA-256 over the canonical document without `version`, `origin.modifiedAt` and `parts[].modifiedAt`. */
export function contentFingerprint(document: Content & { readonly version?: string }): string {
  const { version: _version, origin, parts, ...rest } = document;
  return sha256(
    canonicalJson({ ...rest, origin: withoutStamp(origin), parts: parts.map((part) => withoutStamp(part)) }),
  );
}

function withoutStamp<T extends { readonly modifiedAt?: string }>(value: T): Omit<T, 'modifiedAt'> {
  const { modifiedAt: _modifiedAt, ...rest } = value;
  return rest;
}
