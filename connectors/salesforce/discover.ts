import { isConfigError, isPauseError } from '../../core/contract/errors.ts';
import type { FieldDescription, StreamDescription } from '../../core/contract/source.ts';
import type { FieldDescribe, ObjectDescribe } from './api-types.ts';
import { derivedFrom, derivedName } from './field-read.ts';
import type { ReadParts } from './read.ts';
import { quoteSoql } from './soql.ts';
import { cursorsOf, isUsable } from './stream-shape.ts';

/** Objects beside the business objects: changes, sharing, history, feeds, tags. */
const aside = /(ChangeEvent|__Share|__History|__Feed|__Tag|Share|History|Feed|Tag)$/;
const concurrency = 4;

/** Two requests an object: without `names` that is a few hundred in an ordinary org. */
export async function discoverStreams(
  parts: ReadParts,
  names: readonly string[] | undefined,
): Promise<readonly StreamDescription[]> {
  const wanted = names ?? (await businessObjects(parts));
  const found: StreamDescription[] = [];
  for (let start = 0; start < wanted.length; start += concurrency) {
    found.push(
      ...(await Promise.all(
        wanted.slice(start, start + concurrency).map((name) => describeStream(parts, name)),
      )),
    );
  }
  return found;
}

async function businessObjects({ client }: ReadParts): Promise<string[]> {
  const objects = await client.describeGlobal();
  return objects
    .filter((one) => one.queryable && !one.deprecatedAndHidden && !one.customSetting && !aside.test(one.name))
    .map((one) => one.name);
}

async function describeStream(parts: ReadParts, name: string): Promise<StreamDescription> {
  const describe = await parts.client.describe(name);
  const classes = await classifications(parts, name);
  const left = describe.fields.filter((field) => !isUsable(field)).map((field) => field.name);
  if (left.length > 0) {
    parts.context.log.info('Fields without text are left out', { object: name, fields: left.join(', ') });
  }
  return {
    name: describe.name,
    label: describe.label,
    key: ['Id'],
    cursors: cursorsOf(describe),
    fields: describe.fields.flatMap((field) => {
      if (!isUsable(field)) return [];
      const described = describeField(field, classes.get(field.name));
      return [described, ...derivedFrom(field).map((one) => describeDerived(one, described))];
    }),
  };
}

/** A label or type that this connector makes from a field is as sensitive as the field. */
const describeDerived = (
  name: string,
  { sensitivity, label, nullable }: FieldDescription,
): FieldDescription => ({
  name,
  type: 'string',
  label: `${label} (${derivedName.exec(name)?.[2]})`,
  nullable: nullable ?? true,
  ...(sensitivity ? { sensitivity } : {}),
});

const describeField = (field: FieldDescribe, sensitivity: string | undefined): FieldDescription => ({
  name: field.name,
  type: field.type,
  label: field.label,
  nullable: field.nillable,
  ...(field.inlineHelpText ? { help: field.inlineHelpText } : {}),
  ...(sensitivity ? { sensitivity } : {}),
  ...(field.calculated ? { calculated: true } : {}),
  ...(field.referenceTo?.length ? { refersTo: field.referenceTo } : {}),
  ...(field.picklistValues?.length
    ? {
        values: field.picklistValues
          .filter((one) => one.active)
          .map((one) => ({ value: one.value, label: one.label ?? one.value })),
      }
    : {}),
});

/** https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_fielddefinition.htm */
async function classifications(
  { client, context }: ReadParts,
  object: ObjectDescribe['name'],
): Promise<Map<string, string>> {
  const soql = `SELECT QualifiedApiName, SecurityClassification, ComplianceGroup FROM FieldDefinition WHERE EntityDefinition.QualifiedApiName = ${quoteSoql(object)}`;
  try {
    const { records } = await client.query(soql, { object: 'FieldDefinition', scanAll: false });
    return new Map(
      records.flatMap((row) => {
        const classes = [row['SecurityClassification'], row['ComplianceGroup']].filter(
          (one) => typeof one === 'string' && one !== '',
        );
        return classes.length > 0 ? [[String(row['QualifiedApiName']), classes.join(', ')] as const] : [];
      }),
    );
  } catch (error) {
    if (!isConfigError(error) && !isPauseError(error)) throw error;
    context.log.warn('The classifications of fields cannot be read', { object, reason: error.message });
    return new Map();
  }
}
