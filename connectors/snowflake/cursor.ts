import { z } from 'zod';
import { ConfigError } from '../../core/contract/errors.ts';

const position = z.strictObject({ at: z.string(), key: z.array(z.string()) });

/**
 * Where a read stands. `window`: inside a window whose bounds are fixed, after the row at `after`. `reached`: a window
 * was read to its end. `table`: a whole table is being read in key order; without `after`, the next read starts anew.
 */
const state = z.discriminatedUnion('state', [
  z.strictObject({
    version: z.literal(1),
    state: z.literal('window'),
    /** Inclusive; null for the first read. */
    low: z.string().nullable(),
    /** Inclusive. */
    high: z.string(),
    after: position,
  }),
  z.strictObject({ version: z.literal(1), state: z.literal('reached'), high: z.string().nullable() }),
  z.strictObject({ version: z.literal(1), state: z.literal('table'), after: z.array(z.string()).nullable() }),
]);
export type SnowflakeCursor = z.infer<typeof state>;

/** Checks a stored cursor: one of another shape is not guessed at. */
export function parseCursor(value: unknown, stream: string, hasCursorColumn: boolean): SnowflakeCursor {
  const parsed = state.safeParse(value);
  if (parsed.success && (parsed.data.state === 'table') !== hasCursorColumn) return parsed.data;
  throw new ConfigError('SNOWFLAKE_CURSOR', `The stored cursor of stream \`${stream}\` cannot be read.`, {
    hint: 'Read the stream again from the start.',
  });
}
