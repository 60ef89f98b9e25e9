import type { LoopbackReply, LoopbackRequest } from '../../../core/testing/loopback-server.ts';
import { isStringType } from './index-definition.ts';
import { Refusal } from './refusal.ts';
import type { IndexRegistry } from './search-index.ts';

interface Named {
  readonly name: string;
}
export interface KnowledgeSource {
  readonly name: string;
  readonly description: string | null;
  readonly searchIndexParameters: {
    readonly searchIndexName: string;
    readonly semanticConfigurationName: string | null;
    readonly sourceDataFields: readonly Named[];
    readonly searchFields: readonly Named[];
  };
}
export interface KnowledgeBase {
  readonly name: string;
  readonly description: string | null;
  readonly knowledgeSources: readonly Named[];
}
interface Kept<T> {
  readonly etag: string;
  readonly value: T;
}
export interface KnowledgeStore {
  readonly sources: Map<string, Kept<KnowledgeSource>>;
  readonly bases: Map<string, Kept<KnowledgeBase>>;
  readonly nextEtag: () => string;
}

export function createKnowledgeStore(): KnowledgeStore {
  let changes = 0;
  return {
    sources: new Map(),
    bases: new Map(),
    nextEtag: () => `"0x8DF${(++changes).toString(16).toUpperCase().padStart(12, '0')}"`,
  };
}

const broken = (message: string): Refusal =>
  new Refusal(400, 'InvalidRequestParameter', `The request is invalid. Details: ${message}`);

/** Definitions of knowledge sources and bases: https://learn.microsoft.com/azure/search/agentic-knowledge-source-how-to-search-index */
export function answerKnowledge(
  request: LoopbackRequest,
  collection: 'knowledgesources' | 'knowledgebases',
  name: string | undefined,
  parts: { readonly knowledge: KnowledgeStore; readonly registry: IndexRegistry },
): LoopbackReply {
  const { knowledge, registry } = parts;
  const sources = collection === 'knowledgesources';
  const kept = (sources ? knowledge.sources : knowledge.bases) as Map<
    string,
    Kept<KnowledgeSource | KnowledgeBase>
  >;
  const shown = ({ etag, value }: Kept<unknown>): object => ({
    '@odata.etag': etag,
    ...(value as object),
    ...(sources ? { kind: 'searchIndex' } : { models: [] }),
    encryptionKey: null,
  });
  const reply = (status: number, one: Kept<unknown>): LoopbackReply => ({
    status,
    headers: { etag: one.etag, 'content-type': 'application/json; odata.metadata=minimal; charset=utf-8' },
    body: { '@odata.context': `https://emulator/$metadata#${collection}/$entity`, ...shown(one) },
  });
  const store = (
    path: string | undefined,
  ): { status: number; one: Kept<KnowledgeSource | KnowledgeBase> } => {
    const body = JSON.parse(request.body.toString('utf8')) as Record<string, unknown>;
    const value = sources ? readSource(body, registry) : readBase(body, knowledge);
    const existing = kept.get(value.name);
    if (path !== undefined && path !== value.name)
      throw broken('The name in the body does not match the path.');
    if (path === undefined && existing)
      throw new Refusal(409, 'ResourceNameAlreadyInUse', `'${value.name}' already exists.`);
    requireMatch(existing, request.headers['if-match'], request.headers['if-none-match']);
    const one = { etag: knowledge.nextEtag(), value };
    kept.set(value.name, one);
    return { status: existing ? 200 : 201, one };
  };

  if (name === undefined) {
    if (request.method === 'GET') return { status: 200, body: { value: [...kept.values()].map(shown) } };
    const { status, one } = store(undefined);
    return reply(status, one);
  }
  if (request.method === 'PUT') {
    const { status, one } = store(name);
    return reply(status, one);
  }
  const existing = kept.get(name);
  if (!existing)
    throw new Refusal(404, 'ResourceNotFound', `'${name}' was not found in the service 'emulator'.`);
  if (request.method !== 'DELETE') return reply(200, existing);
  requireMatch(existing, request.headers['if-match'], undefined);
  const user = [...knowledge.bases.values()].find(({ value }) =>
    value.knowledgeSources.some((one) => one.name === name),
  );
  if (sources && user)
    throw new Refusal(
      400,
      'OperationNotAllowed',
      `'${name}' is used by the knowledge base '${user.value.name}'.`,
    );
  kept.delete(name);
  return { status: 204 };
}

function requireMatch(
  existing: Kept<unknown> | undefined,
  match: string | undefined,
  none: string | undefined,
): void {
  const differs = match !== undefined && (!existing || (match !== '*' && match !== existing.etag));
  if (!differs && !(none === '*' && existing)) return;
  throw new Refusal(
    412,
    '',
    'The precondition given in one of the request headers evaluated to false. No change was made to the resource from this request.',
  );
}

function readSource(body: Record<string, unknown>, registry: IndexRegistry): KnowledgeSource {
  const { name, kind, description = null, searchIndexParameters: given } = body;
  requireName(name);
  if (kind !== 'searchIndex') throw broken(`This emulator holds sources of the kind 'searchIndex' only.`);
  const {
    searchIndexName,
    semanticConfigurationName = null,
    sourceDataFields,
    searchFields,
  } = (given ?? {}) as Partial<KnowledgeSource['searchIndexParameters']>;
  const index = registry.list().find((one) => one.definition.name === searchIndexName)?.definition;
  if (!index || !searchIndexName)
    throw broken(
      `searchIndexParameters : There is no index '${String(searchIndexName)}'; an alias cannot be used.`,
    );
  const semantic = index['semantic'] as {
    defaultConfiguration?: string | null;
    configurations?: Named[];
  } | null;
  const wanted = semanticConfigurationName ?? semantic?.defaultConfiguration;
  if (!semantic?.configurations?.some((one) => one.name === wanted))
    throw broken(
      `searchIndexParameters : The index '${searchIndexName}' has no semantic configuration '${String(wanted)}'.`,
    );
  if (!index.fields.some((field) => field.searchable && field.retrievable && isStringType(field.type)))
    throw broken(
      `searchIndexParameters : The index '${searchIndexName}' has no searchable and retrievable string.`,
    );
  for (const one of [...(sourceDataFields ?? []), ...(searchFields ?? [])])
    if (!index.fields.some((field) => field.name === one.name && field.retrievable))
      throw broken(
        `searchIndexParameters : '${one.name}' is not a retrievable field of '${searchIndexName}'.`,
      );
  return {
    name,
    description: description as string | null,
    searchIndexParameters: {
      searchIndexName,
      semanticConfigurationName,
      sourceDataFields: sourceDataFields ?? [],
      searchFields: searchFields ?? [],
    },
  };
}

function readBase(body: Record<string, unknown>, { sources }: KnowledgeStore): KnowledgeBase {
  const { name, description = null, knowledgeSources } = body;
  requireName(name);
  const named = (knowledgeSources ?? []) as readonly Named[];
  if (named.length === 0) throw broken('A knowledge base needs at least one knowledge source.');
  for (const one of named)
    if (!sources.has(one.name)) throw broken(`There is no knowledge source '${one.name}'.`);
  return { name, description: description as string | null, knowledgeSources: named };
}

function requireName(name: unknown): asserts name is string {
  if (typeof name !== 'string' || !/^[a-z0-9][a-z0-9-]{0,126}[a-z0-9]$/.test(name))
    throw broken(`'${String(name)}' is not a name: lower-case letters, digits and dashes, 2 to 128 of them.`);
}
