import { setTimeout as delay } from 'node:timers/promises';
import type { BaseRetriever } from '@langchain/core/retrievers';
import type { AzureAiSearchConfig } from '../connectors/azure-ai-search/index.ts';
import type { BedrockConfig } from '../connectors/bedrock-knowledge-base/index.ts';
import type { Config } from '../core/config/config.ts';
import type { Context, Log } from '../core/contract/context.ts';
import { ConfigError } from '../core/contract/errors.ts';
import type { RetrieverOptions } from '../core/retrieval/langchain-retriever.ts';
import type { PassageMetadata, RetrievedPassage } from '../core/retrieval/passage.ts';
import type { RetrievalRequest } from '../core/retrieval/retrieval-request.ts';

/** A plane opened for questions: the same passages, ids, versions and citations whichever service is behind it. */
export interface Retrieval {
  /** The best passage of each document, best first, within what the asker may read. */
  retrieve(request: RetrievalRequest): Promise<readonly RetrievedPassage[]>;
  /** A LangChain retriever for one asker: without `principals` it finds what everyone may read. */
  retriever(options?: RetrieverOptions): BaseRetriever<PassageMetadata>;
}
export interface RetrievalOptions {
  readonly log?: Log;
  readonly signal?: AbortSignal;
}

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** Opens a destination of a configuration for questions alone: no catalog, no run, and read permissions are enough. */
export async function openRetrieval(
  config: Config,
  destination: string,
  options: RetrievalOptions = {},
): Promise<Retrieval> {
  const found = config.destinations[destination];
  if (!found) {
    throw new ConfigError('DESTINATION_UNKNOWN', `there is no destination named ${destination}`, {
      hint: `choose from: ${Object.keys(config.destinations).join(', ')}`,
    });
  }
  const context = contextOf(destination, options);
  switch (found.connector.type) {
    case 'azure-ai-search': {
      const { openAzureAiSearchRetrieval } = await import('../connectors/azure-ai-search/index.ts');
      return openAzureAiSearchRetrieval(found.settings as AzureAiSearchConfig, context);
    }
    case 'bedrock-knowledge-base': {
      const { openBedrockRetrieval } = await import('../connectors/bedrock-knowledge-base/index.ts');
      return openBedrockRetrieval(found.settings as BedrockConfig, context);
    }
    default:
      throw new ConfigError(
        'NO_RETRIEVER',
        `destinations of type ${found.connector.type} have no retriever`,
        {
          where: `destinations.${destination}`,
          hint: 'ask it with `tributary ask`, or open it with its own SDK',
        },
      );
  }
}

function contextOf(
  name: string,
  { log = silent, signal = new AbortController().signal }: RetrievalOptions,
): Context {
  const entries = new Map<string, Uint8Array>();
  return {
    name,
    signal,
    log,
    now: Date.now,
    sleep: (ms) => delay(ms, undefined, { signal }),
    installation: '',
    cache: (cache) => ({
      get: async (key) => entries.get(`${cache}/${key}`),
      set: async (key, value) => void entries.set(`${cache}/${key}`, value),
    }),
  };
}
