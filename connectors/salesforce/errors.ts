import { ConfigError, isConfigError, isTransientError, TransientError } from '../../core/contract/errors.ts';

/** The code Salesforce gave, also when the error has been sorted already. */
export function salesforceCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (isConfigError(error) || isTransientError(error)) return salesforceCode(error.cause);
  return error.name;
}

const notAllowed = new Set([
  'API_DISABLED_FOR_ORG',
  'API_CURRENTLY_DISABLED',
  'INSUFFICIENT_ACCESS',
  'INSUFFICIENT_ACCESS_OR_READONLY',
  'INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY',
  'FUNCTIONALITY_NOT_ENABLED',
  'OPERATION_TOO_LARGE',
]);
const passing = new Set([
  'QUERY_TIMEOUT',
  'INVALID_QUERY_LOCATOR',
  'UNABLE_TO_LOCK_ROW',
  'SERVER_UNAVAILABLE',
  'TXN_SECURITY_METERING_ERROR',
  'UNKNOWN_EXCEPTION',
]);

/**
 * Sorts an error of a request by what happens next; what fits nowhere is returned as it is.
 * https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm
 */
export function sortError(error: unknown, source: string, object?: string): unknown {
  if (!(error instanceof Error) || isConfigError(error) || isTransientError(error)) return error;
  const code = error.name;
  const message = lastLine(error.message);
  const stream = object === undefined ? `sources.${source}` : `sources.${source}.streams.${object}`;
  if (code === 'REQUEST_LIMIT_EXCEEDED' || code === 'LIMIT_EXCEEDED') {
    const concurrent = /concurrent/i.test(message);
    return new TransientError(
      concurrent
        ? `Salesforce runs too many long requests of this org at once (${code})`
        : `The API requests of this Salesforce org are used up for now (${code}: ${message}); they come back over 24 hours`,
      { retryAfterMs: concurrent ? 30_000 : 15 * 60_000, cause: error },
    );
  }
  if (passing.has(code) || /^ERROR_HTTP_5/.test(code)) {
    return new TransientError(`Salesforce could not answer (${code})`, { cause: error });
  }
  if (code === 'INVALID_FIELD') {
    return new ConfigError(
      'SALESFORCE_FIELD_UNKNOWN',
      `Salesforce refused a field of ${object ?? 'a query'}: ${message}`,
      {
        where: object === undefined ? stream : `${stream}.fields`,
        hint: 'Run `tributary discover` to see the fields that the integration user may read',
        cause: error,
      },
    );
  }
  if (object === undefined && (code === 'NOT_FOUND' || code === 'ERROR_HTTP_404')) {
    return new ConfigError('SALESFORCE_API_UNKNOWN', 'The Salesforce instance does not have this API', {
      where: `${stream}.apiVersion`,
      hint: 'Name a version of the REST API that the org offers',
      cause: error,
    });
  }
  if (code === 'MALFORMED_QUERY' && /restriction|requires a filter/i.test(message)) {
    return new ConfigError(
      'SALESFORCE_OBJECT_UNREADABLE',
      `${object} cannot be read as a whole: ${message}`,
      {
        where: stream,
        hint: 'Take the stream out',
        cause: error,
      },
    );
  }
  if (code === 'INVALID_TYPE' || code === 'NOT_FOUND') {
    return new ConfigError(
      'SALESFORCE_OBJECT_UNKNOWN',
      `Salesforce has no object ${object ?? ''} for this user`,
      {
        where: stream,
        hint: 'Give the integration user read access to the object, or take the stream out; its documents stay as they are',
        cause: error,
      },
    );
  }
  if (notAllowed.has(code)) {
    return new ConfigError(
      'SALESFORCE_NOT_ALLOWED',
      `Salesforce refused ${object ?? 'the request'} (${code}: ${message})`,
      {
        where: stream,
        hint: 'Give the integration user the permissions "API Enabled" and "View All" on the objects it reads',
        cause: error,
      },
    );
  }
  return error;
}

/** Errors of the token endpoint: `error` and `error_description`. */
export function sortLoginError(error: unknown, source: string): unknown {
  if (!(error instanceof Error) || isConfigError(error) || isTransientError(error)) return error;
  if (/rate exceeded/i.test(error.message) || /^ERROR_HTTP_5/.test(error.name)) {
    return new TransientError(`Salesforce could not log in (${error.name})`, {
      retryAfterMs: 60_000,
      cause: error,
    });
  }
  const known = /^[a-z_]+$/.test(error.name) || error.name.startsWith('ERROR_HTTP_4');
  if (!known) return error;
  const described = error.name.startsWith('ERROR_HTTP_') ? '' : `: ${error.message}`;
  return new ConfigError(
    'SALESFORCE_LOGIN_REFUSED',
    `Salesforce refused the login (${error.name}${described})`,
    {
      where: `sources.${source}.auth`,
      hint: 'Check loginUrl (My Domain), client id and secret or key, and that the External Client App has a run-as user with API access',
      cause: error,
    },
  );
}

/** Salesforce prints the query first and its reason last; the query is left out. */
const lastLine = (message: string): string => message.trim().split('\n').at(-1) ?? '';
