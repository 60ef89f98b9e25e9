import type { Context } from '../../core/contract/context.ts';
import type { AzureSearchClient } from './client.ts';
import type { Action } from './search-document.ts';
import { storedText } from './stored-text.ts';

/** What the service has accepted last of this installation, and whether queries see it yet. */
export interface LastChange {
  note(action: Action): Promise<void>;
  /** Waits until queries see it; not for ever, since somebody else may have changed it again. */
  visible(): Promise<void>;
}
interface Noted {
  readonly at: number;
  readonly key: string;
  /** Absent after a delete. */
  readonly fingerprint?: string;
}

/** What is accepted shows a few seconds later, the later the busier the service: https://learn.microsoft.com/azure/search/search-howto-reindex */
const patienceMs = 60_000;
const pauseMs = 500;

/** Kept in the cache, so that a `verify` right after a `sync` does not take for missing what only does not show yet. */
export function createLastChange(
  index: string,
  client: Pick<AzureSearchClient, 'search'>,
  context: Pick<Context, 'cache' | 'now' | 'sleep'>,
): LastChange {
  const cache = context.cache('azure-ai-search-last-change');
  const shows = async ({ key, fingerprint }: Noted): Promise<boolean> => {
    const found = client.search({ text: '*', filter: `key eq '${key}'`, select: ['fingerprint'], top: 1 });
    for await (const { document } of found) return storedText(document['fingerprint']) === fingerprint;
    return fingerprint === undefined;
  };
  return {
    async note({ __actionType, key, fingerprint }) {
      const gone = __actionType === 'delete';
      const noted = { at: context.now(), key, ...(gone ? {} : { fingerprint }) };
      await cache.set(index, Buffer.from(JSON.stringify(noted)));
    },
    async visible() {
      const bytes = await cache.get(index);
      if (bytes === undefined) return;
      const noted = JSON.parse(Buffer.from(bytes).toString('utf8')) as Noted;
      while (context.now() - noted.at < patienceMs && !(await shows(noted))) await context.sleep(pauseMs);
    },
  };
}
