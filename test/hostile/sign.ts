import { createHmac, hash } from 'node:crypto';
import type { LoopbackRequest } from '../../core/testing/index.ts';

/** Signs a request again whose body or query was changed, with the headers that it had signed before. */
export function signAgain(request: LoopbackRequest, secretAccessKey: string): LoopbackRequest {
  const [, date = '', region = '', service = '', signed = ''] =
    /Credential=[^/]+\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+)/.exec(
      request.headers['authorization'] ?? '',
    ) ?? [];
  const payload = hash('sha256', request.body);
  const headers: Record<string, string> = { ...request.headers, 'x-amz-content-sha256': payload };
  const encode = (text: string): string =>
    encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
  const canonical = [
    request.method,
    request.path.split('/').map(encode).join('/'),
    [...request.query]
      .map(([name, value]) => `${encode(name)}=${encode(value)}`)
      .sort()
      .join('&'),
    ...signed.split(';').map((name) => `${name}:${(headers[name] ?? '').trim()}`),
    '',
    signed,
    payload,
  ].join('\n');
  const scope = `${date}/${region}/${service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, hash('sha256', canonical)].join('\n');
  let secret: Buffer = Buffer.from(`AWS4${secretAccessKey}`);
  for (const step of [date, region, service, 'aws4_request'])
    secret = createHmac('sha256', secret).update(step).digest();
  const signature = createHmac('sha256', secret).update(toSign).digest('hex');
  headers['authorization'] = headers['authorization']!.replace(
    /Signature=[0-9a-f]+/,
    `Signature=${signature}`,
  );
  return { ...request, headers };
}
