import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';

/** A request as an emulator's handler sees it. */
export interface LoopbackRequest {
  readonly method: string;
  /** Path without the query, still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}
export interface LoopbackReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A string or bytes is sent as it is, anything else as JSON; undefined sends no body. */
  readonly body?: unknown;
}

/**
 * Something that goes wrong on purpose. `reply` answers instead of the handler; `cut-before` drops the connection
 * without handling the request, `cut-after` handles it and drops the answer; `stall` never answers.
 */
export interface Fault {
  readonly when: (request: LoopbackRequest) => boolean;
  /** How many matching requests it hits; without end when absent. */
  readonly times?: number;
  /** How many matching requests pass before the first is hit. */
  readonly after?: number;
  readonly effect:
    | { readonly kind: 'reply'; readonly reply: LoopbackReply }
    | { readonly kind: 'cut-before' | 'cut-after' | 'stall' }
    | { readonly kind: 'delay'; readonly ms: number }
    | {
        readonly kind: 'change';
        readonly change: (reply: LoopbackReply, request: LoopbackRequest) => LoopbackReply;
      };
}

export interface LoopbackServer {
  readonly url: string;
  readonly port: number;
  /** Method and path of every request, in order of arrival; bounded to the last 10,000. */
  readonly requests: readonly {
    readonly method: string;
    readonly path: string;
    readonly status: number | undefined;
  }[];
  /** Switches a fault on; the function returned switches it off. */
  fault(fault: Fault): () => void;
  close(): Promise<void>;
}

/** Serves `handler` on 127.0.0.1. `http2` speaks h2c (prior knowledge), as the AWS runtime client does by default. */
export async function startLoopbackServer(
  handler: (request: LoopbackRequest) => Promise<LoopbackReply> | LoopbackReply,
  options: { readonly port?: number; readonly http2?: boolean; readonly maxBodyBytes?: number } = {},
): Promise<LoopbackServer> {
  const faults: { fault: Fault; seen: number; hits: number }[] = [];
  const requests: { method: string; path: string; status: number | undefined }[] = [];
  const sockets = new Set<Socket>();
  const maxBodyBytes = options.maxBodyBytes ?? 64 * 1024 * 1024;

  const serve = async (
    raw: IncomingMessage | Http2ServerRequest,
    answer: ServerResponse | Http2ServerResponse,
  ): Promise<void> => {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of raw as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size <= maxBodyBytes) chunks.push(chunk);
    }
    if (size > maxBodyBytes) return send(answer, { status: 413 });
    const url = parseTarget(raw.url ?? '/');
    if (url === undefined) return send(answer, { status: 400 });
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(raw.headers)) {
      if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
    }
    const request: LoopbackRequest = {
      method: raw.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      headers,
      body: Buffer.concat(chunks),
    };
    const entry = { method: request.method, path: request.path, status: undefined as number | undefined };
    requests.push(entry);
    if (requests.length > 10_000) requests.shift();

    const active = faults.find((one) => {
      if (!one.fault.when(request)) return false;
      one.seen++;
      return one.seen > (one.fault.after ?? 0) && one.hits < (one.fault.times ?? Infinity);
    });
    if (active) active.hits++;
    const effect = active?.fault.effect;
    const drop = (): void =>
      void ('stream' in raw && raw.stream ? raw.stream.close(2) : raw.socket.destroy());
    if (effect?.kind === 'cut-before') return drop();
    if (effect?.kind === 'stall') return;
    if (effect?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, effect.ms));
    let reply = effect?.kind === 'reply' ? effect.reply : await handler(request);
    if (effect?.kind === 'cut-after') return drop();
    if (effect?.kind === 'change') reply = effect.change(reply, request);
    entry.status = reply.status;
    send(answer, reply);
  };

  const onRequest = (
    raw: IncomingMessage | Http2ServerRequest,
    answer: ServerResponse | Http2ServerResponse,
  ): void => {
    serve(raw, answer).catch((error: unknown) => {
      send(answer, {
        status: 500,
        body: { error: `emulator bug: ${error instanceof Error ? error.stack : String(error)}` },
      });
    });
  };
  const server = options.http2 ? createHttp2(onRequest) : createHttp(onRequest);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const port = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    fault(fault) {
      const entry = { fault, seen: 0, hits: 0 };
      faults.push(entry);
      return () => void (faults.includes(entry) && faults.splice(faults.indexOf(entry), 1));
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** What a server's front door refuses never reaches its handlers: no path at all, or bytes that are no text. */
function parseTarget(target: string): URL | undefined {
  try {
    const url = new URL(target.startsWith('/') ? `http://loopback${target}` : target, 'http://loopback');
    decodeURIComponent(url.pathname);
    return url;
  } catch {
    return undefined;
  }
}

function send(answer: ServerResponse | Http2ServerResponse, reply: LoopbackReply): void {
  const raw = reply.body;
  const body =
    raw === undefined
      ? undefined
      : typeof raw === 'string' || Buffer.isBuffer(raw)
        ? raw
        : JSON.stringify(raw);
  const json = body !== undefined && body !== raw;
  (answer as ServerResponse).writeHead(reply.status, {
    ...(json ? { 'content-type': 'application/json' } : {}),
    ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
    ...reply.headers,
  });
  (answer as ServerResponse).end(body);
}
