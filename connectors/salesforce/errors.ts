import {
  ConfigError,
  isConfigError,
  isPauseError,
  isTransientError,
  PauseError,
  TransientError,
} from '../../core/contract/errors.ts';

/** The code Salesforce gave, also when the error has been sorted already. */
export function salesforceCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return isSorted(error) ? salesforceCode(error.cause) : error.name;
}

const isSorted = (error: unknown): boolean =>
  isConfigError(error) || isTransientError(error) || isPauseError(error);

/** What the error is about: the source, and the object where one is known. */
export interface Subject {
  readonly source: string;
  readonly object?: string | undefined;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

const notAllowed = new Set([
  'API_DISABLED_FOR_ORG',
  'API_CURRENTLY_DISABLED',
  'INSUFFICIENT_ACCESS',
  'INSUFFICIENT_ACCESS_OR_READONLY',
  'INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY',
  'FUNCTIONALITY_NOT_ENABLED',
  'OPERATION_TOO_LARGE',
  'TXN_SECURITY_METERING_ERROR',
]);
/** `EXCEEDED_ID_LIMIT` and `QUERY_TIMEOUT` are asked again for a shorter span of time where a read can. */
const passing = new Set([
  'QUERY_TIMEOUT',
  'INVALID_QUERY_LOCATOR',
  'EXCEEDED_ID_LIMIT',
  'UNABLE_TO_LOCK_ROW',
  'SERVER_UNAVAILABLE',
  'UNKNOWN_EXCEPTION',
]);
const hints: Readonly<Record<string, string>> = {
  OPERATION_TOO_LARGE:
    'Give the integration user the permission "View All Data", or "View All" on the object: without it Salesforce works out who may see what',
  TXN_SECURITY_METERING_ERROR:
    'Give the integration user the permission "Exempt from Transaction Security", or ease the policy that times out',
};

/**
 * Sorts an error of a request by what happens next; what fits nowhere is returned as it is.
 * https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm
 */
export function sortError(error: unknown, { source, object, nowMs }: Subject): unknown {
  if (!(error instanceof Error) || isSorted(error)) return error;
  const code = error.name;
  const message = lastLine(error.message);
  const where = object === undefined ? `sources.${source}` : `sources.${source}.streams.${object}`;
  const fail = (name: string, text: string, at: string, hint: string): ConfigError =>
    new ConfigError(name, text, { where: at, hint, cause: error });

  if (code === 'REQUEST_LIMIT_EXCEEDED' && /concurrent/i.test(message)) {
    return new TransientError(`Salesforce runs too many long requests of this org at once (${code})`, {
      retryAfterMs: 30_000,
      cause: error,
    });
  }
  if (code === 'REQUEST_LIMIT_EXCEEDED' || code === 'LIMIT_EXCEEDED') {
    return usedUp(
      `The API requests of this Salesforce org are used up for now (${code}: ${message}); they come back over 24 hours`,
      nowMs,
      error,
    );
  }
  if (passing.has(code) || /^ERROR_HTTP_5/.test(code)) {
    return new TransientError(`Salesforce could not answer (${code})`, { cause: error });
  }
  if (code === 'INVALID_FIELD') {
    return fail(
      'SALESFORCE_FIELD_UNKNOWN',
      `Salesforce refused a field of ${object ?? 'a query'}: ${message}`,
      object === undefined ? where : `${where}.fields`,
      'Run `tributary discover` to see the fields that the integration user may read',
    );
  }
  if (object === undefined && (code === 'NOT_FOUND' || code === 'ERROR_HTTP_404')) {
    return fail(
      'SALESFORCE_API_UNKNOWN',
      'The Salesforce instance does not have this API',
      `${where}.apiVersion`,
      'Name a version of the REST API that the org offers',
    );
  }
  if (code === 'QUERY_TOO_COMPLICATED') {
    return fail(
      'SALESFORCE_QUERY_TOO_COMPLICATED',
      `The query for ${object} is more than Salesforce can work out: its formulas are too many or too long`,
      `${where}.fields`,
      'Take formula fields out of the list, those that refer to other formulas first',
    );
  }
  if (code === 'MALFORMED_QUERY' && /restriction|requires a filter/i.test(message)) {
    return fail(
      'SALESFORCE_OBJECT_UNREADABLE',
      `${object} cannot be read as a whole: ${message}`,
      where,
      'Take the stream out',
    );
  }
  if (code === 'MALFORMED_QUERY' || code === 'INVALID_QUERY_FILTER_OPERATOR') {
    return fail(
      'SALESFORCE_QUERY_REFUSED',
      `Salesforce refused the query for ${object} (${code}: ${message})`,
      where,
      'Take the stream out to let the others go on, and report the message',
    );
  }
  if (code === 'INVALID_TYPE' || code === 'NOT_FOUND') {
    return fail(
      'SALESFORCE_OBJECT_UNKNOWN',
      `Salesforce has no object ${object ?? ''} for this user`,
      where,
      'Give the integration user read access to the object, or take the stream out; its documents stay as they are',
    );
  }
  if (notAllowed.has(code)) {
    return fail(
      'SALESFORCE_NOT_ALLOWED',
      `Salesforce refused ${object ?? 'the request'} (${code}: ${message})`,
      where,
      hints[code] ??
        'Give the integration user the permissions "API Enabled" and "View All" on the objects it reads',
    );
  }
  return error;
}

/** Requests come back one by one as those of 24 hours ago drop out; an hour brings enough to go on. */
export const waitForRequestsMs = 3_600_000;

export function usedUp(message: string, nowMs: number, cause?: unknown): PauseError {
  const pause = new PauseError(message, { resumeAt: new Date(nowMs + waitForRequestsMs).toISOString() });
  return cause === undefined ? pause : Object.assign(pause, { cause });
}

/** Errors of the token endpoint: `error` and `error_description`. */
export function sortLoginError(error: unknown, source: string): unknown {
  if (!(error instanceof Error) || isSorted(error)) return error;
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
