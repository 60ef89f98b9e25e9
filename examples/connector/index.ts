import { defineSource } from '../../index.ts';
import { notesConfig, notesStream, type NotesConfig, type NotesStream } from './config.ts';
import type { NotesCursor } from './source.ts';

/** Notes of a small service. What `create` needs is loaded when the connector is first used. */
export const notes = defineSource<NotesConfig, NotesStream, NotesCursor>({
  type: 'notes',
  title: 'Notes',
  config: notesConfig,
  stream: notesStream,
  create: async (config, context) => (await import('./source.ts')).createNotesSource(config, context),
});
