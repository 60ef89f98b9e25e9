import type { Json } from '../../core/contract/json.ts';
import type { FieldDescribe, ObjectDescribe, RawRecord } from './api-types.ts';
import { cleanText, htmlToText } from './clean-text.ts';

/** How one listed field is asked for and read. */
export interface FieldRead {
  /** As the configuration lists it. */
  readonly name: string;
  readonly type: string;
  /** What the query selects for it. */
  readonly selects: readonly string[];
  /** Its value can change while the stamp of the record stands still: a formula, a roll-up, a label. */
  readonly unstamped: boolean;
  /** Undefined when the answer holds no such value. */
  read(row: RawRecord): Json | undefined;
}

/** What is known of an object and its surroundings when its fields are read. */
export interface FieldWorld {
  readonly describe: ObjectDescribe;
  readonly byName: ReadonlyMap<string, FieldDescribe>;
  /** Object names by the first three characters of their ids. */
  readonly prefixes: ReadonlyMap<string, string>;
}

/**
 * Fields that Salesforce does not have and this connector makes: the label of a picklist value, the name of a record
 * type, the object that a reference leads to.
 */
export const derivedName = /^(.+)__(label|name|type)$/;

/** Undefined when the object shows no such field to this user. */
export function fieldReadOf(name: string, world: FieldWorld): FieldRead | undefined {
  const field = world.byName.get(name);
  if (field) return isCompound(field) ? compound(field, world) : plain(field);
  const [, base = '', kind] = derivedName.exec(name) ?? [];
  const source = world.byName.get(base);
  if (!source) return undefined;
  if (kind === 'label' && (source.type === 'picklist' || source.type === 'multipicklist')) {
    const labels = new Map(source.picklistValues?.map((one) => [one.value, one.label ?? one.value]));
    return derived(name, source, true, (value) =>
      (source.type === 'picklist' ? [value] : value.split(';'))
        .map((one) => labels.get(one) ?? one)
        .join('; '),
    );
  }
  if (base === 'RecordTypeId' && (kind === 'label' || kind === 'name')) {
    const types = new Map(
      world.describe.recordTypeInfos?.map((one) => [
        one.recordTypeId,
        kind === 'label' ? one.name : (one.developerName ?? one.name),
      ]),
    );
    return derived(name, source, true, (id) => types.get(id) ?? null);
  }
  if (kind === 'type' && source.type === 'reference') {
    const only = source.referenceTo?.length === 1 ? source.referenceTo[0] : undefined;
    return derived(name, source, false, (id) => only ?? world.prefixes.get(id.slice(0, 3)) ?? null);
  }
  return undefined;
}

/** Names of the fields that can be derived from one, for discovery. */
export function derivedFrom(field: FieldDescribe): string[] {
  if (field.type === 'picklist' || field.type === 'multipicklist') return [`${field.name}__label`];
  if (field.name === 'RecordTypeId') return ['RecordTypeId__label', 'RecordTypeId__name'];
  return field.type === 'reference' && (field.referenceTo?.length ?? 0) > 1 ? [`${field.name}__type`] : [];
}

export const isCompound = (field: FieldDescribe): boolean =>
  field.type === 'address' || field.type === 'location';

/** Salesforce prints an instant as `2026-01-15T12:00:00.000+0000`; the result has a fixed width. */
export function instantOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const ms = Date.parse(value.replace(/\+0000$/, 'Z'));
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

function plain(field: FieldDescribe): FieldRead {
  const { name, type, calculated } = field;
  const rich =
    field.extraTypeInfo === 'richtextarea' || (field.htmlFormatted === true && /string|textarea/.test(type));
  return {
    name,
    type,
    selects: [name],
    unstamped: calculated,
    read(row) {
      const value = row[name];
      if (value === null) return null;
      if (type === 'datetime') return instantOf(value);
      const json = readValue(value);
      if (typeof json !== 'string') return json;
      const text = rich ? htmlToText(json) : json;
      return text === '' ? null : text;
    },
  };
}

function derived(
  name: string,
  source: FieldDescribe,
  unstamped: boolean,
  toText: (value: string) => string | null,
): FieldRead {
  return {
    name,
    type: 'string',
    selects: [source.name],
    unstamped,
    read(row) {
      const value = row[source.name];
      return value === null ? null : typeof value === 'string' ? toText(value) : undefined;
    },
  };
}

/** An address or place by its components, which every API can give: `{ street, city, … }`. */
function compound(field: FieldDescribe, { describe }: FieldWorld): FieldRead {
  const stem = field.name.replace(/(Address|__c)$/, '');
  const components = describe.fields
    .filter((one) => one.compoundFieldName === field.name && !isCompound(one))
    .map((one) => {
      const rest = one.name.startsWith(stem) ? one.name.slice(stem.length) : one.name;
      const word = rest.replace(/^_+/, '').replace(/__[sc]$/, '');
      return { word: word.charAt(0).toLowerCase() + word.slice(1), read: plain(one) };
    });
  return {
    name: field.name,
    type: field.type,
    selects: components.flatMap(({ read }) => read.selects),
    unstamped: false,
    read(row) {
      const parts: Record<string, Json> = {};
      let empty = true;
      for (const { word, read } of components) {
        const value = read.read(row);
        if (value === undefined) return undefined;
        parts[word] = value;
        empty &&= value === null;
      }
      return empty ? null : parts;
    },
  };
}

/** A value as plain JSON, or undefined: half a surrogate pair is no text that could be stored or hashed. */
function readValue(value: unknown): Json | undefined {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value;
  if (typeof value === 'string') return value.isWellFormed() ? cleanText(value) : undefined;
  if (typeof value !== 'object' || Array.isArray(value)) return undefined;
  const result: Record<string, Json> = {};
  for (const [name, part] of Object.entries(value)) {
    if (name === 'attributes') continue;
    const json = readValue(part);
    if (json === undefined) return undefined;
    result[name] = json;
  }
  return result;
}
