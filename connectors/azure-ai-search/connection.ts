import type { TokenCredential } from '@azure/identity';
import { AzureKeyCredential } from '@azure/search-documents';
import { isLoopback } from '../../core/config/fields.ts';
import { ConfigError } from '../../core/contract/errors.ts';
import type { AzureAiSearchConfig } from './config.ts';
import { notSent, ServiceError, serviceError, type SeenResponse } from './service-error.ts';

interface RawResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | undefined };
}
export interface CallOptions {
  readonly requestOptions: { readonly timeout: number };
  readonly onResponse: (response: RawResponse) => void;
}
export interface ConnectionOptions {
  readonly signal: AbortSignal;
  readonly now: () => number;
}

/** What every client of one service shares. */
export interface Connection {
  readonly credential: AzureKeyCredential | TokenCredential;
  readonly clientOptions: {
    readonly retryOptions: { readonly maxRetries: number };
    readonly allowInsecureConnection: boolean;
  };
  /** Makes one call; every failure is a `ServiceError`, and nothing is tried again. */
  call<T>(run: (options: CallOptions) => Promise<T>, noted?: { seen?: SeenResponse }): Promise<T>;
}

export async function connect(config: AzureAiSearchConfig, options: ConnectionOptions): Promise<Connection> {
  const credential =
    config.apiKey === undefined
      ? await defaultCredential(config.endpoint)
      : new AzureKeyCredential(config.apiKey);
  return {
    credential,
    clientOptions: {
      retryOptions: { maxRetries: 0 },
      allowInsecureConnection: isLoopback(config.endpoint),
    },
    /** Notes status and Retry-After itself: with an empty error body the SDK throws a TypeError that has neither. */
    async call(run, noted = {}) {
      const onResponse = ({ status, headers }: RawResponse): void => {
        noted.seen = {
          status,
          retryAfter: headers.get('retry-after'),
          retryAfterMs: headers.get('retry-after-ms') ?? headers.get('x-ms-retry-after-ms'),
        };
      };
      try {
        if (options.signal.aborted) throw new ServiceError({ message: 'the run is stopping', code: notSent });
        return await run({ requestOptions: { timeout: config.requestTimeout }, onResponse });
      } catch (error) {
        throw serviceError(error, noted.seen, options.now());
      }
    },
  };
}

/** https://learn.microsoft.com/azure/search/search-security-rbac */
async function defaultCredential(endpoint: string): Promise<TokenCredential> {
  if (endpoint.startsWith('http:')) {
    throw new ConfigError(
      'AZURE_SEARCH_KEY_NEEDED',
      'Azure AI Search: a plain http endpoint needs an apiKey, since identity tokens are never sent over http.',
      { where: 'apiKey', hint: 'Set apiKey, or use the https endpoint of the service.' },
    );
  }
  const { DefaultAzureCredential } = await import('@azure/identity');
  return new DefaultAzureCredential();
}
