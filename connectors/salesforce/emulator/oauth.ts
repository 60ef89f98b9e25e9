import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import type { LoopbackReply, LoopbackRequest } from '../../../core/testing/loopback-server.ts';

export interface OAuthOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  /** The connected app's certificate key and the user it may act for: switches the JWT bearer flow on. */
  readonly jwt: { readonly publicKey: string; readonly username: string } | undefined;
  /** Switches the refresh token flow on; `rotate` gives another token with each grant and ends the one before. */
  readonly refresh: { readonly token: string; readonly rotate?: boolean } | undefined;
  readonly tokenLifetimeMs: number;
  readonly organizationId: string;
  readonly now: () => number;
  readonly url: () => string;
}
export interface OAuth {
  token(request: LoopbackRequest): LoopbackReply;
  accepts(authorization: string | undefined): boolean;
  /** Ends every session, as an administrator can. */
  revokeAll(): void;
}

const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/**
 * https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_client_credentials_flow.htm
 * https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_refresh_token_flow.htm
 */
export function createOAuth(options: OAuthOptions): OAuth {
  const sessions = new Map<string, number>();
  const publicKey = options.jwt ? createPublicKey(options.jwt.publicKey) : undefined;
  let serial = 0;
  let refreshToken = options.refresh?.token;

  const refuse = (error: string, description: string): LoopbackReply => ({
    status: 400,
    body: { error, error_description: description },
  });
  const grant = (more: Readonly<Record<string, string>> = {}): LoopbackReply => {
    const token = `00DEM!session.${++serial}`;
    sessions.set(token, options.now() + options.tokenLifetimeMs);
    return {
      status: 200,
      body: {
        access_token: token,
        signature: 'c2lnbmF0dXJl',
        scope: 'api',
        instance_url: options.url(),
        id: `${options.url()}/id/${options.organizationId}/005EM0000000001AAA`,
        token_type: 'Bearer',
        issued_at: String(options.now()),
        ...more,
      },
    };
  };

  return {
    token(request) {
      if (request.method !== 'POST') return refuse('invalid_request', 'must use HTTP POST');
      const form = new URLSearchParams(request.body.toString('utf8'));
      const type = form.get('grant_type');
      if (type === 'client_credentials') {
        if (form.get('client_id') !== options.clientId) {
          return refuse('invalid_client_id', 'client identifier invalid');
        }
        if (form.get('client_secret') !== options.clientSecret) {
          return refuse('invalid_client', 'invalid client credentials');
        }
        return grant();
      }
      if (type === jwtBearer) {
        const problem = checkAssertion(form.get('assertion') ?? '', options, publicKey);
        return problem ? refuse(problem.error, problem.description) : grant();
      }
      if (type === 'refresh_token') {
        if (form.get('client_id') !== options.clientId) {
          return refuse('invalid_client_id', 'client identifier invalid');
        }
        if (form.has('client_secret') && form.get('client_secret') !== options.clientSecret) {
          return refuse('invalid_client', 'invalid client credentials');
        }
        if (refreshToken === undefined || form.get('refresh_token') !== refreshToken) {
          return refuse('invalid_grant', 'expired access/refresh token');
        }
        if (!options.refresh?.rotate) return grant();
        refreshToken = `${options.refresh.token}.${serial + 1}`;
        return grant({ refresh_token: refreshToken });
      }
      return refuse('unsupported_grant_type', 'grant type not supported');
    },
    accepts(authorization) {
      const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1];
      const expiresAt = token === undefined ? undefined : sessions.get(token);
      return expiresAt !== undefined && expiresAt > options.now();
    },
    revokeAll: () => sessions.clear(),
  };
}

/** https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_jwt_flow.htm */
function checkAssertion(
  assertion: string,
  options: OAuthOptions,
  publicKey: KeyObject | undefined,
): { readonly error: string; readonly description: string } | undefined {
  const invalid = (description: string) => ({ error: 'invalid_grant', description });
  const [header = '', claims = '', signature = ''] = assertion.split('.');
  const head = readPart(header);
  const body = readPart(claims);
  if (!head || !body || head['alg'] !== 'RS256') return invalid('invalid assertion');
  if (body['iss'] !== options.clientId) {
    return { error: 'invalid_client_id', description: 'client identifier invalid' };
  }
  const signed = Buffer.from(`${header}.${claims}`);
  if (!publicKey || !verify('RSA-SHA256', signed, publicKey, Buffer.from(signature, 'base64url'))) {
    return invalid('invalid assertion');
  }
  const audiences = [options.url(), 'https://login.salesforce.com', 'https://test.salesforce.com'];
  if (!audiences.includes(String(body['aud']))) return invalid('audience is invalid');
  if (body['sub'] !== options.jwt?.username) return invalid("user hasn't approved this consumer");
  const seconds = Number(body['exp']) - options.now() / 1000;
  return seconds > 0 && seconds <= 300 ? undefined : invalid('assertion is expired or lives too long');
}

function readPart(part: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
