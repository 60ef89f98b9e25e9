import type { AzureSearchClient } from './client.ts';
import { parseKey } from './document-key.ts';
import { oneOf } from './odata-literal.ts';
import { storedText } from './stored-text.ts';

const pageSize = 1000;

/** Rows in key order, read by ranges of the key: `$skip` ends at 100,000 (https://learn.microsoft.com/azure/search/search-pagination-page-layout). */
export async function* readByKey(
  client: AzureSearchClient,
  select: readonly string[],
  filter?: string,
): AsyncIterable<Readonly<Record<string, unknown>>> {
  let last: string | undefined;
  for (let rows = pageSize; rows === pageSize;) {
    rows = 0;
    const conditions = [
      ...(filter === undefined ? [] : [filter]),
      ...(last === undefined ? [] : [`key gt '${last}'`]),
    ];
    const page = client.search({
      text: '*',
      select: ['key', ...select],
      orderBy: ['key asc'],
      top: pageSize,
      ...(conditions.length === 0 ? {} : { filter: conditions.join(' and ') }),
    });
    for await (const { document } of page) {
      rows++;
      last = String(document['key']);
      yield document;
    }
  }
}

/** The keys of these documents that the index shows, by document id. */
export async function findKeys(
  client: AzureSearchClient,
  ids: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  if (ids.length === 0) return found;
  for await (const row of readByKey(client, ['doc_id'], `(${oneOf('doc_id', ids)})`)) {
    const id = storedText(row['doc_id']);
    const key = String(row['key']);
    if (id === undefined || parseKey(key)?.documentId !== id) continue;
    found.set(id, [...(found.get(id) ?? []), key]);
  }
  return found;
}
