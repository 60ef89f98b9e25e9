import { ConfigError, TransientError, type Context } from '../../index.ts';
import type { NotesConfig } from './config.ts';

/** A note as the service tells it. A deleted one keeps its id and stamp, and nothing else. */
export interface Note {
  readonly id: string;
  /** ISO 8601 with milliseconds: grows with every change. */
  readonly updated: string;
  readonly deleted?: boolean;
  readonly title?: string;
  readonly text?: string;
  readonly author?: string;
}
export interface NotesAnswer {
  /** The clock of the service. It tells of changes before this instant only, so none can come behind a cursor. */
  readonly now: string;
  readonly notes: readonly Note[];
}

/** Speaks the protocol of the service; knows no stream and no cursor policy. */
export interface NotesClient {
  /** Notes changed after this place, in the order of stamp and id. */
  changed(after: { readonly updated: string; readonly id: string }, limit: number): Promise<NotesAnswer>;
  workspace(): Promise<{ readonly id: string }>;
}

export function createNotesClient(config: NotesConfig, context: Context): NotesClient {
  const get = async <T>(path: string): Promise<T> => {
    context.signal.throwIfAborted();
    let answer: Response;
    try {
      answer = await fetch(new URL(path, config.url), {
        headers: { authorization: `Bearer ${config.token}` },
        signal: AbortSignal.timeout(30_000),
      });
    } catch (cause) {
      throw new TransientError('The notes service cannot be reached.', { cause });
    }
    if (answer.status === 401) {
      throw new ConfigError('NOTES_LOGIN_REFUSED', 'The notes service refuses the token.', {
        where: `sources.${context.name}.token`,
        hint: 'Make a new token in the settings of the service.',
      });
    }
    if (!answer.ok) throw new TransientError(`The notes service answered ${answer.status}.`);
    return (await answer.json()) as T;
  };
  return {
    changed: ({ updated, id }, limit) =>
      get(`/notes?${new URLSearchParams({ updated, id, limit: String(limit) }).toString()}`),
    workspace: () => get('/workspace'),
  };
}
