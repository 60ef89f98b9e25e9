import type { SearchRequest } from '../contract/destination.ts';
import type { Filter } from './filter.ts';

/** A search with a portable filter, for planes that understand one. */
export interface RetrievalRequest extends SearchRequest {
  /** Holds together with `filter` and with what the asker may read. */
  readonly where?: Filter | undefined;
}
