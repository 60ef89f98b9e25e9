import type { HttpRequest } from 'jsforce/lib/types/common.js';
import type { Context } from '../../core/contract/context.ts';
import { ConfigError, TransientError } from '../../core/contract/errors.ts';
import { salesforceCode, sortError } from './errors.ts';
import type { Session, Sessions } from './session.ts';
import { openBody, type AnswerNote, type OpenBody } from './transport.ts';

/** Requests with a session that is renewed when it ends. Errors come sorted; `object` names the stream in them. */
export interface Send {
  readonly base: string;
  json(what: HttpRequest, object?: string): Promise<unknown>;
  /** A body as it arrives, which may be larger than memory. */
  open(url: string, object: string): Promise<OpenBody>;
}

const maxRenewals = 2;
/** A transaction security policy that times out may answer the next time. */
const policyAttempts = 3;

export function createSend(parts: {
  readonly context: Context;
  readonly sessions: Sessions;
  readonly base: string;
  readonly onAnswer: (note: AnswerNote) => void;
}): Send {
  const { context, sessions } = parts;
  const withSession = async <T>(
    call: (session: Session) => Promise<T>,
    object: string | undefined,
  ): Promise<T> => {
    let session = await sessions.current();
    let renewals = 0;
    for (let attempt = 1; ; attempt++) {
      try {
        return await call(session);
      } catch (error) {
        const code = salesforceCode(error);
        if (code === 'TXN_SECURITY_METERING_ERROR' && attempt < policyAttempts) {
          await context.sleep(1000 * attempt);
          continue;
        }
        if (code !== 'INVALID_SESSION_ID') {
          throw sortError(error, { source: context.name, object, nowMs: context.now() });
        }
        if (renewals++ === maxRenewals) {
          throw new ConfigError(
            'SALESFORCE_SESSION_REFUSED',
            'Salesforce gives sessions and refuses them at once',
            {
              where: `sources.${context.name}.auth`,
              hint: "Check the integration user's login hours, IP restrictions and API access",
              cause: error,
            },
          );
        }
        session = await sessions.renew(session);
      }
    }
  };
  return {
    base: parts.base,
    json: (what, object) =>
      withSession((session) => session.connection.request({ ...what, headers: { ...what.headers } }), object),
    open: (url, object) =>
      withSession(async ({ connection }) => {
        const body = await openBody(context, `${connection.instanceUrl}${url}`, {
          authorization: `Bearer ${connection.accessToken ?? ''}`,
        });
        parts.onAnswer(body.note);
        if (body.ok) return body;
        const text = await new Response(body.stream).text();
        throw Object.assign(new Error(errorOf(text)?.message ?? ''), {
          name: errorOf(text)?.errorCode ?? `ERROR_HTTP_${body.status}`,
        });
      }, object),
  };
}

function errorOf(text: string): { readonly errorCode?: string; readonly message?: string } | undefined {
  try {
    const [first] = [JSON.parse(text) as unknown].flat();
    return typeof first === 'object' && first !== null ? first : undefined;
  } catch {
    throw new TransientError('Salesforce answered with something that is not its API');
  }
}
