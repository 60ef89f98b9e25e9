/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const maxKeyBytes = 1024;
const ending = '.md';
/** https://docs.aws.amazon.com/bedrock/latest/userguide/s3-data-source-connector.html : beside the document, with its whole name. */
export const metadataEnding = '.metadata.json';

/**
 * The key of a document's object: its id, each part a folder, and every character that is not safe in a key or in an
 * `s3://` address as `_` and its code. One id, one key. Undefined: the id is too long for a key.
 */
export function keyOf(prefix: string, id: string): string | undefined {
  const path = id.split(':').map(escapePart).join('/');
  const key = `${prefix}${path}${ending}`;
  return Buffer.byteLength(key) + metadataEnding.length > maxKeyBytes ? undefined : key;
}

/** The document's id, or undefined for an object that is not one of ours. */
export function idOf(prefix: string, key: string): string | undefined {
  if (!key.startsWith(prefix) || !key.endsWith(ending)) return undefined;
  const path = key.slice(prefix.length, -ending.length);
  const id = path.split('/').map(unescapePart).join(':');
  return keyOf(prefix, id) === key ? id : undefined;
}

export const uriOf = (bucket: string, key: string): string => `s3://${bucket}/${key}`;

const escapePart = (part: string): string =>
  part.replace(/[^A-Za-z0-9-]/gu, (character) =>
    [...Buffer.from(character)]
      .map((byte) => `_${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );

const unescapePart = (part: string): string =>
  part.replace(/(_[0-9A-F]{2})+/g, (codes) => Buffer.from(codes.replaceAll('_', ''), 'hex').toString());
