import type {
  BedrockAgentRuntimeClient,
  KnowledgeBaseRetrievalResult,
  KnowledgeBaseVectorSearchConfiguration,
  ManagedSearchConfiguration,
  RetrievalFilter,
} from '@aws-sdk/client-bedrock-agent-runtime';
import { ConfigError } from '../../core/contract/errors.ts';
import { clientSettings } from './client-settings.ts';
import type { BedrockConfig } from './config.ts';

export interface RetrieveQuestion {
  readonly text: string;
  readonly results: number;
  readonly filter: RetrievalFilter | undefined;
  readonly searchType?: 'HYBRID' | 'SEMANTIC' | undefined;
  readonly rerank?: boolean | undefined;
  /** Who asks, for data sources with access lists: the service finds nothing for nobody. */
  readonly userId?: string | undefined;
  /** Another knowledge base than the configured one. */
  readonly knowledgeBaseId?: string;
}

export interface RuntimeClient {
  /** One request, never retried here. */
  retrieve(question: RetrieveQuestion): Promise<readonly KnowledgeBaseRetrievalResult[]>;
  close(): void;
}

/** `bedrock-agent-runtime`; the SDK is loaded by the first question. */
export function createRuntimeClient(config: BedrockConfig): RuntimeClient {
  let runtime: BedrockAgentRuntimeClient | undefined;
  return {
    /** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_Retrieve.html */
    async retrieve(question) {
      const sdk = await import('@aws-sdk/client-bedrock-agent-runtime');
      runtime ??= new sdk.BedrockAgentRuntimeClient({
        ...clientSettings(config),
        ...(config.runtimeEndpoint === undefined ? {} : { endpoint: config.runtimeEndpoint }),
        requestHandler: { requestTimeout: config.requestTimeout },
      });
      const answer = await runtime.send(
        new sdk.RetrieveCommand({
          knowledgeBaseId: question.knowledgeBaseId ?? config.knowledgeBaseId,
          retrievalQuery: { text: question.text },
          retrievalConfiguration:
            config.knowledgeBaseType === 'MANAGED'
              ? { managedSearchConfiguration: managedSearch(question, config) }
              : { vectorSearchConfiguration: vectorSearch(question, config) },
          ...(question.userId === undefined ? {} : { userContext: { userId: question.userId } }),
        }),
      );
      return answer.retrievalResults ?? [];
    },
    close: () => runtime?.destroy(),
  };
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_KnowledgeBaseVectorSearchConfiguration.html */
function vectorSearch(
  { results, filter, searchType, rerank }: RetrieveQuestion,
  { rerankingModelArn }: BedrockConfig,
): KnowledgeBaseVectorSearchConfiguration {
  if (rerank && rerankingModelArn === undefined)
    throw new ConfigError(
      'BEDROCK_NO_RERANKING',
      'No model is configured that could rank the results again.',
      {
        where: 'rerankingModelArn',
        hint: 'Set rerankingModelArn, or ask without reranking.',
      },
    );
  return {
    numberOfResults: results,
    ...(filter === undefined ? {} : { filter }),
    ...(searchType === undefined ? {} : { overrideSearchType: searchType }),
    ...(rerank ? reranking(results, rerankingModelArn) : {}),
  };
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_ManagedSearchConfiguration.html */
function managedSearch(
  { results, filter, rerank }: RetrieveQuestion,
  { rerankingModelArn }: BedrockConfig,
): ManagedSearchConfiguration {
  return {
    numberOfResults: results,
    ...(filter === undefined ? {} : { filter }),
    ...(rerank === undefined
      ? {}
      : !rerank
        ? { rerankingModelType: 'NONE' }
        : rerankingModelArn === undefined
          ? { rerankingModelType: 'MANAGED' }
          : { rerankingModelType: 'CUSTOM', ...reranking(results, rerankingModelArn) }),
  };
}

const reranking = (results: number, modelArn: string | undefined) => ({
  rerankingConfiguration: {
    type: 'BEDROCK_RERANKING_MODEL' as const,
    bedrockRerankingConfiguration: {
      modelConfiguration: { modelArn },
      numberOfRerankedResults: results,
    },
  },
});
