import { randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { LoopbackReply, LoopbackRequest } from '../../../../core/testing/loopback-server.ts';
import type { Bucket, StoredObject } from './bucket.ts';
import { escapeXml, S3Error, unescapeXml, xmlReply } from './replies.ts';

const maxKeyBytes = 1024;
const maxPage = 1000;
const maxPutBytes = 5 * 1024 ** 3;
const namespace = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';

export interface S3Request {
  readonly request: LoopbackRequest;
  readonly bucket: Bucket;
  readonly key: string;
}

/** The action that a policy has to allow, and what it does; undefined when S3 is not asked for it here. */
export function s3Operation(method: string, key: string, query: URLSearchParams) {
  if (key === '') {
    if (method === 'GET' && query.get('list-type') === '2')
      return { action: 's3:ListBucket', handle: listObjects };
    if (method === 'POST' && query.has('delete')) return { action: 's3:DeleteObject', handle: deleteObjects };
    return undefined;
  }
  switch (method) {
    case 'PUT':
      return { action: 's3:PutObject', handle: putObject };
    case 'GET':
    case 'HEAD':
      return { action: 's3:GetObject', handle: getObject };
    case 'DELETE':
      return { action: 's3:DeleteObject', handle: deleteObject };
  }
  return undefined;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
function putObject({ request, bucket, key }: S3Request): LoopbackReply {
  if (Buffer.byteLength(key) > maxKeyBytes) throw new S3Error('KeyTooLongError', 'Your key is too long');
  if (request.body.length > maxPutBytes)
    throw new S3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size');
  if (request.headers['content-length'] === undefined)
    throw new S3Error('InvalidRequest', 'You must provide the Content-Length HTTP header.');
  checkDigest(request);
  const stored = bucket.put(key, request.body, request.headers['content-type']);
  return { status: 200, headers: { 'x-amz-request-id': randomUUID(), etag: stored.etag } };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html */
function checkDigest(request: LoopbackRequest): void {
  const given = request.headers['x-amz-checksum-crc32'];
  if (given === undefined) return;
  const digest = Buffer.alloc(4);
  digest.writeUInt32BE(crc32(request.body));
  if (digest.toString('base64') !== given)
    throw new S3Error('BadDigest', 'The CRC32 you specified did not match the calculated checksum.');
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
function getObject({ request, bucket, key }: S3Request): LoopbackReply {
  const found = bucket.get(key);
  const isHead = request.method === 'HEAD';
  if (!found) {
    if (isHead) return { status: 404, headers: { 'x-amz-request-id': randomUUID() } };
    throw new S3Error('NoSuchKey', 'The specified key does not exist.');
  }
  return {
    status: 200,
    headers: {
      'x-amz-request-id': randomUUID(),
      etag: found.etag,
      'last-modified': new Date(found.lastModified).toUTCString(),
      'content-length': String(found.body.length),
      'content-type': found.contentType ?? 'binary/octet-stream',
    },
    body: isHead ? undefined : found.body,
  };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html : deleting what is not there is fine. */
function deleteObject({ bucket, key }: S3Request): LoopbackReply {
  bucket.remove(key);
  return { status: 204, headers: { 'x-amz-request-id': randomUUID() } };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
function deleteObjects({ request, bucket }: S3Request): LoopbackReply {
  if (request.headers['x-amz-checksum-crc32'] === undefined && request.headers['content-md5'] === undefined)
    throw new S3Error('InvalidRequest', 'Missing required header for this request: Content-MD5');
  checkDigest(request);
  const xml = request.body.toString('utf8');
  const keys = [...xml.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = '']) => unescapeXml(key));
  if (keys.length === 0 || keys.length > maxPage)
    throw new S3Error('MalformedXML', 'The XML you provided was not well-formed.');
  for (const key of keys) bucket.remove(key);
  const isQuiet = /<Quiet>true<\/Quiet>/.test(xml);
  const deleted = isQuiet ? [] : keys.map((key) => `<Deleted><Key>${escapeXml(key)}</Key></Deleted>`);
  return xmlReply(200, `<DeleteResult ${namespace}>${deleted.join('')}</DeleteResult>`);
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
function listObjects({ request, bucket }: S3Request): LoopbackReply {
  const { query } = request;
  const prefix = query.get('prefix') ?? '';
  const wanted = Number(query.get('max-keys') ?? maxPage);
  if (!Number.isInteger(wanted) || wanted < 0)
    throw new S3Error('InvalidArgument', 'Argument max-keys must be an integer between 0 and 2147483647');
  const token = query.get('continuation-token');
  const after = token === null ? (query.get('start-after') ?? '') : positionOf(token);
  const { objects, isCut } = bucket.list(prefix, after, Math.min(wanted, maxPage));
  const next = isCut && objects.length > 0 ? tokenOf(objects.at(-1)!.key) : undefined;
  return xmlReply(
    200,
    `<ListBucketResult ${namespace}><Name>${bucket.name}</Name><Prefix>${escapeXml(prefix)}</Prefix>` +
      `<KeyCount>${objects.length}</KeyCount><MaxKeys>${Math.min(wanted, maxPage)}</MaxKeys><IsTruncated>${isCut}</IsTruncated>` +
      (next === undefined ? '' : `<NextContinuationToken>${next}</NextContinuationToken>`) +
      `${objects.map(contentsOf).join('')}</ListBucketResult>`,
  );
}

const contentsOf = ({ key, etag, body, lastModified }: StoredObject): string =>
  `<Contents><Key>${escapeXml(key)}</Key><LastModified>${new Date(lastModified).toISOString()}</LastModified>` +
  `<ETag>${escapeXml(etag)}</ETag><Size>${body.length}</Size><StorageClass>STANDARD</StorageClass></Contents>`;

const tokenOf = (key: string): string => Buffer.from(`after ${key}`).toString('base64url');

function positionOf(token: string): string {
  const found = /^after ([^]*)$/.exec(Buffer.from(token, 'base64url').toString())?.[1];
  if (found === undefined)
    throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect');
  return found;
}
