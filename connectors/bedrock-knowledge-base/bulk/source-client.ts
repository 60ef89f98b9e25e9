import {
  BedrockAgentClient,
  DeleteKnowledgeBaseDocumentsCommand,
  GetIngestionJobCommand,
  GetKnowledgeBaseDocumentsCommand,
  IngestKnowledgeBaseDocumentsCommand,
  ListIngestionJobsCommand,
  ListKnowledgeBaseDocumentsCommand,
  StartIngestionJobCommand,
  type DocumentIdentifier,
  type IngestionJob,
  type IngestionJobStatistics,
  type KnowledgeBaseDocumentDetail,
} from '@aws-sdk/client-bedrock-agent';
import { randomUUID } from 'node:crypto';
import type { DocumentDetail } from '../client.ts';
import { agentSettings } from '../client-settings.ts';
import type { BedrockConfig } from '../config.ts';
import type { BulkConfig } from './bulk-config.ts';
import { metadataEnding } from './object-key.ts';

export interface JobDetail {
  readonly id: string;
  readonly status: string;
  /** The service's clock, ISO 8601 with milliseconds. */
  readonly startedAt: string | undefined;
  readonly statistics: IngestionJobStatistics;
  readonly failureReasons: readonly string[];
}

/** The operations on an S3 data source; documents are named by their `s3://` address. Each call is one request, never retried here. */
export interface SourceClient {
  /** Has Bedrock read these objects now. */
  ingest(uris: readonly string[]): Promise<readonly DocumentDetail[]>;
  /** Takes these out of the index; their objects are not touched. */
  remove(uris: readonly string[]): Promise<readonly DocumentDetail[]>;
  get(uris: readonly string[]): Promise<readonly DocumentDetail[]>;
  list(token: string | undefined): Promise<{ page: readonly DocumentDetail[]; token: string | undefined }>;
  /** With the same token, the same job. */
  startJob(token: string): Promise<JobDetail>;
  job(id: string): Promise<JobDetail>;
  /** Whether any job of the data source has ever ended well. */
  hasCompletedJob(): Promise<boolean>;
  close(): void;
}

export function createSourceClient(config: BedrockConfig, bulk: BulkConfig): SourceClient {
  const place = { knowledgeBaseId: config.knowledgeBaseId, dataSourceId: bulk.dataSourceId };
  const agent = new BedrockAgentClient(agentSettings(config));
  return {
    /** https://docs.aws.amazon.com/bedrock/latest/userguide/kb-direct-ingestion-add.html */
    async ingest(uris) {
      const answer = await agent.send(
        new IngestKnowledgeBaseDocumentsCommand({
          ...place,
          documents: uris.map((uri) => ({
            content: { dataSourceType: 'S3', s3: { s3Location: { uri } } },
            metadata: { type: 'S3_LOCATION', s3Location: { uri: `${uri}${metadataEnding}` } },
          })),
          clientToken: randomUUID(),
        }),
      );
      return details(answer.documentDetails);
    },
    /** https://docs.aws.amazon.com/bedrock/latest/userguide/kb-direct-ingestion-delete.html */
    async remove(uris) {
      const answer = await agent.send(
        new DeleteKnowledgeBaseDocumentsCommand({
          ...place,
          documentIdentifiers: uris.map(identifier),
          clientToken: randomUUID(),
        }),
      );
      return details(answer.documentDetails);
    },
    /** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_GetKnowledgeBaseDocuments.html */
    async get(uris) {
      const answer = await agent.send(
        new GetKnowledgeBaseDocumentsCommand({ ...place, documentIdentifiers: uris.map(identifier) }),
      );
      return details(answer.documentDetails);
    },
    /** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_ListKnowledgeBaseDocuments.html; the service refuses pages over 100. */
    async list(token) {
      const answer = await agent.send(
        new ListKnowledgeBaseDocumentsCommand({
          ...place,
          maxResults: 100,
          ...(token === undefined ? {} : { nextToken: token }),
        }),
      );
      return { page: details(answer.documentDetails), token: answer.nextToken };
    },
    /** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_StartIngestionJob.html */
    async startJob(token) {
      const answer = await agent.send(
        new StartIngestionJobCommand({ ...place, clientToken: token, description: 'Tributary' }),
      );
      return jobDetail(answer.ingestionJob);
    },
    /** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_GetIngestionJob.html */
    async job(id) {
      const answer = await agent.send(new GetIngestionJobCommand({ ...place, ingestionJobId: id }));
      return jobDetail(answer.ingestionJob);
    },
    /** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_ListIngestionJobs.html */
    async hasCompletedJob() {
      const answer = await agent.send(
        new ListIngestionJobsCommand({
          ...place,
          maxResults: 1,
          filters: [{ attribute: 'STATUS', operator: 'EQ', values: ['COMPLETE'] }],
        }),
      );
      return (answer.ingestionJobSummaries ?? []).length > 0;
    },
    close: () => agent.destroy(),
  };
}

const identifier = (uri: string): DocumentIdentifier => ({ dataSourceType: 'S3', s3: { uri } });

const details = (found: readonly KnowledgeBaseDocumentDetail[] = []): readonly DocumentDetail[] =>
  found.flatMap(({ identifier: named, status, statusReason, updatedAt }) => {
    const id = named?.s3?.uri;
    return id === undefined
      ? []
      : [{ id, status: status ?? '', reason: statusReason, updatedAt: updatedAt?.toISOString() }];
  });

function jobDetail(job: IngestionJob | undefined): JobDetail {
  if (job?.ingestionJobId === undefined) throw new Error('Bedrock answered without the ingestion job.');
  return {
    id: job.ingestionJobId,
    status: job.status ?? '',
    startedAt: job.startedAt?.toISOString(),
    statistics: job.statistics ?? {},
    failureReasons: (job.failureReasons ?? []).flatMap(unwrapped),
  };
}

/** The service gives several reasons as one text: a JSON list. */
function unwrapped(reason: string): readonly string[] {
  if (!reason.startsWith('[')) return [reason];
  try {
    const list: unknown = JSON.parse(reason);
    return Array.isArray(list) ? list.map(String) : [reason];
  } catch {
    return [reason];
  }
}
