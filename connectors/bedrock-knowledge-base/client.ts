import {
  BedrockAgentClient,
  DeleteKnowledgeBaseDocumentsCommand,
  GetDataSourceCommand,
  GetKnowledgeBaseCommand,
  GetKnowledgeBaseDocumentsCommand,
  IngestKnowledgeBaseDocumentsCommand,
  ListKnowledgeBaseDocumentsCommand,
  UpdateDataSourceCommand,
  type DataSource,
  type DocumentIdentifier,
  type KnowledgeBase,
  type KnowledgeBaseDocument,
  type KnowledgeBaseDocumentDetail,
} from '@aws-sdk/client-bedrock-agent';
import { randomUUID } from 'node:crypto';
import { clientSettings } from './client-settings.ts';
import type { BedrockConfig } from './config.ts';

/** What the service says of one document. */
export interface DocumentDetail {
  readonly id: string;
  readonly status: string;
  readonly reason: string | undefined;
  /** ISO 8601 with milliseconds, so that two of them compare as text. */
  readonly updatedAt: string | undefined;
}

/** The operations of `bedrock-agent` that this destination uses. Each call is one request, never retried here. */
export interface BedrockClient {
  ingest(documents: readonly KnowledgeBaseDocument[]): Promise<readonly DocumentDetail[]>;
  remove(ids: readonly string[]): Promise<readonly DocumentDetail[]>;
  get(ids: readonly string[]): Promise<readonly DocumentDetail[]>;
  list(
    nextToken: string | undefined,
  ): Promise<{ page: readonly DocumentDetail[]; nextToken?: string | undefined }>;
  knowledgeBase(): Promise<KnowledgeBase>;
  dataSource(): Promise<DataSource>;
  describeDataSource(current: DataSource, description: string): Promise<void>;
  close(): void;
}

export function createBedrockClient(config: BedrockConfig): BedrockClient {
  const { knowledgeBaseId, dataSourceId } = config;
  const place = { knowledgeBaseId, dataSourceId };
  const agent = new BedrockAgentClient({
    ...clientSettings(config),
    ...(config.endpoint === undefined ? {} : { endpoint: config.endpoint }),
    requestHandler: {
      connectionTimeout: 10_000,
      requestTimeout: config.requestTimeout,
      throwOnRequestTimeout: true,
    },
  });

  return {
    /** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_IngestKnowledgeBaseDocuments.html */
    async ingest(documents) {
      const answer = await agent.send(
        new IngestKnowledgeBaseDocumentsCommand({
          ...place,
          documents: [...documents],
          clientToken: randomUUID(),
        }),
      );
      return details(answer.documentDetails);
    },
    /** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_DeleteKnowledgeBaseDocuments.html */
    async remove(ids) {
      const answer = await agent.send(
        new DeleteKnowledgeBaseDocumentsCommand({
          ...place,
          documentIdentifiers: ids.map(identifier),
          clientToken: randomUUID(),
        }),
      );
      return details(answer.documentDetails);
    },
    /** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_GetKnowledgeBaseDocuments.html */
    async get(ids) {
      const answer = await agent.send(
        new GetKnowledgeBaseDocumentsCommand({ ...place, documentIdentifiers: ids.map(identifier) }),
      );
      return details(answer.documentDetails);
    },
    /** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_ListKnowledgeBaseDocuments.html; the service refuses pages over 100. */
    async list(nextToken) {
      const answer = await agent.send(
        new ListKnowledgeBaseDocumentsCommand({
          ...place,
          maxResults: 100,
          ...(nextToken === undefined ? {} : { nextToken }),
        }),
      );
      return { page: details(answer.documentDetails), nextToken: answer.nextToken };
    },
    /** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_GetKnowledgeBase.html */
    async knowledgeBase() {
      const answer = await agent.send(new GetKnowledgeBaseCommand({ knowledgeBaseId }));
      return present(answer.knowledgeBase);
    },
    /** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_GetDataSource.html */
    async dataSource() {
      const answer = await agent.send(new GetDataSourceCommand(place));
      return present(answer.dataSource);
    },
    /** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_UpdateDataSource.html: what is not repeated is lost. */
    async describeDataSource(current, description) {
      await agent.send(
        new UpdateDataSourceCommand({
          ...place,
          name: current.name,
          description,
          dataSourceConfiguration: current.dataSourceConfiguration,
          dataDeletionPolicy: current.dataDeletionPolicy,
          serverSideEncryptionConfiguration: current.serverSideEncryptionConfiguration,
          vectorIngestionConfiguration: current.vectorIngestionConfiguration,
        }),
      );
    },
    close() {
      agent.destroy();
    },
  };
}

const identifier = (id: string): DocumentIdentifier => ({ dataSourceType: 'CUSTOM', custom: { id } });

function details(found: readonly KnowledgeBaseDocumentDetail[] | undefined): readonly DocumentDetail[] {
  return (found ?? []).flatMap(({ identifier, status, statusReason, updatedAt }) => {
    const id = identifier?.custom?.id;
    return id === undefined
      ? []
      : [{ id, status: status ?? '', reason: statusReason, updatedAt: updatedAt?.toISOString() }];
  });
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('Bedrock answered without the resource that was asked for.');
  return value;
}
