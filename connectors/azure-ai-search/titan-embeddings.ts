import type { EmbeddingsInterface } from '@langchain/core/embeddings';
import { ConfigError, TransientError } from '../../core/contract/errors.ts';
import { retryAfterMs } from '../../core/http/retry.ts';
import { EmbeddingRefused } from './embedding-refused.ts';
import { titanModel } from './titan-model.ts';
import type { VectorConfig } from './vector-config.ts';

interface Answer {
  readonly embedding?: number[];
}
interface SdkError {
  readonly name?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

/** Embeddings by Amazon Titan: one text a request. https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html */
export async function createTitanEmbeddings(
  settings: VectorConfig,
  options: { readonly timeoutMs: number; readonly signal: AbortSignal; readonly now: () => number },
): Promise<EmbeddingsInterface> {
  const sdk = await import('@aws-sdk/client-bedrock-runtime');
  const { region, endpoint, credentials, dimensions } = settings;
  const client = new sdk.BedrockRuntimeClient({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials: present(credentials) }),
    maxAttempts: 1,
    requestHandler: { requestTimeout: options.timeoutMs },
  });

  const embedQuery = async (text: string): Promise<number[]> => {
    try {
      const { body } = await client.send(
        new sdk.InvokeModelCommand({
          modelId: titanModel,
          contentType: 'application/json',
          accept: 'application/json',
          body: JSON.stringify({ inputText: text, dimensions, normalize: true }),
        }),
        { abortSignal: AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)]) },
      );
      return (JSON.parse(Buffer.from(body).toString('utf8')) as Answer).embedding ?? [];
    } catch (error) {
      if (options.signal.aborted) throw error;
      throw sorted(error as SdkError, options.now());
    }
  };
  return {
    embedQuery,
    embedDocuments: (texts) => Promise.all(texts.map(embedQuery)),
  };
}

const present = ({
  accessKeyId,
  secretAccessKey,
  sessionToken,
}: NonNullable<VectorConfig['credentials']>) => ({
  accessKeyId,
  secretAccessKey,
  ...(sessionToken === undefined ? {} : { sessionToken }),
});

/** The service's message may quote the text, so only its name is told: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html */
function sorted({ name = 'Error', $metadata, $response }: SdkError, now: number): Error {
  switch (name) {
    case 'ValidationException':
      return new EmbeddingRefused(`Amazon Bedrock answers ${name}`);
    case 'AccessDeniedException':
    case 'UnrecognizedClientException':
    case 'InvalidSignatureException':
    case 'CredentialsProviderError':
    case 'ExpiredTokenException':
      return new ConfigError('BEDROCK_TITAN_ACCESS_DENIED', `Amazon Bedrock refused access (${name}).`, {
        where: 'vector',
        hint: `Give the identity bedrock:InvokeModel on ${titanModel}, and vector.region a region that offers it.`,
      });
    case 'ResourceNotFoundException':
      return new ConfigError('BEDROCK_TITAN_MISSING', `Amazon Bedrock has no model ${titanModel} there.`, {
        where: 'vector.region',
        hint: 'Choose a region that offers Titan Text Embeddings V2.',
      });
    default: {
      const status = $metadata?.httpStatusCode;
      return new TransientError(
        status === undefined
          ? 'Amazon Bedrock did not answer.'
          : `Amazon Bedrock answers ${status} (${name}).`,
        { retryAfterMs: retryAfterMs($response?.headers?.['retry-after'], now) },
      );
    }
  }
}
