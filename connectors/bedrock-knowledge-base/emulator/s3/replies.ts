import { randomUUID } from 'node:crypto';
import type { LoopbackReply } from '../../../../core/testing/loopback-server.ts';

/** Status of each error code. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const statusOf = {
  AccessDenied: 403,
  BadDigest: 400,
  EntityTooLarge: 400,
  InvalidAccessKeyId: 403,
  InvalidArgument: 400,
  InvalidRequest: 400,
  KeyTooLongError: 400,
  MalformedXML: 400,
  MethodNotAllowed: 405,
  NoSuchBucket: 404,
  NoSuchKey: 404,
  SignatureDoesNotMatch: 403,
  SlowDown: 503,
  InternalError: 500,
} as const;
export type S3ErrorCode = keyof typeof statusOf;

/** Thrown by a handler to answer with an error of S3. */
export class S3Error extends Error {
  readonly reply: LoopbackReply;
  constructor(code: S3ErrorCode, message: string) {
    super(message);
    this.reply = s3ErrorReply(code, message);
  }
}

export const s3ErrorReply = (code: S3ErrorCode, message: string): LoopbackReply =>
  xmlReply(
    statusOf[code],
    `<Error><Code>${code}</Code><Message>${escapeXml(message)}</Message><RequestId>${randomUUID()}</RequestId></Error>`,
  );

export const xmlReply = (status: number, xml: string): LoopbackReply => ({
  status,
  headers: { 'content-type': 'application/xml', 'x-amz-request-id': randomUUID() },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n${xml}`,
});

export const escapeXml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

export const unescapeXml = (text: string): string =>
  text
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&apos;/g, "'")
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replace(/&#x([0-9a-fA-F]+);/g, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
    .replace(/&amp;/g, '&');
