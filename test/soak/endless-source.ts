import { z } from 'zod';
import type { Json, JsonObject } from '../../core/contract/json.ts';
import type { Page, Source, SourceConnector, SourceRecord } from '../../core/contract/source.ts';
import type { Workload } from '../../bench/model/workload.ts';

/** How far a stream has been read: the hour, and the place in it where the read stopped. */
type Cursor = { readonly hour: number; readonly next: number | null };

/** Each hour changes every so-manieth row, and replaces every so-manieth row of a stream that others do not refer to. */
const changedEvery = 500;
const replacedEvery = 1000;
const mixing = 31;
const pageRows = 2000;
const shownFields = ['Name', 'LastName', 'API_CALLS'];
const replaced = ['Contact', 'Opportunity', 'Usage'];

export interface EndlessSource {
  readonly connector: SourceConnector<Record<string, never>, Record<string, never>, Cursor>;
  /** Keys that are there now. */
  keys(stream: string): Iterable<string>;
}

/**
 * Rows that are worked out from their number and the hour, so that the source itself takes no memory however many there
 * are and however long they change.
 */
export function endlessSource(workload: Workload, clock: { hour(): number; now(): number }): EndlessSource {
  const residue = (hour: number): number => {
    for (let index = 0; ; index++) if ((index * mixing + hour) % replacedEvery === 0) return index;
  };
  /** The last hour at which a row was replaced; 0 for the one that was there from the beginning. */
  const bornAt = (stream: string, index: number, hour: number): number => {
    if (!replaced.includes(stream)) return 0;
    const phase = (index * mixing) % replacedEvery;
    const last = hour - ((hour + phase) % replacedEvery);
    return Math.max(0, last);
  };
  const changedAt = (index: number, hour: number): number =>
    Math.max(0, hour - ((((hour - index) % changedEvery) + changedEvery) % changedEvery));
  const keyOf = (stream: string, index: number, hour: number): string => {
    const [key] = workload.streams[stream]!.row(index);
    const born = bornAt(stream, index, hour);
    return born === 0 ? key : `${key}-${born}`;
  };
  const recordOf = (stream: string, fields: readonly string[], index: number, hour: number): SourceRecord => {
    const [, row] = workload.streams[stream]!.row(index);
    const changed = Math.max(changedAt(index, hour), bornAt(stream, index, hour));
    const shown = shownFields.find((field) => field in row)!;
    const data: Record<string, Json> = { ...row, Id: keyOf(stream, index, hour) };
    if (changed > 0) data[shown] = `${String(row[shown])}${changed}`;
    return {
      key: keyOf(stream, index, hour),
      version: String(changed).padStart(8, '0'),
      data: Object.fromEntries(fields.map((field) => [field, data[field] ?? null])) as JsonObject,
    };
  };
  const stamp = (): string => new Date(clock.now()).toISOString();

  async function* readAll(
    stream: string,
    fields: readonly string[],
    from: Cursor,
  ): AsyncIterable<Page<Cursor>> {
    const { count } = workload.streams[stream]!;
    for (let start = from.next ?? 0; start < count; start += pageRows) {
      const end = Math.min(count, start + pageRows);
      const records = Array.from({ length: end - start }, (_, at) =>
        recordOf(stream, fields, start + at, from.hour),
      );
      yield { asOf: stamp(), records, cursor: { hour: from.hour, next: end < count ? end : null } };
    }
  }
  function* changesAt(
    stream: string,
    hour: number,
  ): Iterable<{ readonly index: number; readonly gone?: string }> {
    const { count } = workload.streams[stream]!;
    for (let index = hour % changedEvery; index < count; index += changedEvery) yield { index };
    if (!replaced.includes(stream)) return;
    for (let index = residue(hour); index < count; index += replacedEvery)
      yield { index, gone: keyOf(stream, index, hour - 1) };
  }
  async function* readChanges(
    stream: string,
    fields: readonly string[],
    after: number,
  ): AsyncIterable<Page<Cursor>> {
    const now = clock.hour();
    for (let hour = after + 1; hour <= now; hour++) {
      const rows = new Set<number>();
      const deleted: string[] = [];
      for (const { index, gone } of changesAt(stream, hour)) {
        rows.add(index);
        if (gone !== undefined) deleted.push(gone);
      }
      const records = [...rows].map((index) => recordOf(stream, fields, index, hour));
      yield { asOf: stamp(), records, deleted, cursor: { hour, next: null } };
    }
  }

  const source: Source<Record<string, never>, Cursor> = {
    identity: async () => ({ instance: 'endless' }),
    check: async () => undefined,
    discover: async () => [],
    async *read({ stream, from }) {
      if (from === undefined || from.next !== null) {
        const start = from ?? { hour: clock.hour(), next: 0 };
        yield* readAll(stream.name, stream.fields, start);
        yield* readChanges(stream.name, stream.fields, start.hour);
      } else yield* readChanges(stream.name, stream.fields, from.hour);
    },
  };
  return {
    connector: {
      type: 'endless',
      title: 'Endless source',
      config: z.strictObject({}) as never,
      stream: z.strictObject({}) as never,
      create: async () => source,
    },
    *keys(stream) {
      for (let index = 0; index < workload.streams[stream]!.count; index++)
        yield keyOf(stream, index, clock.hour());
    },
  };
}
