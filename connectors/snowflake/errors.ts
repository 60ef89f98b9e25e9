import { ConfigError, isConfigError, isTransientError, TransientError } from '../../core/contract/errors.ts';

/** What the driver's errors carry. */
interface DriverError {
  readonly code?: unknown;
  readonly message?: string;
  readonly sqlState?: string;
  readonly response?: { readonly statusCode?: number };
}

const codeOf = (error: unknown): string => String((error as DriverError | null)?.code ?? '').padStart(6, '0');

/** The session is gone at the server; a new login may go on. */
export const isSessionLost = (error: unknown): boolean =>
  ['390104', '390111', '390114', '401004', '407002'].includes(codeOf(error)) &&
  !isConfigError(error) &&
  !isTransientError(error);

/** The first line that says something, without the values that Snowflake quotes from rows or binds. */
const plain = (error: unknown): string => {
  const message = String((error as DriverError | null)?.message ?? error);
  const lines = message.split('\n').filter((line) => !/^SQL compilation error|^error line/.test(line));
  return (lines.join(' ').trim() || message).slice(0, 300);
};

const withoutValues = (message: string): string => message.replace(/'[^']*'/g, "'…'");

const refused = (code: string, message: string): Error =>
  Object.assign(new Error(message), { snowflakeCode: code });

/**
 * The change history of a table does not reach back far enough: its retention has passed, it was created anew, or its
 * changes were not tracked. https://docs.snowflake.com/en/sql-reference/constructs/changes
 */
export const isHistoryLost = (error: unknown): error is Error =>
  error instanceof Error &&
  'snowflakeCode' in error &&
  (['000707', '091930'].includes(String(error.snowflakeCode)) ||
    /change tracking is not enabled|time travel data is not available/i.test(error.message));

/**
 * Sorts a driver error by what happens next.
 * https://docs.snowflake.com/en/developer-guide/sql-api/error-codes-and-messages
 */
export function classify(error: unknown, where?: string): Error {
  if (isConfigError(error) || isTransientError(error)) return error;
  const code = codeOf(error);
  const more = { cause: undefined, ...(where === undefined ? {} : { where }) };
  const config = (name: string, message: string, hint: string): ConfigError =>
    new ConfigError(name, message, { ...more, hint });
  if (code === '390189')
    return config('SNOWFLAKE_ROLE', plain(error), 'Grant the role to the user, or correct `role`.');
  if (/^(3901(00|01|44)|3903|3943|3944)/.test(code) && !isSessionLost(error))
    return config(
      'SNOWFLAKE_LOGIN',
      `Snowflake refused the login (${code}).`,
      'Check `account`, `user` and `auth`: the public key must be set on the user (ALTER USER … SET RSA_PUBLIC_KEY), a token must not be expired.',
    );
  // Only the token endpoint answers like this: Snowflake itself refuses with a status of 200.
  if (code === 'ERR_BAD_REQUEST')
    return config(
      'SNOWFLAKE_LOGIN',
      `The OAuth server refused the client (HTTP ${(error as { status?: unknown }).status}).`,
      'Check `clientId`, `clientSecret`, `tokenUrl` and `scope`, and that the scope names the role.',
    );
  if (code === '002003' || code === '002043')
    return config(
      'SNOWFLAKE_OBJECT',
      plain(error),
      'Check the name, and grant USAGE on database and schema and SELECT on the table to the role.',
    );
  if (code === '000904')
    return config('SNOWFLAKE_COLUMN', plain(error), 'Check the column names of the stream.');
  if (where !== undefined && /^(001003|000979|001044|001052|000002|002022|002028)$/.test(code))
    return config(
      'SNOWFLAKE_QUERY',
      `Snowflake does not accept the SQL: ${withoutValues(plain(error))}`,
      'Run it in a worksheet with the same role first.',
    );
  if (code === '000606')
    return config(
      'SNOWFLAKE_WAREHOUSE',
      'No warehouse is active for the connection.',
      'Set `warehouse` to one that the role may use (GRANT USAGE ON WAREHOUSE … TO ROLE …).',
    );
  if (code === '003001')
    return config('SNOWFLAKE_PRIVILEGES', plain(error), 'Grant the role what the message names.');
  if (code === '000604' || code === '000630')
    return new TransientError(`Snowflake cancelled the statement (${code}).`);
  const sqlState = (error as DriverError | null)?.sqlState;
  if (sqlState && sqlState !== 'XX000' && !code.startsWith('40'))
    // Messages about values quote them, and values are records.
    return refused(code, `Snowflake refused a statement (${code}): ${withoutValues(plain(error))}`);
  if (/^40402[678]$/.test(code) || /^ERR_OSSL|^ERR_CRYPTO|^ERR_MISSING_PASSPHRASE/.test(code))
    return config(
      'SNOWFLAKE_PRIVATE_KEY',
      'The private key cannot be read.',
      'Give it as PEM text and, if it is encrypted, its passphrase as `privateKeyPass`.',
    );
  if (/^404/.test(code)) return config('SNOWFLAKE_SETTING', plain(error), 'Correct the setting.');
  const status = (error as DriverError | null)?.response?.statusCode;
  if (code === '401002' && (status === 403 || status === 404))
    return config(
      'SNOWFLAKE_ACCOUNT',
      `There is no Snowflake account at the address (HTTP ${status}).`,
      'Check `account` (myorg-myaccount) and, if it is set, `accessUrl`.',
    );
  return new TransientError(`Snowflake could not be reached or broke off (${code}).`);
}
