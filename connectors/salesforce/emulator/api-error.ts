import type { LoopbackReply } from '../../../core/testing/loopback-server.ts';

/** A refusal in the words of the REST API: thrown inside the emulator, answered as an array body. */
export interface ApiError {
  readonly status: number;
  readonly errorCode: string;
  readonly message: string;
}
export interface ApiErrorCarrier extends Error {
  readonly apiError: ApiError;
}

export const apiError = (status: number, errorCode: string, message: string): ApiErrorCarrier =>
  Object.assign(new Error(message), { apiError: { status, errorCode, message } });

export const isApiError = (error: unknown): error is ApiErrorCarrier =>
  error instanceof Error && 'apiError' in error;

/** https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm */
export const errorReply = ({ status, errorCode, message }: ApiError): LoopbackReply => ({
  status,
  headers: { 'content-type': 'application/json;charset=UTF-8' },
  body: JSON.stringify([{ message, errorCode }]),
});

/** An error that points into the query, as Salesforce prints it: the line, a caret and the position. */
export function queryError(
  errorCode: string,
  soql: string,
  token: string,
  message: string,
  from = 0,
): ApiErrorCarrier {
  const found = soql.indexOf(token, from);
  const column = Math.max(0, found) + 1;
  const start = Math.max(0, column - 30);
  const excerpt = soql.slice(start, column + 30);
  return apiError(
    400,
    errorCode,
    `\n${excerpt}\n${' '.repeat(column - 1 - start)}^\nERROR at Row:1:Column:${column}\n${message}`,
  );
}
