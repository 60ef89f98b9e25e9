import { z } from 'zod';
import { ConfigError } from '../../core/contract/errors.ts';

/**
 * How far a stream has been read. Without `after`, everything stamped before `upper` has been; with it, the read of
 * that window stopped behind this stamp and id.
 */
export type SalesforceCursor = {
  readonly v: 1;
  /** The field that orders the read; null for an object without a usable stamp, which is read whole each time. */
  readonly field: string | null;
  readonly upper: string;
  readonly after?: readonly [string, string];
};
const salesforceCursor = z.strictObject({
  v: z.literal(1),
  field: z.string().nullable(),
  upper: z.iso.datetime(),
  after: z.tuple([z.string(), z.string()]).exactOptional(),
});

export function parseCursor(cursor: unknown, stream: string): SalesforceCursor | undefined {
  if (cursor === undefined || cursor === null) return undefined;
  const parsed = salesforceCursor.safeParse(cursor);
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    'CURSOR_UNREADABLE',
    `The stored cursor of ${stream} is not one this version can read`,
    {
      hint: `Read ${stream} again from the start`,
    },
  );
}

/** A part of a stream to read in order: behind `after` (absent: from the beginning), stamped before `upper`. */
export interface ReadWindow {
  readonly after: readonly [string, string] | undefined;
  readonly upper: string;
}

/**
 * The windows of one read. An interrupted window is finished first, under its old bound, so that every run gets on.
 * Then comes what is new, from `lookback` behind the bound reached: a stamp is set while its transaction runs and is
 * seen only when it commits.
 */
export function planWindows(
  from: SalesforceCursor | undefined,
  field: string | null,
  times: { readonly upperMs: number; readonly lookbackMs: number },
): readonly ReadWindow[] {
  const upper = new Date(times.upperMs).toISOString();
  if (from === undefined || from.field !== field) return [{ after: undefined, upper }];
  if (field === null) return [{ after: from.after, upper }];
  const reached = Date.parse(from.upper);
  const next: ReadWindow = {
    after: [new Date(reached - times.lookbackMs).toISOString(), ''],
    upper: reached > times.upperMs ? from.upper : upper,
  };
  return from.after ? [{ after: from.after, upper: from.upper }, next] : [next];
}
