import { z } from 'zod';
import type { Filter } from '../contract/filter.ts';
import { ConfigError } from '../contract/errors.ts';

export type { Filter, FilterValue, RangeBounds } from '../contract/filter.ts';

/** What every document can be filtered by, beside the metadata that its kind declares. */
export const ownFields = [
  'doc_id',
  'kind',
  'version',
  'classification',
  'trust',
  'origin_system',
  'origin_stream',
  'origin_key',
  'modified_at',
  'modified_at_epoch',
] as const;

const instantPattern = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** Whole seconds since 1970 of an ISO 8601 date, or date and time with its offset; undefined for any other text. */
export function epochSeconds(text: string): number | undefined {
  if (!instantPattern.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : Math.floor(time / 1000);
}

const field = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,99}$/, 'is not the name of a metadata field');
const text = z.string().min(1).max(2048);
const number = z.number();
const bound = z
  .union([
    number,
    z.string().refine((value) => epochSeconds(value) !== undefined, 'is not an ISO 8601 instant'),
  ])
  .optional();

/** Reads a filter that comes from outside, such as a tool call of an agent. */
export const filterSchema: z.ZodType<Filter> = z.lazy(() =>
  z.discriminatedUnion('op', [
    z.strictObject({ op: z.literal('eq'), field, value: z.union([text, number, z.boolean()]) }),
    z.strictObject({
      op: z.literal('in'),
      field,
      values: z.union([z.array(text).min(1).max(1000), z.array(number).min(1).max(1000)]),
    }),
    z
      .strictObject({ op: z.literal('range'), field, from: bound, to: bound, above: bound, below: bound })
      .refine(
        ({ from, to, above, below }) =>
          new Set([from, to, above, below].filter((one) => one !== undefined).map((one) => typeof one))
            .size === 1,
        'needs bounds that are all numbers or all instants',
      ),
    z.strictObject({ op: z.literal('has'), field, value: text }),
    z.strictObject({ op: z.enum(['and', 'or']), filters: z.array(filterSchema).min(1).max(100) }),
    z.strictObject({ op: z.literal('not'), filter: filterSchema }),
  ]),
);

/** A filter that an agent, a program or a person gives; a wrong one is never taken for none. */
export function readFilter(given: unknown): Filter {
  const read = filterSchema.safeParse(given);
  if (read.success) return read.data;
  throw new ConfigError('FILTER_INVALID', `The filter cannot be read: ${z.prettifyError(read.error)}`, {
    where: 'where',
    hint: 'Use eq, in, range, has, and, or, not, each as plain data.',
  });
}
