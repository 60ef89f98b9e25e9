import { z } from 'zod';
import { ConfigError } from '../../core/contract/errors.ts';

/**
 * How far a stream has been read. Without `after` and `job`, everything stamped before `upper` has been; with them, the
 * read of that window stopped behind this stamp and id, or in the result of this job.
 */
export type SalesforceCursor = {
  readonly v: 1;
  /** The field that orders the read; null for an object without a usable stamp, which is read whole each time. */
  readonly field: string | null;
  readonly upper: string;
  readonly after?: readonly [string, string];
  /** Listed fields that were not there, and the stamp from which records were read without them. */
  readonly without?: Readonly<Record<string, string>>;
  /** Up to when the log of deleted ids has been read. */
  readonly deletedUpTo?: string;
  /** A bulk job that has the rest of the window, and how much of its result has been read. */
  readonly job?: BulkPosition;
};
export type BulkPosition = {
  readonly id: string;
  /** The clock of Salesforce when the job began. */
  readonly asOf: string;
  /** The part of the result that is being read; absent: its first. */
  readonly locator?: string;
  /** Rows of that part, and of all parts before it, that have been read. */
  readonly rows: number;
  readonly before: number;
};
const salesforceCursor = z.strictObject({
  v: z.literal(1),
  field: z.string().nullable(),
  upper: z.iso.datetime(),
  after: z.tuple([z.string(), z.string()]).exactOptional(),
  without: z.record(z.string(), z.string()).exactOptional(),
  deletedUpTo: z.iso.datetime().exactOptional(),
  job: z
    .strictObject({
      id: z.string(),
      asOf: z.iso.datetime(),
      locator: z.string().exactOptional(),
      rows: z.int().min(0),
      before: z.int().min(0),
    })
    .exactOptional(),
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
  /** The job of an earlier run that reads this window, with every field that is there now. */
  readonly job?: BulkPosition;
  /** For the cursor: fields that its records come without, and since which stamp. */
  readonly without: Readonly<Record<string, string>>;
}

/** No record is older than Salesforce. */
export const firstYear = '1999-01-01T00:00:00.000Z';

/**
 * The windows of one read. An interrupted window is finished first, under its old bound, so that every run gets on.
 * Then comes what is new, from `lookback` behind the bound reached: a stamp is set while its transaction runs and is
 * seen only when it commits. When a field is there again, the window begins where records were first read without it.
 */
export function planWindows(
  from: SalesforceCursor | undefined,
  field: string | null,
  missing: readonly string[],
  times: { readonly upperMs: number; readonly lookbackMs: number },
): readonly ReadWindow[] {
  const upper = new Date(times.upperMs).toISOString();
  if (from === undefined || from.field !== field) {
    return [{ after: undefined, upper, without: sinceOf(missing, firstYear) }];
  }
  if (field === null) return [{ after: from.after, upper, without: {} }];
  const known = from.without ?? {};
  const reached = Date.parse(from.upper);
  const back = Object.entries(known).flatMap(([name, since]) => (missing.includes(name) ? [] : [since]));
  const lower = [new Date(reached - times.lookbackMs).toISOString(), ...back].sort()[0]!;
  const lost = sinceOf(missing, from.after?.[0] ?? (from.job ? firstYear : lower));
  const next: ReadWindow = {
    after: [lower, ''],
    upper: reached > times.upperMs ? from.upper : upper,
    without: Object.fromEntries(
      missing.map((name) => [name, [known[name] ?? lost[name]!, lower].sort()[0]!]),
    ),
  };
  if (!from.after && !from.job) return [next];
  const rest = { after: from.after, upper: from.upper, without: { ...lost, ...known } };
  return [from.job && back.length === 0 ? { ...rest, job: from.job } : rest, next];
}

const sinceOf = (names: readonly string[], since: string): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, since]));
