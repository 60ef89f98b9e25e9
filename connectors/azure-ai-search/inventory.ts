import type { Log } from '../../core/contract/context.ts';
import type { InventoryItem } from '../../core/contract/destination.ts';
import type { AzureSearchClient } from './client.ts';
import { parseKey } from './document-key.ts';
import { storedText } from './stored-text.ts';

const pageSize = 1000;

/**
 * Every document of ours, in key order, read by ranges of the key: `$skip` ends at 100,000
 * (https://learn.microsoft.com/azure/search/search-pagination-page-layout).
 */
export async function* readInventory(client: AzureSearchClient, log: Log): AsyncIterable<InventoryItem> {
  let last: string | undefined;
  let open: InventoryItem | undefined;
  let foreign = 0;
  for (let rows = pageSize; rows === pageSize;) {
    rows = 0;
    const page = client.search({
      text: '*',
      select: ['key', 'doc_id', 'fingerprint', 'version'],
      orderBy: ['key asc'],
      top: pageSize,
      ...(last === undefined ? {} : { filter: `key gt '${last}'` }),
    });
    for await (const { document } of page) {
      rows++;
      const key = String(document['key']);
      last = key;
      const parsed = parseKey(key);
      const id = storedText(document['doc_id']);
      if (parsed === undefined || parsed.documentId !== id) {
        foreign++;
        continue;
      }
      if (open?.id === id) {
        open = { ...open, addresses: [...open.addresses, key] };
        continue;
      }
      if (open) yield open;
      const fingerprint = storedText(document['fingerprint']);
      const version = storedText(document['version']);
      open = {
        id,
        status: 'present',
        addresses: [key],
        ...(fingerprint === undefined ? {} : { fingerprint }),
        ...(version === undefined ? {} : { version }),
      };
    }
  }
  if (open) yield open;
  if (foreign > 0)
    log.warn('The index holds documents that Tributary did not write; they are left alone.', {
      documents: foreign,
    });
}
