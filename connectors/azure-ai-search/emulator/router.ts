import type { LoopbackReply, LoopbackRequest } from '../../../core/testing/loopback-server.ts';
import { answerAlias } from './aliases.ts';
import { indexDocuments, type RefuseItem } from './indexing.ts';
import { shownField } from './index-definition.ts';
import { answerKnowledge, type KnowledgeStore } from './knowledge.ts';
import { retrieveKnowledge } from './knowledge-retrieve.ts';
import { errorReply, Refusal } from './refusal.ts';
import { searchDocuments, shown } from './search-documents.ts';
import type { IndexRegistry, SearchIndex } from './search-index.ts';
import { indexStatistics, serviceStatistics, type Quotas } from './statistics.ts';

export interface RouterOptions {
  readonly registry: IndexRegistry;
  readonly knowledge: KnowledgeStore;
  readonly now: () => number;
  readonly apiKey: string;
  readonly limits: boolean;
  readonly semanticRanker: boolean;
  readonly quotas: Quotas;
  readonly url: () => string;
  readonly onDuplicateKey: (key: string) => void;
  readonly refusal: RefuseItem;
  /** Whether the service has the strength for so many documents now. */
  readonly admits: (documents: number) => boolean;
}

/** https://learn.microsoft.com/azure/search/search-limits-quotas-capacity */
const maxRequestBytes = 16 * 1024 * 1024;

/** Answers one request as the service does: https://learn.microsoft.com/rest/api/searchservice/ */
export function createRouter(options: RouterOptions): (request: LoopbackRequest) => Promise<LoopbackReply> {
  let requestNumber = 0;
  return async (request) => {
    const common = {
      'request-id': `00000000-0000-4000-8000-${(++requestNumber).toString(16).padStart(12, '0')}`,
      'elapsed-time': '1',
      'odata-version': '4.0',
      'preference-applied': 'odata.include-annotations="*"',
    };
    try {
      const reply = await answer(request, options);
      return { ...reply, headers: { ...common, ...reply.headers } };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const reply = errorReply(error);
      return { ...reply, headers: { ...common, ...reply.headers } };
    }
  };
}

async function answer(request: LoopbackRequest, options: RouterOptions): Promise<LoopbackReply> {
  if (request.headers['api-key'] !== options.apiKey) return { status: 403 };
  requireApiVersion(request.query.get('api-version'));
  if (options.limits && request.body.length > maxRequestBytes) {
    throw new Refusal(
      413,
      'RequestEntityTooLarge',
      'The page was not displayed because the request entity is too large.',
    );
  }
  const [collection, name, ...rest] = segments(request.path);
  if (collection === 'aliases') return answerAlias(request, name, options.registry);
  if (collection === 'servicestats' && request.method === 'GET')
    return { ...serviceStatistics(options.registry, options.quotas), headers: adminHeaders };
  if (collection === 'knowledgebases' && name !== undefined && rest[0] === 'retrieve')
    return retrieveKnowledge(json(request), name, options);
  if (collection === 'knowledgesources' || collection === 'knowledgebases')
    return answerKnowledge(request, collection, name, options);
  if (collection !== 'indexes') throw notFound(request);
  if (name === undefined) return answerIndexes(request, options);
  if (rest.length === 0) return answerIndex(request, name, options);
  const index = options.registry.find(name);
  const operation = rest.join('/');
  if (request.method === 'GET' && /^(search\.)?stats$/.test(operation))
    return { ...indexStatistics(index), headers: adminHeaders };
  if (rest[0] !== 'docs') throw notFound(request);
  return answerDocuments(request, rest.slice(1), index, options);
}

/** The versions that this emulator speaks: https://learn.microsoft.com/rest/api/searchservice/search-service-api-versions */
const apiVersions = new Set(['2025-09-01', '2026-04-01']);

function requireApiVersion(version: string | null): void {
  if (version === null || version === '')
    throw new Refusal(
      400,
      'MissingApiVersionParameter',
      'The api-version query parameter is required for all requests.',
    );
  if (!apiVersions.has(version.toLowerCase()))
    throw new Refusal(
      400,
      'InvalidApiVersionParameter',
      `Invalid or unsupported api-version: '${version}'. Valid versions are: ${[...apiVersions].join(', ')}.`,
    );
}

/** Reads `/indexes('a')/docs('k')` and `/indexes/a/docs/k` alike. */
function segments(path: string): string[] {
  return path
    .split('/')
    .filter((part) => part !== '')
    .flatMap((part) => {
      const match = /^(\w+)\('(.*)'\)$/.exec(part.replaceAll('%27', "'"));
      return match ? [match[1]!, decodeURIComponent(match[2]!)] : [decodeURIComponent(part)];
    });
}

async function answerDocuments(
  request: LoopbackRequest,
  [operation = '', ...more]: string[],
  index: SearchIndex,
  { url, onDuplicateKey, refusal, admits, semanticRanker, now }: RouterOptions,
): Promise<LoopbackReply> {
  const { definition, store, fullText } = index;
  const headers = {
    'content-type': 'application/json; odata.metadata=none; odata.streaming=true; charset=utf-8',
  };
  if (more.length > 0) throw notFound(request);
  if (request.method === 'POST' && /^(search\.)?index$/.test(operation)) {
    const apiVersion = request.query.get('api-version')!;
    const body = json(request);
    const { value } = (body ?? {}) as { value?: readonly unknown[] };
    if (!admits(value?.length ?? 0)) throw new Refusal(503, '', 'The service is too busy');
    const reply = indexDocuments(body, definition, store, { apiVersion, onDuplicateKey, refusal });
    return { ...reply, headers };
  }
  if (request.method === 'POST' && /^(search\.post\.)?search$/.test(operation)) {
    const next = `${url()}${request.path}?api-version=${request.query.get('api-version')!}`;
    const reply = await searchDocuments(json(request), definition, store, fullText, next, {
      semanticRanker,
      now: now(),
    });
    return { ...reply, headers };
  }
  if (request.method !== 'GET') throw notFound(request);
  store.settle();
  if (operation === '$count') {
    const count = store.database.prepare('SELECT count(*) AS n FROM document').get()?.['n'];
    return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: String(count) };
  }
  const row = store.database
    .prepare('SELECT id, json(body) AS body FROM document WHERE key = ?')
    .get(operation);
  if (!row) return { status: 404 };
  const fields = definition.fields.filter((field) => field.retrievable);
  return {
    status: 200,
    headers,
    body: shown(row['id'] as number, JSON.parse(row['body'] as string), fields, store),
  };
}

function answerIndexes(request: LoopbackRequest, { registry, url, quotas }: RouterOptions): LoopbackReply {
  if (request.method === 'POST') {
    const definition = json(request);
    requireRoom(registry, quotas, definition);
    const index = registry.create(definition);
    return {
      ...indexReply(201, index),
      headers: {
        ...indexReply(201, index).headers,
        location: `${url()}/indexes('${index.definition.name}')?api-version=${request.query.get('api-version')!}`,
      },
    };
  }
  if (request.method !== 'GET') throw notFound(request);
  const names = request.query.get('$select');
  return {
    status: 200,
    headers: adminHeaders,
    body: {
      '@odata.context': 'https://emulator/$metadata#indexes',
      value: registry
        .list()
        .map((index) => (names === 'name' ? { name: index.definition.name } : indexBody(index))),
    },
  };
}

function answerIndex(
  request: LoopbackRequest,
  name: string,
  { registry, quotas }: RouterOptions,
): LoopbackReply {
  switch (request.method) {
    case 'GET':
      return indexReply(200, registry.find(name));
    case 'PUT': {
      const definition = json(request);
      requireRoom(registry, quotas, definition);
      const { index, created } = registry.put(name, definition, request.headers);
      return indexReply(created ? 201 : 200, index);
    }
    case 'DELETE':
      registry.remove(name, request.headers);
      return { status: 204 };
    default:
      throw notFound(request);
  }
}

/** A used-up quota is a 429 without a code: https://learn.microsoft.com/azure/search/search-limits-quotas-capacity */
function requireRoom(registry: IndexRegistry, quotas: Quotas, raw: unknown): void {
  const { indexes = 50, fieldsPerIndex = 1000 } = quotas;
  const { name, fields = [] } = (raw ?? {}) as { name?: unknown; fields?: readonly unknown[] };
  const names = registry.list().map((one) => one.definition.name);
  if (names.length >= indexes && !names.includes(String(name)))
    throw new Refusal(429, '', `Index quota of ${indexes} has been exceeded for this service.`);
  if (fields.length > fieldsPerIndex)
    throw new Refusal(
      400,
      'InvalidRequestParameter',
      `The request is invalid. Details: definition : The index has ${fields.length} fields; at most ${fieldsPerIndex} are allowed.`,
    );
}

const adminHeaders = {
  'content-type': 'application/json; odata.metadata=minimal; odata.streaming=true; charset=utf-8',
};
const indexBody = ({ etag, definition }: SearchIndex): object => ({
  '@odata.etag': etag,
  ...definition,
  fields: definition.fields.map(shownField),
});
const indexReply = (status: number, index: SearchIndex): LoopbackReply => ({
  status,
  headers: { ...adminHeaders, etag: index.etag },
  body: { '@odata.context': 'https://emulator/$metadata#indexes/$entity', ...indexBody(index) },
});

function json(request: LoopbackRequest): unknown {
  try {
    return JSON.parse(request.body.toString('utf8'));
  } catch {
    throw new Refusal(
      400,
      '',
      'The request is invalid. Details: parameters : The JSON body could not be read.',
    );
  }
}

const notFound = (request: LoopbackRequest): Refusal =>
  new Refusal(404, '', `Resource not found for the segment '${request.path}'.`);
