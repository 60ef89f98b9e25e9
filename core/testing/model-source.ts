import type { Json, JsonObject } from '../contract/json.ts';
import type { SourceConnector } from '../contract/source.ts';
import { createModelStream, type ModelChange, type ModelRows, type ModelStream } from './model-stream.ts';
import { openJournal } from './journal.ts';
import {
  modelConfig,
  modelStreamOptions,
  openModelSource,
  type ModelConfig,
  type ModelCursor,
  type ModelStreamOptions,
} from './model-source-client.ts';

export interface ModelSourceOptions {
  /** The time of the source's own clock; the machine's when absent. */
  readonly clock?: { now(): number };
  readonly streams: Readonly<Record<string, ModelRows>>;
  /** The fields of a stream; without it, those that its rows have had. */
  readonly fields?: Readonly<Record<string, readonly string[]>>;
  /** The connector's type, for tests with several model sources. */
  readonly type?: string;
  /** Rows a page, where the stream's options do not say. */
  readonly pageSize?: number;
  /** Records carry a `version`. */
  readonly versions?: boolean;
  /** Which optional methods the source has. */
  readonly lookup?: boolean;
  readonly enumerate?: boolean;
  /** A first load is cut in two. */
  readonly partitions?: boolean;
  /** Keys are compared and listed by scope, of which there are two. */
  readonly scopes?: boolean;
  /** Keeps the changes made through the handle in this file, where another process can go on with them. */
  readonly file?: string;
}

/** What can be switched at any time, also between two pages of one read. */
export interface ModelSourceSwitches {
  identity: string;
  /** How far the source's clock is ahead of the test's. */
  skewMs: number;
  /** Every page is sent twice. */
  duplicatePages: boolean;
  /** `start`: a read shows the rows as they were when it began. `page`: rows replaced or gone by now are passed over. */
  readsShow: 'start' | 'page';
  /** `unproven` leaves out every second key and does not claim to be complete. */
  enumeration: 'complete' | 'unproven';
  /** Called before each page leaves; may throw, wait for ever, or change the source under the read. */
  onPage: ((stream: string, page: number) => void | Promise<void>) | undefined;
  checkError: Error | undefined;
}

/** The system of record in a test's hand. Every change takes the next instant of the source's clock. */
export interface ModelSource {
  readonly connector: SourceConnector<ModelConfig, ModelStreamOptions, ModelCursor>;
  readonly switches: ModelSourceSwitches;
  /** Adds or replaces a row. */
  put(stream: string, key: string, data: JsonObject): void;
  /** Replaces some fields of a row: moving a child is `patch('Contact', 'c1', { AccountId: 'a2' })`. */
  patch(stream: string, key: string, data: JsonObject): void;
  /** Moves the row's stamp and version, not its content. */
  touch(stream: string, key: string): void;
  /** `silent`: no read will ever tell; only `enumerate` and `lookup` can. */
  remove(stream: string, key: string, options?: { readonly silent?: boolean }): void;
  /** A put that committed now and becomes visible only when the source's clock reaches `until`. */
  hideUntil(stream: string, key: string, data: JsonObject, until: number): void;
  /** From now on the row cannot be read as content, until the next `put`. Without a key, one nameless bad row. */
  unreadable(stream: string, key: string | undefined, reason: string, payload?: Json): void;
  /** The next read (of that stream) throws after so many pages, or after its last where it has no more. */
  failNextRead(error: Error, options?: { readonly stream?: string; readonly afterPages?: number }): void;
  /** What is there now; also rows that cannot be read. */
  rows(stream: string): Map<string, JsonObject>;
  /** What the source was asked: one entry a call. */
  readonly calls: {
    readonly method: string;
    readonly stream?: string;
    readonly from?: ModelCursor | undefined;
  }[];
  /** Pages and records that left so far. */
  readonly counts: { pages: number; records: number; looked: number; enumerated: number };
  /** Plays the death of the process: calls of every source opened so far never return again. */
  cutOff(): void;
}

/** What the handle shares with the sources opened from it. */
export interface ModelWorld {
  readonly streams: ReadonlyMap<string, ModelStream>;
  readonly options: ModelSourceOptions;
  readonly switches: ModelSourceSwitches;
  readonly failures: { error: Error; stream: string | undefined; afterPages: number }[];
  readonly calls: ModelSource['calls'];
  readonly counts: ModelSource['counts'];
  life: number;
  /** Takes in what has become visible and returns the instant of the source's clock at which a read begins. */
  begin(): number;
}

/** An in-memory system of record that keeps the whole contract, and breaks its manners only where it is told to. */
export function modelSource(options: ModelSourceOptions): ModelSource {
  const time = (): number => options.clock?.now() ?? Date.now();
  const switches: ModelSourceSwitches = {
    identity: 'model-instance',
    skewMs: 0,
    duplicatePages: false,
    readsShow: 'start',
    enumeration: 'complete',
    onPage: undefined,
    checkError: undefined,
  };
  let latest = time();
  const streams = new Map<string, ModelStream>();
  for (const [name, rows] of Object.entries(options.streams)) {
    streams.set(name, createModelStream(rows, latest, options.fields?.[name]));
  }
  const stream = (name: string): ModelStream => {
    const found = streams.get(name);
    if (!found) throw new Error(`model source: no stream "${name}"`);
    return found;
  };

  const journal = options.file === undefined ? undefined : openJournal(options.file);
  interface Entry {
    readonly stream: string;
    readonly change: ModelChange;
    readonly hiddenUntil?: number;
  }
  const take = (entry: Entry): void => {
    latest = Math.max(latest, entry.change.at);
    stream(entry.stream).add(entry.change, entry.hiddenUntil);
  };
  const catchUp = (): void => {
    for (const entry of journal?.news() ?? []) take(entry as unknown as Entry);
  };
  const nextInstant = (): number => {
    catchUp();
    latest = Math.max(time() + switches.skewMs, latest + 1);
    return latest;
  };
  const change = (entry: Entry): void => {
    if (!journal) return take(entry);
    stream(entry.stream);
    journal.append(entry as unknown as JsonObject);
    catchUp();
  };
  const world: ModelWorld = {
    streams,
    options,
    switches,
    failures: [],
    calls: [],
    counts: { pages: 0, records: 0, looked: 0, enumerated: 0 },
    life: 0,
    begin() {
      catchUp();
      latest = Math.max(time() + switches.skewMs, latest);
      for (const one of streams.values()) one.reveal(latest);
      return latest;
    },
  };
  const current = (name: string, key: string): JsonObject => {
    world.begin();
    const position = stream(name).positionOf(key);
    const found = position === undefined ? undefined : stream(name).at(position);
    if (found?.kind !== 'row') throw new Error(`model source: no row "${key}" in "${name}"`);
    return found.data;
  };
  const put = (name: string, key: string, data: JsonObject): void =>
    change({ stream: name, change: { kind: 'row', key, data, at: nextInstant() } });

  return {
    connector: {
      type: options.type ?? 'model',
      title: 'Model source',
      config: modelConfig,
      stream: modelStreamOptions,
      create: async (_config, context) => openModelSource(world, context),
    },
    switches,
    put,
    patch: (name, key, data) => put(name, key, { ...current(name, key), ...data }),
    touch: (name, key) => put(name, key, current(name, key)),
    remove(name, key, { silent = false } = {}) {
      const kind = silent ? 'vanished' : 'deleted';
      change({ stream: name, change: { kind, key, at: nextInstant() } });
    },
    hideUntil: (name, key, data, until) =>
      change({
        stream: name,
        change: { kind: 'row', key, data, at: nextInstant() },
        hiddenUntil: until,
      }),
    unreadable: (name, key, reason, payload) =>
      change({
        stream: name,
        change: {
          kind: 'unreadable',
          reason,
          at: nextInstant(),
          ...(key === undefined ? {} : { key }),
          ...(payload === undefined ? {} : { payload }),
        },
      }),
    failNextRead: (error, { stream: name, afterPages = 0 } = {}) =>
      void world.failures.push({ error, stream: name, afterPages }),
    rows(name) {
      world.begin();
      const rows = new Map<string, JsonObject>();
      for (const position of stream(name).present()) {
        const row = stream(name).at(position);
        if (row.key !== undefined) rows.set(row.key, row.kind === 'row' ? row.data : {});
      }
      return rows;
    },
    calls: world.calls,
    counts: world.counts,
    cutOff: () => void world.life++,
  };
}

/** A model source whose changes live in a file: a child process and its parent see one system of record. */
export const fileSource = (file: string, options: Omit<ModelSourceOptions, 'file'>): ModelSource =>
  modelSource({ ...options, file });
