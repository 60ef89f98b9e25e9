import { startLoopbackServer, type LoopbackServer } from '../../../core/testing/index.ts';

interface Article {
  readonly id: string;
  /** ISO 8601 with milliseconds: grows with every change. */
  readonly updated: string;
  readonly [field: string]: unknown;
}
export interface ExampleRestEmulator {
  readonly server: LoopbackServer;
  readonly token: string;
  put(id: string, article: Readonly<Record<string, unknown>>): void;
  remove(id: string): void;
}

/** The service over loopback, as strict as the real one about log-in, order and limits. */
export async function startExampleRestEmulator(options: {
  readonly now: () => number;
}): Promise<ExampleRestEmulator> {
  const token = 'example-rest-token';
  const articles = new Map<string, Article>();
  const stamp = (): string => new Date(options.now()).toISOString();
  const server = await startLoopbackServer(({ method, path, query, headers }) => {
    if (headers['authorization'] !== `Bearer ${token}`) return { status: 401 };
    if (method !== 'GET') return { status: 405 };
    if (path === '/workspace') return { status: 200, body: { id: 'w-1' } };
    if (path !== '/articles') return { status: 404 };
    const limit = Number(query.get('limit'));
    if (!(limit >= 1 && limit <= 100)) return { status: 400 };
    const [now, updated, id] = [stamp(), query.get('updated') ?? '', query.get('id') ?? ''];
    const changed = [...articles.values()]
      .filter((one) => one.updated < now)
      .filter((one) => one.updated > updated || (one.updated === updated && one.id > id))
      .sort((one, other) => (one.updated + one.id < other.updated + other.id ? -1 : 1));
    return { status: 200, body: { now, articles: changed.slice(0, limit) } };
  });
  return {
    server,
    token,
    put: (id, article) => void articles.set(id, { ...article, id, updated: stamp() }),
    remove: (id) => void articles.set(id, { id, updated: stamp(), deleted: true }),
  };
}
