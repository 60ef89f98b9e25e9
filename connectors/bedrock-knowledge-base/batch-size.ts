import type { Context } from '../../core/contract/context.ts';

/** How many documents or ids one request holds: grows when the service accepts it, and is remembered. */
export interface BatchSize {
  load(): Promise<void>;
  save(): Promise<void>;
  /** What a batch may hold. */
  current(): number;
  /** What the next request may hold; more than has been accepted before in one request at a time only. */
  next(available: number): number;
  accepted(documents: number): void;
  /** The service takes no more than `limit` in one request. */
  refused(limit: number): void;
  /** The request said nothing about its size: it was throttled, lost or refused for another reason. */
  inconclusive(): void;
}

/**
 * The API model takes 10, the user guide says 25 (https://docs.aws.amazon.com/bedrock/latest/userguide/kb-direct-ingestion-add.html):
 * a larger request is tried once this many full ones have been accepted.
 */
const fullBefore = 5;

/** A refusal is forgotten after this time, since services grow. */
const refusalMs = 30 * 86_400_000;

export function createBatchSize(options: {
  readonly context: Context;
  /** What is counted, for the cache: one size for each knowledge base and operation. */
  readonly key: string;
  readonly start: number;
  readonly max: number;
}): BatchSize {
  const { context, key, start, max } = options;
  const cache = context.cache('bedrock-batch-size');
  let proven = start;
  let limit = Math.max(start, max);
  let full = 0;
  let trying = false;
  let changed = false;
  let loaded: Promise<void> | undefined;

  const read = async (): Promise<void> => {
    const bytes = await cache.get(key);
    if (!bytes) return;
    const saved = JSON.parse(Buffer.from(bytes).toString()) as { proven: number; limit?: number; at: number };
    const old = context.now() - saved.at > refusalMs;
    if (saved.limit !== undefined && !old) limit = Math.min(limit, saved.limit);
    proven = Math.min(limit, Math.max(proven, saved.proven));
  };
  const current = (): number => (full >= fullBefore ? limit : proven);
  return {
    load: () => (loaded ??= read()),
    async save() {
      if (!changed) return;
      changed = false;
      const told = limit < max ? { limit } : {};
      await cache.set(key, Buffer.from(JSON.stringify({ proven, ...told, at: context.now() })));
    },
    current,
    next(available) {
      const wanted = Math.min(available, current());
      if (wanted <= proven) return wanted;
      if (trying) return proven;
      trying = true;
      return wanted;
    },
    accepted(documents) {
      if (documents < proven) return;
      full++;
      if (documents === proven) return;
      proven = documents;
      trying = false;
      changed = true;
      context.log.info(`Bedrock takes ${documents} in one request.`, { documents });
    },
    refused(told) {
      trying = false;
      if (told < 1 || told >= limit) return;
      limit = told;
      proven = Math.min(proven, told);
      changed = true;
      context.log.info(`Bedrock takes ${told} documents in one request.`, { documents: told });
    },
    inconclusive() {
      trying = false;
    },
  };
}
