import type { EmulatedField, ObjectType } from './object-type.ts';
import { quote } from './values.ts';

/** A field of a parent record in a query's list: `Owner.Name`, of a lookup to several objects `Who.Name` and `Who.Type`. */
export interface RelatedField extends EmulatedField {
  /** The lookup that leads to the parent. */
  readonly lookup: string;
  /** The object of the parent; `Name` stands for a lookup to several. */
  readonly parent: string;
  readonly sql: string;
}
export const isRelated = (field: EmulatedField): field is RelatedField => 'lookup' in field;

/** What a query selects for a field, as SQL. */
export const sqlOf = (field: EmulatedField): string => (isRelated(field) ? field.sql : quote(field.name));

export const relationshipName = (field: EmulatedField): string | null =>
  field.type === 'reference' ? field.name.replace(/Id$/, '').replace(/__c$/, '__r') : null;

/** https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_relationships.htm */
export function relatedField(
  object: ObjectType,
  relationship: string,
  name: string,
  objects: ReadonlyMap<string, ObjectType>,
): RelatedField | undefined {
  const lookup = [...object.fields.values()].find((field) => relationshipName(field) === relationship);
  const parents = (lookup?.referenceTo ?? []).flatMap((parent) => objects.get(parent) ?? []);
  if (!lookup || parents.length === 0) return undefined;
  const id = `${quote(object.name)}.${quote(lookup.name)}`;
  const many = lookup.referenceTo.length > 1;
  const made = {
    name: `${relationship}.${name}`,
    lookup: lookup.name,
    parent: many ? 'Name' : parents[0]!.name,
    filterable: false,
    sortable: false,
  };
  if (many && name === 'Type') {
    const cases = parents.map((parent) => `WHEN '${parent.keyPrefix}' THEN '${parent.name}'`);
    return { ...lookup, ...made, type: 'string', sql: `CASE substr(${id}, 1, 3) ${cases.join(' ')} END` };
  }
  if (many && name !== 'Name' && name !== 'Id') return undefined;
  const found = parents.map((parent) => parent.fields.get(name)).find((field) => field !== undefined);
  if (!found) return undefined;
  const values = parents
    .filter((parent) => parent.fields.has(name))
    .map((parent) => `(SELECT p.${quote(name)} FROM ${quote(parent.name)} p WHERE p.Id = ${id})`);
  return { ...found, ...made, sql: values.length > 1 ? `coalesce(${values.join(', ')})` : values[0]! };
}
