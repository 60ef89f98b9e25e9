import type { Destination, InventoryItem } from '../../../core/contract/destination.ts';
import type { Ask } from '../ask.ts';
import type { DocumentDetail } from '../client.ts';
import type { Pace } from '../pace.ts';
import { inventoryStatus } from '../inventory-status.ts';
import { shortHash } from './direct-listing.ts';
import { metadataEnding } from './object-key.ts';
import type { SourceClient } from './source-client.ts';

export interface InventoryParts {
  readonly direct: Destination;
  readonly client: SourceClient;
  readonly ask: Ask;
  readonly pace: Pace;
  readonly listObjects: (
    token: string | undefined,
  ) => Promise<{ keys: readonly string[]; token: string | undefined }>;
  readonly idOf: (key: string) => string | undefined;
  readonly uriOf: (id: string) => string;
  readonly bucket: string;
  /** Filled with what stands on both roads: its next change clears one of them. */
  readonly onBoth: Set<string>;
}

/**
 * What both roads hold. On the S3 road a document is there when its object is and Bedrock has indexed it: an object that
 * nobody has indexed would come up with the next job, and a document whose object is gone would go with it; both are told
 * as failed. A document on both roads is told a second time, as failed. Of each document a short hash is kept in memory.
 */
export async function* inventoryOfRoads(parts: InventoryParts): AsyncIterable<InventoryItem> {
  const { idOf, onBoth } = parts;
  const direct = new Set<number>();
  for await (const item of parts.direct.inventory!()) {
    direct.add(shortHash(item.id));
    yield item;
  }
  const address = `s3://${parts.bucket}/`;
  const ofUri = (uri: string): string | undefined =>
    uri.startsWith(address) ? idOf(uri.slice(address.length)) : undefined;

  const indexed = new Map<number, InventoryItem['status']>();
  for await (const { id: uri, status } of listDocuments(parts)) {
    const told = inventoryStatus({ status });
    if (told === undefined) continue;
    const id = ofUri(uri);
    if (id === undefined) yield { id: uri, status: told, addresses: [uri] };
    else indexed.set(shortHash(id), told);
  }
  for await (const { id, isWhole } of listOurs(parts)) {
    const key = shortHash(id);
    const status = isWhole ? indexed.get(key) : undefined;
    indexed.delete(key);
    if (direct.has(key)) onBoth.add(id);
    yield { id, status: direct.has(key) ? 'failed' : (status ?? 'failed'), addresses: [parts.uriOf(id)] };
  }
  if (indexed.size === 0) return;
  for await (const { id: uri } of listDocuments(parts)) {
    const id = ofUri(uri);
    if (id === undefined || !indexed.delete(shortHash(id))) continue;
    if (direct.has(shortHash(id))) onBoth.add(id);
    yield { id, status: 'failed', addresses: [parts.uriOf(id)] };
  }
}

async function* listDocuments({ client, ask, pace }: InventoryParts): AsyncIterable<DocumentDetail> {
  let token: string | undefined;
  do {
    const from = token;
    await pace.take();
    const answer = await ask(() => client.list(from));
    yield* answer.page;
    token = answer.token;
  } while (token !== undefined);
}

/** Our objects, in order of their keys; `isWhole` is false of a metadata file whose document is not there. */
async function* listOurs({
  listObjects,
  idOf,
}: InventoryParts): AsyncIterable<{ readonly id: string; readonly isWhole: boolean }> {
  let token: string | undefined;
  let last: string | undefined;
  do {
    const page = await listObjects(token);
    for (const key of page.keys) {
      const isBeside = key.endsWith(metadataEnding);
      const id = idOf(isBeside ? key.slice(0, -metadataEnding.length) : key);
      if (id === undefined || (isBeside && id === last)) continue;
      last = id;
      yield { id, isWhole: !isBeside };
    }
    token = page.token;
  } while (token !== undefined);
}
