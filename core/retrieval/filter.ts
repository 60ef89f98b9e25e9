import { z } from 'zod';

export type FilterValue = string | number | boolean;
/** Numbers, or instants in ISO 8601; at least one of the four, and all of one sort. */
export interface RangeBounds {
  /** At least. */
  readonly from?: string | number | undefined;
  /** At most. */
  readonly to?: string | number | undefined;
  /** More than. */
  readonly above?: string | number | undefined;
  /** Less than. */
  readonly below?: string | number | undefined;
}

/**
 * A condition on published metadata that means the same on every plane. Text is compared as it stands; instants are
 * compared in whole seconds; a field that a document does not have meets no condition, and so meets every `not`.
 */
export type Filter =
  | { readonly op: 'eq'; readonly field: string; readonly value: FilterValue }
  | {
      readonly op: 'in';
      readonly field: string;
      readonly values: readonly string[] | readonly number[];
    }
  | ({ readonly op: 'range'; readonly field: string } & RangeBounds)
  /** A list holds the value. */
  | { readonly op: 'has'; readonly field: string; readonly value: string }
  | { readonly op: 'and' | 'or'; readonly filters: readonly Filter[] }
  | { readonly op: 'not'; readonly filter: Filter };

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
