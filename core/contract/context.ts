/** A logger. Messages are sentences; fields are flat. Neither ever holds a secret or the content of a record. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** How much a cache keeps, and for whom. */
export interface CacheOptions {
  /** One cache of this name for every source and destination, since its values depend on their keys alone. Else each has its own. */
  readonly shared?: boolean;
  /** Keys and values together, 64 MiB unless told; what has not been used for the longest time goes first. */
  readonly maxBytes?: number;
}

/** Bytes by key, kept by the engine across runs, bounded in size: an entry may be gone at any time. */
export interface Cache {
  get(key: string): Promise<Uint8Array | undefined>;
  set(key: string, value: Uint8Array): Promise<void>;
}

/** What the engine gives a connector when it creates it. */
export interface Context {
  /** The name of this source or destination in connectors.config.yaml. */
  readonly name: string;
  /** Aborted when the run stops: finish the request under way, send no other. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Milliseconds since 1970. A connector asks this, never `Date.now()`, so that tests own the clock. */
  now(): number;
  /** Waits, or rejects with the signal's reason when it aborts first. */
  sleep(ms: number): Promise<void>;
  /** Identifies this installation of Tributary: left in a slot by `apply`, so that two never write to one slot. */
  readonly installation: string;
  cache(name: string, options?: CacheOptions): Cache;
}
