import type { BatchLimits } from '../../core/contract/destination.ts';

/** Limits that shrink when the service is too busy or a request too large, and grow back with every success. */
export interface AdaptiveLimits {
  current(): BatchLimits;
  /** 503 or 429: half the documents and half the requests at once. */
  slowDown(): void;
  /** 413: half the bytes. */
  tooLarge(): void;
  succeeded(): void;
}

const growth = 0.1;

export function createAdaptiveLimits(most: BatchLimits): AdaptiveLimits {
  let pace = 1;
  let size = 1;
  const least = 1 / most.maxDocuments;
  return {
    current: () => ({
      ...most,
      maxDocuments: Math.max(1, Math.floor(most.maxDocuments * pace)),
      maxInFlight: Math.max(1, Math.floor(most.maxInFlight * pace)),
      requestsPerSecond: Math.max(Math.min(1, most.requestsPerSecond), most.requestsPerSecond * pace),
      maxBytes: Math.max(Math.min(most.maxDocumentBytes, most.maxBytes), Math.floor(most.maxBytes * size)),
    }),
    slowDown() {
      pace = Math.max(least, pace / 2);
    },
    tooLarge() {
      size = Math.max(0.01, size / 2);
    },
    succeeded() {
      pace = Math.min(1, pace + growth);
      size = Math.min(1, size + growth);
    },
  };
}
