import { startLoopbackServer, type LoopbackServer } from '../../core/testing/index.ts';
import type { Note } from './client.ts';

export interface NotesEmulator {
  readonly server: LoopbackServer;
  readonly token: string;
  put(id: string, note: { readonly title: string; readonly text: string; readonly author: string }): void;
  remove(id: string): void;
}

/** The notes service over loopback, as strict as the real one about log-in, order and limits. */
export async function startNotesEmulator(options: { readonly now: () => number }): Promise<NotesEmulator> {
  const token = 'notes-token';
  const notes = new Map<string, Note>();
  const stamp = (): string => new Date(options.now()).toISOString();
  const server = await startLoopbackServer(({ path, query, headers }) => {
    if (headers['authorization'] !== `Bearer ${token}`) return { status: 401 };
    if (path === '/workspace') return { status: 200, body: { id: 'w-1' } };
    const limit = Number(query.get('limit'));
    if (path !== '/notes' || !(limit >= 1 && limit <= 100)) return { status: 400 };
    const [now, updated, id] = [stamp(), query.get('updated') ?? '', query.get('id') ?? ''];
    const changed = [...notes.values()]
      .filter((note) => note.updated < now)
      .filter((note) => note.updated > updated || (note.updated === updated && note.id > id))
      .sort((one, other) => (one.updated + one.id < other.updated + other.id ? -1 : 1));
    return { status: 200, body: { now, notes: changed.slice(0, limit) } };
  });
  return {
    server,
    token,
    put: (id, note) => void notes.set(id, { id, updated: stamp(), ...note }),
    remove: (id) => void notes.set(id, { id, updated: stamp(), deleted: true }),
  };
}
