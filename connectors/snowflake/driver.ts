import { ConfigError } from '../../core/contract/errors.ts';
import { isLoopback } from '../../core/config/fields.ts';
import type { SnowflakeConfig } from './config.ts';

type Driver = typeof import('snowflake-sdk');
export type Connection = import('snowflake-sdk').Connection;
export type Statement = import('snowflake-sdk').RowStatement;

let loaded: Promise<Driver> | undefined;
let processAccount: string | undefined;

/**
 * Loads the driver with everything off that a connector must not do by itself: cloud metadata probes, telemetry, its
 * native telemetry add-on, `snowflake.log` and lines on stdout, and evaluating VARIANT text as JavaScript.
 * https://docs.snowflake.com/en/developer-guide/node-js/nodejs-driver-options
 */
async function loadDriver(): Promise<Driver> {
  process.env['SNOWFLAKE_DISABLE_PLATFORM_DETECTION'] = 'true';
  process.env['SF_TELEMETRY_DISABLE_CONNECTION_SHAPE'] = '1';
  process.env['SNOWFLAKE_DISABLE_MINICORE'] = 'true';
  const driver = (await import('snowflake-sdk')).default as Driver;
  driver.configure({
    logLevel: 'OFF',
    jsonColumnVariantParser: (text) => text,
    xmlColumnVariantParser: (text) => text,
  });
  return driver;
}

/**
 * Opens a connection object (not yet logged in). The driver keeps server parameters, parsers and logging for the whole
 * process, so a second account would silently run with the first one's settings: it is refused.
 */
export async function createConnection(config: SnowflakeConfig): Promise<Connection> {
  const account = config.account.toUpperCase();
  processAccount ??= account;
  if (processAccount !== account)
    throw new ConfigError(
      'SNOWFLAKE_SECOND_ACCOUNT',
      `This process already reads the Snowflake account ${processAccount}; the driver cannot keep ${account} apart from it.`,
      { hint: 'Run the second account in a process of its own.' },
    );
  const driver = await (loaded ??= loadDriver());
  const local = config.accessUrl !== undefined && isLoopback(config.accessUrl);
  // A proxy from the environment would be asked for loopback addresses too: the driver matches NO_PROXY in its own way.
  if (local) driver.configure({ useEnvProxy: false });
  return driver.createConnection({
    account: config.account,
    ...(config.accessUrl === undefined ? {} : { accessUrl: config.accessUrl.replace(/\/+$/, '') }),
    username: config.user,
    role: config.role,
    warehouse: config.warehouse,
    database: config.database,
    ...(config.schema === undefined ? {} : { schema: config.schema }),
    ...authentication(config),
    application: 'Tributary',
    rowMode: 'array',
    resultPrefetch: 1,
    representNullAsStringNull: false,
    clientSessionKeepAlive: false,
    // No file: otherwise one in the home folder would switch the driver's logging on again.
    clientConfigFile: '',
    // The engine tries again by itself, and says so.
    sfRetryMaxLoginRetries: 2,
  });
}

function authentication({ auth }: SnowflakeConfig): Record<string, string | boolean> {
  if ('token' in auth) return { authenticator: 'PROGRAMMATIC_ACCESS_TOKEN', token: auth.token };
  if ('accessToken' in auth) return { authenticator: 'OAUTH', token: auth.accessToken };
  if ('clientId' in auth)
    return {
      authenticator: 'OAUTH_CLIENT_CREDENTIALS',
      oauthClientId: auth.clientId,
      oauthClientSecret: auth.clientSecret,
      oauthTokenRequestUrl: auth.tokenUrl,
      oauthHttpAllowed: isLoopback(auth.tokenUrl),
      ...(auth.scope === undefined ? {} : { oauthScope: auth.scope }),
    };
  return {
    authenticator: 'SNOWFLAKE_JWT',
    privateKey: auth.privateKey,
    ...(auth.privateKeyPass === undefined ? {} : { privateKeyPass: auth.privateKeyPass }),
  };
}
