import { ConfigError, TransientError, type Context } from '../../core/contract/index.ts';
import { readBounded } from '../../core/http/read-bounded.ts';
import { retry, retryAfterMs } from '../../core/http/retry.ts';
import type { ExampleRestConfig } from './config.ts';

/** The place behind an article, in the order of stamp and id. */
export interface Place {
  readonly updated: string;
  readonly id: string;
}
export interface ArticlesAnswer {
  /** The clock of the service. It tells of changes before this instant only, so none can come behind a cursor. */
  readonly now: string;
  /** As the service sends them: nothing is certain about what stands in one. */
  readonly articles: readonly unknown[];
}

/** Speaks the protocol of the service; knows no stream and no cursor policy. */
export interface ExampleRestClient {
  /** Articles changed after this place, in the order of stamp and id. A deleted one keeps both, and nothing else. */
  changed(after: Place, limit: number): Promise<ArticlesAnswer>;
  workspace(): Promise<{ readonly id: string }>;
}

const timeoutMs = 30_000;
const maxAnswerBytes = 8 * 1024 * 1024;
/** Reads may be sent again; what is written may not. */
const attempts = 4;

export function createExampleRestClient(config: ExampleRestConfig, context: Context): ExampleRestClient {
  const send = async (path: string): Promise<unknown> => {
    context.signal.throwIfAborted();
    try {
      const answer = await fetch(new URL(path, config.url), {
        headers: { authorization: `Bearer ${config.token}`, accept: 'application/json' },
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      const body = await readBounded(answer, maxAnswerBytes);
      if (answer.ok) return JSON.parse(body.toString('utf8'));
      throw refusal(answer);
    } catch (error) {
      if (error instanceof ConfigError || error instanceof TransientError) throw error;
      throw new TransientError('The service cannot be reached, or its answer was cut off.', { cause: error });
    }
  };
  const refusal = (answer: Response): Error => {
    if (answer.status === 401 || answer.status === 403) {
      return new ConfigError('EXAMPLE_REST_LOGIN', 'The service refuses the token.', {
        where: `sources.${context.name}.token`,
        hint: 'Make a new token in the settings of the service, for a user who may read every article.',
      });
    }
    if (answer.status === 404) {
      return new ConfigError('EXAMPLE_REST_ADDRESS', 'There is no such service at the address.', {
        where: `sources.${context.name}.url`,
        hint: 'Give the address without a path, as the settings of the service show it.',
      });
    }
    return new TransientError(`The service answered ${answer.status}.`, {
      retryAfterMs: retryAfterMs(answer.headers.get('retry-after'), context.now()),
    });
  };
  const get = (path: string): Promise<unknown> => retry(() => send(path), { attempts, sleep: context.sleep });

  return {
    async changed({ updated, id }, limit) {
      const query = new URLSearchParams({ updated, id, limit: String(limit) });
      const answer = (await get(`/articles?${query.toString()}`)) as Partial<ArticlesAnswer> | null;
      if (typeof answer?.now !== 'string' || !Array.isArray(answer.articles)) throw misshapen();
      return { now: answer.now, articles: answer.articles };
    },
    async workspace() {
      const answer = (await get('/workspace')) as { id?: unknown } | null;
      if (typeof answer?.id !== 'string') throw misshapen();
      return { id: answer.id };
    },
  };
}

const misshapen = (): TransientError => new TransientError('An answer of the service has another form.');
