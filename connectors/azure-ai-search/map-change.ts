import type { Change } from '../../core/contract/destination.ts';
import type { AzureAiSearchConfig } from './config.ts';
import { chunkKey, maxKeyLength } from './document-key.ts';
import { createDocumentMapper, type Action } from './search-document.ts';

/** https://learn.microsoft.com/azure/search/search-limits-quotas-capacity */
const maxRequestBytes = 16 * 1024 * 1024;
const actionBytes = 40;
/** At most: a sign, seven digits, a point, an exponent, a comma. */
const bytesPerNumber = 16;

/** What a change makes of the index: passages first, then the removal of what is not part of it any more. */
export interface MappedChange {
  /** Every key that the change touches, its passages first and in their order. */
  readonly keys: readonly string[];
  readonly uploads: readonly Action[];
  readonly removals: readonly Action[];
  readonly bytes: number;
  readonly refused?: string;
}

export const removal = (key: string): Action => ({ __actionType: 'delete', key });

/** Maps each change once, however often it is asked for. */
export function createChangeMapper(config: AzureAiSearchConfig): (change: Change) => MappedChange {
  const mapDocument = createDocumentMapper(config);
  const mapped = new WeakMap<Change, MappedChange>();
  const vectorBytes = (config.vector?.dimensions ?? 0) * bytesPerNumber;
  const most = Math.min(config.batch.maxDocumentBytes, config.batch.maxBytes, maxRequestBytes);

  const map = (change: Change): MappedChange => {
    const first = chunkKey(change.id, 0);
    const nothing = { keys: [first], uploads: [], removals: [], bytes: first.length + actionBytes };
    if (first.length > maxKeyLength) {
      return {
        ...nothing,
        refused: `the document id makes a key of ${first.length} characters; the limit is ${maxKeyLength}: use a shorter key at the source`,
      };
    }
    const made =
      change.action === 'write' ? mapDocument(change.document, change.fingerprint) : { documents: [] };
    if ('refused' in made) return { ...nothing, refused: made.refused };
    const uploads = made.documents.map((document): Action => ({ __actionType: 'upload', ...document }));
    const own = uploads.length > 0 ? uploads.map(({ key }) => key) : [first];
    const stale = change.addresses.filter((address) => !own.includes(address));
    const keys = [...own, ...stale];
    const bytes =
      uploads.length * vectorBytes +
      made.documents.reduce((sum, document) => sum + Buffer.byteLength(JSON.stringify(document)), 0) +
      keys.reduce((sum, key) => sum + key.length + actionBytes, 0);
    return {
      keys,
      uploads,
      removals: (uploads.length > 0 ? stale : keys).map(removal),
      bytes,
      ...(change.action === 'write' && bytes > most
        ? {
            refused: `the document is ${bytes} bytes; the limit is ${most} (batch.maxDocumentBytes): shorten its template or limit its parts`,
          }
        : {}),
    };
  };
  return (change) => {
    const known = mapped.get(change);
    if (known) return known;
    const made = map(change);
    mapped.set(change, made);
    return made;
  };
}
