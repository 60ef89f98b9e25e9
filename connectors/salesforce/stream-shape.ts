import { ConfigError } from '../../core/contract/errors.ts';
import type { Stream } from '../../core/contract/source.ts';
import type { FieldDescribe, ObjectDescribe } from './api-types.ts';
import type { SalesforceStreamOptions } from './config.ts';
import { derivedName, fieldReadOf, type FieldRead } from './field-read.ts';
import { nearestName } from './nearest.ts';

export type SalesforceStream = Stream<SalesforceStreamOptions>;

/** What a read of one stream needs to know of its object. */
export interface StreamShape {
  readonly object: string;
  readonly fields: readonly FieldRead[];
  /** Listed fields that the object showed before and shows no more: records come without them. */
  readonly missing: readonly string[];
  /** Orders the read; null when the object has no stamp to filter and sort by. */
  readonly cursor: string | null;
  /** Whether the cursor field moves with every change, so that it orders the versions of a record. */
  readonly versioned: boolean;
  readonly hasIsDeleted: boolean;
  readonly hasCreatedDate: boolean;
  /** Whether a merged record names the one it was merged into. */
  readonly hasMasterRecordId: boolean;
  /** Whether Salesforce keeps a log of deleted ids. */
  readonly replicateable: boolean;
  /** The type of every field that a query for this stream may select. */
  readonly types: ReadonlyMap<string, string>;
}

/** What is known beside the description of the object. */
export interface ShapeKnowledge {
  readonly source: string;
  readonly prefixes?: ReadonlyMap<string, string>;
  /** Whether a field was there before: what has gone is left out, what never was is for a person. */
  readonly wasThere?: (name: string) => boolean;
}

/** `SystemModstamp` moves with every change, also by automation; the others miss some. */
const stamps = ['SystemModstamp', 'LastModifiedDate', 'CreatedDate'];
/** Files and encrypted values are no text. */
const unusable = new Set(['base64', 'encryptedstring', 'anyType', 'complexvalue']);
export const isUsable = (field: FieldDescribe): boolean => !unusable.has(field.type);

/** Throws `ConfigError` when the configuration names what the object does not have and never had. */
export function shapeOf(
  stream: SalesforceStream,
  describe: ObjectDescribe,
  knowledge: ShapeKnowledge,
): StreamShape {
  const { prefixes = new Map(), wasThere = () => false } = knowledge;
  const where = `sources.${knowledge.source}.streams.${stream.name}`;
  const byName = new Map(describe.fields.map((field) => [field.name, field]));
  if (!describe.queryable) {
    throw new ConfigError('SALESFORCE_OBJECT_UNREADABLE', `${stream.name} cannot be queried`, {
      where,
      hint: 'Take the stream out',
    });
  }
  const missing: string[] = [];
  const fields = stream.fields.flatMap((name) => {
    const read = fieldReadOf(name, { describe, byName, prefixes });
    const field = byName.get(name);
    if (field && !isUsable(field)) throw unreadableField(stream, field, `${where}.fields`);
    if (read) return [read];
    const [, base] = derivedName.exec(name) ?? [];
    if (!wasThere(name) && !(base !== undefined && !byName.has(base) && wasThere(base))) {
      throw unknownField(stream, name, byName.keys(), `${where}.fields`);
    }
    missing.push(name);
    return [];
  });
  const cursor = stream.options.cursor
    ? explicitCursor(stream, stream.options.cursor, byName, where)
    : cursorsOf(describe)[0];
  return {
    object: stream.name,
    fields,
    missing,
    cursor: cursor ?? null,
    versioned: cursor === 'SystemModstamp' || cursor === 'LastModifiedDate',
    hasIsDeleted: byName.get('IsDeleted')?.filterable === true,
    hasCreatedDate: byName.get('CreatedDate')?.filterable === true,
    hasMasterRecordId: byName.has('MasterRecordId'),
    replicateable: describe.replicateable,
    types: new Map(describe.fields.map((field) => [field.name, field.type])),
  };
}

/** The fields to ask for: what the listed ones need and what the read itself needs, each once. */
export const selectsOf = (shape: StreamShape): string[] => [
  ...new Set([
    'Id',
    ...shape.fields.flatMap((field) => field.selects),
    ...(shape.cursor === null ? [] : [shape.cursor]),
    ...(shape.hasIsDeleted ? ['IsDeleted'] : []),
    ...(shape.hasIsDeleted && shape.hasMasterRecordId ? ['MasterRecordId'] : []),
  ]),
];

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

const unreadableField = (stream: SalesforceStream, field: FieldDescribe, where: string): ConfigError =>
  new ConfigError(
    'SALESFORCE_FIELD_UNREADABLE',
    `${field.name} of ${stream.name} holds no text (${field.type})`,
    { where, hint: 'Take the field out of the list' },
  );

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
