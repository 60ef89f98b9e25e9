/** A JSON value. What crosses the contract is plain JSON, so that it can be stored, hashed and compared. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The fields of one record, as the source gave them and the allow-list kept them. */
export type JsonObject = { readonly [key: string]: Json };
