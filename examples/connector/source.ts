import { ConfigError, type Context, type Page, type Source, type Stream } from '../../index.ts';
import { createNotesClient, type Note } from './client.ts';
import type { NotesConfig, NotesStream } from './config.ts';

const fields = ['title', 'text', 'author'] as const;

/** The last note that was read: the next read begins behind it. */
export type NotesCursor = { readonly updated: string; readonly id: string };
const start: NotesCursor = { updated: '', id: '' };

export function createNotesSource(config: NotesConfig, context: Context): Source<NotesStream, NotesCursor> {
  const client = createNotesClient(config, context);

  const checkStream = (stream: Stream<NotesStream>): void => {
    const where = `sources.${context.name}.streams.${stream.name}`;
    if (stream.name !== 'notes') {
      throw new ConfigError('NOTES_STREAM_UNKNOWN', `There is no stream ${stream.name}.`, {
        where,
        hint: 'The service has one stream: notes.',
      });
    }
    const unknown = stream.fields.find((name) => !(fields as readonly string[]).includes(name));
    if (unknown !== undefined) {
      throw new ConfigError('NOTES_FIELD_UNKNOWN', `A note has no field ${unknown}.`, {
        where: `${where}.fields`,
        hint: `Choose from: ${fields.join(', ')}.`,
      });
    }
  };

  return {
    async identity() {
      const { id } = await client.workspace();
      return { instance: id, link: `${new URL(config.url).origin}/{stream}/{key}` };
    },
    async check(streams) {
      await client.workspace();
      streams.forEach(checkStream);
    },
    async discover() {
      return [
        {
          name: 'notes',
          key: ['id'],
          cursors: ['updated'],
          fields: fields.map((name) => ({ name, type: 'text' })),
        },
      ];
    },
    async *read({ stream, from, signal }) {
      let cursor = from ?? start;
      for (;;) {
        signal.throwIfAborted();
        const { now, notes } = await client.changed(cursor, stream.options.pageSize);
        const last = notes.at(-1);
        if (last) cursor = { updated: last.updated, id: last.id };
        yield { asOf: now, ...toPage(notes, stream.fields), cursor };
        if (notes.length < stream.options.pageSize) return;
      }
    },
  };
}

/** Splits notes into records with the listed fields, and keys that are gone. */
function toPage(notes: readonly Note[], listed: readonly string[]): Pick<Page, 'records' | 'deleted'> {
  const present = notes.filter((note) => !note.deleted);
  return {
    records: present.map((note) => ({
      key: note.id,
      version: note.updated,
      modifiedAt: note.updated,
      data: Object.fromEntries(listed.map((name) => [name, note[name as keyof Note] ?? null])),
    })),
    deleted: notes.filter((note) => note.deleted).map((note) => note.id),
  };
}
