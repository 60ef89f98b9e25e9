import {
  BedrockAgentClient,
  CreateDataSourceCommand,
  ListDataSourcesCommand,
  type CreateDataSourceRequest,
  type ListDataSourcesResponse,
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
import { ConfigError } from '../../core/contract/errors.ts';
import { agentSettings } from './client-settings.ts';
import type { BedrockConfig } from './config.ts';

/** What the service says of one document. */
export interface DocumentDetail {
  readonly id: string;
  readonly status: string;
  readonly reason: string | undefined;
  /** ISO 8601 with milliseconds, so that two of them compare as text. */
  readonly updatedAt: string | undefined;
}

export interface NamedSource {
  readonly id: string;
  readonly name: string;
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
  /** Every data source of the knowledge base. */
  dataSources(): Promise<readonly NamedSource[]>;
  /** The id of the configured data source; looked for by its name where Tributary creates it. */
  findDataSource(): Promise<string | undefined>;
  /** One creation that may be called again: the service takes it once. */
  createDataSource(request: Omit<CreateDataSourceRequest, 'knowledgeBaseId'>): () => Promise<void>;
  updateDataSource(
    current: DataSource,
    changes: Partial<Pick<DataSource, 'description' | 'dataDeletionPolicy' | 'vectorIngestionConfiguration'>>,
  ): Promise<void>;
  close(): void;
}

export function createBedrockClient(config: BedrockConfig): BedrockClient {
  const { knowledgeBaseId } = config;
  let dataSourceId = config.dataSourceId;
  const agent = new BedrockAgentClient(agentSettings(config));

  /** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_ListDataSources.html */
  const dataSources = async (): Promise<NamedSource[]> => {
    const found: NamedSource[] = [];
    let nextToken: string | undefined;
    do {
      const page: ListDataSourcesResponse = await agent.send(
        new ListDataSourcesCommand({
          knowledgeBaseId,
          maxResults: 100,
          ...(nextToken === undefined ? {} : { nextToken }),
        }),
      );
      for (const { dataSourceId: id = '', name = '' } of page.dataSourceSummaries ?? [])
        found.push({ id, name });
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return found;
  };
  const findDataSource = async (): Promise<string | undefined> =>
    (dataSourceId ??= (await dataSources()).find(({ name }) => name === config.dataSource?.create.name)?.id);
  const place = async () => {
    const found = dataSourceId ?? (await findDataSource());
    if (found !== undefined) return { knowledgeBaseId, dataSourceId: found };
    throw new ConfigError(
      'BEDROCK_NOT_FOUND',
      `Data source "${config.dataSource?.create.name}" has not been created yet.`,
      { where: 'dataSource', hint: 'Apply the plan first.' },
    );
  };

  return {
    /** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_IngestKnowledgeBaseDocuments.html */
    async ingest(documents) {
      const answer = await agent.send(
        new IngestKnowledgeBaseDocumentsCommand({
          ...(await place()),
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
          ...(await place()),
          documentIdentifiers: ids.map(identifier),
          clientToken: randomUUID(),
        }),
      );
      return details(answer.documentDetails);
    },
    /** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_GetKnowledgeBaseDocuments.html */
    async get(ids) {
      const answer = await agent.send(
        new GetKnowledgeBaseDocumentsCommand({
          ...(await place()),
          documentIdentifiers: ids.map(identifier),
        }),
      );
      return details(answer.documentDetails);
    },
    /** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_ListKnowledgeBaseDocuments.html; the service refuses pages over 100. */
    async list(nextToken) {
      const answer = await agent.send(
        new ListKnowledgeBaseDocumentsCommand({
          ...(await place()),
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
      const answer = await agent.send(new GetDataSourceCommand(await place()));
      return present(answer.dataSource);
    },
    /** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_UpdateDataSource.html: what is not repeated is lost. */
    async updateDataSource(current, changes) {
      await agent.send(
        new UpdateDataSourceCommand({
          ...(await place()),
          name: current.name,
          description: current.description,
          dataSourceConfiguration: current.dataSourceConfiguration,
          dataDeletionPolicy: current.dataDeletionPolicy,
          serverSideEncryptionConfiguration: current.serverSideEncryptionConfiguration,
          vectorIngestionConfiguration: current.vectorIngestionConfiguration,
          ...changes,
        }),
      );
    },
    dataSources,
    findDataSource,
    /** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_CreateDataSource.html */
    createDataSource(request) {
      const clientToken = randomUUID();
      return async () => {
        const answer = await agent.send(
          new CreateDataSourceCommand({ ...request, knowledgeBaseId, clientToken }),
        );
        dataSourceId = present(answer.dataSource).dataSourceId;
      };
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
