import type { EmbeddingsInterface } from '@langchain/core/embeddings';
import { ConfigError, TransientError } from '../../core/contract/errors.ts';
import { readBounded } from '../../core/http/read-bounded.ts';
import { retryAfterMs } from '../../core/http/retry.ts';
import { EmbeddingRefused } from './embedding-refused.ts';
import type { VectorConfig } from './vector-config.ts';

const apiVersion = '2024-10-21';
/** A batch of the largest vectors is some MB. */
const maxAnswerBytes = 64 * 1024 * 1024;
const scope = 'https://cognitiveservices.azure.com/.default';

interface Answer {
  readonly data?: readonly { readonly index: number; readonly embedding: number[] }[];
  readonly error?: { readonly code?: string; readonly message?: string };
}

/** Embeddings of an Azure OpenAI deployment: https://learn.microsoft.com/azure/ai-services/openai/reference#embeddings */
export async function createAzureOpenAiEmbeddings(
  settings: VectorConfig,
  options: { readonly timeoutMs: number; readonly signal: AbortSignal; readonly now: () => number },
): Promise<EmbeddingsInterface> {
  const base = (settings.endpoint ?? '').replace(/\/+$/, '');
  const deployment = encodeURIComponent(settings.deployment ?? '');
  const url = `${base}/openai/deployments/${deployment}/embeddings?api-version=${apiVersion}`;
  const authorise = await authorisation(settings);

  const embedDocuments = async (texts: string[]): Promise<number[][]> => {
    const body = {
      input: texts,
      ...(settings.model === 'text-embedding-ada-002' ? {} : { dimensions: settings.dimensions }),
    };
    let response: Response;
    let answer: Answer;
    try {
      response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(await authorise()) },
        body: JSON.stringify(body),
        signal: AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)]),
      });
      const bytes = await readBounded(response, maxAnswerBytes);
      answer = readAnswer(bytes.toString('utf8'));
    } catch (error) {
      if (options.signal.aborted || error instanceof ConfigError) throw error;
      throw new TransientError('Azure OpenAI did not answer.');
    }
    if (!response.ok) throw refusal(response, answer, options.now());
    return texts.map((_, at) => answer.data?.find(({ index }) => index === at)?.embedding ?? []);
  };
  return {
    embedDocuments,
    embedQuery: async (text) => (await embedDocuments([text]))[0] ?? [],
  };
}

/** An answer that is no JSON tells nothing. */
function readAnswer(text: string): Answer {
  try {
    return (JSON.parse(text) as Answer | null) ?? {};
  } catch {
    return {};
  }
}

/** The service's message may quote the text, so only its code is told. */
function refusal(response: Response, { error }: Answer, now: number): Error {
  const { status, headers } = response;
  const code = error?.code ? ` (${error.code})` : '';
  switch (status) {
    case 401:
    case 403:
      return new ConfigError('AZURE_OPENAI_ACCESS_DENIED', `Azure OpenAI refused access (${status}).`, {
        where: 'vector',
        hint: 'Give vector.apiKey, or the role Cognitive Services OpenAI User to the identity.',
      });
    case 404:
      return new ConfigError(
        'AZURE_OPENAI_DEPLOYMENT_MISSING',
        `Azure OpenAI has no such deployment${code}.`,
        {
          where: 'vector.deployment',
          hint: 'Compare endpoint and deployment with the deployments of the resource.',
        },
      );
    case 400:
    case 413:
    case 422:
      return new EmbeddingRefused(`Azure OpenAI answers ${status}${code}`);
    default: {
      const wait = Number(headers.get('retry-after-ms') ?? NaN);
      return new TransientError(`Azure OpenAI answers ${status}${code}.`, {
        retryAfterMs: Number.isFinite(wait) ? wait : retryAfterMs(headers.get('retry-after'), now),
      });
    }
  }
}

/** https://learn.microsoft.com/azure/ai-services/openai/how-to/managed-identity */
async function authorisation(settings: VectorConfig): Promise<() => Promise<Record<string, string>>> {
  const { apiKey, endpoint = '' } = settings;
  if (apiKey !== undefined) return async () => ({ 'api-key': apiKey });
  if (endpoint.startsWith('http:')) {
    throw new ConfigError(
      'AZURE_OPENAI_KEY_NEEDED',
      'Azure OpenAI: a plain http endpoint needs an apiKey, since identity tokens are never sent over http.',
      { where: 'vector.apiKey', hint: 'Set vector.apiKey, or use the https endpoint of the resource.' },
    );
  }
  const { DefaultAzureCredential } = await import('@azure/identity');
  const credential = new DefaultAzureCredential();
  return async () => ({ authorization: `Bearer ${(await credential.getToken(scope)).token}` });
}
