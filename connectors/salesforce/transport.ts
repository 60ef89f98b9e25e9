import { PassThrough } from 'node:stream';
import { Transport } from 'jsforce/lib/transport.js';
import type { HttpRequest, HttpResponse } from 'jsforce/lib/types/common.js';
import { StreamPromise } from 'jsforce/lib/util/promise.js';
import type { Context } from '../../core/contract/context.ts';
import { isTransientError, TransientError } from '../../core/contract/errors.ts';
import { readBounded } from '../../core/http/read-bounded.ts';
import { retry, retryAfterMs } from '../../core/http/retry.ts';
import type { ApiUsage } from './budget.ts';

/** What every answer tells beside its body. */
export interface AnswerNote {
  /** The clock of Salesforce, in whole seconds. */
  readonly serverMs: number | undefined;
  readonly apiUsage: ApiUsage | undefined;
}

/** A query may run for two minutes; whatever takes longer than this is gone. */
const timeoutMs = 150_000;
/** Far more than a page of a query can have; what is packed small and unpacks to more is not read to its end. */
const maxAnswerBytes = 128 * 1024 * 1024;
/** A page of a bulk result, from its first byte to its last. */
const bodyTimeoutMs = 30 * 60_000;
/** 406 and 420 come while an instance is being set up or moved. */
const transient = new Set([406, 420, 429, 500, 502, 503, 504]);

/**
 * The HTTP below jsforce. jsforce's own ends the process when a connection breaks inside a body, takes proxies from
 * the environment without regard to NO_PROXY, has no bound on waiting and hides the headers; this one uses Node's
 * fetch (proxies by NODE_USE_ENV_PROXY=1) and tries reads again. Every request of this connector is a read.
 */
export function createTransport(context: Context, onAnswer: (note: AnswerNote) => void): Transport {
  const send = async (request: HttpRequest): Promise<HttpResponse> => {
    context.signal.throwIfAborted();
    let answer: Response;
    let body: string;
    try {
      answer = await fetch(request.url, {
        method: request.method,
        ...(request.headers ? { headers: request.headers } : {}),
        ...(typeof request.body === 'string' ? { body: request.body } : {}),
        signal: AbortSignal.timeout(timeoutMs),
      });
      body = (await readBounded(answer, maxAnswerBytes)).toString('utf8');
    } catch (error) {
      if (isTransientError(error)) throw error;
      throw new TransientError(`Salesforce cannot be reached at ${hostOf(request.url)}: ${reasonOf(error)}`, {
        cause: error,
      });
    }
    const headers: Record<string, string> = Object.fromEntries(answer.headers);
    onAnswer(readNote(headers));
    if (transient.has(answer.status)) {
      throw new TransientError(`Salesforce answered ${answer.status}${errorCodeOf(body)}`, {
        retryAfterMs: retryAfterMs(headers['retry-after'], context.now()),
      });
    }
    return { statusCode: answer.status, headers, body };
  };
  return Object.assign(new Transport(), {
    httpRequest: (request: HttpRequest) =>
      StreamPromise.create<HttpResponse>(() => ({
        stream: new PassThrough(),
        promise: retry(() => send(request), { attempts: 5, sleep: context.sleep }),
      })),
  });
}

/** An answer whose body has not been read yet. */
export interface OpenBody {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: Headers;
  readonly stream: ReadableStream<Uint8Array>;
  readonly note: AnswerNote;
}

/** Asks for a body that is read as it arrives; tried again until one begins. A body that stops coming is cut off. */
export const openBody = (
  context: Context,
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<OpenBody> =>
  retry(
    async () => {
      context.signal.throwIfAborted();
      let answer: Response;
      try {
        answer = await fetch(url, {
          headers,
          signal: AbortSignal.any([context.signal, AbortSignal.timeout(bodyTimeoutMs)]),
        });
      } catch (error) {
        throw new TransientError(`Salesforce cannot be reached at ${hostOf(url)}: ${reasonOf(error)}`, {
          cause: error,
        });
      }
      if (transient.has(answer.status)) {
        await answer.body?.cancel();
        throw new TransientError(`Salesforce answered ${answer.status}`, {
          retryAfterMs: retryAfterMs(answer.headers.get('retry-after'), context.now()),
        });
      }
      return {
        ok: answer.ok,
        status: answer.status,
        headers: answer.headers,
        stream: answer.body ?? new Blob([]).stream(),
        note: readNote(Object.fromEntries(answer.headers)),
      };
    },
    { attempts: 5, sleep: context.sleep },
  );

/** https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/headers_api_usage.htm */
function readNote(headers: Readonly<Record<string, string>>): AnswerNote {
  const [, used, limit] =
    /(?:^|[;,]\s*)api-usage=(\d+)\/(\d+)/.exec(headers['sforce-limit-info'] ?? '') ?? [];
  const serverMs = Date.parse(headers['date'] ?? '');
  return {
    serverMs: Number.isNaN(serverMs) ? undefined : serverMs,
    apiUsage: used && limit ? { used: Number(used), limit: Number(limit) } : undefined,
  };
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : 'an address that is no URL');

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  return code ?? (cause instanceof Error ? cause.name : 'unknown');
}

const errorCodeOf = (body: string): string => {
  const code = /"errorCode"\s*:\s*"([A-Z_]+)"/.exec(body)?.[1];
  return code ? ` (${code})` : '';
};
