import { gunzipSync, gzipSync } from 'node:zlib';
import type { Fault, LoopbackReply, LoopbackServer } from '../../../core/testing/loopback-server.ts';

export interface FaultOptions {
  /** How many requests it hits; without end when absent. */
  readonly times?: number;
  /** How many matching requests pass before the first is hit. */
  readonly after?: number;
}

/** What networks, stores of results and Snowflake itself do to a read. Each returns the switch that ends it. */
export interface SnowflakeFaults {
  /** Statements are answered with 503. */
  unavailable(options?: FaultOptions): () => void;
  /** The address of a chunk has expired: 403, as after some six hours. */
  expiredChunk(options?: FaultOptions): () => void;
  /** The body of a chunk ends in the middle of a row, under a status of 200. */
  truncatedChunk(options?: FaultOptions): () => void;
  /** A chunk comes without its last row. */
  missingRows(options?: FaultOptions): () => void;
  slowChunk(ms: number, options?: FaultOptions): () => void;
  /** A statement that contains a text is refused. */
  refusedStatement(containing: string, code: string, sqlState: string, options?: FaultOptions): () => void;
  /** A text in the results stands in a column of type VARIANT, where the driver evaluates it. */
  hostileVariant(text: string, inPlaceOf: string): () => void;
}

export function createFaults(server: LoopbackServer): SnowflakeFaults {
  const isQuery: Fault['when'] = (request) => request.path === '/queries/v1/query-request';
  const isChunk: Fault['when'] = (request) => request.path.startsWith('/results/');
  const onChunk = (change: (rows: string) => string, options: FaultOptions = {}): (() => void) =>
    server.fault({
      when: isChunk,
      ...options,
      effect: {
        kind: 'change',
        change: (reply) =>
          reply.body instanceof Buffer
            ? { ...reply, body: gzipSync(change(gunzipSync(reply.body).toString())) }
            : reply,
      },
    });
  const answer = (when: Fault['when'], reply: LoopbackReply, options: FaultOptions = {}): (() => void) =>
    server.fault({ when, ...options, effect: { kind: 'reply', reply } });

  return {
    unavailable: (options) => answer(isQuery, { status: 503, body: 'Service Unavailable' }, options),
    expiredChunk: (options) =>
      answer(
        isChunk,
        {
          status: 403,
          headers: { 'content-type': 'application/xml' },
          body: '<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>',
        },
        options,
      ),
    truncatedChunk: (options) => onChunk((rows) => rows.slice(0, -3), options),
    missingRows: (options) => onChunk((rows) => rows.slice(0, rows.lastIndexOf(',[')), options),
    slowChunk: (ms, options = {}) =>
      server.fault({ when: isChunk, ...options, effect: { kind: 'delay', ms } }),
    refusedStatement: (containing, code, sqlState, options) =>
      answer(
        (request) => isQuery(request) && request.body.includes(containing),
        {
          status: 200,
          body: {
            success: false,
            code,
            message: `SQL execution error: ${code}`,
            data: { errorCode: code, sqlState, queryId: '01b2c3d4-0000-0000-0000-000000000000' },
          },
        },
        options,
      ),
    hostileVariant: (text, inPlaceOf) =>
      server.fault({
        when: isQuery,
        effect: {
          kind: 'change',
          change: (reply) => {
            const body = JSON.stringify(reply.body);
            const held = JSON.stringify(JSON.stringify(inPlaceOf));
            if (!body.includes(held)) return reply;
            return {
              ...reply,
              headers: { 'content-type': 'application/json' },
              body: body
                .replaceAll(held, JSON.stringify(text))
                .replaceAll('"type":"text"', '"type":"variant"'),
            };
          },
        },
      }),
  };
}
