import { z } from 'zod';
import { endpoint, secret } from '../../index.ts';

/** What a person sets below `sources.<name>`. */
export const notesConfig = z.strictObject({
  url: endpoint().describe('Address of the notes service.'),
  token: secret().describe('Token of a user who may read the notes.'),
});
export type NotesConfig = z.infer<typeof notesConfig>;

/** What a person sets below `streams.notes`, beside what the engine reads. */
export const notesStream = z.strictObject({
  pageSize: z.int().min(1).max(100).default(100).describe('Notes of one request.'),
});
export type NotesStream = z.infer<typeof notesStream>;
