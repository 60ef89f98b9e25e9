import { retryAfterMs } from '../../../core/http/retry.ts';
import type { Sorted } from '../errors.ts';

interface Fault {
  readonly name?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

const permissionHint =
  'Allow s3:PutObject and s3:DeleteObject on the objects below the prefix and s3:ListBucket on the bucket.';
const notSent = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'];
const credentialFaults =
  /^(CredentialsProviderError|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidToken)/;
const busy = /^(SlowDown|ServiceUnavailable|RequestLimitExceeded|OperationAborted|RequestTimeout)$/;

/** What an error of S3 means for the request that got it. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export function sortObjectError(error: unknown, now: number): Sorted {
  const fault = (typeof error === 'object' && error !== null ? error : {}) as Fault;
  const name = fault.name ?? '';
  const status = fault.$metadata?.httpStatusCode;
  if (credentialFaults.test(name))
    return {
      kind: 'halted',
      reason: `AWS does not accept the credentials (${name}).`,
      hint: 'Check the credentials, their expiry and the region.',
    };
  if (busy.test(name) || status === 503 || status === 429)
    return {
      kind: 'later',
      reason: `S3 asks for fewer requests (${name}).`,
      retryAfterMs: retryAfterMs(fault.$response?.headers?.['retry-after'], now),
      crowded: true,
    };
  if (status === undefined)
    return notSent.includes(fault.code ?? '')
      ? { kind: 'later', reason: `S3 cannot be reached (${fault.code}).` }
      : { kind: 'unknown', reason: `No answer from S3 (${fault.code ?? (name || 'error')}).` };
  if (status === 403)
    return { kind: 'halted', reason: `S3 denies access (403 ${name}).`, hint: permissionHint };
  if (name === 'NoSuchBucket' || status === 404)
    return {
      kind: 'halted',
      reason: 'The bucket does not exist (404).',
      hint: 'Check bulk.bucket and region.',
    };
  if (
    status === 301 ||
    name === 'AuthorizationHeaderMalformed' ||
    name === 'IllegalLocationConstraintException'
  )
    return {
      kind: 'halted',
      reason: `The bucket lies in another region (${name}).`,
      hint: 'Use a bucket in the region of the knowledge base.',
    };
  if (status >= 500) return { kind: 'unknown', reason: `S3 answered ${status}.` };
  return { kind: 'invalid', reason: `S3 refuses the object (${status} ${name}).` };
}
