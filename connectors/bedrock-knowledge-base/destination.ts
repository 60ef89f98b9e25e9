import { hash } from 'node:crypto';
import type { Context } from '../../core/contract/context.ts';
import type { Destination, InventoryItem, SearchHit } from '../../core/contract/destination.ts';
import type { BusinessDocument } from '../../core/contract/document.ts';
import { accessClass } from './access-class.ts';
import { shareAccount } from './account.ts';
import { createAsk } from './ask.ts';
import { createBatchSize } from './batch-size.ts';
import { createBedrockClient } from './client.ts';
import type { BedrockConfig } from './config.ts';
import { createConcurrency } from './concurrency.ts';
import { createConfirmer } from './confirm.ts';
import { createDoubts } from './doubts.ts';
import { inventoryStatus } from './inventory-status.ts';
import { createLeftOut } from './left-out.ts';
import { metadataBudget } from './metadata-budget.ts';
import { readBack } from './read-back.ts';
import {
  formVersion,
  jsonBytes,
  requestDocument,
  tokensOf,
  type RequestDocument,
} from './request-document.ts';
import { createRuntimeClient, type RetrieveQuestion } from './runtime-client.ts';
import { createSearcher } from './search.ts';
import { createSlot } from './slot.ts';
import { survey } from './survey.ts';
import { sendChanges } from './write.ts';

/** Requests are handed over a little faster than they may leave, so that one always waits for its turn and none comes late. */
const ahead = 1.05;

/** The service takes 6 MB; the envelope of the request and some room are left. */
const maxRequestBytes = 5_500_000 - 500;

/** A data source of a knowledge base of either generation, written by direct ingestion. */
export function createBedrockDestination(config: BedrockConfig, context: Context): Destination {
  const client = createBedrockClient(config);
  const runtime = createRuntimeClient(config);
  const doubts = createDoubts(config.doubtWindow);
  const account = shareAccount(config, context);
  const { paces } = account;
  const concurrency = createConcurrency({ max: config.inFlight, now: context.now });
  const size = (operation: string) =>
    createBatchSize({
      context,
      key: `${config.region} ${config.knowledgeBaseId} ${operation}`,
      start: config.batchSize,
      max: config.maxBatchSize,
    });
  const sizes = { ingest: size('ingest'), remove: size('delete'), get: size('get') };
  const budget = metadataBudget(config);
  const profile = hash(
    'sha256',
    JSON.stringify([
      formVersion,
      config.region,
      config.knowledgeBaseId,
      config.dataSourceId ?? [
        config.dataSource?.create.name,
        config.dataSource?.create.chunking ?? null,
        ...(config.dataSource?.create.parsing ? [config.dataSource.create.parsing] : []),
      ],
      budget,
      ...(config.accessControlList === undefined ? [] : [config.accessControlList.users]),
    ]),
  );
  const leftOut = createLeftOut({ context, budget, store: config.vectorStore, profile });

  const ask = createAsk(context);
  const slot = createSlot({
    client,
    config,
    context,
    ask,
    holdsDocuments: async () => {
      await paces.list.take();
      return (await ask(() => client.list(undefined))).page.length > 0;
    },
    leftOut,
  });
  const retrieve = async (question: RetrieveQuestion) => {
    await paces.retrieve.take();
    return ask(() => runtime.retrieve(question));
  };
  const searcher = createSearcher(retrieve, config);
  const confirmer = createConfirmer({
    client,
    context,
    doubts,
    pace: paces.get,
    size: sizes.get,
    doubtWindowMs: config.doubtWindow,
    retrieve,
  });

  const encoded = (document: BusinessDocument): RequestDocument => {
    const made = requestDocument(document, budget, config.accessControlList?.users);
    leftOut.note(made.leftOut);
    return made;
  };

  return {
    profile,
    // One after the other: writes, deletes, and either again in smaller requests.
    longestWriteMs: 4 * config.requestTimeout,
    limits: () => ({
      maxDocuments: sizes.ingest.current(),
      maxBytes: maxRequestBytes,
      maxDocumentBytes: maxRequestBytes,
      maxInFlight: account.share(concurrency.current()),
      maxOpen: Math.ceil(account.share(concurrency.current()) * confirmer.openForOneAtWork()),
      requestsPerSecond: paces.ingest.perSecond() * ahead,
    }),
    check: () => slot.check(),
    async plan() {
      await sizes.ingest.load();
      return slot.plan();
    },
    apply: (_plan, options = {}) => slot.apply(options),
    survey: () => survey({ client, runtime, config, ask, pace: (operation) => paces[operation].take() }),
    encode(change) {
      const addresses = [change.id];
      if (change.action === 'delete')
        return { bytes: jsonBytes({ dataSourceType: 'CUSTOM', custom: { id: change.id } }), addresses };
      const { wire, refused } = encoded(change.document);
      return {
        bytes: jsonBytes(wire),
        addresses,
        embeddingTokens: tokensOf(change.document),
        ...(refused === undefined ? {} : { refused }),
      };
    },
    async write(changes) {
      await Promise.all([account.busy(), sizes.ingest.load(), sizes.remove.load()]);
      const outcomes = await sendChanges(changes, {
        client,
        context,
        doubts,
        paces,
        document(change) {
          searcher.learn(accessClass(change.document.access));
          return encoded(change.document);
        },
        sizes,
        concurrency,
      });
      await Promise.all([leftOut.save(), sizes.ingest.save(), sizes.remove.save()]);
      return outcomes;
    },
    confirm: confirmer.confirm,
    async *inventory(): AsyncIterable<InventoryItem> {
      let nextToken: string | undefined;
      do {
        const token = nextToken;
        await paces.list.take();
        const answer = await ask(() => client.list(token));
        for (const detail of answer.page) {
          const status = inventoryStatus(detail);
          if (status) yield { id: detail.id, status, addresses: [detail.id] };
        }
        nextToken = answer.nextToken;
      } while (nextToken !== undefined);
    },
    readBack: (changes) => readBack(changes, (change) => encoded(change.document), retrieve),
    search: async (request) => (await searcher.search(request)).map(hitOf),
    async close() {
      await account.release();
      client.close();
      runtime.close();
    },
  };
}

const hitOf = ({ id, title, url, version, text, score }: SearchHit): SearchHit => ({
  id,
  text,
  score,
  ...(title === undefined ? {} : { title }),
  ...(url === undefined ? {} : { url }),
  ...(version === undefined ? {} : { version }),
});
