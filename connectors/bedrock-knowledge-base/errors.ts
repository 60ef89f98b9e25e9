import { ConfigError, isConfigError, TransientError } from '../../core/contract/errors.ts';
import { retryAfterMs } from '../../core/http/retry.ts';

/**
 * What an error of the service means for the request that got it.
 * `later`: nothing was taken. `invalid`: the request as it is will never be taken. `unknown`: it may have been taken.
 */
export interface Sorted {
  readonly kind: 'later' | 'halted' | 'invalid' | 'unknown';
  readonly reason: string;
  readonly hint?: string;
  readonly retryAfterMs?: number | undefined;
  /** Too many requests at once: the pace should come down. */
  readonly crowded?: boolean;
  /** Too many requests are being processed in the account: fewer should be under way. */
  readonly tooMany?: boolean;
}

interface ServiceFault {
  readonly name?: string;
  /** As the service sent it: mostly a text. */
  readonly message?: unknown;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

const permissionHint =
  'Allow bedrock:IngestKnowledgeBaseDocuments and bedrock:StartIngestionJob (both are needed to write), bedrock:DeleteKnowledgeBaseDocuments, bedrock:GetKnowledgeBaseDocuments, bedrock:ListKnowledgeBaseDocuments, bedrock:GetKnowledgeBase, bedrock:GetDataSource, bedrock:UpdateDataSource and bedrock:Retrieve on the knowledge base; to create the data source also bedrock:CreateDataSource and bedrock:ListDataSources; for the S3 road also bedrock:GetIngestionJob and bedrock:ListIngestionJobs; with slots also bedrock:ListTagsForResource and bedrock:TagResource.';
const notSent = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'];
const credentialFaults =
  /^(CredentialsProviderError|UnrecognizedClient|InvalidSignature|MissingAuthenticationToken|ExpiredToken|InvalidClientTokenId|IncompleteSignature)/;
/** Wording of a 400 that speaks of the data source or knowledge base and so of no single document. */
const aboutThePlace =
  /s3 data source|unsupported data source type|type of the data source|knowledge base.*(status|state|not ready)/i;

/** Sorts by https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_IngestKnowledgeBaseDocuments.html#API_agent_IngestKnowledgeBaseDocuments_Errors */
export function sortError(error: unknown, now: number): Sorted {
  if (isConfigError(error))
    return {
      kind: 'halted',
      reason: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    };
  const fault = (typeof error === 'object' && error !== null ? error : {}) as ServiceFault;
  const name = fault.name ?? '';
  const status = fault.$metadata?.httpStatusCode;
  const message = typeof fault.message === 'string' ? fault.message : '';
  const retryAfter = retryAfterMs(fault.$response?.headers?.['retry-after'], now);
  if (credentialFaults.test(name))
    return {
      kind: 'halted',
      reason: `AWS does not accept the credentials (${name}).`,
      hint: 'Check the credentials, their expiry and the region.',
    };
  if (name === 'ThrottlingException' || status === 429)
    return {
      kind: 'later',
      reason: 'Bedrock throttles the requests (429).',
      retryAfterMs: retryAfter,
      crowded: true,
    };
  switch (status) {
    case undefined:
      return notSent.includes(fault.code ?? '')
        ? { kind: 'later', reason: `Bedrock cannot be reached (${fault.code}).` }
        : { kind: 'unknown', reason: `No answer from Bedrock (${fault.code ?? (name || 'error')}).` };
    case 400:
      return sortInvalid(message, retryAfter);
    case 402:
      return {
        kind: 'halted',
        reason: 'A quota of the AWS account is used up (402 ServiceQuotaExceededException).',
        hint: 'Ask AWS for a higher quota or make room in the knowledge base.',
      };
    case 403: {
      const action = /perform: (bedrock:\w+)/.exec(message)?.[1];
      return {
        kind: 'halted',
        reason: `AWS denies access${action ? ` to ${action}` : ''} (403).`,
        hint: permissionHint,
      };
    }
    case 404:
      return {
        kind: 'halted',
        reason: 'The knowledge base or its data source does not exist (404).',
        hint: 'Check knowledgeBaseId, dataSourceId and region.',
      };
    case 409:
      return {
        kind: 'later',
        reason: 'Another operation on the knowledge base is under way (409).',
        retryAfterMs: retryAfter,
      };
    case 413:
      return { kind: 'invalid', reason: 'The request is too large (413).' };
    case 503:
      return { kind: 'later', reason: 'Bedrock is unavailable (503).', retryAfterMs: retryAfter };
    default:
      return { kind: 'unknown', reason: `Bedrock answered ${status}.` };
  }
}

function sortInvalid(message: string, retryAfter: number | undefined): Sorted {
  if (/sum of concurrent|concurrent IngestKnowledgeBaseDocuments|reached max number/i.test(message))
    return {
      kind: 'later',
      reason: 'Too many ingest and delete requests are being processed in the AWS account.',
      retryAfterMs: retryAfter ?? 1000,
      tooMany: true,
    };
  if (/\bongoing\b/i.test(message))
    return {
      kind: 'later',
      reason: 'An ingestion job of the knowledge base is under way.',
      retryAfterMs: retryAfter ?? 15_000,
    };
  if (aboutThePlace.test(message))
    return {
      kind: 'halted',
      reason: `Bedrock refuses the data source: ${withoutContent(message)}`,
      hint: 'Use a CUSTOM data source of an active knowledge base of the type that knowledgeBaseType names.',
    };
  return { kind: 'invalid', reason: withoutContent(message) };
}

/** The service quotes the value it refuses; what stands between quotes never reaches a log or the quarantine. */
export function withoutContent(message: string): string {
  return message
    .replace(/\bvalue\s+'.*'\s+at\s+'/gis, "Value at '")
    .replace(/".*"/gs, '"…"')
    .slice(0, 300);
}

/** For calls that read: a person must act, or the engine tries again. */
export function asException(sorted: Sorted, where: string, cause: unknown): Error {
  if (sorted.kind === 'later' || sorted.kind === 'unknown')
    return new TransientError(sorted.reason, { retryAfterMs: sorted.retryAfterMs });
  return new ConfigError('BEDROCK_REFUSED', sorted.reason, {
    where,
    ...(sorted.hint === undefined ? {} : { hint: sorted.hint }),
    cause,
  });
}
