import { ConfigError } from '../../core/contract/errors.ts';
import type { Stream } from '../../core/contract/source.ts';
import type { FieldDescribe, ObjectDescribe } from './api-types.ts';
import type { SalesforceStreamOptions } from './config.ts';
import { nearestName } from './nearest.ts';

export type SalesforceStream = Stream<SalesforceStreamOptions>;

/** What a read of one stream needs to know of its object. */
export interface StreamShape {
  readonly object: string;
  readonly fields: readonly FieldDescribe[];
  /** Orders the read; null when the object has no stamp to filter and sort by. */
  readonly cursor: string | null;
  /** Whether the cursor field moves with every change, so that it orders the versions of a record. */
  readonly versioned: boolean;
  readonly hasIsDeleted: boolean;
  readonly hasCreatedDate: boolean;
}

/** `SystemModstamp` moves with every change, also by automation; the others miss some. */
const stamps = ['SystemModstamp', 'LastModifiedDate', 'CreatedDate'];
/** Files and encrypted values are no text. */
const unusable = new Set(['base64', 'encryptedstring', 'anyType', 'complexvalue']);

/** Throws `ConfigError` when the configuration names what the object does not have. */
export function shapeOf(stream: SalesforceStream, describe: ObjectDescribe, source: string): StreamShape {
  const where = `sources.${source}.streams.${stream.name}`;
  const byName = new Map(describe.fields.map((field) => [field.name, field]));
  if (!describe.queryable) {
    throw new ConfigError('SALESFORCE_OBJECT_UNREADABLE', `${stream.name} cannot be queried`, {
      where,
      hint: 'Take the stream out',
    });
  }
  const fields = stream.fields.map((name) => {
    const field = byName.get(name);
    if (!field) throw unknownField(stream, name, byName.keys(), `${where}.fields`);
    if (unusable.has(field.type)) {
      throw new ConfigError(
        'SALESFORCE_FIELD_UNREADABLE',
        `${name} of ${stream.name} holds no text (${field.type})`,
        {
          where: `${where}.fields`,
          hint: 'Take the field out of the list',
        },
      );
    }
    return field;
  });
  const cursor = stream.options.cursor
    ? explicitCursor(stream, stream.options.cursor, byName, where)
    : cursorsOf(describe)[0];
  return {
    object: stream.name,
    fields,
    cursor: cursor ?? null,
    versioned: cursor === 'SystemModstamp' || cursor === 'LastModifiedDate',
    hasIsDeleted: byName.get('IsDeleted')?.filterable === true,
    hasCreatedDate: byName.get('CreatedDate')?.filterable === true,
  };
}

/** Stamps that can be filtered and sorted by, best first: some objects list a stamp that cannot. */
export const cursorsOf = (describe: ObjectDescribe): string[] =>
  stamps.filter((name) => describe.fields.some((field) => field.name === name && canOrder(field)));

const canOrder = (field: FieldDescribe): boolean =>
  field.type === 'datetime' && field.filterable && field.sortable && !field.nillable;

function explicitCursor(
  stream: SalesforceStream,
  name: string,
  byName: ReadonlyMap<string, FieldDescribe>,
  where: string,
): string {
  const field = byName.get(name);
  if (!field) throw unknownField(stream, name, byName.keys(), `${where}.cursor`);
  if (canOrder(field)) return name;
  throw new ConfigError('SALESFORCE_CURSOR_UNUSABLE', `${name} of ${stream.name} cannot order a read`, {
    where: `${where}.cursor`,
    hint: 'Name a date and time field that is never empty and can be filtered and sorted by, or leave `cursor` out',
  });
}

function unknownField(
  stream: SalesforceStream,
  name: string,
  names: Iterable<string>,
  where: string,
): ConfigError {
  const nearest = nearestName(name, names);
  const hint = name.includes('.')
    ? `Read the other object as a stream of its own and join it`
    : nearest
      ? `Did you mean ${nearest}?`
      : `Run \`tributary discover\` to see the fields of ${stream.name} that the integration user may read`;
  return new ConfigError('SALESFORCE_FIELD_UNKNOWN', `${stream.name} has no field ${name} for this user`, {
    where,
    hint,
  });
}
