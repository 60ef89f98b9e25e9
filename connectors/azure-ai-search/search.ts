import { ConfigError } from '../../core/contract/errors.ts';
import type { MetadataValue } from '../../core/contract/document.ts';
import type { RetrievedPassage } from '../../core/retrieval/passage.ts';
import type { RetrievalRequest } from '../../core/retrieval/retrieval-request.ts';
import type { AzureSearchClient, FoundDocument, SearchQuery } from './client.ts';
import type { AzureAiSearchConfig } from './config.ts';
import { chunkKey } from './document-key.ts';
import type { Embedder } from './embedder.ts';
import { EmbeddingRefused } from './embedding-refused.ts';
import { freshnessProfile } from './freshness.ts';
import { oneOf } from './odata-literal.ts';
import { plainText, searchFilter } from './search-filter.ts';
import { storedText } from './stored-text.ts';
import { vectorField } from './vector-index.ts';

const maxHits = 1000;
/**
 * A query holds 3,000 clauses, one a word: https://learn.microsoft.com/azure/search/search-limits-quotas-capacity . A model
 * reads 8,191 tokens, at worst one a character: https://learn.microsoft.com/azure/ai-services/openai/concepts/models
 */
const maxCharacters = 6000;
/** How many passages are asked for at first for each document that is wanted. */
const passagesPerDocument = 4;

export interface AzureSearchRequest extends RetrievalRequest {
  /** By words, by nearness or by both; both where the index has vectors, else words. */
  readonly ranking?: 'text' | 'vector' | 'hybrid';
  /** Ranks the best once more by meaning, with the configured semantic configuration; the service charges for it. */
  readonly semantic?: boolean;
}

/** The best passage of each document, best first; passages of a version that is not in force are left out. */
export function createSearcher(
  config: AzureAiSearchConfig,
  client: AzureSearchClient,
  embedder: Embedder | undefined,
): (request: AzureSearchRequest) => Promise<readonly RetrievedPassage[]> {
  const declared = config.metadata.fields;
  const select = [...selected, ...Object.keys(declared)];
  const fresh = config.freshness ? { scoringProfile: freshnessProfile } : {};

  return async (given) => {
    const request = { ...given, text: given.text.slice(0, maxCharacters) };
    if (!/[\p{L}\p{N}]/u.test(request.text)) return [];
    const limit = Math.min(Math.max(1, Math.floor(request.limit)), maxHits);
    const filter = searchFilter(request, config);
    const ranking = request.ranking ?? (embedder ? 'hybrid' : 'text');
    const values = ranking === 'text' ? undefined : await vectorOf(request.text, embedder);
    const text = ranking === 'vector' ? '' : plainText(request.text);
    const more = { ...semanticQuery(request, config), ...fresh };
    let top = Math.min(maxHits, config.chunks ? limit * passagesPerDocument : limit);
    for (;;) {
      const rows: FoundDocument[] = [];
      for await (const row of client.search({
        text,
        filter,
        select,
        top,
        ...nearTo(values, top),
        ...more,
      }))
        rows.push(row);
      const best = await bestOfEach(rows, client);
      if (best.length >= limit || rows.length < top || top === maxHits)
        return best.slice(0, limit).map((row) => passageOf(row, declared));
      top = Math.min(maxHits, top * passagesPerDocument);
    }
  };
}

async function vectorOf(question: string, embedder: Embedder | undefined): Promise<readonly number[]> {
  if (embedder) return embedder.embedQuery(question).catch(refused);
  throw new ConfigError('AZURE_SEARCH_NO_VECTORS', 'The index has no vectors to search by.', {
    where: 'vector',
    hint: 'Set vector and publish, or ask with the ranking text.',
  });
}

function refused(error: unknown): never {
  if (!(error instanceof EmbeddingRefused)) throw error;
  throw new ConfigError('AZURE_SEARCH_EMBEDDING', `The question cannot be embedded: ${error.message}.`, {
    where: 'vector',
    hint: 'Put it in other words, or ask with the ranking text.',
  });
}

/** https://learn.microsoft.com/azure/search/semantic-how-to-query-request */
function semanticQuery(
  { semantic, text: question }: AzureSearchRequest,
  { semanticConfiguration }: AzureAiSearchConfig,
): Pick<SearchQuery, 'semantic'> {
  if (!semantic) return {};
  if (semanticConfiguration !== undefined)
    return { semantic: { configuration: semanticConfiguration, question } };
  throw new ConfigError('AZURE_SEARCH_NO_SEMANTIC', 'The index has no semantic configuration.', {
    where: 'semanticConfiguration',
    hint: 'Set semanticConfiguration, and apply the plan.',
  });
}

/** https://learn.microsoft.com/azure/search/hybrid-search-ranking : fifty of each ranking are worth fusing. */
const nearTo = (values: readonly number[] | undefined, top: number): Pick<SearchQuery, 'vector'> =>
  values === undefined ? {} : { vector: { field: vectorField, values, nearest: Math.max(50, top) } };

const selected = [
  'doc_id',
  'chunk',
  'fingerprint',
  'kind',
  'title',
  'content',
  'source',
  'version',
  'modified_at',
  'classification',
  'trust',
  'origin_system',
  'origin_stream',
  'origin_key',
  'metadata_json',
];

const text = (row: FoundDocument, name: string): string | undefined => storedText(row.document[name]);

/** A document's first passage says which fingerprint is in force; without it, nothing of the document is. */
async function bestOfEach(
  rows: readonly FoundDocument[],
  client: AzureSearchClient,
): Promise<FoundDocument[]> {
  const inForce = new Map<string, string | undefined>();
  const asked = new Set<string>();
  for (const row of rows) {
    const id = text(row, 'doc_id') ?? '';
    if (Number(row.document['chunk'] ?? 0) === 0) inForce.set(id, text(row, 'fingerprint'));
    else asked.add(id);
  }
  const unknown = [...asked].filter((id) => !inForce.has(id));
  if (unknown.length > 0) {
    const filter = oneOf(
      'key',
      unknown.map((id) => chunkKey(id, 0)),
    );
    const found = client.search({
      text: '*',
      filter,
      select: ['doc_id', 'fingerprint'],
      top: unknown.length,
    });
    for await (const row of found) inForce.set(text(row, 'doc_id') ?? '', text(row, 'fingerprint'));
  }
  const best = new Map<string, FoundDocument>();
  for (const row of rows) {
    const id = text(row, 'doc_id') ?? '';
    if (best.has(id) || !inForce.has(id) || inForce.get(id) !== text(row, 'fingerprint')) continue;
    best.set(id, row);
  }
  return [...best.values()];
}

function passageOf(row: FoundDocument, declared: Declared): RetrievedPassage {
  const optional = {
    title: text(row, 'title'),
    url: text(row, 'source'),
    version: text(row, 'version'),
    kind: text(row, 'kind'),
    classification: text(row, 'classification'),
    trust: text(row, 'trust'),
    modifiedAt: text(row, 'modified_at'),
  };
  const [system, stream, key] = [
    text(row, 'origin_system'),
    text(row, 'origin_stream'),
    text(row, 'origin_key'),
  ];
  return {
    id: text(row, 'doc_id') ?? '',
    text: text(row, 'content') ?? '',
    score: row.score,
    ...(row.caption === undefined ? {} : { caption: row.caption }),
    ...(row.rerankerScore === undefined ? {} : { rerankerScore: row.rerankerScore }),
    passage: Number(row.document['chunk'] ?? 0),
    metadata: metadataOf(row, declared),
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
    ...(system === undefined || stream === undefined || key === undefined
      ? {}
      : { origin: { system, stream, key } }),
  };
}

type Declared = AzureAiSearchConfig['metadata']['fields'];

/** Declared fields have a field of their own in the index, all others stand together as JSON. */
function metadataOf({ document }: FoundDocument, declared: Declared): Record<string, MetadataValue> {
  const values: Record<string, MetadataValue> = {};
  const rest = storedText(document['metadata_json']);
  if (rest !== undefined) Object.assign(values, JSON.parse(rest));
  for (const [name, { type }] of Object.entries(declared)) {
    const value = document[name];
    if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    values[name] = declaredValue(value, type);
  }
  return values;
}

/** The SDK turns texts that look like a special number or an instant into those: what is declared as text stays text. */
function declaredValue(value: unknown, type: Declared[string]['type']): MetadataValue {
  if (type === 'number' || type === 'boolean') return value as number | boolean;
  if (Array.isArray(value)) return value.map((one) => storedText(one) ?? '');
  return storedText(value) ?? '';
}
