import {
  createPublicKey,
  generateKeyPairSync,
  randomUUID,
  createHash,
  verify,
  type KeyObject,
} from 'node:crypto';

export interface Session {
  readonly id: number;
  token: string;
  masterToken: string;
  expiresAtMs: number;
  readonly masterExpiresAtMs: number;
  role: string | null;
  warehouse: string | null;
  database: string | null;
  schema: string | null;
  /** All roles of the user, until a statement says otherwise. https://docs.snowflake.com/en/sql-reference/sql/use-secondary-roles */
  secondaryRoles: 'ALL' | 'NONE';
}
export interface AccountOptions {
  readonly account: string;
  readonly user: string;
  readonly roles: readonly string[];
  readonly warehouses: readonly string[];
  readonly databases: readonly string[];
  readonly schema: string;
  readonly now: () => number;
}
export interface Refusal {
  readonly code: string;
  readonly message: string;
}

const SESSION_SECONDS = 3600;
const OAUTH_SECONDS = 600;
const MASTER_SECONDS = 14_400;

export interface Sessions {
  readonly privateKey: string;
  readonly token: string;
  readonly client: { readonly id: string; readonly secret: string };
  /** An access token for a client of the account's OAuth integration, or the refusal of RFC 6749. */
  issue(form: URLSearchParams): Readonly<Record<string, string | number>>;
  login(data: Readonly<Record<string, unknown>>, query: URLSearchParams): Session | Refusal;
  /** The session behind an Authorization header, or why there is none. */
  find(authorization: string | undefined): Session | Refusal;
  renew(authorization: string | undefined): Session | Refusal;
  remove(session: Session): void;
  expireAll(): void;
  dropAll(): void;
  readonly count: number;
}

/** One account with one user: its key pair, its access token and the sessions it has open. */
export function createSessions(options: AccountOptions): Sessions {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const token = `pat-${randomUUID()}`;
  const client = { id: 'tributary-client', secret: `client-${randomUUID()}` };
  const issued = new Map<string, { readonly role: string; readonly expiresAtMs: number }>();
  const sessions = new Set<Session>();
  let nextId = 1;
  const upper = (value: unknown): string => String(value ?? '').toUpperCase();
  const incorrect: Refusal = { code: '390100', message: 'Incorrect username or password was specified.' };

  return {
    privateKey: privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
    token,
    client,
    issue(form) {
      if (form.get('client_id') !== client.id || form.get('client_secret') !== client.secret)
        return { error: 'invalid_client' };
      if (form.get('grant_type') !== 'client_credentials') return { error: 'unsupported_grant_type' };
      const role = /^session:role:(.+)$/.exec(form.get('scope') ?? '')?.[1];
      if (!role || !options.roles.includes(upper(role))) return { error: 'invalid_scope' };
      const accessToken = `oauth-${randomUUID()}`;
      issued.set(accessToken, { role: upper(role), expiresAtMs: options.now() + OAUTH_SECONDS * 1000 });
      return { access_token: accessToken, token_type: 'Bearer', expires_in: OAUTH_SECONDS };
    },
    get count() {
      return sessions.size;
    },
    login(data, query) {
      if (upper(data['ACCOUNT_NAME']) !== upper(options.account)) return incorrect;
      const authenticator = upper(data['AUTHENTICATOR']);
      if (authenticator === 'SNOWFLAKE_JWT') {
        if (upper(data['LOGIN_NAME']) !== upper(options.user)) return invalidToken();
        if (!acceptsJwt(String(data['TOKEN'] ?? ''), publicKey, options)) return invalidToken();
      } else if (authenticator === 'PROGRAMMATIC_ACCESS_TOKEN') {
        const name = data['LOGIN_NAME'];
        if (data['TOKEN'] !== token || (name && upper(name) !== upper(options.user))) return incorrect;
      } else if (authenticator === 'OAUTH') {
        const grant = issued.get(String(data['TOKEN'] ?? ''));
        if (!grant) return { code: '390303', message: 'Invalid OAuth access token.' };
        if (options.now() >= grant.expiresAtMs)
          return { code: '390318', message: 'OAuth access token expired.' };
        if (upper(query.get('roleName') ?? grant.role) !== grant.role)
          return {
            code: '390303',
            message: 'The role requested is not in the scope of the OAuth access token.',
          };
      } else return incorrect;

      const role = query.get('roleName');
      if (role && !options.roles.includes(upper(role)))
        return {
          code: '390189',
          message: `Role '${upper(role)}' specified in the connect string does not exist or not authorized. Contact your local system administrator, or attempt to login with another role, e.g. PUBLIC.`,
        };
      const pick = (name: string | null, known: readonly string[]): string | null =>
        name && known.includes(upper(name)) ? upper(name) : null;
      const now = options.now();
      const database = pick(query.get('databaseName'), options.databases);
      const session: Session = {
        id: nextId++,
        token: `ver:3-${randomUUID()}`,
        masterToken: `ver:3-${randomUUID()}`,
        expiresAtMs: now + SESSION_SECONDS * 1000,
        masterExpiresAtMs: now + MASTER_SECONDS * 1000,
        role: role ? upper(role) : options.roles[0]!,
        warehouse: pick(query.get('warehouse'), options.warehouses),
        database,
        secondaryRoles: 'ALL',
        schema: database ? upper(query.get('schemaName') ?? options.schema) : null,
      };
      sessions.add(session);
      return session;
    },
    find(authorization) {
      const session = [...sessions].find((one) => authorization === `Snowflake Token="${one.token}"`);
      if (!session) return { code: '390104', message: 'Session token not found.' };
      if (options.now() >= session.expiresAtMs)
        return { code: '390112', message: 'Your session has expired. Please login again.' };
      return session;
    },
    renew(authorization) {
      const session = [...sessions].find((one) => authorization === `Snowflake Token="${one.masterToken}"`);
      if (!session || options.now() >= session.masterExpiresAtMs)
        return {
          code: '390114',
          message: 'Authentication token has expired.  The user must authenticate again.',
        };
      session.token = `ver:3-${randomUUID()}`;
      session.masterToken = `ver:3-${randomUUID()}`;
      session.expiresAtMs = options.now() + SESSION_SECONDS * 1000;
      return session;
    },
    remove: (session) => void sessions.delete(session),
    expireAll() {
      for (const session of sessions) session.expiresAtMs = 0;
    },
    dropAll: () => sessions.clear(),
  };
}

const invalidToken = (): Refusal => ({ code: '390144', message: `JWT token is invalid. [${randomUUID()}]` });

/**
 * Key-pair authentication: RS256 by the registered key, whose fingerprint stands in the issuer. The driver writes
 * `iat` and `exp` in milliseconds; seconds are taken too.
 * https://docs.snowflake.com/en/developer-guide/sql-api/authenticating#using-key-pair-authentication
 */
function acceptsJwt(jwt: string, publicKey: KeyObject, options: AccountOptions): boolean {
  const [header, payload, signature] = jwt.split('.');
  if (!header || !payload || !signature) return false;
  const signed = verify(
    'RSA-SHA256',
    Buffer.from(`${header}.${payload}`),
    publicKey,
    Buffer.from(signature, 'base64url'),
  );
  if (!signed) return false;
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
  const der = createPublicKey(publicKey.export({ format: 'pem', type: 'spki' })).export({
    format: 'der',
    type: 'spki',
  });
  const fingerprint = `SHA256:${createHash('sha256').update(der).digest('base64')}`;
  const subject = `${options.account}.${options.user}`.toUpperCase();
  const toMs = (value: unknown): number => (Number(value) < 1e11 ? Number(value) * 1000 : Number(value));
  const issued = toMs(claims['iat']);
  const expires = toMs(claims['exp']);
  // The driver stamps with the machine's clock, whatever clock the account is given.
  const now = Date.now();
  return (
    claims['iss'] === `${subject}.${fingerprint}` &&
    claims['sub'] === subject &&
    expires > now &&
    issued < now + 60_000 &&
    expires - issued <= 3_600_000
  );
}

export const isRefusal = (value: Session | Refusal): value is Refusal => 'code' in value;
