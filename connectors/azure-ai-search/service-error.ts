import { ConfigError, isConfigError, TransientError } from '../../core/contract/errors.ts';
import { retryAfterMs } from '../../core/http/retry.ts';

/** What a response said before the SDK read its body. */
export interface SeenResponse {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly retryAfterMs: string | undefined;
}

interface ServiceErrorParts {
  readonly message: string;
  readonly status?: number | undefined;
  readonly code?: string | undefined;
  readonly details?: readonly string[];
  readonly retryAfterMs?: number | undefined;
}

/** A call that failed, in one form whatever the SDK threw. `status` is absent when no answer came. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly status: number | undefined;
  readonly code: string | undefined;
  /** The messages of the single faults, which name ordinals of the batch. */
  readonly details: readonly string[];
  readonly retryAfterMs: number | undefined;

  constructor(parts: ServiceErrorParts) {
    super(parts.message);
    this.status = parts.status;
    this.code = parts.code;
    this.details = parts.details ?? [];
    this.retryAfterMs = parts.retryAfterMs;
  }
}

interface SdkError {
  readonly statusCode?: number;
  readonly code?: string;
  readonly message?: string;
  readonly name?: string;
  readonly details?: { error?: { code?: string; message?: string; details?: { message?: string }[] } };
}

const credentialErrors =
  /^(CredentialUnavailable|Authentication|AuthenticationRequired|AggregateAuthentication)Error$/;

/** Keeps no cause: the SDK's error carries the request, and with it the documents. What is no failed call stays itself. */
export function serviceError(error: unknown, seen: SeenResponse | undefined, now: number): Error {
  if (error instanceof ServiceError || isConfigError(error)) return error;
  const sdk = error as SdkError;
  if (credentialErrors.test(sdk.name ?? '')) {
    return new ServiceError({ message: 'no credential could be obtained from Microsoft Entra', status: 401 });
  }
  if (seen === undefined && !['RestError', 'AbortError'].includes(sdk.name ?? '')) return error as Error;
  const answer = sdk.statusCode ?? seen?.status;
  const status = answer !== undefined && answer >= 400 ? answer : undefined;
  const answered = sdk.details?.error;
  const wait = Number(seen?.retryAfterMs);
  return new ServiceError({
    status,
    code: answered?.code || sdk.code || undefined,
    message: withoutContent(
      answered?.message ||
        (status === undefined ? sdk.message : undefined) ||
        (status === undefined ? 'no answer' : `status ${status}`),
    ),
    details: (answered?.details ?? []).flatMap((one) => (one.message ? [withoutContent(one.message)] : [])),
    retryAfterMs: Number.isFinite(wait) ? wait : retryAfterMs(seen?.retryAfter, now),
  });
}

/** The service quotes the value it could not read; what is stored never goes into an error. */
export const withoutContent = (message: string): string =>
  message
    .replace(/literal '(?:[^']|'(?! to the))*'/g, 'literal')
    .replaceAll('\r\n', ' ')
    .trim();

/** The code of a request that was not sent because the run stops. */
export const notSent = 'NOT_SENT';

/** Whether a request that failed without an answer cannot have reached the service. */
export const neverSent = (error: ServiceError): boolean =>
  error.status === undefined &&
  ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', notSent].includes(error.code ?? '');

/** What a person must do about 401 and 403: https://learn.microsoft.com/azure/search/search-security-rbac */
export const accessHint =
  'Give an admin key as apiKey, or the roles Search Service Contributor and Search Index Data Contributor to the identity.';

/** 429 stands for a quota as well as for haste: https://learn.microsoft.com/azure/search/search-limits-quotas-capacity */
export const isQuota = (error: ServiceError): boolean => error.status === 429 && /quota/i.test(error.message);
export const quotaHint =
  'Add partitions or raise the tier of the service, or publish fewer documents to this index.';

/** The engine's error for a failed call outside `write`. */
export function engineError(error: unknown, index: string): unknown {
  if (!(error instanceof ServiceError)) return error;
  const where = `index ${index}`;
  const because = `Azure AI Search: ${error.message}`;
  switch (error.status) {
    case 401:
    case 403:
      return new ConfigError(
        'AZURE_SEARCH_ACCESS_DENIED',
        `Azure AI Search refused access (${error.status}).`,
        { where, hint: accessHint },
      );
    case 404:
      return new ConfigError('AZURE_SEARCH_INDEX_MISSING', `The index '${index}' does not exist.`, {
        where,
        hint: 'Apply the plan of this destination, which creates it.',
      });
    case 409:
      return new TransientError(because);
    case 400:
      return new ConfigError('AZURE_SEARCH_REFUSED', because, {
        where,
        hint: 'Correct what the service names.',
      });
    case 412:
      return new TransientError('Azure AI Search: the index was changed by somebody else meanwhile.');
    default:
      if (isQuota(error)) {
        return new ConfigError('AZURE_SEARCH_QUOTA', because, { where, hint: quotaHint });
      }
      if (error.code === 'ENOTFOUND') {
        return new ConfigError(
          'AZURE_SEARCH_NOT_FOUND',
          'The host of the Azure AI Search endpoint is not known.',
          {
            where: 'endpoint',
            hint: 'Compare the endpoint with the one on the overview page of the service.',
          },
        );
      }
      return new TransientError(because, { retryAfterMs: error.retryAfterMs });
  }
}
