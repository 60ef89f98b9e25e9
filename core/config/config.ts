import type { DestinationConnector } from '../contract/destination.ts';
import type { SourceConnector } from '../contract/source.ts';
import type { Location } from './problems.ts';
import type { AccessRule, Classification, KindConfig, PipelineConfig } from './schema.ts';

/** The connectors that a configuration may name, by type. Loading one must not load its vendor's SDK. */
export interface Registry {
  readonly sources: Readonly<Record<string, () => Promise<SourceConnector>>>;
  readonly destinations: Readonly<Record<string, () => Promise<DestinationConnector>>>;
}

/** A stream as the whole engine knows it: settings of ours beside the connector's `options`. */
export interface StreamConfig {
  /** `<source>.<stream>`, as kinds name it. */
  readonly id: string;
  readonly name: string;
  readonly fields: readonly string[];
  readonly access: AccessRule | undefined;
  readonly classification: Classification | undefined;
  readonly trust: 'system' | 'internal' | 'external' | undefined;
  /** How often every key is listed to find silent deletes; undefined: never. */
  readonly reconcileMs?: number | undefined;
  readonly options: unknown;
}
export interface SourceConfig {
  readonly name: string;
  readonly connector: SourceConnector;
  readonly settings: unknown;
  readonly streams: Readonly<Record<string, StreamConfig>>;
}
export interface DestinationConfig {
  readonly name: string;
  readonly connector: DestinationConnector;
  readonly settings: unknown;
  readonly plane: 'stateful' | 'stateless';
  readonly accepts: Classification;
}

/** Above it, a stream or a destination stops in a run: so many, or this share of those seen. */
export type RejectedLimit = { readonly count: number } | { readonly share: number };

/** Asked of a new slot before agents are led to it. */
export interface SampleQuestion {
  readonly ask: string;
  /** `<kind>/<record key>` */
  readonly expect: string;
  readonly as?: readonly string[] | undefined;
}

/** A validated configuration with its secrets resolved. */
export interface Config {
  /** The folder that relative paths start from. */
  readonly folder: string;
  readonly namespace: string;
  readonly catalog: { readonly path: string; readonly quarantinePayload?: boolean };
  readonly limits: { readonly maxRejected: RejectedLimit; readonly maxRejectedInARow: number };
  readonly questions: readonly SampleQuestion[];
  readonly sources: Readonly<Record<string, SourceConfig>>;
  readonly destinations: Readonly<Record<string, DestinationConfig>>;
  readonly kinds: Readonly<Record<string, KindConfig>>;
  readonly pipelines: Readonly<Record<string, PipelineConfig>>;
  /**
   * Where a value stands: `kinds.account.body` → file, line, column. `inside` is a place within that text (a
   * template's line and column, from 1). Not enumerable; absent when the configuration was not read from YAML.
   */
  readonly locate?: (path: string, inside?: { readonly line: number; readonly column: number }) => Location;
}
