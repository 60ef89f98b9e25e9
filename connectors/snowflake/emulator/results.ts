import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { LoopbackReply, LoopbackRequest } from '../../../core/testing/loopback-server.ts';
import type { Result } from './execute.ts';

const INLINE_ROWS = 500;
const FIRST_CHUNK_ROWS = 2000;
const CHUNK_ROWS = 10_000;
const KEPT_CHUNKS = 500;

export interface Results {
  /** The `data` part of an answer: the first rows inline, the rest as chunks to fetch. */
  describe(result: Result, baseUrl: string): Record<string, unknown>;
  serve(request: LoopbackRequest): LoopbackReply;
}

/** Keeps the chunks of large results for fetching, the oldest dropped first. */
export function createResults(): Results {
  const chunks = new Map<string, Buffer>();
  const key = randomBytes(32).toString('base64');
  const headers = {
    'x-amz-server-side-encryption-customer-key': key,
    'x-amz-server-side-encryption-customer-algorithm': 'AES256',
  };
  let serial = 0;

  return {
    describe(result, baseUrl) {
      const inline: (readonly (string | null)[])[] = [];
      const links: Record<string, unknown>[] = [];
      let rows: string[] = [];
      let total = 0;
      const flush = (): void => {
        if (rows.length === 0) return;
        const body = rows.join(',');
        const compressed = gzipSync(body, { level: 1 });
        const path = `/results/${++serial}`;
        chunks.set(path, compressed);
        if (chunks.size > KEPT_CHUNKS) chunks.delete(chunks.keys().next().value!);
        links.push({
          url: `${baseUrl}${path}?sig=${randomBytes(8).toString('hex')}`,
          rowCount: rows.length,
          uncompressedSize: body.length,
          compressedSize: compressed.length,
        });
        rows = [];
      };
      for (const row of result.rows) {
        total++;
        if (total <= INLINE_ROWS) inline.push(row);
        else {
          rows.push(JSON.stringify(row));
          if (rows.length >= (links.length === 0 ? FIRST_CHUNK_ROWS : CHUNK_ROWS)) flush();
        }
      }
      flush();
      return {
        rowtype: result.columns.map(({ name, type, nullable }) => ({
          name,
          database: '',
          schema: '',
          table: '',
          nullable,
          type: type.kind,
          precision: type.precision,
          scale: type.scale,
          byteLength: type.kind === 'text' ? 16_777_216 : null,
          length: type.kind === 'text' ? 16_777_216 : null,
          collation: null,
        })),
        rowset: inline,
        total,
        returned: total,
        statementTypeId: result.statementTypeId,
        queryResultFormat: 'json',
        ...(links.length > 0 ? { chunkHeaders: headers, chunks: links } : {}),
      };
    },
    serve(request) {
      const body = chunks.get(request.path);
      const allowed =
        request.headers['x-amz-server-side-encryption-customer-key'] === key &&
        request.headers['authorization'] === undefined;
      if (!body || !allowed)
        return {
          status: 403,
          headers: { 'content-type': 'application/xml' },
          body: '<Error><Code>AccessDenied</Code></Error>',
        };
      return {
        status: 200,
        headers: { 'content-type': 'binary/octet-stream', 'content-encoding': 'gzip' },
        body,
      };
    },
  };
}
