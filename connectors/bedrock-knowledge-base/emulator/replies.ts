import { randomUUID } from 'node:crypto';
import type { LoopbackReply } from '../../../core/testing/loopback-server.ts';

/** Status of each error name. https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html */
const statusOf = {
  ValidationException: 400,
  ServiceQuotaExceededException: 402,
  AccessDeniedException: 403,
  MissingAuthenticationTokenException: 403,
  UnrecognizedClientException: 403,
  InvalidSignatureException: 403,
  ResourceNotFoundException: 404,
  UnknownOperationException: 404,
  ConflictException: 409,
  ThrottlingException: 429,
  InternalServerException: 500,
  ServiceUnavailableException: 503,
} as const;
export type ErrorName = keyof typeof statusOf;

/** Thrown by a handler to answer with an error of the service. */
export class ServiceError extends Error {
  readonly reply: LoopbackReply;
  constructor(name: ErrorName, message: string) {
    super(message);
    this.reply = errorReply(name, message);
  }
}

export function errorReply(
  name: ErrorName,
  message: string,
  headers: Record<string, string> = {},
): LoopbackReply {
  return {
    status: statusOf[name],
    headers: { 'x-amzn-requestid': randomUUID(), 'x-amzn-errortype': name, ...headers },
    body: { message },
  };
}

export const okReply = (status: 200 | 202, body: unknown): LoopbackReply => ({
  status,
  headers: { 'x-amzn-requestid': randomUUID() },
  body,
});

export const invalid = (message: string): ServiceError => new ServiceError('ValidationException', message);
