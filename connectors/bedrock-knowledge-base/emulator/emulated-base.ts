import { createDataSources, type DataSources } from './data-sources.ts';
import { createIngestionJobs, type IngestionJobs } from './ingestion-jobs.ts';
import type { Generation } from './knowledge-base.ts';
import type { Quotas } from './quotas.ts';
import { createResources, type Resources } from './resources.ts';
import { agentRoutes, type Route } from './routes.ts';
import type { Bucket } from './s3/bucket.ts';
import type { Switches } from './switches.ts';

/** A knowledge base with its data sources. */
export interface EmulatedBase {
  readonly id: string;
  readonly resources: Resources;
  readonly sources: DataSources;
  readonly jobs: IngestionJobs;
  readonly routes: Readonly<Record<string, Route>>;
  readonly tags: Map<string, string>;
}

export function createEmulatedBase(options: {
  readonly region: string;
  readonly knowledgeBaseId: string;
  readonly dataSourceId: string;
  readonly type: Generation;
  readonly vectorStore: 'OPENSEARCH_SERVERLESS' | 'S3_VECTORS';
  readonly accessLists: boolean;
  readonly maxDocuments: number;
  readonly bucket?: Bucket | undefined;
  readonly quotas: Quotas;
  readonly switches: Switches;
  readonly now: () => number;
}): EmulatedBase {
  const { knowledgeBaseId, quotas, switches, now } = options;
  const jobs = createIngestionJobs({ knowledgeBaseId, quotas, switches, now });
  const { knowledgeBase, dataSource } = createResources(options);
  const sources = createDataSources({
    knowledgeBaseId,
    knowledgeBase: () => resources.knowledgeBase,
    primary: dataSource,
    quotas,
    switches,
    maxDocuments: options.maxDocuments,
    bucket: options.bucket,
    isJobRunning: jobs.isRunning,
    now,
  });
  const resources: Resources = {
    knowledgeBase,
    get dataSource() {
      return sources.primary.resource;
    },
    set dataSource(resource) {
      sources.primary.resource = resource;
    },
  };
  return {
    id: knowledgeBaseId,
    resources,
    sources,
    jobs,
    routes: agentRoutes(resources, sources, jobs),
    tags: new Map(),
  };
}
