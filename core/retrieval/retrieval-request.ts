import type { SearchRequest } from '../contract/destination.ts';

/** What a retriever of either plane is asked; a plane may understand more. */
export type RetrievalRequest = SearchRequest;
