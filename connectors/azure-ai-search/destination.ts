import { hash } from 'node:crypto';
import type { Context } from '../../core/contract/context.ts';
import type { Destination, Encoded, InventoryItem, SearchHit } from '../../core/contract/destination.ts';
import type { RetrievedPassage } from '../../core/retrieval/passage.ts';
import type { RetrievalRequest } from '../../core/retrieval/retrieval-request.ts';
import { createAdaptiveLimits } from './adaptive-limits.ts';
import { createCapacityGuard } from './capacity.ts';
import { createAzureSearchClient } from './client.ts';
import type { AzureAiSearchConfig } from './config.ts';
import { connect } from './connection.ts';
import { embedderOf, modelOf, type OwnEmbeddings } from './create-embedder.ts';
import { createDestinationSlots } from './destination-slots.ts';
import { indexFields, layoutVersion } from './fields.ts';
import { createIndexPlanner } from './index-plan.ts';
import { readInventory } from './inventory.ts';
import { createLastChange } from './last-change.ts';
import { createLateRequests } from './late-requests.ts';
import { createChangeMapper } from './map-change.ts';
import { readBack } from './read-back.ts';
import type { Action } from './search-document.ts';
import { createSearcher } from './search.ts';
import { createServingPlanner } from './serving.ts';
import { createServiceClient } from './service-client.ts';
import { engineError } from './service-error.ts';
import { survey } from './survey.ts';
import { writeChanges } from './write-changes.ts';

/** Publishes to one Azure AI Search index: one search document for each business document, or for each passage of it. */
export async function createAzureAiSearchDestination(
  configured: AzureAiSearchConfig,
  context: Context,
  { own, slot }: { readonly own?: OwnEmbeddings | undefined; readonly slot?: string | undefined } = {},
): Promise<Destination> {
  const config = slot === undefined ? configured : { ...configured, index: slot };
  const connection = await connect(config, context);
  const client = createAzureSearchClient(config, connection);
  const limits = createAdaptiveLimits({
    ...config.batch,
    maxDocumentBytes: Math.min(config.batch.maxDocumentBytes, config.batch.maxBytes),
  });
  const service = createServiceClient(config, connection);
  const capacity = createCapacityGuard(config, service, context.log);
  const planner = createIndexPlanner(config, client, context, capacity);
  const serving = createServingPlanner(config, service, context, slot === undefined);
  const embedder = await embedderOf(config, context, own);
  const map = createChangeMapper(config);
  const late = createLateRequests(context);
  const lastChange = createLastChange(config.index, client, context);
  const retrieve = createSearcher(config, client, embedder);
  const guarded = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw engineError(error, config.index);
    }
  };

  return {
    profile: profileOf(config, own),
    // One after the other: vectors, what is left of a document, its passages, those that are refused together, removals.
    longestWriteMs: 5 * config.requestTimeout,
    limits: () => limits.current(),
    async check() {
      const found = await guarded(client.getIndex());
      if (found !== undefined) await guarded(client.countDocuments());
      await embedder?.check();
    },
    async plan() {
      const plan = await guarded(planner.plan());
      return { ...plan, steps: [...plan.steps, ...(await guarded(serving.steps()))] };
    },
    async apply(_plan, options = {}) {
      await guarded(planner.apply(options));
      await guarded(serving.apply());
    },
    survey: () => survey(config, service),
    encode(change): Encoded {
      const { bytes, keys, uploads, refused } = map(change);
      return {
        bytes,
        addresses: keys,
        ...(embedder === undefined ? {} : { embeddingTokens: tokensOf(uploads) }),
        ...(refused === undefined ? {} : { refused }),
      };
    },
    write: (changes) =>
      writeChanges(changes, {
        map,
        client,
        limits,
        capacity,
        lastChange,
        late,
        chunked: config.chunks !== undefined,
        embedder,
      }),
    async *inventory(): AsyncIterable<InventoryItem> {
      try {
        await lastChange.visible();
        yield* readInventory(client, context.log, config.chunks !== undefined);
      } catch (error) {
        throw engineError(error, config.index);
      }
    },
    async readBack(changes) {
      await guarded(lastChange.visible());
      return guarded(readBack(changes, { client, map, config }));
    },
    async search(request: RetrievalRequest) {
      return (await guarded(retrieve(request))).map(hit);
    },
    slots: createDestinationSlots(config, context),
  };
}

/** English text has about four characters a token. */
const tokensOf = (uploads: readonly Action[]): number =>
  uploads.reduce((sum, { content }) => sum + Math.ceil(String(content ?? '').length / 4), 0);

function hit({ id, title, url, version, text, score }: RetrievedPassage): SearchHit {
  return {
    id,
    text,
    score,
    ...(title === undefined ? {} : { title }),
    ...(url === undefined ? {} : { url }),
    ...(version === undefined ? {} : { version }),
  };
}

/** Another index, layout or set of declared fields stores other documents; pace and limits do not. */
function profileOf(config: AzureAiSearchConfig, own: OwnEmbeddings | undefined): string {
  const fields = indexFields(config).map(({ name, type }) => `${name}:${type}`);
  const { chunks, vector, languages } = config;
  const more = [
    ...(chunks ? [{ chunks }] : []),
    ...(languages ? [{ languages: [languages.field, ...Object.keys(languages.analyzers).sort()] }] : []),
    ...(vector ? [{ vectors: [vector.provider, vector.dimensions, modelOf(vector, own)] }] : []),
  ];
  return hash('sha256', JSON.stringify([layoutVersion, config.index, fields, ...more]));
}
