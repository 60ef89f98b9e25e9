import type { Access, BusinessDocument } from '../contract/document.ts';
import type { JsonObject } from '../contract/json.ts';
import type { Classification, Condition, NormaliserName } from '../config/schema.ts';

export interface JoinSide {
  readonly field: string;
  readonly as: NormaliserName;
}

/** A place for records in a kind: the root, or a part below it. */
export interface KindNode {
  /** '' for the root, `contacts`, `opportunities.lines`. */
  readonly path: string;
  /** Last segment of `path`: what a template calls it. */
  readonly name: string;
  /** `<source>.<stream>` */
  readonly stream: string;
  readonly where: Condition | undefined;
  /** How a record of the parent node finds records of this one; undefined at the root. */
  readonly join: { readonly parent: JoinSide; readonly part: JoinSide } | undefined;
  readonly one: boolean;
  readonly order: { readonly field: string; readonly descending: boolean } | undefined;
  readonly limit: number;
  readonly required: boolean;
  readonly waitMs: number;
  /** Fields of this node whose change can change a document: template, metadata, access, joins, where, order. Sorted. */
  readonly fields: readonly string[];
  readonly children: readonly KindNode[];
}

/** A kind made ready to compose. Pure: the same records give the same document on any machine. */
export interface Kind {
  readonly name: string;
  readonly root: KindNode;
  /** Every node, root first, in the order of the configuration. */
  readonly nodes: readonly KindNode[];
  /** Hash of everything that decides how a document comes out: another one makes every document dirty. */
  readonly fingerprint: string;
  compose(record: RecordNode, missing: readonly string[]): Composition;
}

/** A record with the records of its parts, already filtered, ordered and limited. */
export interface RecordNode {
  readonly key: string;
  readonly data: JsonObject;
  readonly modifiedAt?: string | undefined;
  /** By part name. */
  readonly parts: Readonly<Record<string, readonly RecordNode[]>>;
}

/** What composing one root record gives. */
export type Composition =
  | {
      readonly status: 'composed';
      readonly document: BusinessDocument;
      /** SHA-256 over the canonical document before any plane's policy; base64url. */
      readonly content: string;
      /** Parts not shown because they would narrow the document, with how many records. */
      readonly leftOut: readonly {
        readonly part: string;
        readonly records: number;
        readonly reason: string;
      }[];
    }
  | {
      readonly status: 'rejected';
      readonly code: string;
      readonly reason: string;
      /** Of what could not be rendered: a plane that may not hold it loses also what it held before. */
      readonly classification: Classification;
    }
  /** Access, classification or policy could not be decided: nowhere may it be written, and it is withdrawn where held. */
  | { readonly status: 'withheld'; readonly reason: string };

/** What one destination's policy makes of a document. */
export type PlaneDecision =
  | { readonly status: 'send'; readonly document: BusinessDocument; readonly fingerprint: string }
  | { readonly status: 'withheld'; readonly reason: string };

export type { Access };
