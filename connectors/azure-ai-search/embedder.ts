import type { EmbeddingsInterface } from '@langchain/core/embeddings';
import { hash } from 'node:crypto';
import pLimit from 'p-limit';
import type { Cache, Context } from '../../core/contract/context.ts';
import type { Outcome } from '../../core/contract/destination.ts';
import { ConfigError, isConfigError, isTransientError } from '../../core/contract/errors.ts';
import { retry } from '../../core/http/retry.ts';
import { createTokenBucket } from '../../core/http/token-bucket.ts';
import { EmbeddingRefused } from './embedding-refused.ts';
import { inTurn } from './embedding-turns.ts';

export interface EmbedderOptions {
  readonly embeddings: EmbeddingsInterface;
  /** Names the model: vectors of two models are never mixed. */
  readonly model: string;
  readonly dimensions: number;
  /** Texts in one request. */
  readonly batchSize: number;
  /** Requests under way at once. */
  readonly inFlight: number;
  readonly requestsPerSecond: number;
  readonly tokensPerMinute?: number | undefined;
  /** Whose turn it is: the same for every destination that asks the same deployment. */
  readonly deployment: string;
  /** What is kept of vectors for the next time. */
  readonly cacheBytes: number;
}

/** A text's vector, or why it has none: an outcome for every document that holds the text. */
export type Embedded = { readonly vector: readonly number[] } | { readonly outcome: Outcome };

export interface Embedder {
  /** One answer for each different text. Never asks twice for one text, model and length of vector. */
  embed(texts: readonly string[]): Promise<ReadonlyMap<string, Embedded>>;
  /** Throws what a person must correct. Asks once for each deployment: a run without changes embeds nothing. */
  check(): Promise<void>;
  /** Throws what the provider says when a question cannot be embedded. */
  embedQuery(text: string): Promise<readonly number[]>;
}

const maxCharacters = 200_000;
const attempts = 4;
const charactersPerToken = 4;
const maxCacheReads = 500;

/** Vectors by way of the cache, in batches, at the pace that the provider allows. */
export function createEmbedder(
  options: EmbedderOptions,
  context: Pick<Context, 'cache' | 'log' | 'now' | 'sleep' | 'signal'>,
): Embedder {
  const { embeddings, dimensions } = options;
  const cache: Cache = context.cache('embeddings', { shared: true, maxBytes: options.cacheBytes });
  const clock = { now: context.now, sleep: context.sleep };
  const requests = createTokenBucket({ perSecond: options.requestsPerSecond, ...clock });
  const perSecond = (options.tokensPerMinute ?? 0) / 60;
  const tokens =
    options.tokensPerMinute === undefined
      ? undefined
      : createTokenBucket({
          perSecond,
          burst: Math.max(1, Math.floor(options.tokensPerMinute / 6)),
          ...clock,
        });

  const keyOf = (text: string): string => hash('sha256', JSON.stringify([options.model, dimensions, text]));

  const ask = async (texts: readonly string[]): Promise<readonly (readonly number[])[]> =>
    retry(
      async () => {
        context.signal.throwIfAborted();
        await requests.take();
        const size = texts.reduce((sum, text) => sum + text.length, 0);
        await tokens?.take(Math.ceil(size / charactersPerToken));
        const vectors = await embeddings.embedDocuments([...texts]);
        return texts.map((_, at) => checked(vectors[at], dimensions));
      },
      { attempts, sleep: context.sleep },
    );

  const embedBatch = async (
    texts: readonly string[],
    found: Map<string, Embedded>,
  ): Promise<Outcome | undefined> => {
    try {
      const vectors = await ask(texts);
      const made = texts.map((text, at) => ({
        text,
        bytes: new Uint8Array(Float32Array.from(vectors[at]!).buffer),
      }));
      await Promise.all(made.map(({ text, bytes }) => cache.set(keyOf(text), bytes)));
      for (const { text, bytes } of made) found.set(text, { vector: numbersOf(bytes) });
      return undefined;
    } catch (error) {
      if (error instanceof EmbeddingRefused) {
        if (texts.length > 1) {
          for (const text of texts) {
            const stopped = await embedBatch([text], found);
            if (stopped) return stopped;
          }
          return undefined;
        }
        const reason = `a passage cannot be embedded: ${error.message}`;
        found.set(texts[0]!, { outcome: { status: 'rejected', code: 'AZURE_SEARCH_EMBEDDING', reason } });
        return undefined;
      }
      return outcomeOf(error, context.signal);
    }
  };

  const embedAll = async (texts: readonly string[]): Promise<ReadonlyMap<string, Embedded>> => {
    const found = new Map<string, Embedded>();
    const unique = [...new Set(texts)];
    for (let from = 0; from < unique.length; from += maxCacheReads) {
      await Promise.all(
        unique.slice(from, from + maxCacheReads).map(async (text) => {
          const bytes = await cache.get(keyOf(text));
          if (bytes?.length === dimensions * 4) found.set(text, { vector: numbersOf(bytes) });
        }),
      );
    }
    const missing = unique.filter((text) => !found.has(text));
    let stopped: Outcome | undefined;
    const line = pLimit(options.inFlight);
    const send = async (batch: readonly string[]): Promise<void> => {
      if (stopped === undefined) {
        const outcome = await embedBatch(batch, found);
        stopped ??= outcome;
      }
      if (stopped) for (const text of batch) if (!found.has(text)) found.set(text, { outcome: stopped });
    };
    await Promise.all([...batchesOf(missing, options.batchSize)].map((batch) => line(send, batch)));
    if (missing.length > 0)
      context.log.debug('Made vectors of passages.', {
        made: missing.length,
        cached: unique.length - missing.length,
      });
    return found;
  };

  return {
    embed: (texts) => inTurn(options.deployment, () => embedAll(texts)),
    check: () =>
      inTurn(options.deployment, async () => {
        const key = hash('sha256', JSON.stringify([options.deployment, dimensions]));
        if ((await cache.get(key)) !== undefined) return;
        checked(await embeddings.embedQuery('Tributary').catch(refused), dimensions);
        await cache.set(key, Uint8Array.of(1));
      }),
    async embedQuery(text) {
      const bytes = await cache.get(keyOf(text));
      if (bytes?.length === dimensions * 4) return numbersOf(bytes);
      return checked(await embeddings.embedQuery(text), dimensions);
    },
  };
}

function refused(error: unknown): never {
  if (!(error instanceof EmbeddingRefused)) throw error;
  throw new ConfigError(
    'AZURE_SEARCH_EMBEDDING',
    `The embedding model refuses a plain word: ${error.message}.`,
    {
      where: 'vector',
      hint: 'Compare the model, vector.dimensions and the region or deployment with what the provider offers there.',
    },
  );
}

function* batchesOf(texts: readonly string[], size: number): Iterable<readonly string[]> {
  let batch: string[] = [];
  let characters = 0;
  for (const text of texts) {
    if (batch.length > 0 && (batch.length >= size || characters + text.length > maxCharacters)) {
      yield batch;
      batch = [];
      characters = 0;
    }
    batch.push(text);
    characters += text.length;
  }
  if (batch.length > 0) yield batch;
}

/** Seven digits are what a vector of single precision holds: more would only be bytes. */
function numbersOf(bytes: Uint8Array): number[] {
  return Array.from(new Float32Array(bytes.slice().buffer), (one) => Number(one.toPrecision(7)));
}

function checked(vector: readonly number[] | undefined, dimensions: number): readonly number[] {
  if (vector?.length === dimensions && vector.every(Number.isFinite)) return vector;
  throw new ConfigError(
    'AZURE_SEARCH_VECTOR_LENGTH',
    `The embedding model gives vectors of ${vector?.length ?? 0} numbers, the index keeps ${dimensions}.`,
    { where: 'vector.dimensions', hint: 'Set the dimensions that the model gives.' },
  );
}

function outcomeOf(error: unknown, signal: AbortSignal): Outcome {
  if (isConfigError(error))
    return {
      status: 'halted',
      reason: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    };
  if (isTransientError(error)) {
    const wait = error.retryAfterMs;
    return { status: 'later', reason: error.message, ...(wait === undefined ? {} : { retryAfterMs: wait }) };
  }
  if (signal.aborted) return { status: 'later', reason: 'the run is stopping' };
  throw error;
}
