/** What the REST API answers, as far as this connector uses it. */
export type RawRecord = Readonly<Record<string, unknown>>;

export interface QueryAnswer {
  readonly records: readonly RawRecord[];
  readonly totalSize: number;
  readonly nextRecordsUrl: string | undefined;
}
/** https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_sobject_describe.htm */
export interface FieldDescribe {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly inlineHelpText: string | null;
  readonly nillable: boolean;
  readonly filterable: boolean;
  readonly sortable: boolean;
  /** Formulas and roll-up summaries. */
  readonly calculated: boolean;
  /** The compound field that this one is a component of. */
  readonly compoundFieldName?: string | null;
  readonly extraTypeInfo?: string | null;
  readonly htmlFormatted?: boolean;
  readonly referenceTo: readonly string[] | null;
  readonly picklistValues:
    readonly { readonly value: string; readonly label: string | null; readonly active: boolean }[] | null;
}
export interface ObjectSummary {
  readonly name: string;
  readonly label: string;
  /** The first three characters of every id of the object; null for objects without ids of their own. */
  readonly keyPrefix: string | null;
  readonly queryable: boolean;
  /** Whether `/deleted` knows the object. */
  readonly replicateable: boolean;
  readonly deprecatedAndHidden: boolean;
  readonly customSetting: boolean;
}
export interface ObjectDescribe extends ObjectSummary {
  readonly fields: readonly FieldDescribe[];
  readonly recordTypeInfos?: readonly {
    readonly recordTypeId: string;
    readonly name: string;
    readonly developerName?: string;
  }[];
}

/** https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_getdeleted.htm */
export interface DeletedAnswer {
  readonly deletedRecords: readonly { readonly id: string; readonly deletedDate: string }[];
  readonly earliestDateAvailable: string;
  readonly latestDateCovered: string;
}

/** https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_limits.htm */
export type Limits = Readonly<
  Record<string, { readonly Max: number; readonly Remaining: number } | undefined>
>;
