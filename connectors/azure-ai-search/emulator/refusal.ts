import type { LoopbackReply } from '../../../core/testing/loopback-server.ts';

export interface RefusalDetail {
  readonly code: string;
  readonly message: string;
}

/** Thrown anywhere in the emulator; the router turns it into the service's error body. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: readonly RefusalDetail[];

  constructor(status: number, code: string, message: string, details: readonly RefusalDetail[] = []) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

/** The service's error headers and body: https://learn.microsoft.com/rest/api/searchservice/http-status-codes */
export const errorReply = (refusal: Refusal): LoopbackReply => ({
  status: refusal.status,
  headers: {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store, no-cache',
    'content-language': 'en',
    pragma: 'no-cache',
    expires: '-1',
  },
  body: JSON.stringify({
    error: {
      code: refusal.code,
      message: refusal.message,
      ...(refusal.details.length > 0 ? { details: refusal.details } : {}),
    },
  }),
});

export const invalidExpression = (message: string, parameter: string): Refusal =>
  new Refusal(
    400,
    'InvalidRequestParameter',
    `Invalid expression: ${message}\r\nParameter name: ${parameter}`,
    [{ code: 'InvalidExpression', message: `Invalid expression: ${message} Parameters: ${parameter}` }],
  );
