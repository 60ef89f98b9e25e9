import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Context } from '../contract/context.ts';
import { ConfigError } from '../contract/errors.ts';
import type { JsonObject } from '../contract/json.ts';
import type {
  FieldDescription,
  KeyPage,
  LookupPage,
  Page,
  ReadRequest,
  Source,
  SourceRecord,
  Stream,
  Unreadable,
} from '../contract/source.ts';
import type { ModelWorld } from './model-source.ts';
import type { ModelChange, ModelStream } from './model-stream.ts';

export const modelConfig = z.strictObject({});
export type ModelConfig = z.output<typeof modelConfig>;
export const modelStreamOptions = z.strictObject({ pageSize: z.int().positive().optional() });
export type ModelStreamOptions = z.output<typeof modelStreamOptions>;

/** The position of the last change that a page has shown. */
export type ModelCursor = { readonly v: 1; readonly position: number };

/** Opens the contract's view of a model world; a dead life's calls never return. */
export function openModelSource(
  world: ModelWorld,
  context: Context,
): Source<ModelStreamOptions, ModelCursor> {
  const life = world.life;
  const alive = (): void | Promise<void> => {
    if (life !== world.life) return new Promise<never>(() => {});
  };
  const pageSizeOf = (stream: Stream<ModelStreamOptions>): number =>
    stream.options?.pageSize ?? world.options.pageSize ?? 1000;

  const find = (stream: Stream<ModelStreamOptions>): ModelStream => {
    const found = world.streams.get(stream.name);
    const where = `streams.${stream.name}`;
    if (!found) {
      throw new ConfigError('UNKNOWN_STREAM', `The model has no stream "${stream.name}".`, {
        where,
        hint: `Choose one of: ${[...world.streams.keys()].join(', ')}.`,
      });
    }
    const unknown = stream.fields.filter((name) => !found.fields().has(name));
    if (unknown.length > 0 && (found.fields().size > 0 || world.options.fields?.[stream.name])) {
      throw new ConfigError('UNKNOWN_FIELD', `"${stream.name}" has no field ${unknown.join(', ')}.`, {
        where: `${where}.fields`,
        hint: `Remove it, or choose one of: ${[...found.fields()].join(', ')}.`,
      });
    }
    return found;
  };
  const toRecord = (
    change: Extract<ModelChange, { kind: 'row' }>,
    position: number,
    project: (data: JsonObject) => JsonObject,
  ): SourceRecord => ({
    key: change.key,
    data: project(change.data),
    ...(world.options.versions ? { version: String(position).padStart(12, '0') } : {}),
    modifiedAt: iso(change.at),
  });

  async function* read(
    request: ReadRequest<ModelStreamOptions, ModelCursor>,
  ): AsyncGenerator<Page<ModelCursor>> {
    await alive();
    const { stream, from, partition } = request;
    const isAsked = (key: string | undefined): boolean =>
      partition === undefined || halfOf(key ?? '') === partition.value;
    world.calls.push({ method: 'read', stream: stream.name, from });
    const history = find(stream);
    const asOf = iso(world.begin());
    const bound = history.end();
    let position = from?.position ?? 0;
    if (from && (from.v !== 1 || position > bound)) {
      throw new ConfigError('CURSOR_UNKNOWN', `The cursor of "${stream.name}" is not one of this source.`);
    }
    const failure = world.failures.find((one) => one.stream === undefined || one.stream === stream.name);
    if (failure) world.failures.splice(world.failures.indexOf(failure), 1);
    const project = projection(history, stream.fields);
    const pageSize = pageSizeOf(stream);
    for (let number = 0; ; number++) {
      if (failure && number >= failure.afterPages) throw failure.error;
      await world.switches.onPage?.(stream.name, number);
      await alive();
      request.signal.throwIfAborted();
      context.signal.throwIfAborted();
      const records: SourceRecord[] = [];
      const deleted: string[] = [];
      const unreadable: Unreadable[] = [];
      while (position < bound && records.length + deleted.length + unreadable.length < pageSize) {
        position++;
        if (history.isHidden(position)) continue;
        const replaced = history.replacedBy(position);
        if (replaced !== undefined && (replaced <= bound || world.switches.readsShow === 'page')) continue;
        const change = history.at(position);
        if (!isAsked(change.key)) continue;
        if (change.kind === 'row') records.push(toRecord(change, position, project));
        else if (change.kind === 'deleted') deleted.push(change.key);
        else if (change.kind === 'unreadable') unreadable.push(toUnreadable(change));
      }
      const shown = records.length + deleted.length + unreadable.length;
      if (shown === 0 && (number > 0 || from !== undefined)) {
        if (failure) throw failure.error;
        return;
      }
      const hidden = history.firstHidden();
      const resume = hidden === undefined ? position : Math.min(position, hidden - 1);
      const page: Page<ModelCursor> = {
        asOf,
        records,
        ...(deleted.length > 0 ? { deleted } : {}),
        ...(unreadable.length > 0 ? { unreadable } : {}),
        cursor: { v: 1, position: resume },
      };
      world.counts.pages++;
      world.counts.records += records.length;
      yield page;
      if (world.switches.duplicatePages) yield page;
      if (position < bound) continue;
      if (failure) throw failure.error;
      return;
    }
  }

  async function* lookup(
    stream: Stream<ModelStreamOptions>,
    keys: readonly string[],
  ): AsyncGenerator<LookupPage> {
    await alive();
    world.calls.push({ method: 'lookup', stream: stream.name });
    const history = find(stream);
    const project = projection(history, stream.fields);
    for (let start = 0; start < keys.length; start += pageSizeOf(stream)) {
      await alive();
      const asOf = iso(world.begin());
      const found: SourceRecord[] = [];
      const gone: string[] = [];
      const unreadable: Unreadable[] = [];
      for (const key of keys.slice(start, start + pageSizeOf(stream))) {
        const position = history.positionOf(key);
        const change = position === undefined ? undefined : history.at(position);
        if (change?.kind === 'row') found.push(toRecord(change, position!, project));
        else if (change?.kind === 'unreadable') unreadable.push(toUnreadable(change));
        else gone.push(key);
      }
      world.counts.looked += found.length + gone.length + unreadable.length;
      yield { asOf, found, gone, unreadable };
    }
  }

  async function* enumerate(stream: Stream<ModelStreamOptions>, scope?: string): AsyncGenerator<KeyPage> {
    await alive();
    world.calls.push({ method: 'enumerate', stream: stream.name });
    const history = find(stream);
    const asOf = iso(world.begin());
    const proven = world.switches.enumeration === 'complete';
    const positions = [...history.present()]
      .filter((position) => scope === undefined || halfOf(history.at(position).key ?? '') === scope)
      .filter((_, i) => proven || i % 2 === 0);
    const pageSize = pageSizeOf(stream);
    for (let start = 0; start === 0 || start < positions.length; start += pageSize) {
      await alive();
      context.signal.throwIfAborted();
      const keys = positions
        .slice(start, start + pageSize)
        .map((position) => ({ key: history.at(position).key ?? '', etag: String(position) }));
      world.counts.enumerated += keys.length;
      const last = start + pageSize >= positions.length;
      yield {
        ...(scope === undefined ? {} : { scope }),
        asOf,
        keys,
        ...(last && proven ? { complete: { count: positions.length, asOf } } : {}),
      };
    }
  }

  async function* scopes(stream: Stream<ModelStreamOptions>) {
    await alive();
    world.begin();
    const history = find(stream);
    for (const scope of halves) {
      const positions = [...history.present()].filter(
        (position) => halfOf(history.at(position).key ?? '') === scope,
      );
      yield { scope, count: positions.length, etag: positions.join(',') };
    }
  }

  return {
    async identity() {
      await alive();
      return { instance: world.switches.identity, link: 'https://model.example/{stream}/{key}' };
    },
    async check(streams) {
      await alive();
      world.calls.push({ method: 'check' });
      if (world.switches.checkError) throw world.switches.checkError;
      for (const stream of streams) find(stream);
    },
    async discover(names) {
      await alive();
      return [...world.streams]
        .filter(([name]) => names === undefined || names.includes(name))
        .map(([name, history]) => ({
          name,
          fields: describeFields(history),
          key: ['key'],
          cursors: ['position'],
        }));
    },
    read,
    ...(world.options.partitions
      ? {
          async partitions(stream) {
            await alive();
            world.begin();
            const cursor: ModelCursor = { v: 1, position: find(stream).end() };
            return { partitions: halves.map((name) => ({ name, value: name })), cursor };
          },
        }
      : {}),
    ...(world.options.scopes ? { scopes } : {}),
    ...((world.options.lookup ?? true) ? { lookup } : {}),
    ...((world.options.enumerate ?? true) ? { enumerate } : {}),
  };
}

const halves = ['even', 'odd'] as const;
const halfOf = (key: string): string =>
  halves[createHash('sha256').update(key).digest()[0]! % halves.length]!;

const iso = (time: number): string => new Date(time).toISOString();

const toUnreadable = (change: Extract<ModelChange, { kind: 'unreadable' }>): Unreadable => ({
  reason: change.reason,
  ...(change.key === undefined ? {} : { key: change.key }),
  ...(change.payload === undefined ? {} : { payload: change.payload }),
});

/** A row leaves as it is when every field of the stream was asked for; otherwise with the fields asked for. */
function projection(history: ModelStream, fields: readonly string[]): (data: JsonObject) => JsonObject {
  const asked = new Set(fields);
  if ([...history.fields()].every((name) => asked.has(name))) return (data) => data;
  return (data) => {
    const kept: { [name: string]: JsonObject[string] } = {};
    for (const name of fields) if (data[name] !== undefined) kept[name] = data[name];
    return kept;
  };
}

function describeFields(history: ModelStream): FieldDescription[] {
  const first = history.present()[Symbol.iterator]().next();
  const row = first.done ? undefined : history.at(first.value);
  const data = row?.kind === 'row' ? row.data : {};
  return [...history.fields()].map((name) => ({
    name,
    type: data[name] === undefined || data[name] === null ? 'string' : typeof data[name],
    nullable: true,
  }));
}
