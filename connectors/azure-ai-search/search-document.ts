import type { SimpleField } from '@azure/search-documents';
import type { BusinessDocument, MetadataValue } from '../../core/contract/document.ts';
import type { AzureAiSearchConfig } from './config.ts';
import { chunkMarkdown } from './chunk-markdown.ts';
import { chunkKey } from './document-key.ts';
import { indexFields, isTerm, languageField } from './fields.ts';

export type SearchDocument = Readonly<
  Record<string, string | number | boolean | readonly string[] | readonly number[] | null>
>;

/** One indexing action: a whole document, or the key of one to delete. */
export type Action = SearchDocument & { readonly __actionType: 'upload' | 'delete'; readonly key: string };

/** Makes the search documents of a business document, one a passage, or says why it cannot be stored. */
export type DocumentMapper = (
  document: BusinessDocument,
  fingerprint: string,
) =>
  | { readonly documents: readonly (SearchDocument & { readonly key: string })[] }
  | { readonly refused: string };

/** https://learn.microsoft.com/azure/search/search-limits-quotas-capacity: bytes of one term in UTF-8. */
const maxTermBytes = 32_766;

export function createDocumentMapper(config: AzureAiSearchConfig): DocumentMapper {
  const declared = Object.entries(config.metadata.fields);
  const declaredNames = new Set(declared.map(([name]) => name));
  const terms = indexFields(config).filter(isTerm);

  return (source, fingerprint) => {
    const values: Record<string, MetadataValue | null> = {};
    for (const [name, { type }] of declared) {
      const value = source.metadata[name];
      if (value === undefined) continue;
      const stored = declaredValue(value, type);
      if (stored === undefined) {
        return {
          refused: `metadata field '${name}' holds a ${typeName(value)} but is declared as ${type} in metadata.fields; declare its type or leave it out there`,
        };
      }
      values[name] = stored;
    }
    const rest = Object.entries(source.metadata).filter(([name]) => !declaredNames.has(name));
    const { modifiedAt } = source.origin;
    const time = modifiedAt === undefined ? NaN : Date.parse(modifiedAt);
    if (modifiedAt !== undefined && Number.isNaN(time)) {
      return { refused: 'origin.modifiedAt is not an ISO 8601 instant; correct it where the record is read' };
    }
    const everyone = 'everyone' in source.access;
    const shared = {
      doc_id: source.id,
      kind: source.kind,
      title: source.title,
      source: source.url ?? null,
      version: source.version,
      fingerprint,
      origin_system: source.origin.system,
      origin_stream: source.origin.stream,
      origin_key: source.origin.key,
      modified_at: modifiedAt === undefined ? null : new Date(time).toISOString(),
      modified_at_epoch: modifiedAt === undefined ? null : Math.floor(time / 1000),
      parts: JSON.stringify(source.parts),
      access_everyone: everyone,
      access_allow: 'everyone' in source.access ? [] : source.access.allow,
      access_deny: 'everyone' in source.access ? [] : source.access.deny,
      classification: source.classification,
      trust: source.trust,
      metadata_json: JSON.stringify(Object.fromEntries(rest)),
      ...values,
    };
    const refused = oversizedTerm(shared, terms);
    if (refused) return refused;
    const language = languageOf(source, config);
    const chunks = config.chunks ? chunkMarkdown(source.body, config.chunks) : [source.body];
    return {
      documents: chunks.map((content, chunk) => ({
        key: chunkKey(source.id, chunk),
        chunk,
        content,
        ...(config.chunks ? { chunk_count: chunks.length } : {}),
        ...(language === undefined ? {} : { [languageField(language)]: content }),
        ...shared,
      })),
    };
  };
}

/** The document's language, if the index has an analyzer for it. */
function languageOf({ metadata }: BusinessDocument, { languages }: AzureAiSearchConfig): string | undefined {
  const named = languages === undefined ? undefined : metadata[languages.field];
  const code = typeof named === 'string' ? named.toLowerCase().split(/[-_]/)[0]! : undefined;
  return code !== undefined && Object.hasOwn(languages!.analyzers, code) ? code : undefined;
}

function oversizedTerm(
  document: SearchDocument,
  terms: readonly SimpleField[],
): { refused: string } | undefined {
  for (const { name } of terms) {
    const value = document[name];
    for (const term of Array.isArray(value) ? (value as readonly string[]) : [value]) {
      if (typeof term !== 'string' || term.length * 3 <= maxTermBytes) continue;
      const bytes = Buffer.byteLength(term);
      if (bytes > maxTermBytes) {
        return {
          refused: `field '${name}' is ${bytes} bytes, but a value that can be filtered, sorted or counted is limited to ${maxTermBytes} bytes; shorten it, or leave '${name}' out of metadata.fields`,
        };
      }
    }
  }
  return undefined;
}

const instantPattern = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;

function declaredValue(
  value: MetadataValue,
  type: 'string' | 'number' | 'boolean' | 'instant' | 'list',
): MetadataValue | undefined {
  switch (type) {
    case 'list':
      return Array.isArray(value) ? (value as readonly string[]) : undefined;
    case 'instant': {
      if (typeof value !== 'string' || !instantPattern.test(value)) return undefined;
      const time = Date.parse(value);
      return Number.isNaN(time) ? undefined : new Date(time).toISOString();
    }
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
    default:
      return typeof value === type ? value : undefined;
  }
}

const typeName = (value: MetadataValue): string => (Array.isArray(value) ? 'list' : typeof value);
