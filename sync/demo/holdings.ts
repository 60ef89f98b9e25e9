import type { DestinationConfig } from '../../core/config/config.ts';
import type { Services } from './services.ts';

/** A document as a service itself has it, read behind the back of its API. */
export interface HeldDocument {
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  readonly version: string;
  /** Everything stored, as one text: it differs when anything differs. */
  readonly stored: string;
}
export type Holdings = ReadonlyMap<string, HeldDocument>;

/** Reads what the emulated service behind a destination holds; undefined when it is none of ours. */
export function readHoldings(
  { connector, settings }: DestinationConfig,
  services: Services,
): Holdings | undefined {
  if (connector.type === 'bedrock-knowledge-base' && services.bedrock) {
    const found = [...services.bedrock.documents()].map(([id, content]) =>
      toHeld(id, content.metadata, content),
    );
    return new Map(found.map((one) => [one.id, one]));
  }
  if (connector.type === 'azure-ai-search' && services.azure) {
    const { index } = settings as { readonly index: string };
    const found = services.azure.documents(index).map((one) => toHeld(String(one['doc_id']), one, one));
    return new Map(found.map((one) => [one.id, one]));
  }
  return undefined;
}

const toHeld = (id: string, fields: Readonly<Record<string, unknown>>, stored: unknown): HeldDocument => ({
  id,
  kind: String(fields['kind'] ?? ''),
  title: String(fields['title'] ?? id),
  version: String(fields['version'] ?? ''),
  stored: JSON.stringify(stored),
});

/** Ids of the documents that are there in another form than before, and of those that are gone. */
export function compareHoldings(before: Holdings, after: Holdings): { written: string[]; deleted: string[] } {
  return {
    written: [...after.values()]
      .filter((one) => before.get(one.id)?.stored !== one.stored)
      .map(({ id }) => id),
    deleted: [...before.keys()].filter((id) => !after.has(id)),
  };
}

/** Requests that change documents, counted at the services from now on. */
export function watchChangeRequests(services: Services): () => number {
  const changes = /\/docs\/search\.index$|\/documents\/deleteDocuments\/?$/;
  const servers = services.list
    .flatMap((one) => one.servers)
    .map((server) => ({ server, last: server.requests.at(-1) }));
  return () =>
    servers
      .flatMap(({ server, last }) => server.requests.slice(last ? server.requests.indexOf(last) + 1 : 0))
      .filter(({ method, path }) => changes.test(path) || (method === 'PUT' && /\/documents\/?$/.test(path)))
      .length;
}

/** A document's kind and key, which stand in its id. */
export function kindAndKey(id: string): string {
  const [, kind = '', , , , key = ''] = id.split(':').map(decodeURIComponent);
  return `${kind}:${key}`;
}
