import {
  startLoopbackServer,
  type LoopbackReply,
  type LoopbackRequest,
  type LoopbackServer,
} from '../../../../core/testing/loopback-server.ts';
import { ServiceError } from '../replies.ts';
import { checkSignature, type SigningKey } from '../signature.ts';
import { createBucket, type Bucket } from './bucket.ts';
import { s3Operation } from './operations.ts';
import { S3Error, s3ErrorReply, type S3ErrorCode } from './replies.ts';

export interface S3Emulator {
  readonly url: string;
  readonly server: LoopbackServer;
  readonly bucket: Bucket;
  /** Actions that the caller's policy does not allow, for example `s3:PutObject`. */
  readonly denied: Set<string>;
  /** The next requests are answered with 503 SlowDown. */
  slowDown(times: number): void;
  close(): Promise<void>;
}

/** What S3 calls the errors of a signature. */
const signatureErrors: Readonly<Record<string, S3ErrorCode>> = {
  UnrecognizedClientException: 'InvalidAccessKeyId',
  InvalidSignatureException: 'SignatureDoesNotMatch',
};

/** Starts Amazon S3 with one bucket on this machine, addressed by path. */
export async function startS3Emulator(options: {
  readonly bucketName: string;
  readonly key: SigningKey;
  readonly now: () => number;
  readonly port?: number | undefined;
}): Promise<S3Emulator> {
  const bucket = createBucket(options.bucketName, options.now);
  const denied = new Set<string>();

  const serve = (request: LoopbackRequest): LoopbackReply => {
    try {
      sign(request, options.key);
      const [, name = '', key = ''] = /^\/([^/]*)\/?([^]*)$/.exec(decodeURIComponent(request.path)) ?? [];
      const operation = s3Operation(request.method, key, request.query);
      if (!operation)
        throw new S3Error('MethodNotAllowed', 'The specified method is not allowed against this resource.');
      if (name !== bucket.name) throw new S3Error('NoSuchBucket', 'The specified bucket does not exist');
      if (denied.has(operation.action))
        throw new S3Error(
          'AccessDenied',
          `User: arn:aws:iam::123456789012:user/tributary is not authorized to perform: ${operation.action}`,
        );
      return operation.handle({ request, bucket, key });
    } catch (error) {
      if (error instanceof S3Error) return error.reply;
      return s3ErrorReply('InternalError', error instanceof Error ? error.message : String(error));
    }
  };
  const server = await startLoopbackServer(serve, {
    ...(options.port === undefined ? {} : { port: options.port }),
  });
  return {
    url: server.url,
    server,
    bucket,
    denied,
    slowDown: (times) =>
      void server.fault({
        when: () => true,
        times,
        effect: { kind: 'reply', reply: s3ErrorReply('SlowDown', 'Please reduce your request rate.') },
      }),
    close: () => server.close(),
  };
}

function sign(request: LoopbackRequest, key: SigningKey): void {
  try {
    checkSignature(request, { ...key, service: 's3' });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const body = error.reply.headers?.['x-amzn-errortype'] ?? '';
    throw new S3Error(signatureErrors[body] ?? 'AccessDenied', error.message);
  }
}
