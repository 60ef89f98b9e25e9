import type { InventoryItem } from '../../core/contract/destination.ts';
import type { DocumentDetail } from './client.ts';

/** What a status says about a document that is listed; undefined: it is not there. */
export function inventoryStatus({
  status,
}: Pick<DocumentDetail, 'status'>): InventoryItem['status'] | undefined {
  if (status === 'NOT_FOUND') return undefined;
  if (status === 'INDEXED' || status === 'PARTIALLY_INDEXED') return 'present';
  return /FAILED|IGNORED|METADATA/.test(status) ? 'failed' : 'pending';
}
