import type { LoopbackReply } from '../../../core/testing/loopback-server.ts';
import type { DataSources, EmulatedSource } from './data-sources.ts';
import type { IngestionJobs } from './ingestion-jobs.ts';
import { okReply } from './replies.ts';
import type { Resources } from './resources.ts';
import type { Fields } from './validation.ts';

export interface Route {
  readonly operation: string;
  /** What a policy has to allow. */
  readonly actions: readonly string[];
  /** `last`: the last segment of the path. */
  readonly handle: (body: Fields, source: EmulatedSource, last: string) => LoopbackReply;
}

/** The operations of `bedrock-agent` by method and path. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Operations_Agents_for_Amazon_Bedrock.html */
export const agentRoutes = (
  resources: Resources,
  sources: DataSources,
  jobs: IngestionJobs,
): Readonly<Record<string, Route>> => ({
  'GET ': route('GetKnowledgeBase', () => okReply(200, { knowledgeBase: resources.knowledgeBase })),
  'PUT datasources': route('CreateDataSource', (body) => sources.create(body)),
  'POST datasources': route('ListDataSources', (body) => sources.list(body)),
  'GET datasources/*': route('GetDataSource', (_body, source) => sources.get(source)),
  'PUT datasources/*': route('UpdateDataSource', (body, source) => sources.update(source, body)),
  'DELETE datasources/*': route('DeleteDataSource', (_body, source) => sources.remove(source)),
  'PUT datasources/*/documents': route(
    'IngestKnowledgeBaseDocuments',
    (body, source) => source.operations.ingest(body),
    'bedrock:StartIngestionJob',
  ),
  'POST datasources/*/documents': route('ListKnowledgeBaseDocuments', (body, source) =>
    source.operations.list(body),
  ),
  'POST datasources/*/documents/getDocuments': route('GetKnowledgeBaseDocuments', (body, source) =>
    source.operations.get(body),
  ),
  'POST datasources/*/documents/deleteDocuments': route(
    'DeleteKnowledgeBaseDocuments',
    (body, source) => source.operations.remove(body),
    'bedrock:StartIngestionJob',
  ),
  'PUT datasources/*/ingestionjobs': route('StartIngestionJob', (body, source) => jobs.start(source, body)),
  'POST datasources/*/ingestionjobs': route('ListIngestionJobs', (body, source) => jobs.list(source, body)),
  'GET datasources/*/ingestionjobs/*': route('GetIngestionJob', (_body, source, last) =>
    jobs.get(source, last),
  ),
});

const route = (operation: string, handle: Route['handle'], ...more: readonly string[]): Route => ({
  operation,
  actions: [`bedrock:${operation}`, ...more],
  handle,
});
