import type { S3Client } from '@aws-sdk/client-s3';
import { clientSettings, timeouts } from '../client-settings.ts';
import type { BedrockConfig } from '../config.ts';
import type { BulkConfig } from './bulk-config.ts';

/** The objects of the S3 road. Each call is one request, never retried here. */
export interface Objects {
  put(key: string, body: string, contentType: string): Promise<void>;
  /** Up to 1,000 keys; what is not there counts as removed. Answers what could not be removed, with the error's code. */
  remove(keys: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Up to 1,000 keys below the prefix, in their order. */
  list(token: string | undefined): Promise<{ keys: readonly string[]; token: string | undefined }>;
  close(): void;
}

/** The SDK is loaded by the first request. */
export function createObjects(config: BedrockConfig, bulk: BulkConfig): Objects {
  const Bucket = bulk.bucket;
  let opened: Promise<{ sdk: typeof import('@aws-sdk/client-s3'); s3: S3Client }> | undefined;
  const open = () =>
    (opened ??= import('@aws-sdk/client-s3').then((sdk) => ({
      sdk,
      s3: new sdk.S3Client({
        ...clientSettings(config),
        ...(bulk.endpoint === undefined ? {} : { endpoint: bulk.endpoint, forcePathStyle: true }),
        ...timeouts(config),
      }),
    })));
  return {
    /** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
    async put(key, body, contentType) {
      const { sdk, s3 } = await open();
      await s3.send(new sdk.PutObjectCommand({ Bucket, Key: key, Body: body, ContentType: contentType }));
    },
    /** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
    async remove(keys) {
      const { sdk, s3 } = await open();
      const answer = await s3.send(
        new sdk.DeleteObjectsCommand({
          Bucket,
          Delete: { Quiet: true, Objects: keys.map((Key) => ({ Key })) },
        }),
      );
      return new Map((answer.Errors ?? []).map(({ Key = '', Code = '' }) => [Key, Code]));
    },
    /** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
    async list(token) {
      const { sdk, s3 } = await open();
      const answer = await s3.send(
        new sdk.ListObjectsV2Command({
          Bucket,
          Prefix: bulk.prefix,
          ...(token === undefined ? {} : { ContinuationToken: token }),
        }),
      );
      return {
        keys: (answer.Contents ?? []).flatMap(({ Key }) => Key ?? []),
        token: answer.IsTruncated ? answer.NextContinuationToken : undefined,
      };
    },
    close: () => void opened?.then(({ s3 }) => s3.destroy()).catch(() => undefined),
  };
}
