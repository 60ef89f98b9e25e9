import {
  startLoopbackServer,
  type LoopbackReply,
  type LoopbackRequest,
  type LoopbackServer,
} from '../../../core/testing/loopback-server.ts';
import { createOfflineEmbeddings } from '../../../core/retrieval/offline-embeddings.ts';

export interface BedrockTitanEmulator {
  readonly url: string;
  readonly server: LoopbackServer;
  /** Every text that was embedded, in order. */
  readonly texts: readonly string[];
  /** Tokens charged since the start, at four characters each. */
  readonly tokens: () => number;
  close(): Promise<void>;
}

const model = 'amazon.titan-embed-text-v2:0';
const mostCharacters = 50_000;
const mostTokens = 8192;

/** Titan Text Embeddings V2 behind InvokeModel: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html */
export async function startBedrockTitanEmulator(): Promise<BedrockTitanEmulator> {
  const texts: string[] = [];
  let charged = 0;
  const refused = (status: number, type: string, message: string): LoopbackReply => ({
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': type },
    body: { message },
  });

  const answer = async (request: LoopbackRequest): Promise<LoopbackReply> => {
    if (
      !/^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/[a-z0-9-]+\/bedrock\//.test(
        request.headers['authorization'] ?? '',
      )
    )
      return refused(403, 'MissingAuthenticationTokenException', 'Missing Authentication Token');
    const path = /^\/model\/([^/]+)\/invoke$/.exec(request.path);
    if (request.method !== 'POST' || !path)
      return refused(404, 'UnknownOperationException', 'Unknown operation');
    if (decodeURIComponent(path[1]!) !== model)
      return refused(400, 'ValidationException', 'The provided model identifier is invalid.');
    const {
      inputText,
      dimensions = 1024,
      normalize = true,
      ...more
    } = JSON.parse(request.body.toString('utf8')) as {
      inputText?: unknown;
      dimensions?: number;
      normalize?: boolean;
    };
    if (Object.keys(more).some((name) => name !== 'embeddingTypes') || typeof normalize !== 'boolean')
      return refused(
        400,
        'ValidationException',
        'Malformed input request, please reformat your input and try again.',
      );
    if (typeof inputText !== 'string' || inputText.length === 0)
      return refused(
        400,
        'ValidationException',
        'Malformed input request: #/inputText: expected minLength: 1.',
      );
    if (![256, 512, 1024].includes(dimensions))
      return refused(
        400,
        'ValidationException',
        `Malformed input request: ${dimensions} is not a valid enum value.`,
      );
    const tokens = Math.ceil(inputText.length / 4);
    if (inputText.length > mostCharacters || tokens > mostTokens)
      return refused(400, 'ValidationException', 'Too many input tokens.');
    charged += tokens;
    texts.push(inputText);
    const embedding = await createOfflineEmbeddings(dimensions).embedQuery(inputText);
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: { embedding, inputTextTokenCount: tokens, embeddingsByType: { float: embedding } },
    };
  };
  const server = await startLoopbackServer(answer, { http2: true });
  return { url: server.url, server, texts, tokens: () => charged, close: () => server.close() };
}
