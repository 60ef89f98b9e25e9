import type { Log } from '../../core/contract/context.ts';
import type { InventoryItem } from '../../core/contract/destination.ts';
import type { AzureSearchClient } from './client.ts';
import { parseKey } from './document-key.ts';
import { readByKey } from './read-keys.ts';
import { storedText } from './stored-text.ts';

interface Row {
  readonly id: string;
  readonly key: string;
  readonly chunk: number;
  readonly count: unknown;
  readonly fingerprint: string | undefined;
  readonly version: string | undefined;
}

/** What a document of which a passage is missing, old or surplus is reported with: nobody desires it. */
const incomplete = 'incomplete';

/** Every document of ours once, in key order. One that is not whole has no fingerprint that anybody desires. */
export async function* readInventory(
  client: AzureSearchClient,
  log: Log,
  chunked: boolean,
): AsyncIterable<InventoryItem> {
  let open: Row[] = [];
  let foreign = 0;
  const fields = ['doc_id', 'fingerprint', 'version', ...(chunked ? ['chunk_count'] : [])];
  for await (const document of readByKey(client, fields)) {
    const key = String(document['key']);
    const parsed = parseKey(key);
    const id = storedText(document['doc_id']);
    if (parsed === undefined || parsed.documentId !== id) {
      foreign++;
      continue;
    }
    if (open.length > 0 && open[0]!.id !== id) {
      yield itemOf(open, chunked);
      open = [];
    }
    open.push({
      id,
      key,
      chunk: parsed.chunk,
      count: document['chunk_count'],
      fingerprint: storedText(document['fingerprint']),
      version: storedText(document['version']),
    });
  }
  if (open.length > 0) yield itemOf(open, chunked);
  if (foreign > 0)
    log.warn('The index holds documents that Tributary did not write; they are left alone.', {
      documents: foreign,
    });
}

function itemOf(rows: readonly Row[], chunked: boolean): InventoryItem {
  const ordered = rows.toSorted((a, b) => a.chunk - b.chunk);
  const [first] = ordered;
  const { id, fingerprint, version } = first!;
  const whole = ordered.every(
    (row, at) => row.chunk === at && row.fingerprint === fingerprint && row.count === rows.length,
  );
  const item = { id, status: 'present' as const, addresses: ordered.map((row) => row.key) };
  if (chunked && !whole) return { ...item, fingerprint: incomplete };
  return {
    ...item,
    ...(fingerprint === undefined ? {} : { fingerprint }),
    ...(version === undefined ? {} : { version }),
  };
}
