import { ConfigError } from '../../core/contract/errors.ts';
import type { JsonObject } from '../../core/contract/json.ts';
import type { SourceRecord, Stream, Unreadable } from '../../core/contract/source.ts';
import type { SnowflakeClient } from './client.ts';
import { decoder, hashed, projection, type Column } from './columns.ts';
import type { ChangeDetection, SnowflakeConfig, SnowflakeStream } from './config.ts';
import { cursorKind, type CursorKind } from './cursor-kind.ts';
import { describeOrigin, type Origin } from './origin.ts';
import { foldName, quoteIdentifier } from './identifier.ts';
import { canBeKey, joinKey, MAX_KEY_LENGTH } from './keys.ts';
import type { SqlRow } from './row-reader.ts';
import { suggest } from './suggest.ts';

/** A configured stream, resolved against the table or query as it is. */
export interface ResolvedStream extends Origin {
  readonly name: string;
  readonly key: readonly Column[];
  readonly cursor: { readonly column: Column; readonly kind: CursorKind } | undefined;
  readonly changes: ChangeDetection;
  readonly buckets: {
    readonly count: number;
    /** SQL for the bucket of a row. */
    readonly of: string;
    /** What decides whether a row has changed: the key and the columns read, without those to be ignored. */
    readonly watched: string;
  };
  /** Rows read whose key another row of their page has, too. */
  readonly repeated: { rows: number };
  /** The select list that `toRecord` understands. */
  readonly selectList: string;
  keyTexts(row: SqlRow): readonly (string | null)[];
  cursorText(row: SqlRow): string | undefined;
  toRecord(row: SqlRow): SourceRecord | Unreadable;
}

/** Finds the table and every configured column; says which name is wrong and which one was probably meant. */
export async function resolveStream(
  client: SnowflakeClient,
  config: SnowflakeConfig,
  stream: Stream<SnowflakeStream>,
  source: string,
  signal?: AbortSignal,
): Promise<ResolvedStream> {
  const where = `sources.${source}.streams.${stream.name}`;
  const origin = await describeOrigin(client, config, stream, { where, ...(signal ? { signal } : {}) });
  const { columns } = origin;
  const find = (name: string, place: string): Column => {
    const found =
      columns.find((column) => column.name === name) ??
      columns.find((column) => column.name === foldName(name));
    if (found) return found;
    const meant = suggest(
      name,
      columns.map((column) => column.name),
    );
    throw new ConfigError('SNOWFLAKE_COLUMN', `${origin.title} has no column \`${name}\`.`, {
      where: `${where}.${place}`,
      hint: meant ? `Did you mean \`${meant}\`?` : 'List its columns with `tributary discover`.',
    });
  };
  const key = stream.options.key.map((name) => find(name, 'key'));
  const unfit = key.find((column) => !canBeKey(column));
  if (unfit)
    throw new ConfigError(
      'SNOWFLAKE_KEY_TYPE',
      `A ${unfit.dataType} column cannot identify rows: ${unfit.name}.`,
      {
        where: `${where}.key`,
        hint: 'Use columns of type NUMBER, VARCHAR, DATE, TIME or TIMESTAMP.',
      },
    );
  const cursorColumn =
    stream.options.cursor === undefined ? undefined : find(stream.options.cursor, 'cursor');
  const cursor = cursorColumn && { column: cursorColumn, kind: cursorKind(cursorColumn, `${where}.cursor`) };
  const fields = stream.fields.map((name) => ({ name, column: find(name, 'fields') }));
  const ignored = new Set((stream.options.ignore ?? []).map((name) => find(name, 'ignore')));
  const watched = new Set([...key, ...fields.map(({ column }) => column).filter((one) => !ignored.has(one))]);
  const count = stream.options.buckets ?? 1024;
  return {
    ...origin,
    name: stream.name,
    key,
    cursor,
    changes: stream.options.changes ?? 'auto',
    buckets: {
      count,
      of: `BITAND(HASH(${key.map((column) => quoteIdentifier(column.name)).join(', ')}), ${count - 1})`,
      watched: [...watched].map(hashed).join(', '),
    },
    repeated: { rows: 0 },
    ...rowShape(key, cursor, fields),
  };
}

function rowShape(
  key: readonly Column[],
  cursor: ResolvedStream['cursor'],
  fields: readonly { readonly name: string; readonly column: Column }[],
): Pick<ResolvedStream, 'selectList' | 'keyTexts' | 'cursorText' | 'toRecord'> {
  const selected: Column[] = [];
  const slotOf = (column: Column): number => {
    const index = selected.indexOf(column);
    return index >= 0 ? index : selected.push(column) - 1;
  };
  const keySlots = key.map(slotOf);
  const cursorSlot = cursor && slotOf(cursor.column);
  const values = fields.map(({ name, column }) => ({ name, slot: slotOf(column), decode: decoder(column) }));
  const text = (row: SqlRow, slot: number): string | null => (row[slot] === null ? null : String(row[slot]));
  const cursorText = (row: SqlRow): string | undefined =>
    cursorSlot === undefined ? undefined : (text(row, cursorSlot) ?? undefined);

  /** Columns as they were selected: what is unreadable is kept as Snowflake gave it. */
  const rawRow = (row: SqlRow): JsonObject =>
    Object.fromEntries(selected.map((column, slot) => [column.name, row[slot] ?? null]));

  return {
    selectList: selected.map(projection).join(', '),
    keyTexts: (row) => keySlots.map((slot) => text(row, slot)),
    cursorText,
    toRecord(row) {
      const parts = keySlots.map((slot) => text(row, slot));
      if (parts.includes(null)) return { reason: 'A key column is NULL.', payload: rawRow(row) };
      if (parts.some((part) => !part!.isWellFormed()))
        return { reason: 'The key is not well-formed Unicode.', payload: rawRow(row) };
      const joined = joinKey(parts as string[]);
      if (joined === '') return { reason: 'The key is empty.', payload: rawRow(row) };
      if (joined.length > MAX_KEY_LENGTH)
        return { reason: `The key is longer than ${MAX_KEY_LENGTH} characters.`, payload: rawRow(row) };
      const data: Record<string, JsonObject[string]> = {};
      for (const { name, slot, decode } of values) {
        try {
          data[name] = decode(row[slot] ?? null);
        } catch {
          return {
            key: joined,
            reason: `Column ${name} does not hold valid JSON.`,
            payload: rawRow(row),
          };
        }
      }
      const at = cursorText(row);
      const version = at === undefined ? undefined : cursor!.kind.version(at);
      const modifiedAt = at === undefined ? undefined : cursor!.kind.instant(at);
      return {
        key: joined,
        data,
        ...(version === undefined ? {} : { version }),
        ...(modifiedAt === undefined ? {} : { modifiedAt }),
      };
    },
  };
}
