import { relationshipName } from './soql-relationship.ts';
import type { EmulatedField, ObjectType, RecordTypeInfo } from './object-type.ts';

const soapTypes: Readonly<Record<string, string>> = {
  id: 'tns:ID',
  reference: 'tns:ID',
  int: 'xsd:int',
  double: 'xsd:double',
  currency: 'xsd:double',
  percent: 'xsd:double',
  address: 'urn:address',
  location: 'urn:location',
  base64: 'xsd:base64Binary',
  boolean: 'xsd:boolean',
  date: 'xsd:date',
  datetime: 'xsd:dateTime',
};

/** https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/dome_describeGlobal.htm */
export function describeSummary(object: ObjectType, version: string): Record<string, unknown> {
  const base = `/services/data/v${version}/sobjects/${object.name}`;
  return {
    name: object.name,
    label: object.label,
    labelPlural: `${object.label}s`,
    keyPrefix: object.keyPrefix,
    custom: object.name.endsWith('__c'),
    customSetting: false,
    deprecatedAndHidden: false,
    queryable: true,
    retrieveable: true,
    replicateable: object.fields.has('IsDeleted'),
    deletable: object.fields.has('IsDeleted'),
    undeletable: object.fields.has('IsDeleted'),
    searchable: true,
    updateable: true,
    createable: true,
    urls: { sobject: base, describe: `${base}/describe`, rowTemplate: `${base}/{ID}` },
  };
}

/** https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_sobject_describe.htm */
export const describeObject = (
  object: ObjectType,
  version: string,
  recordTypes: readonly RecordTypeInfo[],
): Record<string, unknown> => ({
  ...describeSummary(object, version),
  childRelationships: [],
  recordTypeInfos: recordTypes.map((one) => ({
    ...one,
    active: true,
    available: true,
    defaultRecordTypeMapping: false,
    master: false,
  })),
  fields: [...object.fields.values()].map(describeField),
});

const describeField = (field: EmulatedField): Record<string, unknown> => ({
  name: field.name,
  label: field.label,
  type: field.type,
  soapType: soapTypes[field.type] ?? 'xsd:string',
  inlineHelpText: field.help,
  length: field.length,
  byteLength: field.length * 3,
  precision: field.type === 'double' ? 18 : 0,
  digits: field.type === 'int' ? 8 : 0,
  scale: field.scale,
  nillable: field.nillable,
  filterable: field.filterable,
  sortable: field.sortable,
  groupable: field.type !== 'textarea',
  aggregatable: field.type !== 'textarea' && field.type !== 'boolean',
  calculated: field.calculated,
  custom: field.name.endsWith('__c'),
  nameField: field.name === 'Name',
  encrypted: false,
  compoundFieldName: field.compoundFieldName,
  extraTypeInfo: field.extraTypeInfo,
  htmlFormatted: field.extraTypeInfo === 'richtextarea',
  createable: !field.system && !field.calculated,
  updateable: !field.system && !field.calculated,
  permissionable: !field.system,
  referenceTo: field.referenceTo,
  relationshipName: relationshipName(field),
  picklistValues: field.values.map((one) => ({ ...one, active: true, defaultValue: false, validFor: null })),
  restrictedPicklist: false,
});
