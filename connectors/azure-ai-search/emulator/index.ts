import { startLoopbackServer, type LoopbackServer } from '../../../core/testing/loopback-server.ts';
import type { StoredDocument } from './document-validation.ts';
import type { RefuseItem } from './indexing.ts';
import { createKnowledgeStore } from './knowledge.ts';
import { createRouter } from './router.ts';
import { createIndexRegistry } from './search-index.ts';
import type { Quotas } from './statistics.ts';

export interface AzureAiSearchEmulatorOptions {
  readonly port?: number;
  readonly now?: () => number;
  readonly apiKey?: string;
  /** The service's limits on the size of a request; on unless false. */
  readonly limits?: boolean;
  /** How long after its acceptance a change becomes visible to queries, counts and look-ups. */
  readonly visibilityDelayMs?: number;
  /** How long an alias may still lead to its former index: up to ten seconds at the service. */
  readonly aliasDelayMs?: number;
  /** More than so many documents in a second are answered 503, as by a service that is too small for its load. */
  readonly documentsPerSecond?: number;
  /** What the service may hold, as its statistics tell it. */
  readonly quotas?: Quotas;
  /** Semantic ranking and captions by a stand-in for the service's models; without it, base results with status 206. */
  readonly semanticRanker?: boolean;
}

export interface AzureAiSearchEmulator {
  readonly url: string;
  /** What a connector's configuration needs to reach it. */
  readonly env: Readonly<Record<string, string>>;
  readonly server: LoopbackServer;
  /** Keys that stood more than once in one request: the service promises no order for them. */
  readonly duplicateKeys: readonly string[];
  /** Every accepted and visible document of an index, in key order, with fields that no query can retrieve. */
  documents(index: string): readonly StoredDocument[];
  /** Answers a document's action with this status in place of taking it; the others of the request are taken. */
  refuse(item: RefuseItem): void;
  /** The index as `GET` would return it, or undefined. */
  definition(index: string): Readonly<Record<string, unknown>> | undefined;
  close(): Promise<void>;
}

/** Speaks the protocol of Azure AI Search on loopback; documents live in memory. */
export async function startAzureAiSearchEmulator(
  options: AzureAiSearchEmulatorOptions = {},
): Promise<AzureAiSearchEmulator> {
  const registry = createIndexRegistry({
    now: options.now ?? Date.now,
    visibilityDelayMs: options.visibilityDelayMs ?? 0,
    aliasDelayMs: options.aliasDelayMs ?? 0,
  });
  const duplicateKeys: string[] = [];
  let refusal: RefuseItem = () => undefined;
  const apiKey = options.apiKey ?? 'emulator-key';
  const router = createRouter({
    registry,
    knowledge: createKnowledgeStore(),
    now: options.now ?? Date.now,
    apiKey,
    limits: options.limits ?? true,
    quotas: options.quotas ?? {},
    semanticRanker: options.semanticRanker ?? true,
    url: () => server.url,
    onDuplicateKey: (key) => void duplicateKeys.push(key),
    refusal: (key) => refusal(key),
    admits: createAdmission(options.documentsPerSecond, options.now ?? Date.now),
  });
  const server: LoopbackServer = await startLoopbackServer(
    router,
    options.port === undefined ? {} : { port: options.port },
  );
  const known = (name: string) => registry.list().find((one) => one.definition.name === name);
  return {
    url: server.url,
    env: { AZURE_SEARCH_ENDPOINT: server.url, AZURE_SEARCH_API_KEY: apiKey },
    server,
    duplicateKeys,
    refuse: (item) => void (refusal = item),
    documents(name) {
      const index = known(name);
      index?.store.settle();
      const rows =
        index?.store.database.prepare('SELECT json(body) AS body FROM document ORDER BY key').all() ?? [];
      return rows.map((row) => JSON.parse(row['body'] as string) as StoredDocument);
    },
    definition: (name) => known(name)?.definition,
    async close() {
      await server.close();
      registry.close();
    },
  };
}

/** A bucket that holds one second's work and fills evenly; a request is taken or refused as a whole. */
function createAdmission(perSecond: number | undefined, now: () => number): (documents: number) => boolean {
  if (perSecond === undefined) return () => true;
  let room = perSecond;
  let filledAt = now();
  return (documents) => {
    room = Math.min(perSecond, room + ((now() - filledAt) / 1000) * perSecond);
    filledAt = now();
    if (documents > room) return false;
    room -= documents;
    return true;
  };
}
