import type { Json } from '../contract/json.ts';

/** A column of an emulated source; each emulator maps `type` to its vendor's own types. */
export interface TableColumn {
  readonly name: string;
  readonly type:
    | 'id'
    | 'reference'
    | 'text'
    | 'long-text'
    | 'picklist'
    | 'integer'
    | 'number'
    | 'boolean'
    | 'date'
    | 'timestamp'
    | 'json';
  readonly label?: string;
  /** Help text or column comment. */
  readonly comment?: string;
  readonly nullable?: boolean;
  readonly scale?: number;
  readonly values?: readonly { readonly value: string; readonly label: string }[];
  readonly refersTo?: string;
  /** The vendor's classification of the field, where it has one. */
  readonly sensitivity?: string;
  readonly calculated?: boolean;
}

/** An object or table with its rows: what an emulator is loaded with. Dates and instants are ISO 8601 text. */
export interface Table {
  readonly name: string;
  readonly label?: string;
  readonly comment?: string;
  readonly key: readonly string[];
  readonly columns: readonly TableColumn[];
  readonly rows: readonly Readonly<Record<string, Json>>[];
}
