import { createSender, ok, type ReadyRequest, type Sender } from './post-bedrock.ts';

export interface AzurePlace {
  readonly url: string;
  readonly apiKey: string;
  readonly index: string;
}

export const placeOf = (env: Readonly<Record<string, string | undefined>>): AzurePlace => ({
  url: env['AZURE_SEARCH_ENDPOINT']!,
  apiKey: env['AZURE_SEARCH_API_KEY']!,
  index: 'customer-knowledge',
});

const version = 'api-version=2025-09-01';
const headersOf = ({ apiKey }: AzurePlace): Record<string, string> => ({
  'content-type': 'application/json',
  accept: 'application/json;odata.metadata=none',
  'api-key': apiKey,
});

/** https://learn.microsoft.com/rest/api/searchservice/indexes/create */
export async function createIndex(place: AzurePlace, definition: unknown): Promise<void> {
  await ok({
    url: `${place.url}/indexes?${version}`,
    init: { method: 'POST', headers: headersOf(place), body: JSON.stringify(definition) },
  });
}

/** `actions` in their JSON form. https://learn.microsoft.com/rest/api/searchservice/documents/ */
export const indexRequest = (place: AzurePlace, actions: readonly string[]): ReadyRequest => ({
  url: `${place.url}/indexes('${place.index}')/docs/search.index?${version}`,
  init: { method: 'POST', headers: headersOf(place), body: `{"value":[${actions.join(',')}]}` },
});

/** Batches of actions, each answer looked through for what was refused. */
export function createAzureSender(place: AzurePlace, inFlight: number): Sender<readonly string[]> {
  return createSender(inFlight, async (actions) => {
    const { value } = JSON.parse(await ok(indexRequest(place, actions))) as { value: { status: boolean }[] };
    if (value.some((one) => !one.status)) throw new Error('Azure AI Search refused a document');
  });
}
