import type { Classification } from '../config/schema.ts';
import type { BusinessDocument } from '../contract/document.ts';
import { canonicalJson, sha256 } from '../documents/canonical.ts';
import { isStricter } from '../documents/classification.ts';
import { contentFingerprint } from '../documents/content.ts';
import type { PlaneDecision } from '../documents/kind.ts';

export interface PlanePolicyOptions {
  /** The destination's name in the configuration. */
  readonly destination: string;
  /** The label that rules may name. */
  readonly plane: 'stateful' | 'stateless';
  /** The strictest classification that may go there. */
  readonly accepts: Classification;
  /** The destination's own: every setting that changes what it stores. */
  readonly profile: string;
}

/** Decides for one destination what it may hold, and in which form. Pure. */
export interface PlanePolicy {
  /** `content` is the document's content fingerprint where the caller has it: it saves computing it again. */
  decide(document: BusinessDocument, content?: string): PlaneDecision;
  /** Why nothing of this classification may lie there; undefined when it may. */
  refuses(classification: string): string | undefined;
}

/**
 * The desired fingerprint covers the document exactly as sent, without the stamps that move while content stays, and
 * the destination's profile.
 */
export function createPlanePolicy({ destination, plane, accepts, profile }: PlanePolicyOptions): PlanePolicy {
  const refuses = (classification: string): string | undefined =>
    isStricter(classification, accepts)
      ? `it is ${classification}; ${destination} (${plane}) accepts ${accepts} at most`
      : undefined;
  return {
    refuses,
    decide(document, content = contentFingerprint(document)) {
      const reason = refuses(document.classification);
      if (reason !== undefined) return { status: 'withheld', reason };
      return { status: 'send', document, fingerprint: sha256(canonicalJson({ content, profile })) };
    },
  };
}
