/**
 * Keys of search documents: letters, digits, `-`, `_` and `=` only, no `_` in front, at most 1024 characters
 * (https://learn.microsoft.com/rest/api/searchservice/naming-rules). `d`, the document id in URL-safe base64, `=`
 * and the chunk's ordinal: in key order, all that belongs to one document stands together.
 */
export const chunkKey = (documentId: string, chunk: number): string =>
  `d${Buffer.from(documentId, 'utf8').toString('base64url')}=${chunk}`;

/** What `chunkKey` made the key of, or undefined for a key that is not ours. */
export function parseKey(key: string): { readonly documentId: string; readonly chunk: number } | undefined {
  const match = /^d([A-Za-z0-9_-]+)=(\d+)$/.exec(key);
  if (!match) return undefined;
  const documentId = Buffer.from(match[1]!, 'base64url').toString('utf8');
  const chunk = Number(match[2]);
  return chunkKey(documentId, chunk) === key ? { documentId, chunk } : undefined;
}

export const maxKeyLength = 1024;
