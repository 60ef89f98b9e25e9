import { ConfigError, isConfigError, isTransientError, TransientError } from '../../core/contract/errors.ts';

/** What the driver's errors carry. */
interface DriverError {
  readonly code?: unknown;
  readonly message?: string;
  readonly response?: { readonly statusCode?: number };
}

const codeOf = (error: unknown): string => String((error as DriverError | null)?.code ?? '').padStart(6, '0');

/** The session is gone at the server; a new login may go on. */
export const isSessionLost = (error: unknown): boolean =>
  ['390104', '390111', '390114', '407002', '401001'].includes(codeOf(error)) &&
  !isConfigError(error) &&
  !isTransientError(error);

/** Time Travel cannot go back to the instant asked for, or not for this object at all. */
export const isTimeTravelUnavailable = (error: unknown): boolean =>
  isConfigError(error) && error.code === 'SNOWFLAKE_TIME_TRAVEL';

/** The first line that says something, without the values that Snowflake quotes from rows or binds. */
const plain = (error: unknown): string => {
  const message = String((error as DriverError | null)?.message ?? error);
  const lines = message.split('\n').filter((line) => !/^SQL compilation error|^error line/.test(line));
  return (lines.join(' ').trim() || message).slice(0, 300);
};

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
  if (code === '002003' || code === '002043')
    return config(
      'SNOWFLAKE_OBJECT',
      plain(error),
      'Check the name, and grant USAGE on database and schema and SELECT on the table to the role.',
    );
  if (code === '000904')
    return config('SNOWFLAKE_COLUMN', plain(error), 'Check the column names of the stream.');
  if (code === '000606')
    return config(
      'SNOWFLAKE_WAREHOUSE',
      'No warehouse is active for the connection.',
      'Set `warehouse` to one that the role may use (GRANT USAGE ON WAREHOUSE … TO ROLE …).',
    );
  if (code === '003001')
    return config('SNOWFLAKE_PRIVILEGES', plain(error), 'Grant the role what the message names.');
  if (code === '000707')
    return config('SNOWFLAKE_TIME_TRAVEL', 'Time Travel does not reach back to that instant.', 'Try again.');
  if (code === '000604' || code === '000630')
    return new TransientError(`Snowflake cancelled the statement (${code}).`);
  if (/^0/.test(code) && code !== '000000')
    return new Error(`Snowflake refused a statement (${code}): ${plain(error)}`);
  const cause = (error as { cause?: { code?: unknown; message?: string } } | null)?.cause;
  const key = /PEM|private key|DECODER|bad decrypt|unsupported/i.test(
    String((error as DriverError)?.message),
  );
  if (key && !cause)
    return config(
      'SNOWFLAKE_PRIVATE_KEY',
      'The private key cannot be read.',
      'Give PEM text and, if it is encrypted, `privateKeyPass`.',
    );
  return new TransientError(`Snowflake could not be reached or broke off (${code}).`);
}
