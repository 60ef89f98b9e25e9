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
