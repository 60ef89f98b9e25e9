import { createPrivateKey, sign } from 'node:crypto';
import { Connection } from 'jsforce/lib/connection.js';
import { OAuth2 } from 'jsforce/lib/oauth2.js';
import type { Transport } from 'jsforce/lib/transport.js';
import { isLoopback } from '../../core/config/fields.ts';
import type { Context } from '../../core/contract/context.ts';
import { ConfigError, TransientError } from '../../core/contract/errors.ts';
import type { SalesforceConfig } from './config.ts';
import { sortLoginError } from './errors.ts';
import { recordId18 } from './record-id.ts';

export interface Session {
  readonly connection: Connection;
  readonly organizationId: string;
}
export interface Sessions {
  /** The session in use; logs in when there is none. */
  current(): Promise<Session>;
  /** A session other than `stale`. Whoever asks at the same time gets the same one: one login for all. */
  renew(stale: Session): Promise<Session>;
}

interface Token {
  readonly access_token: string;
  readonly instance_url: string;
  readonly id: string;
  readonly refresh_token?: string;
}
interface Grant {
  readonly [name: string]: string;
  readonly grant_type: string;
}

/** jsforce's own renewal has no end when Salesforce keeps answering 401, so its connections here have none. */
export function createSessions(config: SalesforceConfig, context: Context, transport: Transport): Sessions {
  let session: Session | undefined;
  let opening: Promise<Session> | undefined;

  const open = (): Promise<Session> => {
    opening ??= login(config, context, transport)
      .then((opened) => (session = opened))
      .finally(() => (opening = undefined));
    return opening;
  };
  return {
    current: async () => session ?? open(),
    async renew(stale) {
      if (session === stale) session = undefined;
      return session ?? open();
    },
  };
}

async function login(config: SalesforceConfig, context: Context, transport: Transport): Promise<Session> {
  const oauth2 = new OAuth2({
    loginUrl: config.loginUrl,
    clientId: config.auth.clientId,
    ...('clientSecret' in config.auth && config.auth.clientSecret
      ? { clientSecret: config.auth.clientSecret }
      : {}),
  });
  Object.assign(oauth2, { _transport: transport });
  let token: Token;
  try {
    token = await oauth2.requestToken(grantOf(config, context));
  } catch (error) {
    throw sortLoginError(error, context.name);
  }
  if (!token?.access_token || !token.instance_url || !token.id) {
    throw new TransientError('The login address answered, but not as Salesforce does');
  }
  if (!token.instance_url.startsWith('https:') && !isLoopback(token.instance_url)) {
    throw new ConfigError('SALESFORCE_INSTANCE_INSECURE', 'The login names an instance without https', {
      where: `sources.${context.name}.loginUrl`,
      hint: 'Check that loginUrl is your My Domain',
    });
  }
  if ('refreshToken' in config.auth && token.refresh_token !== undefined) {
    if (token.refresh_token !== config.auth.refreshToken) {
      throw new ConfigError(
        'SALESFORCE_LOGIN_REFUSED',
        'The External Client App rotates its refresh tokens',
        {
          where: `sources.${context.name}.auth.refreshToken`,
          hint: 'Switch refresh token rotation off for the app and grant a new refresh token, or log in by JWT bearer',
        },
      );
    }
  }
  const connection = new Connection({
    instanceUrl: token.instance_url,
    accessToken: token.access_token,
    version: config.apiVersion,
  });
  Object.assign(connection, { _transport: transport });
  context.log.debug('Logged in to Salesforce', { instance: new URL(token.instance_url).host });
  return { connection, organizationId: recordId18(token.id.split('/').at(-2) ?? '') };
}

/**
 * https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_client_credentials_flow.htm
 * https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_jwt_flow.htm
 * https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_refresh_token_flow.htm
 */
function grantOf({ auth, loginUrl }: SalesforceConfig, context: Context): Grant {
  if ('refreshToken' in auth) return { grant_type: 'refresh_token', refresh_token: auth.refreshToken };
  if (!('privateKey' in auth)) return { grant_type: 'client_credentials' };
  const claims = {
    iss: auth.clientId,
    sub: auth.username,
    aud: auth.audience ?? audienceOf(loginUrl),
    exp: Math.floor(context.now() / 1000) + 120,
  };
  const signed = [{ alg: 'RS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  let signature: string;
  try {
    signature = sign('RSA-SHA256', Buffer.from(signed), createPrivateKey(auth.privateKey)).toString(
      'base64url',
    );
  } catch (error) {
    throw new ConfigError('SALESFORCE_KEY_UNREADABLE', 'The private key cannot be used to sign', {
      where: `sources.${context.name}.auth.privateKey`,
      hint: 'Give an unencrypted RSA private key in PEM form',
      cause: error,
    });
  }
  return { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: `${signed}.${signature}` };
}

function audienceOf(loginUrl: string): string {
  if (isLoopback(loginUrl)) return new URL(loginUrl).origin;
  const sandbox = /(^test|\.sandbox)\./.test(new URL(loginUrl).hostname);
  return sandbox ? 'https://test.salesforce.com' : 'https://login.salesforce.com';
}
