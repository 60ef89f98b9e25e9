import { z } from 'zod';
import { ConfigError } from '../../core/contract/errors.ts';

const position = z.strictObject({ at: z.string(), key: z.array(z.string()) });
const version = z.literal(1);

/** Where a read stands; each way of finding changes has states of its own. */
const state = z.discriminatedUnion('state', [
  /** Inside a window of the cursor column whose bounds are fixed, after the row at `after`. */
  z.strictObject({
    version,
    state: z.literal('window'),
    /** Inclusive; null for the first read. */
    low: z.string().nullable(),
    /** Inclusive. */
    high: z.string(),
    after: position,
  }),
  /** A window was read to its end. */
  z.strictObject({ version, state: z.literal('reached'), high: z.string().nullable() }),
  /** The etag of every bucket that was read; a bucket with another etag is read next. */
  z.strictObject({
    version,
    state: z.literal('buckets'),
    count: z.int(),
    etags: z.record(z.string(), z.string()),
  }),
  /** A table whose changes after `at` will be read is being loaded, from bucket `next` on. */
  z.strictObject({ version, state: z.literal('load'), at: z.string(), count: z.int(), next: z.int() }),
  /** Changes were read up to `at`; inside the interval up to `to`, after the key `after`. */
  z.strictObject({
    version,
    state: z.literal('changes'),
    at: z.string(),
    within: z.strictObject({ to: z.string(), after: z.array(z.string()) }).nullable(),
  }),
  /** Inside a partition of the first load: from its chunk `next` on. */
  z.strictObject({ version, state: z.literal('part'), next: z.int() }),
]);
export type SnowflakeCursor = z.infer<typeof state>;
export type CursorState<Name extends SnowflakeCursor['state']> = SnowflakeCursor & { state: Name };

/** Checks a stored cursor: one of another form is not guessed at. */
export function parseCursor(value: unknown, stream: string): SnowflakeCursor {
  const parsed = state.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ConfigError('SNOWFLAKE_CURSOR', `The stored cursor of stream \`${stream}\` cannot be read.`, {
    hint: 'Read the stream again from the start.',
  });
}
