import type {
  BedrockAgentRuntimeClient,
  KnowledgeBaseRetrievalConfiguration,
  KnowledgeBaseRetrievalResult,
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
  /** Who asks. */
  readonly principals?: readonly string[] | undefined;
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
          knowledgeBaseId: config.knowledgeBaseId,
          retrievalQuery: { text: question.text },
          retrievalConfiguration: retrievalConfiguration(question, config),
        }),
      );
      return answer.retrievalResults ?? [];
    },
    close: () => runtime?.destroy(),
  };
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_KnowledgeBaseVectorSearchConfiguration.html */
function retrievalConfiguration(
  { results, filter, searchType, rerank }: RetrieveQuestion,
  { rerankingModelArn: modelArn }: BedrockConfig,
): KnowledgeBaseRetrievalConfiguration {
  if (rerank && modelArn === undefined)
    throw new ConfigError(
      'BEDROCK_NO_RERANKING',
      'No model is configured that could rank the results again.',
      {
        where: 'rerankingModelArn',
        hint: 'Set rerankingModelArn, or ask without reranking.',
      },
    );
  return {
    vectorSearchConfiguration: {
      numberOfResults: results,
      ...(filter === undefined ? {} : { filter }),
      ...(searchType === undefined ? {} : { overrideSearchType: searchType }),
      ...(rerank
        ? {
            rerankingConfiguration: {
              type: 'BEDROCK_RERANKING_MODEL',
              bedrockRerankingConfiguration: {
                modelConfiguration: { modelArn },
                numberOfRerankedResults: results,
              },
            },
          }
        : {}),
    },
  };
}
