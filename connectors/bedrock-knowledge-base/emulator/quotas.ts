import { ServiceError } from './replies.ts';

/** Requests per second of each operation. https://docs.aws.amazon.com/general/latest/gr/bedrock.html */
const perSecond: Readonly<Record<string, number>> = {
  IngestKnowledgeBaseDocuments: 5,
  DeleteKnowledgeBaseDocuments: 5,
  GetKnowledgeBaseDocuments: 5,
  ListKnowledgeBaseDocuments: 5,
  GetKnowledgeBase: 10,
  GetDataSource: 10,
  UpdateDataSource: 5,
  CreateDataSource: 2,
  DeleteDataSource: 2,
  ListDataSources: 10,
  StartIngestionJob: 0.1,
  GetIngestionJob: 10,
  ListIngestionJobs: 10,
  Retrieve: 20,
};
/** Ingest and Delete requests of one account whose documents are still being processed. */
const maxInFlight = 10;

export interface Quotas {
  /** Throws 429 when the operation's rate is used up. */
  spend(operation: string): void;
  /** Throws the service's own 400 when too many Ingest and Delete requests are being processed. */
  admit(): void;
  /** Counts a request as in flight until all its documents are final. */
  occupy(until: number): void;
  inFlight(): number;
}

export function createQuotas(options: { readonly now: () => number; readonly enabled: boolean }): Quotas {
  const buckets = new Map<string, { tokens: number; at: number }>();
  let running: number[] = [];
  const inFlight = (): number => (running = running.filter((until) => until > options.now())).length;
  return {
    inFlight,
    spend(operation) {
      const rate = perSecond[operation];
      if (!options.enabled || rate === undefined) return;
      const now = options.now();
      const bucket = buckets.get(operation) ?? { tokens: Math.max(1, rate), at: now };
      bucket.tokens = Math.min(Math.max(1, rate), bucket.tokens + ((now - bucket.at) / 1000) * rate);
      bucket.at = now;
      buckets.set(operation, bucket);
      if (bucket.tokens < 1)
        throw new ServiceError('ThrottlingException', 'Too many requests, please wait before trying again.');
      bucket.tokens -= 1;
    },
    admit() {
      if (options.enabled && inFlight() >= maxInFlight)
        throw new ServiceError(
          'ValidationException',
          `The sum of concurrent IngestKnowledgeBaseDocuments and DeleteKnowledgeBaseDocuments requests can't exceed (${maxInFlight}). Retry your request later.`,
        );
    },
    occupy(until) {
      if (options.enabled) running.push(until);
    },
  };
}
