import type { AttributeValue, DocumentContent } from '../document-store.ts';
import { attributeOf, isFields, reservedKey } from '../validation.ts';
import type { Bucket } from './bucket.ts';

/** What an S3 data source would make of the objects of its bucket. */
export interface ObjectDocuments {
  /** Every object that is a document, with what tells whether it or its metadata has changed. */
  all(): readonly { readonly uri: string; readonly etag: string; readonly metadataEtag: string }[];
  /** A document as it is to be indexed, why it cannot be, or undefined when there is no such object. */
  read(uri: string): DocumentContent | { readonly problem: string } | undefined;
}

const sidecar = '.metadata.json';
/** https://docs.aws.amazon.com/bedrock/latest/userguide/s3-data-source-connector.html */
const maxSidecarBytes = 10 * 1024;
/** https://docs.aws.amazon.com/general/latest/gr/bedrock.html */
const maxFileBytes = 50 * 1024 * 1024;
const texts = /\.(txt|md|html|csv)$/;

export function createObjectDocuments(bucket: Bucket, prefix: string): ObjectDocuments {
  const uriOf = (key: string): string => `s3://${bucket.name}/${key}`;
  return {
    all: () =>
      bucket
        .all(prefix)
        .filter(({ key }) => texts.test(key))
        .map(({ key, etag }) => ({
          uri: uriOf(key),
          etag,
          metadataEtag: bucket.get(`${key}${sidecar}`)?.etag ?? '',
        })),
    read(uri) {
      const key = /^s3:\/\/([^/]+)\/([^]+)$/.exec(uri);
      const found = key?.[1] === bucket.name ? bucket.get(key[2] ?? '') : undefined;
      if (!found) return undefined;
      if (found.body.length > maxFileBytes) return { problem: 'The file exceeds the limit of 50 MB.' };
      const text = found.body.toString('utf8');
      if (text === '') return { problem: 'The file is empty.' };
      const beside = bucket.get(`${found.key}${sidecar}`);
      if (!beside) return { text, metadata: {}, access: [] };
      if (beside.body.length > maxSidecarBytes)
        return { problem: 'The metadata file exceeds the limit of 10 KB.' };
      const metadata = readMetadata(beside.body.toString('utf8'));
      return typeof metadata === 'string' ? { problem: metadata } : { text, metadata, access: [] };
    },
  };
}

/** https://docs.aws.amazon.com/bedrock/latest/userguide/kb-metadata.html : the long form with types, or the short one. */
function readMetadata(json: string): Readonly<Record<string, AttributeValue>> | string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    return 'The metadata file is not valid JSON.';
  }
  const given = isFields(parsed) ? parsed['metadataAttributes'] : undefined;
  if (!isFields(given)) return 'The metadata file has no metadataAttributes.';
  const metadata: Record<string, AttributeValue> = {};
  for (const [key, value] of Object.entries(given)) {
    if (key === '' || key.length > 200 || reservedKey.test(key))
      return `The metadata key ${key} is not allowed.`;
    try {
      metadata[key] = isFields(value) ? longForm(value, key) : shortForm(value);
    } catch {
      return `The metadata attribute ${key} is not valid.`;
    }
  }
  return metadata;
}

function longForm(value: Readonly<Record<string, unknown>>, key: string): AttributeValue {
  if (!isFields(value['value'])) throw new TypeError('no value');
  if (value['includeForEmbedding'] !== undefined && typeof value['includeForEmbedding'] !== 'boolean')
    throw new TypeError('includeForEmbedding');
  return attributeOf(value['value'], key);
}

function shortForm(value: unknown): AttributeValue {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
  throw new TypeError('neither text, number, boolean nor a list of texts');
}
