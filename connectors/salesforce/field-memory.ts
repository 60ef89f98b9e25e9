import type { Context } from '../../core/contract/context.ts';
import type { ObjectDescribe } from './api-types.ts';

/** The fields that an object showed when it was last read, with their types. */
export type SeenFields = ReadonlyMap<string, string>;

/** Remembers what each object showed, so that a field that goes is told from one that never was. */
export interface FieldMemory {
  recall(object: string): Promise<SeenFields | undefined>;
  remember(object: string, fields: SeenFields): Promise<void>;
}

/** What a description shows; `missing` fields stay known as `before` had them, for the day they are there again. */
export function seenFields(
  describe: ObjectDescribe,
  missing: readonly string[] = [],
  before?: SeenFields,
): SeenFields {
  const shown = new Map(describe.fields.map((field) => [field.name, field.type]));
  for (const name of missing) if (!shown.has(name)) shown.set(name, before?.get(name) ?? 'unknown');
  return shown;
}

export function createFieldMemory(context: Context): FieldMemory {
  const cache = context.cache('salesforce-fields');
  const recent = new Map<string, SeenFields>();
  return {
    async recall(object) {
      const known = recent.get(object);
      if (known) return known;
      const bytes = await cache.get(object);
      if (!bytes) return undefined;
      try {
        const entries = Object.entries(JSON.parse(new TextDecoder().decode(bytes)) as Record<string, string>);
        recent.set(object, new Map(entries));
      } catch {
        return undefined;
      }
      return recent.get(object);
    },
    async remember(object, fields) {
      recent.set(object, fields);
      await cache.set(object, new TextEncoder().encode(JSON.stringify(Object.fromEntries(fields))));
    },
  };
}

/** What has changed since the object was last read, as sentences; fields of the stream that are gone are told apart. */
export function driftNotices(
  object: string,
  before: SeenFields | undefined,
  now: SeenFields,
  missing: ReadonlySet<string>,
): string[] {
  if (!before) return [];
  const added = [...now.keys()].filter((name) => !before.has(name));
  const gone = [...before.keys()].filter((name) => !now.has(name) && !missing.has(name));
  const retyped = [...now].filter(
    ([name, type]) => before.has(name) && before.get(name) !== 'unknown' && before.get(name) !== type,
  );
  return [
    ...(added.length > 0 ? [`${object} has new fields: ${listed(added)}`] : []),
    ...(gone.length > 0 ? [`${object} no longer shows fields that are not read: ${listed(gone)}`] : []),
    ...retyped.map(
      ([name, type]) =>
        `${name} of ${object} was ${before.get(name)} and is ${type}; records read before keep their old form until they change or are read again`,
    ),
  ];
}

const listed = (names: readonly string[]): string =>
  names.length > 20 ? `${names.slice(0, 20).join(', ')} and ${names.length - 20} more` : names.join(', ');
