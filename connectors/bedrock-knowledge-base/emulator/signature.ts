import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import type { LoopbackRequest } from '../../../core/testing/loopback-server.ts';
import { ServiceError } from './replies.ts';

export interface SigningKey {
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Bedrock when absent. */
  readonly service?: 'bedrock' | 's3';
}

/** Refuses a request that is not signed as https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html says. */
export function checkSignature(request: LoopbackRequest, key: SigningKey): void {
  const header = request.headers['authorization'];
  if (header === undefined)
    throw new ServiceError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  const parts =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([a-z0-9;:-]+), ?Signature=([0-9a-f]{64})$/.exec(
      header,
    );
  if (!parts) throw refused('Authorization header is not a well-formed AWS4-HMAC-SHA256 signature.');
  const [, accessKeyId, date, region, service, signed, signature] = parts as unknown as string[];
  if (accessKeyId !== key.accessKeyId)
    throw new ServiceError(
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
    );
  if (region !== key.region)
    throw refused(`Credential should be scoped to a valid region, not '${String(region)}'.`);
  const expectedService = key.service ?? 'bedrock';
  if (service !== expectedService)
    throw refused(`Credential should be scoped to correct service: '${expectedService}'.`);
  const at = request.headers['x-amz-date'] ?? '';
  if (!/^\d{8}T\d{6}Z$/.test(at) || !at.startsWith(date ?? '-'))
    throw refused('Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date.');
  const payload = hash('sha256', request.body);
  if (request.headers['x-amz-content-sha256'] !== payload)
    throw refused('The payload hash does not match the payload.');
  const names = (signed ?? '').split(';');
  if (!names.includes('host') && !names.includes(':authority'))
    throw refused("'host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  for (const name of ['x-amz-date', 'x-amz-content-sha256'])
    if (!names.includes(name)) throw refused(`'${name}' must be a signed header.`);

  const canonical = [
    request.method,
    // S3 alone signs the path as it is sent.
    service === 's3' ? request.path : request.path.split('/').map(encode).join('/'),
    canonicalQuery(request.query),
    ...names.map((name) => `${name}:${headerOf(request, name).trim().replace(/\s+/g, ' ')}`),
    '',
    signed,
    payload,
  ].join('\n');
  const scope = `${date}/${region}/${service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', at, scope, hash('sha256', canonical)].join('\n');
  let secret: Buffer = Buffer.from(`AWS4${key.secretAccessKey}`);
  for (const step of [date, region, service, 'aws4_request'])
    secret = createHmac('sha256', secret).update(String(step)).digest();
  const expected = createHmac('sha256', secret).update(toSign).digest();
  if (!timingSafeEqual(expected, Buffer.from(String(signature), 'hex')))
    throw refused('The request signature we calculated does not match the signature you provided.');
}

const refused = (message: string): ServiceError => new ServiceError('InvalidSignatureException', message);

/** HTTP/2 carries the host as `:authority`. */
const headerOf = (request: LoopbackRequest, name: string): string =>
  request.headers[name] ?? (name === 'host' ? request.headers[':authority'] : undefined) ?? '';

const encode = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const canonicalQuery = (query: URLSearchParams): string =>
  [...query]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
