import type { ZodType } from 'zod';
import type { Context } from './context.ts';
import type { Json, JsonObject } from './json.ts';

/**
 * One record as the source last told it. `data` holds the fields asked for and no other. A field that is absent was not
 * told (it cannot be seen at the moment) and keeps its stored value; an emptied one is null.
 */
export interface SourceRecord {
  /** Unique in its stream and never reused; at most 512 characters. */
  readonly key: string;
  readonly data: JsonObject;
  /** Orders the versions of one record by plain string comparison (an ISO instant of fixed width, a padded number). */
  readonly version?: string;
  /** ISO 8601 instant, for provenance. */
  readonly modifiedAt?: string;
}

/** A record that the source named but that cannot be read as content. It is quarantined, never taken for deleted. */
export interface Unreadable {
  /** Absent when even the key could not be read. */
  readonly key?: string;
  /** Says what is wrong without quoting the record. */
  readonly reason: string;
  /** The row as the source gave it, where there is one. Kept, bounded, only when `catalog.quarantinePayload` asks for it. */
  readonly payload?: Json;
}

/** What reading has used of something that is paid for: named as the bill names it. */
export interface Usage {
  /** `warehouse TRIBUTARY_XS` */
  readonly of: string;
  readonly statements: number;
  readonly seconds: number;
  readonly bytesScanned: number;
}

/** A step of a read. The engine commits its records and its cursor in one transaction. A page names a key once. */
export interface Page<Cursor extends Json = Json> {
  /** The source's own clock (ISO 8601, UTC) when the read or job that produced this page began. */
  readonly asOf: string;
  readonly records: readonly SourceRecord[];
  /** Keys that are gone at the source. */
  readonly deleted?: readonly string[];
  /** Keys that are gone because their record was merged into another of the stream: old citations still lead there. */
  readonly merged?: readonly { readonly key: string; readonly into: string }[];
  readonly unreadable?: readonly Unreadable[];
  /** What a person should read in the run's report: a field that is gone, a quota that is nearly used up. */
  readonly notices?: readonly string[];
  /** What has been used since the last page that told it. */
  readonly usage?: readonly Usage[];
  /** Where to go on AFTER this page. Opaque to the engine. Absent: this page alone is no resume point. */
  readonly cursor?: Cursor;
}

/** A stream as the configuration declares it. */
export interface Stream<Options = unknown> {
  /** The name under `streams:`; for Salesforce the object's API name. */
  readonly name: string;
  /** The allow-list: no other field may be requested or returned. */
  readonly fields: readonly string[];
  /** The connector's own settings of this stream, validated by its `stream` schema. */
  readonly options: Options;
}

export interface FieldDescription {
  readonly name: string;
  /** The source's own type name. */
  readonly type: string;
  readonly label?: string;
  /** Help text or column comment. */
  readonly help?: string;
  /** The source's own classification (`SecurityClassification`, `PRIVACY_CATEGORY`); a name here means: think first. */
  readonly sensitivity?: string;
  /** The value can change without the record's stamp moving (a formula). */
  readonly calculated?: boolean;
  readonly nullable?: boolean;
  /** The values of a picklist: API value and label. */
  readonly values?: readonly { readonly value: string; readonly label: string }[];
  /** Streams that this field refers to. */
  readonly refersTo?: readonly string[];
}

export interface StreamDescription {
  readonly name: string;
  readonly label?: string;
  readonly comment?: string;
  readonly fields: readonly FieldDescription[];
  /** Fields that make up the key. */
  readonly key: readonly string[];
  /** Fields that can serve as a cursor, best first. */
  readonly cursors: readonly string[];
}

/** A part of a stream that can be read beside the others in a first load; it keeps a cursor of its own. */
export interface Partition {
  readonly name: string;
  readonly value: Json;
}

/** A first load cut into partitions. Decided once, kept by the engine until every partition has been read. */
export interface FirstLoad<Cursor extends Json = Json> {
  readonly partitions: readonly Partition[];
  /** Where the ordinary read starts after them: a bound fixed before the first partition is read. */
  readonly cursor: Cursor;
}

export interface ReadRequest<Options = unknown, Cursor extends Json = Json> {
  readonly stream: Stream<Options>;
  /** A cursor of an earlier page, or undefined for a read from the start. */
  readonly from: Cursor | undefined;
  readonly partition?: Partition;
  readonly signal: AbortSignal;
}

/** The keys of a stream, or of one scope of it. Only `complete` proves absence. */
export interface KeyPage {
  readonly scope?: string;
  readonly asOf: string;
  readonly keys: readonly { readonly key: string; readonly etag?: string }[];
  /** On the last page only: how many keys there are, counted by the source itself, and as of when. */
  readonly complete?: { readonly count: number; readonly asOf: string };
}

/** What `lookup` says of every key it was asked about. */
export interface LookupPage {
  readonly asOf: string;
  readonly found: readonly SourceRecord[];
  readonly gone: readonly string[];
  readonly unreadable: readonly Unreadable[];
}

/** The system instance behind the credentials. Kept in the catalog, so that documents are composed without the source. */
export interface SourceIdentity {
  /** Organisation id, account: another one is noticed, and refused for a catalog that holds records of this one. */
  readonly instance: string;
  /** Deep link into the system, with `{stream}` and `{key}` in it: `https://example.my.salesforce.com/lightning/r/{stream}/{key}/view`. */
  readonly link?: string;
}

/**
 * A system of record. The engine calls one method of one stream at a time; streams may run side by side.
 * Every method may throw `ConfigError` or `TransientError`.
 */
export interface Source<Options = unknown, Cursor extends Json = Json> {
  identity(): Promise<SourceIdentity>;
  /** A run begins: what is bounded per run counts from here. Called before the first stream is read. */
  startRun?(): void;
  /** For a person who asks whether all is in order: credentials, permissions, every configured stream and field. */
  check(streams: readonly Stream<Options>[]): Promise<void>;
  /** `names` limits the work to those streams; without it, every stream that the credentials can see. */
  discover(names?: readonly string[]): Promise<readonly StreamDescription[]>;
  /** Describes configured streams under their own names, each with the fields of its allow-list; by `discover` when absent. */
  describe?(streams: readonly Stream<Options>[]): Promise<readonly StreamDescription[]>;
  /** What of this stream, besides fields and options, decides what its cursor means (the chosen cursor field). */
  shape?(stream: Stream<Options>): Promise<Json>;
  /** Asked before a read from the start; undefined when one read will do. */
  partitions?(stream: Stream<Options>): Promise<FirstLoad<Cursor> | undefined>;
  /** Pages in cursor order. For every page i: keys up to page i and keys read from cursor i together cover a full read. */
  read(request: ReadRequest<Options, Cursor>): AsyncIterable<Page<Cursor>>;
  lookup?(stream: Stream<Options>, keys: readonly string[]): AsyncIterable<LookupPage>;
  scopes?(
    stream: Stream<Options>,
  ): AsyncIterable<{ readonly scope: string; readonly count: number; readonly etag: string }>;
  enumerate?(stream: Stream<Options>, scope?: string): AsyncIterable<KeyPage>;
  close?(): Promise<void>;
}

/** What a connector folder exports for a source. Loading it must not load the vendor's SDK. */
export interface SourceConnector<Config = unknown, Options = unknown, Cursor extends Json = Json> {
  readonly type: string;
  /** The vendor's name as a person would write it. */
  readonly title: string;
  /** Settings below `sources.<name>`, without `type` and `streams`. */
  readonly config: ZodType<Config>;
  /** Settings below `streams.<name>`, without what the engine itself reads (`fields`, `access`, …). */
  readonly stream: ZodType<Options>;
  create(config: Config, context: Context): Promise<Source<Options, Cursor>>;
}
