import { hash } from 'node:crypto';
import type { Context } from '../../core/contract/context.ts';
import type {
  Change,
  Destination,
  Encoded,
  InventoryItem,
  Outcome,
  SearchHit,
} from '../../core/contract/destination.ts';
import { ConfigError } from '../../core/contract/errors.ts';
import type { RetrievalRequest } from '../../core/retrieval/retrieval-request.ts';
import { createAdaptiveLimits } from './adaptive-limits.ts';
import { createAzureSearchClient } from './client.ts';
import type { AzureAiSearchConfig } from './config.ts';
import { chunkKey, maxKeyLength } from './document-key.ts';
import { indexFields, layoutVersion } from './fields.ts';
import { createIndexPlanner } from './index-plan.ts';
import { ownerOf } from './index-shape.ts';
import { readInventory } from './inventory.ts';
import { combine } from './outcomes.ts';
import { createDocumentMapper, type Action } from './search-document.ts';
import { plainText, searchFilter } from './search-filter.ts';
import { engineError } from './service-error.ts';
import { storedText } from './stored-text.ts';
import { writeBatch } from './write-batch.ts';

/** https://learn.microsoft.com/azure/search/search-limits-quotas-capacity */
const maxActions = 1000;
const maxRequestBytes = 16 * 1024 * 1024;
const actionBytes = 40;
const maxHits = 1000;

/** Publishes to one Azure AI Search index: one search document for each business document. */
export async function createAzureAiSearchDestination(
  config: AzureAiSearchConfig,
  context: Context,
): Promise<Destination> {
  const client = await createAzureSearchClient(config, { signal: context.signal, now: context.now });
  const limits = createAdaptiveLimits({
    ...config.batch,
    maxDocumentBytes: Math.min(config.batch.maxDocumentBytes, config.batch.maxBytes),
  });
  const planner = createIndexPlanner(config, client, context);
  const mapDocument = createDocumentMapper(config);
  const mapped = new WeakMap<Change, MappedChange>();

  const map = (change: Change): MappedChange => {
    const known = mapped.get(change);
    if (known) return known;
    const made = mapChange(change);
    mapped.set(change, made);
    return made;
  };
  const mapChange = (change: Change): MappedChange => {
    const key = chunkKey(change.id, 0);
    const stale = change.addresses.filter((address) => address !== key);
    const removal = (one: string): Action => ({ __actionType: 'delete', key: one });
    const keys = [key, ...stale];
    const extra = keys.reduce((sum, one) => sum + one.length + actionBytes, 0);
    if (key.length > maxKeyLength) {
      return {
        keys,
        actions: [],
        bytes: extra,
        refused: `the document id makes a key of ${key.length} characters; the limit is ${maxKeyLength}: use a shorter key at the source`,
      };
    }
    if (change.action === 'delete') return { keys, actions: keys.map(removal), bytes: extra };
    const made = mapDocument(change.document, change.fingerprint);
    if ('refused' in made) return { keys, actions: [], bytes: extra, refused: made.refused };
    const bytes = Buffer.byteLength(JSON.stringify(made.document)) + extra;
    const most = Math.min(config.batch.maxDocumentBytes, config.batch.maxBytes, maxRequestBytes);
    const upload: Action = { __actionType: 'upload', ...made.document };
    return {
      keys,
      bytes,
      actions: [upload, ...stale.map(removal)],
      ...(bytes > most
        ? {
            refused: `the document is ${bytes} bytes; the limit is ${most} (batch.maxDocumentBytes): shorten its template or limit its parts`,
          }
        : {}),
    };
  };
  const guarded = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw engineError(error, config.index);
    }
  };

  return {
    profile: profileOf(config),
    limits: () => limits.current(),
    async check() {
      const found = await guarded(client.getIndex());
      if (found === undefined) return;
      await guarded(client.countDocuments());
      const owner = ownerOf(found.definition);
      if (owner !== undefined && owner !== context.installation) {
        throw new ConfigError(
          'AZURE_SEARCH_FOREIGN_OWNER',
          `The index '${config.index}' belongs to another installation (${owner}).`,
          {
            where: `index ${config.index}`,
            hint: 'Choose another index name, or apply with --adopt when that installation no longer writes to it.',
          },
        );
      }
    },
    plan: () => guarded(planner.plan()),
    apply: (_plan, options = {}) => guarded(planner.apply(options)),
    encode(change): Encoded {
      const { bytes, keys, refused } = map(change);
      return { bytes, addresses: keys, ...(refused === undefined ? {} : { refused }) };
    },
    async write(changes) {
      const actions: Action[] = [];
      const taken = new Set<string>();
      const held = changes.map((change): Outcome | undefined => {
        const { keys, actions: wanted, refused } = map(change);
        if (refused !== undefined) return { status: 'rejected', code: 'AZURE_SEARCH_LIMIT', reason: refused };
        if (keys.some((key) => taken.has(key)))
          return { status: 'later', reason: 'another change of this request touches the same key' };
        if (actions.length + wanted.length > maxActions)
          return { status: 'later', reason: 'the request is full' };
        keys.forEach((key) => taken.add(key));
        actions.push(...wanted);
        return undefined;
      });
      const outcomes = await writeBatch(actions, client, limits);
      return changes.map((change, at) => {
        const { keys } = map(change);
        const unknown: Outcome = { status: 'unknown', reason: 'the answer does not name the document' };
        return (
          held[at] ??
          combine(
            keys.map((key) => outcomes.get(key) ?? unknown),
            change.action === 'delete' ? [] : keys.slice(0, 1),
          )
        );
      });
    },
    async *inventory(): AsyncIterable<InventoryItem> {
      try {
        yield* readInventory(client, context.log);
      } catch (error) {
        throw engineError(error, config.index);
      }
    },
    async search(request: RetrievalRequest) {
      if (!/[\p{L}\p{N}]/u.test(request.text)) return [];
      const hits: SearchHit[] = [];
      const query = {
        text: plainText(request.text),
        filter: searchFilter(request, config),
        select: ['doc_id', 'title', 'source', 'version', 'content'],
        top: Math.min(Math.max(1, Math.floor(request.limit)), maxHits),
      };
      const read = async (): Promise<void> => {
        for await (const { document, score } of client.search(query)) hits.push(hit(document, score));
      };
      await guarded(read());
      return hits;
    },
  };
}

interface MappedChange {
  /** The document's own key, then those that earlier attempts may have left. */
  readonly keys: readonly string[];
  readonly actions: readonly Action[];
  readonly bytes: number;
  readonly refused?: string;
}

function hit(document: Readonly<Record<string, unknown>>, score: number): SearchHit {
  const text = (name: string): string | undefined => storedText(document[name]);
  const [title, url, version] = [text('title'), text('source'), text('version')];
  return {
    id: text('doc_id') ?? '',
    text: text('content') ?? '',
    score,
    ...(title === undefined ? {} : { title }),
    ...(url === undefined ? {} : { url }),
    ...(version === undefined ? {} : { version }),
  };
}

/** Another index, layout or set of declared fields stores other documents; pace and limits do not. */
function profileOf(config: AzureAiSearchConfig): string {
  const fields = indexFields(config).map(({ name, type }) => `${name}:${type}`);
  return hash('sha256', JSON.stringify([layoutVersion, config.index, fields]));
}
