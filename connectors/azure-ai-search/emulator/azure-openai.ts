import {
  startLoopbackServer,
  type LoopbackReply,
  type LoopbackRequest,
  type LoopbackServer,
} from '../../../core/testing/loopback-server.ts';
import { createOfflineEmbeddings } from '../../../core/retrieval/offline-embeddings.ts';

export interface AzureOpenAiEmulatorOptions {
  readonly port?: number;
  readonly apiKey?: string;
  readonly deployment?: string;
  readonly model?: 'text-embedding-3-small' | 'text-embedding-3-large' | 'text-embedding-ada-002';
}
export interface AzureOpenAiEmulator {
  readonly url: string;
  readonly server: LoopbackServer;
  /** Tokens charged since the start, at four characters each. */
  readonly tokens: () => number;
  /** Every text that was embedded, in order. */
  readonly texts: readonly string[];
  close(): Promise<void>;
}

const mostInputs = 2048;
const mostTokens = 8191;
const mostDimensions = {
  'text-embedding-3-small': 1536,
  'text-embedding-3-large': 3072,
  'text-embedding-ada-002': 1536,
};

/** One embedding deployment of Azure OpenAI: https://learn.microsoft.com/azure/ai-services/openai/reference#embeddings */
export async function startAzureOpenAiEmulator(
  options: AzureOpenAiEmulatorOptions = {},
): Promise<AzureOpenAiEmulator> {
  const { apiKey = 'openai-key', deployment = 'embedding', model = 'text-embedding-3-small' } = options;
  const texts: string[] = [];
  let charged = 0;
  const refused = (status: number, code: string, message: string): LoopbackReply => ({
    status,
    headers: { 'content-type': 'application/json' },
    body: { error: { code, message } },
  });

  const answer = async (request: LoopbackRequest): Promise<LoopbackReply> => {
    if (request.headers['api-key'] !== apiKey)
      return refused(401, '401', 'Access denied due to invalid subscription key or wrong API endpoint.');
    const path = /^\/openai\/deployments\/([^/]+)\/embeddings$/.exec(request.path);
    if (
      request.method !== 'POST' ||
      !path ||
      !/^\d{4}-\d{2}-\d{2}/.test(request.query.get('api-version') ?? '')
    )
      return refused(404, '404', 'Resource not found');
    if (decodeURIComponent(path[1]!) !== deployment)
      return refused(404, 'DeploymentNotFound', 'The API deployment for this resource does not exist.');
    const body = JSON.parse(request.body.toString('utf8')) as { input?: unknown; dimensions?: number };
    const inputs = (typeof body.input === 'string' ? [body.input] : body.input) as
      readonly string[] | undefined;
    if (!Array.isArray(inputs) || inputs.length === 0 || inputs.length > mostInputs)
      return refused(400, 'invalid_request_error', `'input' must hold 1 to ${mostInputs} texts.`);
    if (inputs.some((text) => typeof text !== 'string' || text === ''))
      return refused(400, 'invalid_request_error', "'$.input' is invalid.");
    if (body.dimensions !== undefined && model === 'text-embedding-ada-002')
      return refused(400, 'invalid_request_error', 'This model does not support specifying dimensions.');
    const dimensions = body.dimensions ?? mostDimensions[model];
    if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > mostDimensions[model])
      return refused(400, 'invalid_request_error', `Invalid value for 'dimensions' = ${dimensions}.`);
    const counts = inputs.map((text) => Math.ceil(text.length / 4));
    if (counts.some((count) => count > mostTokens))
      return refused(
        400,
        'context_length_exceeded',
        `This model's maximum context length is ${mostTokens} tokens.`,
      );
    const total = counts.reduce((sum, count) => sum + count, 0);
    charged += total;
    texts.push(...inputs);
    const vectors = await createOfflineEmbeddings(dimensions).embedDocuments([...inputs]);
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: {
        object: 'list',
        data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })),
        model,
        usage: { prompt_tokens: total, total_tokens: total },
      },
    };
  };
  const server = await startLoopbackServer(answer, options.port === undefined ? {} : { port: options.port });
  return { url: server.url, server, texts, tokens: () => charged, close: () => server.close() };
}
